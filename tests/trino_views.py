"""Views that a real Trino (476, Glue metastore) has made: the statement that was sent, and the catalog's entry.

`kind` is `ours` for what `create_view` sent, `same` for the same view in other words, `else` for somebody else's view
of the same table, `any` for any other. The record has an entry's text without its base64, to be readable.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ddb_assets.model.table import TableSpec

SHOWN = "2020-01-01T00:00"
"""What the recorded views show."""

RECORDED: list[dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text())


def recorded(*kinds: str) -> list[Any]:
    """What was recorded of these kinds, each named by its statement."""
    return [pytest.param(one, id=one["sent"][:300]) for one in RECORDED if one["kind"] in kinds]


def as_stored(table: dict[str, Any]) -> dict[str, Any]:
    """The catalog's entry, its text in base64 again."""
    encoded = base64.b64encode(table["ViewOriginalText"].encode()).decode()
    return {**table, "ViewOriginalText": f"/* Presto View: {encoded} */"}


def written_by_trino(glue: Any, table: TableSpec) -> None:
    """The recorded view of that table in the catalog, in place of whatever has its name."""
    (found,) = [
        as_stored(one["table"])
        for one in RECORDED
        if one["kind"] == "ours"
        and (one["table"]["DatabaseName"], one["table"]["Name"]) == (table.database, table.view)
    ]
    entry = {name: value for name, value in found.items() if name != "DatabaseName"}
    try:
        glue.create_table(DatabaseName=table.database, TableInput=entry)
    except glue.exceptions.AlreadyExistsException:
        glue.update_table(DatabaseName=table.database, TableInput=entry)
