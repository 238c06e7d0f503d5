"""This project's job, as the benchmarks call it: the one module to change when the job does.

Where it reads and writes is what the environment says (`AWS_ENDPOINT_URL`). The job is whole but for Spark, which hands
out tasks: here processes that live on from call to call do.
"""

import itertools
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from benchmarks.export_files import EXPORT_INSTANT
from ddb_snapshot import job
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.manifest import Manifest

Input = TypeVar("Input")
Result = TypeVar("Result")

_attempts = itertools.count()


def scan_to_parquet(table_name: str, output_prefix: str, workers: int) -> Manifest:
    """A table, by a scan without a read budget to speak of."""
    return _run(table_name, output_prefix, workers)


def export_to_parquet(table_name: str, export: str, output_prefix: str, workers: int) -> Manifest:
    """A table, from the full native export in the folder `export` in S3."""
    return _run(table_name, output_prefix, workers, capture="export", exports=(export,))


def _run(table_name: str, output_prefix: str, workers: int, **capture: Any) -> Manifest:
    arguments = Arguments(
        table_name=table_name,
        read_percentage=1.0,
        output_prefix=output_prefix.rstrip("/"),
        output_format="parquet",
        snapshot_timestamp=EXPORT_INSTANT,
        attempt=f"attempt-{next(_attempts)}",
        **capture,
    )
    return job.run(arguments, lambda: _workers(workers), Silent())


@dataclass(frozen=True)
class Workers:
    """Tasks in so many processes."""

    parallel: int
    pool: ProcessPoolExecutor

    def fold(
        self,
        function: Callable[[Input, bool], Result],
        inputs: Sequence[Input],
        add: Callable[[Result, Result], Result],
        zero: Result,
        seen: Callable[[Result], None],
    ) -> Result:
        total = zero
        for done in as_completed([self.pool.submit(function, one, False) for one in inputs]):
            total = add(total, done.result())
            seen(total)
        return total


class Silent:
    """Progress that nobody follows."""

    def say(self, message: str) -> None: ...
    def report(self, metadata: Mapping[str, Any]) -> None: ...


@cache
def _workers(count: int) -> Workers:
    return Workers(count, ProcessPoolExecutor(count, multiprocessing.get_context("spawn")))
