"""Only the partitions that a query can need are read, and what is read is what is counted."""

import pytest

from tests.local.athena.conftest import Athena, parquet

DAYS = ("2026-11-22T00:00", "2026-11-23T00:00", "2026-11-24T00:00")


@pytest.fixture
def snapshots(aws: Athena) -> Athena:
    """Three partitions of two rows; the first one's file is broken."""
    aws.create("t", "id string, n int", partitioned=True)
    for number, day in enumerate(DAYS):
        folder = aws.add_partition("t", day)
        body = parquet({"id": [f"a{number}", f"b{number}"], "n": [number, 10]})
        aws.put(f"{folder}/part-00000.parquet", body if number else b"PAR1 not parquet at all PAR1")
    return aws


@pytest.mark.parametrize(
    ("predicate", "ids"),
    [
        ("snapshot_timestamp = '2026-11-24T00:00'", ["a2", "b2"]),
        ("snapshot_timestamp > '2026-11-22T00:00'", ["a1", "a2", "b1", "b2"]),
        ("snapshot_timestamp BETWEEN '2026-11-23' AND '2026-11-24'", ["a1", "b1"]),
        ("snapshot_timestamp IN ('2026-11-23T00:00', '2026-11-24T00:00') AND n < 10", ["a1", "a2"]),
        ("snapshot_timestamp LIKE '2026-11-24%'", ["a2", "b2"]),
        ("substr(snapshot_timestamp, 1, 10) = '2026-11-24' AND id LIKE 'a%'", ["a2"]),
        ("NOT snapshot_timestamp = '2026-11-22T00:00'", ["a1", "a2", "b1", "b2"]),
        ("snapshot_timestamp = '2030-01-01T00:00'", []),
    ],
)
def test_partitions_that_the_where_clause_excludes_are_not_opened(
    snapshots: Athena, predicate: str, ids: list[str]
) -> None:
    assert snapshots.lines(f"SELECT id FROM t WHERE {predicate} ORDER BY id") == ids


def test_a_partition_that_is_needed_and_unreadable_fails_with_its_file(snapshots: Athena) -> None:
    reason = snapshots.reason("SELECT id FROM t")

    assert reason.startswith("HIVE_BAD_DATA")
    assert f"s3://{snapshots.bucket}/t/snapshot_timestamp=2026-11-22T00%3A00/part-00000.parquet" in reason


def test_pruning_reaches_through_views_joins_and_subqueries(snapshots: Athena) -> None:
    snapshots.finish("CREATE VIEW latest AS SELECT * FROM t WHERE snapshot_timestamp = '2026-11-24T00:00'")

    assert snapshots.lines("SELECT id FROM latest ORDER BY id") == ["a2", "b2"]
    assert snapshots.lines("WITH w AS (SELECT * FROM latest) SELECT max(id) FROM (SELECT * FROM w) AS s") == ["b2"]
    assert snapshots.query(
        "SELECT x.id, y.id FROM t AS x JOIN t AS y ON x.n = y.n "
        "WHERE x.snapshot_timestamp = '2026-11-23T00:00' AND y.snapshot_timestamp = '2026-11-24T00:00'"
    ) == [("b1", "b2")]


def test_an_alias_of_the_partition_columns_name_prunes_nothing_wrongly(snapshots: Athena) -> None:
    rows = snapshots.lines(
        "SELECT snapshot_timestamp FROM (SELECT id AS snapshot_timestamp FROM t "
        "WHERE snapshot_timestamp > '2026-11-22T00:00') AS s WHERE snapshot_timestamp = 'a1'"
    )

    assert rows == ["a1"]


def test_bytes_scanned_are_those_of_the_columns_and_partitions_read(snapshots: Athena) -> None:
    one = snapshots.scanned("SELECT id FROM t WHERE snapshot_timestamp = '2026-11-24T00:00'")
    two = snapshots.scanned("SELECT id FROM t WHERE snapshot_timestamp > '2026-11-22T00:00'")
    both = snapshots.scanned("SELECT id, n FROM t WHERE snapshot_timestamp = '2026-11-24T00:00'")

    assert 0 < one < both
    assert two == 2 * one
    assert snapshots.scanned("SELECT id FROM t WHERE snapshot_timestamp = 'never'") == 0


def test_counting_rows_reads_no_column(snapshots: Athena) -> None:
    sql = "SELECT count(*) FROM t WHERE snapshot_timestamp > '2026-11-22T00:00'"

    assert snapshots.lines(sql) == ["4"]
    assert snapshots.scanned(sql) == 0
