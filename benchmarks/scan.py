"""Scan to Parquet: ours beside what users would pick, on items of every size, flat and nested."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from benchmarks import datasets
from benchmarks.endpoint import Table, serving_apart
from benchmarks.measuring import ROUNDS, Cost, Turn, alternating

OURS, PAGINATOR, AWSWRANGLER = "ours", "boto3 paginator + pyarrow", "awswrangler"
CONTENDERS = {
    OURS: "ours",
    PAGINATOR: "boto3_paginator",
    "boto3 resource + pyarrow": "boto3_resource",
    AWSWRANGLER: "awswrangler",
}
MEGABYTES = 300.0
"""Bytes of pages for ours. The others read the first part of the same table that keeps them busy for long enough, for
short rounds; that flatters them if anything: Python's garbage collector has more to do the more objects live."""

# awswrangler makes new clients in each call, a quarter of a CPU second, which must not weigh.
_ENOUGH_SECONDS = {AWSWRANGLER: 2.0}
_ENOUGH_SECONDS_ELSE = 0.3
_REPEATS = 10
_PARTS = {"hundredth": 1 / 100, "thirtieth": 1 / 30, "tenth": 1 / 10, "third": 1 / 3, "whole": 1.0}


@dataclass(frozen=True)
class Speed:
    """One contender on one data set; `failure` says why there is no cost."""

    data: str
    contender: str
    megabytes: float
    cost: Cost | None
    failure: str = ""

    @property
    def per_cpu_second(self) -> float | None:
        """Megabytes of pages for a CPU second."""
        return self.megabytes / self.cost.cpu_seconds if self.cost else None


def measure(shape: str, item_bytes: int, megabytes: float = MEGABYTES, rounds: int = ROUNDS) -> list[Speed]:
    """All contenders on one kind of items."""
    with serving_apart(partial(_tables, shape, item_bytes, megabytes)) as endpoint:
        turns = [_turn(name, endpoint.environment) for name in CONTENDERS]
        outcomes = alternating(turns, rounds)
    data = datasets.SHAPES[shape](item_bytes, 0).name
    return [
        Speed(data, name, megabytes * _PARTS[outcome.arguments[0]], outcome.median, outcome.failure)
        for name, outcome in outcomes.items()
    ]


def _turn(name: str, environment: Mapping[str, str]) -> Turn:
    sizes = [(part, f"{CONTENDERS[name]}/") for part in _PARTS]
    return Turn(
        name,
        f"benchmarks.scan_contenders:{CONTENDERS[name]}",
        arguments=sizes[-1] if name == OURS else sizes[0],
        warm_up=sizes[0],
        larger=() if name == OURS else tuple(sizes[1:]),
        enough_seconds=_ENOUGH_SECONDS.get(name, _ENOUGH_SECONDS_ELSE),
        environment=environment,
    )


def _tables(shape: str, item_bytes: int, megabytes: float) -> dict[str, Table]:
    whole = datasets.repeated(datasets.SHAPES[shape](item_bytes, megabytes / _REPEATS), _REPEATS).table
    return {name: whole.first(int(len(whole.text) * share)) for name, share in _PARTS.items()}
