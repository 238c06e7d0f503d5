"""Scan to Parquet: ours beside what users would pick, on items of every size, flat and nested."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from benchmarks import datasets
from benchmarks.datasets import DataSet
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
"""Bytes of pages for ours. The others read the first hundredth of the same table, or the first tenth if that takes them
no time: so that rounds are short, which flatters them if anything, since Python's garbage collector has more to do the
more objects live."""

_REPEATS = 5
_PARTS = {"whole": 1.0, "tenth": 0.1, "hundredth": 0.01}

SHAPES: Mapping[str, Callable[[int, float], DataSet]] = {"flat": datasets.flat, "nested": datasets.nested}


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
        turns = [
            Turn(
                name,
                f"benchmarks.scan_contenders:{function}",
                arguments=("whole" if name == OURS else "hundredth", f"{function}/"),
                warm_up=("tenth" if name == OURS else "hundredth", f"{function}/"),
                if_quick=None if name == OURS else ("tenth", f"{function}/"),
                environment=endpoint.environment,
            )
            for name, function in CONTENDERS.items()
        ]
        outcomes = alternating(turns, rounds)
    data = SHAPES[shape](item_bytes, 0).name
    return [
        Speed(data, name, megabytes * _PARTS[outcome.arguments[0]], outcome.median, outcome.failure)
        for name, outcome in outcomes.items()
    ]


def _tables(shape: str, item_bytes: int, megabytes: float) -> dict[str, Table]:
    whole = datasets.repeated(SHAPES[shape](item_bytes, megabytes / _REPEATS), _REPEATS).table
    return {name: whole.first(int(len(whole.text) * share)) for name, share in _PARTS.items()}
