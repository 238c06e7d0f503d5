"""What says nothing at first gets its plain name and type with its first value, in every format, and stays exact."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ddb_assets.rewrite.attempts import Target, new_id, rewrite_attempt
from ddb_snapshot import types
from ddb_snapshot.columns import Column
from ddb_snapshot.columns.column import NULLS
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.items import to_items
from ddb_snapshot.manifest import Capture, Manifest
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item, comparable
from tests.ddb_snapshot.test_undecided import DAY_1, DAY_2, NAMES, histories, says_nothing
from tests.profiles import cases
from tests.properties.history import BUCKET, DATABASE, History, Taken, check, client
from tests.properties.test_history import PHASES
from tests.restore.restored import new_name, restore


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_first_values_come_a_day_later(local_aws: LocalAws, output_format: str) -> None:
    with History(local_aws, output_format) as lived:
        lived.snapshot([DAY_1])
        waiting = {column.name for column in lived.columns}
        lived.snapshot([DAY_1, DAY_2])
        lived.snapshot([DAY_2])

        check(lived)
        assert waiting == {"id", "m", "s", "ddb_nulls"}
        assert {column.name for column in lived.columns} - waiting == {
            "a__b", "l", "meta", "n", "price", "tags",
        }  # fmt: skip
        first = next(row for row in lived.query_all() if row["snapshot_timestamp"] == "2026-01-01T00:00")
        assert (first["price"], first["tags"]) == (None, None)
        assert first["ddb_nulls"] is not None
        assert {"/price", "[]/tags", "{}/meta"} <= set(_told(first["ddb_nulls"]))


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
@settings(max_examples=cases(15), deadline=None, phases=PHASES, suppress_health_check=[*HealthCheck])
@given(history=histories())
def test_the_first_value_decides_in_every_history(
    local_aws: LocalAws, output_format: str, history: list[list[Item]]
) -> None:
    with History(local_aws, output_format) as lived:
        kept: dict[str, str] = {}
        for items in history:
            lived.snapshot(items)
            columns = lived.columns
            for attribute in NAMES:
                own = [column.name for column in columns if column.attribute == attribute]
                seen = any(
                    attribute in item and not says_nothing(item[attribute])
                    for taken in lived.taken
                    for item in taken.items
                )
                assert bool(own) == seen
                if own:
                    assert own[0] == kept.get(attribute, own[0])
            for column in columns:
                kept.update({pointer[1:]: name for pointer, name in column.reserved.items()})
        check(lived)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_a_table_of_an_earlier_version_keeps_its_columns(local_aws: LocalAws, output_format: str) -> None:
    """That version made a `string` of NULL, an `array<string>` of `[]`, JSON text of `{}`: they stay for ever."""
    published = (
        Column("id", "id", types.Text()),
        Column("meta", "meta", types.Json("M")),
        Column("price", "price", types.Text()),
        Column("tags", "tags", types.ListOf(types.Text())),
        NULLS,
    )
    first = {name: DAY_1[name] for name in ("id", "meta", "price", "tags")}
    second = {"id": {"S": "2"}, "price": {"N": "1"}, "tags": {"L": [{"N": "1"}]}, "meta": {"M": {"a": {"S": ""}}}}
    with History(local_aws, output_format) as lived:
        location = f"s3://{BUCKET}/{lived.catalog_table}/"
        nothing = Capture("scan", "", "", 0, 0)
        lived.catalog.ensure_table(
            DATABASE,
            lived.catalog_table,
            location,
            Manifest(
                lived.table_name, "2025-12-31T00:00", "old", output_format, location, (), 0, 0, published, nothing
            ),
        )
        lived.snapshot([first])
        assert lived.columns == published
        lived.snapshot([first, second, {"id": {"S": "3"}, "price": {"L": []}}])

        check(lived)
        assert lived.columns[:5] == published
        assert {column.name for column in lived.columns[5:]} == {"price__bigint", "tags__list"}
        newest = [row for row in lived.query_all() if row["snapshot_timestamp"] == "2026-01-02T00:00"]
        assert [row["meta"] for row in sorted(newest, key=str) if row["id"] == "1"] == ['{"M":{}}']


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_what_waits_is_rewritten_and_restored(local_aws: LocalAws, output_format: str) -> None:
    other = "parquet" if output_format != "parquet" else "csv"
    with History(local_aws, output_format) as lived:
        first = lived.snapshot([DAY_1])
        lived.snapshot([DAY_1, DAY_2])

        outcome = restore(lived.table_name, new_name(), at=first.manifest.snapshot_timestamp)
        rewritten = rewrite_attempt(
            client("s3"), first.manifest, Target(other, new_id()), lived.columns, lambda *_: None
        )

        assert outcome.comparison is not None and outcome.comparison.equal
        rows = Taken.of([DAY_1], rewritten).rows(lived.columns)
        assert comparable(to_items(rows, lived.columns)) == comparable([DAY_1])


def _told(cell: str) -> list[Any]:
    """The pointers of a cell: Athena shows an array, or CSV's JSON text."""
    if cell.startswith('["'):
        listed: list[Any] = json.loads(cell)
        return listed
    return cell.removeprefix("[").removesuffix("]").split(", ")
