"""The view's DDL: a pure function of the table, its columns and the instant."""

import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from ddb_assets.chain.latest_view import create_view
from ddb_assets.chain.table import TableSpec
from ddb_snapshot import types
from ddb_snapshot.columns import Column

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
