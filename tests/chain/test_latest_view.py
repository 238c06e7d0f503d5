"""The view's DDL: a pure function of the table, its columns and the instant."""

import json
from contextlib import suppress
from typing import Any

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.stored_view import LONGEST_OWNER, stored_bytes
from ddb_assets.chain.latest_view import ViewLimits, create_view, require_room
from ddb_assets.errors import UserError
from ddb_assets.local.athena.hive_types import hive_name
from ddb_assets.local.athena.trino_types import from_trino
from ddb_assets.model.table import TableSpec
from ddb_snapshot import types
from ddb_snapshot.columns import Column
from ddb_snapshot.manifest import Capture, Manifest
from tests.conftest import LocalAws
from tests.profiles import cases
from tests.trino_views import SHOWN, as_stored, recorded

TABLE = TableSpec("Customer-Orders", "dynamodb_exports")


def test_it_lists_the_columns_and_names_the_instant() -> None:
    columns = [Column("id", "Id", types.Text()), Column("order", "order", types.Number64())]

    assert create_view(TABLE, columns, "2026-11-24T00:00") == (
        'CREATE OR REPLACE VIEW "dynamodb_exports"."customer_orders" AS '
        'SELECT "id", "order", "snapshot_timestamp" FROM "dynamodb_exports"."snapshots_customer_orders" '
        "WHERE \"snapshot_timestamp\" = '2026-11-24T00:00'"
    )


def test_a_list_that_athena_cannot_take_becomes_a_star() -> None:
    columns = [Column(f"column_{number:06d}", f"c{number}", types.Text()) for number in range(20_000)]

    ddl = create_view(TABLE, columns, "2026-11-24T00:00")

    assert "SELECT * FROM" in ddl


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789_\"'", min_size=1), min_size=1, max_size=5))
def test_any_column_name_stays_an_identifier(names: list[str]) -> None:
    columns = [Column(name, name, types.Text()) for name in names]

    parsed = sqlglot.parse_one(create_view(TABLE, columns, "2026-11-24T00:00"), read="trino")

    selected = parsed.expression.expressions
    assert [column.name for column in selected] == [*names, "snapshot_timestamp"]
    assert all(isinstance(column, exp.Column) for column in selected)


def test_a_list_whose_stored_text_the_catalog_cannot_take_becomes_a_star() -> None:
    """The statement is short enough. Its text, which has the columns' types too, and in base64, is not."""
    columns = [Column(f"column_{number:04d}", f"c{number}", types.Text()) for number in range(5_500)]

    assert len(create_view(TABLE, columns, SHOWN, ViewLimits(stored=10**9)).encode()) < ViewLimits().statement
    assert "SELECT * FROM" in create_view(TABLE, columns, SHOWN)


def test_a_view_that_is_too_long_either_way_is_refused_with_its_table_and_the_limit() -> None:
    columns = [Column(f"column_{number:06d}", f"c{number}", types.Text()) for number in range(20_000)]

    with pytest.raises(
        UserError, match=r"^dynamodb_exports\.customer_orders: with 20000 columns .* takes 409,600 \(ViewOriginalText\)"
    ):
        require_room(TABLE, columns, SHOWN)


@pytest.mark.parametrize("view", recorded("ours"))
def test_the_stored_text_is_as_long_as_trinos_but_for_its_owner(view: dict[str, Any]) -> None:
    text = json.loads(view["table"]["ViewOriginalText"])
    query = view["sent"].partition(" AS ")[2]
    columns = [(column["name"], hive_name(from_trino(column["type"]))) for column in text["columns"]]
    longer = LONGEST_OWNER - len(text["owner"])

    stored = len(as_stored(view["table"])["ViewOriginalText"])
    counted = stored_bytes(view["schema"], query, columns)

    # Letters beyond ASCII may be escaped.
    assert counted >= stored + 4 * (longer // 3)
    if view["table"]["ViewOriginalText"].isascii():
        assert counted <= stored + 4 * (longer // 3) + 40


@st.composite
def column_types(draw: st.DrawFn, depth: int = 2) -> types.ColumnType:
    plain: list[types.ColumnType] = [types.Text(), types.Number64(), types.Decimal(), types.Binary(), types.Boolean()]
    kind = draw(st.sampled_from([*plain, "list", "struct"] if depth else plain))
    if kind == "list":
        return types.ListOf(draw(column_types(depth - 1)))
    if kind == "struct":
        names = draw(st.lists(st.sampled_from(["a", "order", "b_1"]), min_size=1, unique=True))
        return types.Struct(tuple(types.Field(name, name, draw(column_types(depth - 1))) for name in names))
    assert isinstance(kind, types.ColumnType)
    return kind


@settings(max_examples=cases(12))
@given(
    st.dictionaries(
        st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True) | st.sampled_from(["select", "order", "user"]),
        column_types(),
        min_size=1,
        max_size=6,
    )
)
def test_both_forms_show_the_same(local_aws: LocalAws, columns: dict[str, types.ColumnType]) -> None:
    """Listed columns and `*`: the same columns, types and text of one length at most, and known as ours."""
    table = TableSpec("Either-Form", "forms")
    catalog, athena = DataCatalog(connection=Connection()), Athena(connection=Connection())
    known = [Column(name, name, kind) for name, kind in columns.items() if name != "snapshot_timestamp"]
    place = "s3://dynamodb-exports/forms/"
    manifest = Manifest(
        table.table_name, SHOWN, "a", "parquet", f"{place}a/", (), 0, 0, tuple(known),
        Capture("scan", "2026-11-20T00:00:00", "2026-11-20T00:00:01", 0, 0), table_arn="arn:forms", table_id="1",
    )  # fmt: skip
    glue = local_aws.client("glue")
    with suppress(glue.exceptions.EntityNotFoundException):
        glue.delete_table(DatabaseName=table.database, Name=table.catalog_table)
    catalog.publish(table.database, table.catalog_table, place, manifest)

    shown, texts = [], []
    listed = create_view(table, known, SHOWN)
    for limits in (ViewLimits(), ViewLimits(statement=len(listed.encode()) - 1)):
        athena.run(create_view(table, known, SHOWN, limits), table.database)
        shown.append(athena.run(f"SELECT * FROM {table.view}", table.database).columns)
        texts.append(glue.get_table(DatabaseName=table.database, Name=table.view)["Table"]["ViewOriginalText"])
        assert catalog.shown_snapshot(table.database, table.view, table.catalog_table) == SHOWN

    assert "SELECT *" not in listed
    assert "SELECT *" in create_view(table, known, SHOWN, ViewLimits(statement=len(listed.encode()) - 1))
    assert shown[0] == shown[1]
    assert [column.name for column in shown[0]] == [*(column.name for column in known), "snapshot_timestamp"]
    assert len(texts[1]) < len(texts[0]) <= ViewLimits().stored
