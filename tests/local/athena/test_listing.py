"""The files of many partitions by one listing, and their rows counted once: the same as one by one, each time."""

from typing import Any

import pytest

from ddb_assets.local.athena.catalog import Catalog, Partition
from ddb_assets.local.athena.listing import LIMITS, Limits, files_of
from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.session import open_session
from tests.local.athena.conftest import Athena, parquet

KEYS = (
    "t/p=1/a.parquet", "t/p=1/deep/b.parquet", "t/p=1/_hidden/c.parquet", "t/p=1/.d.parquet", "t/p=10/e.parquet",
    "t/p=1", "t/p=2/_attempt/f.parquet", "t/g.parquet", "elsewhere/h.parquet", "t2/i.parquet", "t/p=é %3A/j.parquet",
)  # fmt: skip
LOCATIONS = ("t/p=1", "t/p=1/", "t/p=10", "t/p=2/", "t/p=2/_attempt/", "t/p=3", "t/", "elsewhere/", "t2", "t/p=é %3A")


@pytest.mark.parametrize("limits", [LIMITS, Limits(1), Limits(1, objects=0), Limits(1, objects=1)])
def test_each_partition_has_the_files_that_are_listed_for_it_alone(aws: Athena, endpoint: str, limits: Limits) -> None:
    for key in KEYS:
        aws.put(key, b"some bytes")
    aws.put("t/p=1/empty.parquet", b"")
    aws.create("t", "n int", partitioned=True)
    session = open_session(endpoint, "us-east-1", aws.database, Progress())
    table = Catalog(aws.glue).table(aws.database, "t")
    assert table is not None
    partitions = [Partition((where,), _at(table.storage, f"s3://{aws.bucket}/{where}")) for where in LOCATIONS]

    files = files_of(session.storage, table, partitions, limits)

    for partition in partitions:
        assert files(partition) == session.storage.data_files(partition.storage.location), partition


def test_a_file_that_was_overwritten_is_counted_anew(aws: Athena) -> None:
    aws.create("t", "n int", partitioned=True)
    folder = aws.add_partition("t", "2026-11-24T00:00")
    for rows in (3, 5, 0, 3):
        aws.put(f"{folder}/part.parquet", parquet({"n": list(range(rows))}))

        for _ in range(2):
            assert aws.lines("SELECT count(*) FROM t") == [str(rows)]
            assert aws.lines("SELECT count(DISTINCT snapshot_timestamp) FROM t") == ["1" if rows else "0"]


def test_a_partition_without_rows_has_no_value(aws: Athena) -> None:
    aws.create("t", "n int", partitioned=True)
    full, empty = aws.add_partition("t", "a"), aws.add_partition("t", "b")
    aws.add_partition("t", "c")
    aws.put(f"{full}/part.parquet", parquet({"n": [1]}))
    aws.put(f"{empty}/part.parquet", parquet({"n": []}))

    assert aws.lines("SELECT DISTINCT snapshot_timestamp FROM t") == ["a"]
    assert aws.lines("SELECT max(snapshot_timestamp) FROM t") == ["a"]


def _at(storage: Any, location: str) -> Any:
    return type(storage)(location, storage.serde, storage.parameters, storage.columns, storage.input_format)
