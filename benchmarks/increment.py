"""An hour of a table: what changed, merged into the previous snapshot, beside the whole table converted again."""

import tempfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import boto3

from benchmarks import datasets
from benchmarks.endpoint import BUCKET, serving_apart
from benchmarks.export_files import upload_export, write_export, write_increment
from benchmarks.measuring import CORES, Cost, Turn, alternating
from ddb_snapshot.manifest import Manifest

ITEMS = 2_000_000
CHANGED = 0.01
FILES = 8
ROUNDS = 11
DATA = (("flat", 100), ("flat", 400), ("nested", 400))
"""Shapes of items, and bytes of DynamoDB-JSON an item, about."""

_REPEATS = 10
_TABLE = "Hourly"


@dataclass(frozen=True)
class Hour:
    """The same hour, obtained in both ways."""

    data: str
    items: int
    changes: int
    full: Cost
    increment: Cost

    @property
    def wall_ratio(self) -> float:
        """The time of the increment, of that of the full export."""
        return self.increment.wall_seconds / self.full.wall_seconds

    @property
    def cpu_ratio(self) -> float:
        """The same in CPU seconds."""
        return self.increment.cpu_seconds / self.full.cpu_seconds


def measure(shape: str, item_bytes: int, items: int = ITEMS, rounds: int = ROUNDS) -> Hour:
    """Convert a full export, and merge an incremental one into its snapshot, in turns."""
    some = datasets.SHAPES[shape](item_bytes, items / _REPEATS * item_bytes / 1e6)
    data = datasets.repeated(some, _REPEATS)
    with (
        tempfile.TemporaryDirectory(prefix="ddb-bench-") as folder,
        serving_apart(partial(dict, {_TABLE: data.table.first(1)})) as endpoint,
    ):
        s3 = boto3.client("s3", **endpoint.client_options)
        full = upload_export(write_export(data.table, _TABLE, Path(folder), FILES), s3, BUCKET)
        written = write_increment(data.table, _TABLE, Path(folder), FILES, CHANGED)
        increment = upload_export(written, s3, BUCKET)
        turns = [
            Turn(
                name,
                f"benchmarks.increment:{name}",
                arguments=(full, increment),
                warm_up=(full, increment),
                environment=endpoint.environment,
            )
            for name in ("convert", "merge")
        ]
        outcomes = alternating(turns, rounds)
    for outcome in outcomes.values():
        if outcome.median is None:
            raise RuntimeError(outcome.failure)
    whole, merged = outcomes["convert"].median, outcomes["merge"].median
    assert whole is not None and merged is not None
    return Hour(data.name, data.items, int(merged.result), whole, merged)


def convert(full: str, increment: str) -> int:
    """The whole table, from its full export."""
    from benchmarks.ours import export_to_parquet

    return export_to_parquet(_TABLE, full, f"s3://{BUCKET}/converted", CORES).row_count


def merge(full: str, increment: str) -> int:
    """The changes, merged into the snapshot that the full export gave; how many they are."""
    from benchmarks.ours import increment_to_parquet

    merged = increment_to_parquet(_TABLE, increment, _previous(full).location, f"s3://{BUCKET}/merged", CORES)
    assert merged.row_count == _previous(full).row_count
    return merged.capture.upserts


@cache
def _previous(full: str) -> Manifest:
    from benchmarks.ours import export_to_parquet

    return export_to_parquet(_TABLE, full, f"s3://{BUCKET}/previous", CORES)
