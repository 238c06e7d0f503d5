"""Native export to Parquet: ours beside what users would pick, on the same files and two cores each, and the floor."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import boto3

from benchmarks import datasets
from benchmarks.endpoint import BUCKET, Table, serving_apart
from benchmarks.export_files import data_files, upload_export, write_export
from benchmarks.measuring import CORES, ROUNDS, Cost, Outcome, Turn, alternating

OURS, SPARK, DUCKDB = "ours", "Spark `read.json`", "DuckDB, schema by hand"
GUNZIP, ENCODE = "floor: gunzip alone (isal)", "floor: Parquet encode alone"
CONTENDERS: Mapping[str, str] = {
    OURS: "ours",
    SPARK: "spark",
    "Spark, the same for the sixth time": "spark",
    DUCKDB: "duckdb",
    "polars, schema by hand": "polars",
    "pandas + boto3's deserializer": "pandas",
    GUNZIP: "gunzip_alone",
    ENCODE: "encode_alone",
}
MEGABYTES = 80.0
"""Bytes of lines, before compression; slow contenders get the first tenth."""

ITEM_BYTES = 400
FILES = 8
_SLOW = frozenset({"pandas", "polars"})


@dataclass(frozen=True)
class Speed:
    """One contender on one data set; `failure` says why there is no cost."""

    data: str
    contender: str
    megabytes: float
    cost: Cost | None
    failure: str = ""

    @property
    def per_second(self) -> float | None:
        """Megabytes of lines a second, before compression."""
        return self.megabytes / self.cost.wall_seconds if self.cost else None


def measure(
    shape: str, megabytes: float = MEGABYTES, rounds: int = ROUNDS, only: frozenset[str] = frozenset()
) -> list[Speed]:
    """All contenders on one shape of items, or those named by their function."""
    data = datasets.SHAPES[shape](ITEM_BYTES, megabytes)
    tables = {"whole": data.table, "tenth": data.table.first(int(len(data.table.text) / 10))}
    # The endpoint needs the tables' keys only: their items lie in the exports.
    keys = {name: table.first(1) for name, table in tables.items()}
    with (
        tempfile.TemporaryDirectory(prefix="ddb-bench-") as folder,
        serving_apart(partial(dict, keys)) as endpoint,
    ):
        exports = {name: write_export(table, name, Path(folder), FILES) for name, table in tables.items()}
        s3 = boto3.client("s3", **endpoint.client_options)
        for export in exports.values():
            upload_export(export, s3, BUCKET)
        turns = [
            Turn(
                name,
                f"benchmarks.export_contenders:{function}",
                arguments=(str(exports["tenth" if function in _SLOW else "whole"]), shape, str(Path(folder, function))),
                warm_up=(str(exports["tenth" if name == SPARK else "whole"]), shape, str(Path(folder, function))),
                environment={**endpoint.environment, "POLARS_MAX_THREADS": str(CORES)},
                # A session converts an export once: its code is warm, but hasn't seen hundreds of megabytes.
                fresh=name == SPARK,
            )
            for name, function in CONTENDERS.items()
            if not only or function in only
        ]
        outcomes = alternating(turns, rounds)
    return [_speed(data, name, outcome) for name, outcome in outcomes.items()]


def gzip_share(table: Table) -> float:
    """Bytes of an export's files for a byte of items' JSON."""
    with tempfile.TemporaryDirectory(prefix="ddb-bench-") as folder:
        files = data_files(str(write_export(table, "sample", Path(folder), 1)))
        return sum(Path(file).stat().st_size for file in files) / len(table.text)


def _speed(data: datasets.DataSet, name: str, outcome: Outcome) -> Speed:
    share = 0.1 if CONTENDERS[name] in _SLOW else 1.0
    return Speed(data.name, name, data.megabytes * share, outcome.median, outcome.failure)
