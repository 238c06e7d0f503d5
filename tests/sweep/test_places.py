"""Each object below a table's folders belongs to one place, whose owner's name stands in its path."""

from datetime import UTC, datetime

import pytest

from ddb_assets.settings import Settings
from ddb_assets.sweep.ground import Ground
from ddb_assets.sweep.places import Stored, places

THEN = datetime(2026, 11, 24, tzinfo=UTC)
PARTITION = "snapshot_timestamp=2026-11-24T00%3A00"


def ground(last: str = "snapshots_orders") -> Ground:
    payload = {
        "--table_name": "Orders",
        "--database": "db",
        "--catalog_table": "snapshots_orders",
        "--output_format": "parquet",
        "--output_prefix": f"s3://bucket/lake/{last}",
        "JobName": "job",
    }
    return Ground.of(payload, Settings(bucket="bucket", prefix="lake"))


@pytest.mark.parametrize(
    ("key", "kind", "name"),
    [
        ("lake/snapshots_orders/_staging/a-jr_1/0/1.parquet", "staging", "a-jr_1"),
        ("lake/snapshots_orders/_merged/_staging/a-jr_1/x", "staging", "a-jr_1"),
        (f"lake/snapshots_orders/{PARTITION}/a-jr_1/part-00000.parquet", "attempt", "a-jr_1"),
        (f"lake/snapshots_orders/_merged/{PARTITION}/a-jr_1/part-00000.parquet", "merged attempt", "a-jr_1"),
        ("lake/pipes/Orders/a/jr_1/1.json", "messages", "a"),
        ("lake/pipes/Orders/a/XyZ/context.json", "messages", "a"),
        ("lake/pipes/Orders/note.txt", "unknown", "note.txt"),
        (f"lake/snapshots_orders/{PARTITION}/by-hand.parquet", "unknown", f"{PARTITION}/by-hand.parquet"),
        ("lake/snapshots_orders/README", "unknown", "README"),
    ],
)
def test_what_a_key_is(key: str, kind: str, name: str) -> None:
    (found,) = places(ground(), [Stored(key, 7, THEN)])

    assert (found.kind, found.name, found.objects, found.bytes, found.finished) == (kind, name, 1, 7, False)


def test_a_crawled_folder_and_the_attempts_beside_it() -> None:
    crawled = ground("attempts_orders")
    keys = [
        f"lake/attempts_orders/{PARTITION}/a-jr_1/part-00000.parquet",
        f"lake/snapshots_orders/{PARTITION}/a-jr_1-part-00000.parquet",
        f"lake/snapshots_orders/{PARTITION}/_manifest.json",
    ]

    attempt, copy = places(crawled, [Stored(key, 1, THEN) for key in keys])

    assert (attempt.kind, attempt.snapshot_timestamp) == ("attempt", "2026-11-24T00:00")
    assert (copy.kind, copy.objects, copy.finished) == ("copy", 2, True)


def test_a_context_counts_only_while_no_run_has_said_anything() -> None:
    keys = ["lake/pipes/Orders/a/XyZ/context.json", "lake/pipes/Orders/b/XyZ/context.json"]

    started, said = places(ground(), [Stored(key, 1, THEN) for key in [*keys, "lake/pipes/Orders/b/jr_1/1.json"]])

    assert [str(one) for one in started.contexts] == [f"s3://bucket/{keys[0]}"]
    assert said.contexts == ()


def test_a_change_of_format_under_way_is_no_leftover() -> None:
    assert places(ground(), [Stored("lake/snapshots_orders/_rewrite.json", 1, THEN)]) == []
