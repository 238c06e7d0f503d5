"""Views as Trino stores them: whose they are, and what they show. The texts are a real Trino's (476)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.aws.stored_view import shown_by
from tests.trino_views import SHOWN, as_stored, recorded

DATABASE = "dynamodb_exports"


def view_of(sql: str, schema: str | None = DATABASE) -> dict[str, Any]:
    stored = {"originalSql": sql, "catalog": "awsdatacatalog", "schema": schema, "columns": []}
    return as_stored({"ViewOriginalText": json.dumps(stored)})


@pytest.mark.parametrize("view", recorded("ours"))
def test_our_view_is_known_as_trino_stores_it(view: dict[str, Any]) -> None:
    entry = as_stored(view["table"])

    assert shown_by(entry, entry["DatabaseName"], view["catalog_table"]) == SHOWN


@pytest.mark.parametrize("view", recorded("ours"))
def test_our_view_is_known_as_it_was_sent(view: dict[str, Any]) -> None:
    """As earlier versions of local AWS have stored it, and Athena's second engine."""
    sent = view["sent"].partition(" AS ")[2]

    assert shown_by(view_of(sent), view["table"]["DatabaseName"], view["catalog_table"]) == SHOWN


@pytest.mark.parametrize("view", recorded("same"))
def test_the_same_view_in_other_words_is_known(view: dict[str, Any]) -> None:
    assert shown_by(as_stored(view["table"]), DATABASE, view["catalog_table"]) == SHOWN


@pytest.mark.parametrize("view", recorded("else", "any"))
def test_somebody_elses_view_is_not_ours(view: dict[str, Any]) -> None:
    table = view.get("catalog_table", "t")

    assert shown_by(as_stored(view["table"]), view["table"]["DatabaseName"], table) is None


@pytest.mark.parametrize("view", recorded("ours"))
def test_a_view_of_another_table_or_database_is_not_ours(view: dict[str, Any]) -> None:
    entry = as_stored(view["table"])

    assert shown_by(entry, entry["DatabaseName"], f"{view['catalog_table']}_2") is None
    assert shown_by(entry, f"{entry['DatabaseName']}_2", view["catalog_table"]) is None


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"ViewOriginalText": None},
        {"ViewOriginalText": "SELECT 1"},
        {"ViewOriginalText": "/* Presto View: not base64 */"},
        {"ViewOriginalText": "/* Presto View: bm90IGpzb24= */"},
        {"ViewOriginalText": "/* Presto View: W10= */"},
        view_of(""),
        view_of("no SQL at all ("),
        view_of(f"SELECT {'(' * 5000}1{')' * 5000}"),
        view_of(f"SELECT * FROM snapshots_t WHERE snapshot_timestamp = '{SHOWN}'", schema=None),
        view_of("SELECT * FROM snapshots_t WHERE snapshot_timestamp = 'yesterday'"),
        view_of("SELECT * FROM snapshots_t WHERE snapshot_timestamp = 20261124"),
        view_of("SELECT * FROM snapshots_t"),
        view_of(f"SELECT * FROM snapshots_t, more WHERE snapshot_timestamp = '{SHOWN}'"),
        view_of(f"SELECT * FROM snapshots_t CROSS JOIN more WHERE snapshot_timestamp = '{SHOWN}'"),
        view_of(f"SELECT *, 1 AS one FROM snapshots_t WHERE snapshot_timestamp = '{SHOWN}'"),
        view_of(f"SELECT (SELECT 1 FROM x), snapshot_timestamp FROM snapshots_t WHERE snapshot_timestamp = '{SHOWN}'"),
        view_of(f"SELECT id FROM snapshots_t WHERE snapshot_timestamp = '{SHOWN}'"),
        view_of(f"SELECT * FROM other.{DATABASE}.snapshots_t WHERE snapshot_timestamp = '{SHOWN}'"),
        view_of(f"SELECT * FROM snapshots_t WHERE '{SHOWN}' = snapshot_timestamp; DROP TABLE x"),
    ],
)
def test_what_is_no_view_of_one_snapshot_shows_none(entry: dict[str, Any]) -> None:
    assert shown_by(entry, DATABASE, "snapshots_t") is None


@given(st.text(max_size=60))
def test_any_text_is_read_or_not_ours(text: str) -> None:
    assert shown_by(view_of(text), DATABASE, "snapshots_t") is None
    assert shown_by({"ViewOriginalText": text}, DATABASE, "snapshots_t") is None
