"""A view's text in the Data Catalog: `/* Presto View: <base64 of JSON> */`, with what else Trino stores of a view.

A view runs as its owner, so a view without one is refused by Trino ("Run-as identity must be set"). The columns stand
in the text; the catalog's own list has one that means nothing. Views of Athena itself may lack the owner
(trinodb/trino, issue 18573), and are read here too.
Sources: entries that Trino 476 wrote (`tests/trino_views.json`); Trino's `ConnectorViewDefinition`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ddb_assets.local.athena.catalog import CATALOG, Column, Table
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import Array, HiveType, Map, Struct, trino_name
from ddb_assets.local.athena.trino_types import from_trino

EXPANDED: Final = "/* Presto View */"
OWNER: Final = "hadoop"
"""Who owns what local Athena makes."""

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


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns of a table or of a view."""
    if not table.is_view:
        return table.columns
    return tuple(Column(name, from_trino(kind)) for name, kind in decode(table).columns)


def describe(name: str, sql: str, schema: str, columns: Sequence[tuple[str, HiveType]]) -> dict[str, object]:
    """Glue's TableInput of a view, as Trino writes it."""
    stored = {
        "originalSql": sql,
        "catalog": CATALOG,
        "schema": schema,
        "columns": [{"name": column, "type": view_type(kind)} for column, kind in columns],
        "owner": OWNER,
        "runAsInvoker": False,
        "path": [],
    }
    encoded = base64.b64encode(json.dumps(stored, separators=(",", ":"), ensure_ascii=False).encode()).decode()
    return {
        "Name": name,
        "Owner": OWNER,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": "dummy", "Type": "string", "Parameters": {}}],
            "Location": "",
            "SerdeInfo": {"Parameters": {}},
            "Parameters": {},
        },
        "ViewOriginalText": f"{_START}{encoded}{_END}",
        "ViewExpandedText": EXPANDED,
    }


def view_type(kind: HiveType) -> str:
    """Trino's name of a view column's type. The names of fields are quoted here, and only here."""
    match kind:
        case Array(element):
            return f"array({view_type(element)})"
        case Map(key, value):
            return f"map({view_type(key)},{view_type(value)})"
        case Struct(fields):
            return "row(" + ",".join(f"{_quoted(name)} {view_type(field)}" for name, field in fields) + ")"
    return trino_name(kind)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
