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
MEGABYTES = 60.0
"""Bytes of pages. Slow contenders read the first twentieth of the same table, for the time's sake, which flatters them
if anything: Python's garbage collector has more to do the more objects live."""
_PART = 1 / 20

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
    sizes = {"whole": megabytes, "part": megabytes * _PART}
    with serving_apart(partial(_tables, shape, item_bytes, megabytes)) as endpoint:
        turns = [
            Turn(
                name,
                f"benchmarks.scan_contenders:{function}",
                arguments=("whole" if name == OURS else "part", f"{function}/"),
                warm_up=("whole" if name == OURS else "part", f"{function}/"),
                if_quick=("whole", f"{function}/"),
                environment=endpoint.environment,
            )
            for name, function in CONTENDERS.items()
        ]
        outcomes = alternating(turns, rounds)
    data = SHAPES[shape](item_bytes, 0).name
    return [
        Speed(data, name, sizes[outcome.arguments[0]], outcome.median, outcome.failure)
        for name, outcome in outcomes.items()
    ]


def _tables(shape: str, item_bytes: int, megabytes: float) -> dict[str, Table]:
    whole = SHAPES[shape](item_bytes, megabytes).table
    return {"whole": whole, "part": whole.first(int(len(whole.text) * _PART))}
