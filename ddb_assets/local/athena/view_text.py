"""A view's text in the Data Catalog: `/* Presto View: <base64 of JSON> */`.

Source: Trino's ViewDefinition for Hive (`ConnectorViewDefinition`) as Athena stores it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from ddb_assets.local.athena.catalog import CATALOG, Table
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import HiveType, hive_name, trino_name

EXPANDED = "/* Presto View */"
_START, _END = "/* Presto View: ", " */"


@dataclass(frozen=True)
class ViewText:
    """The view's SQL, the schema its names are looked up in, and its columns with Trino's types."""

    sql: str
    schema: str | None
    columns: tuple[tuple[str, str], ...]


def decode(view: Table) -> ViewText:
    """The stored definition. Raises QueryError, INVALID_VIEW."""
    text = str(view.raw.get("ViewOriginalText") or "").strip()
    if not (text.startswith(_START) and text.endswith(_END)):
        raise QueryError("INVALID_VIEW", f"View '{CATALOG}.{view.qualified}' is not a Presto view: '{text[:60]}'")
    try:
        stored = json.loads(base64.b64decode(text[len(_START) : -len(_END)], validate=True))
        columns = tuple((column["name"], column["type"]) for column in stored["columns"])
        return ViewText(stored["originalSql"], stored.get("schema"), columns)
    except (ValueError, KeyError, TypeError) as error:
        raise QueryError("INVALID_VIEW", f"Invalid view JSON: '{CATALOG}.{view.qualified}': {error!r}") from error


def describe(name: str, sql: str, schema: str, columns: Sequence[tuple[str, HiveType]]) -> dict[str, object]:
    """Glue's TableInput of a view, as Athena writes it."""
    stored = {
        "originalSql": sql,
        "catalog": CATALOG,
        "schema": schema,
        "columns": [{"name": column, "type": view_type(kind)} for column, kind in columns],
    }
    encoded = base64.b64encode(json.dumps(stored).encode()).decode()
    return {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": hive_name(kind)} for column, kind in columns],
            "Location": "",
            "NumberOfBuckets": 0,
            "SerdeInfo": {},
            "SortColumns": [],
        },
        "ViewOriginalText": f"{_START}{encoded}{_END}",
        "ViewExpandedText": EXPANDED,
    }


def view_type(kind: HiveType) -> str:
    """Trino's name of a view column's type."""
    return trino_name(kind)
