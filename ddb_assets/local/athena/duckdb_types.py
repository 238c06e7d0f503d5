"""DuckDB's types as Hive's."""

from __future__ import annotations

from typing import Any

from ddb_assets.local.athena.hive_types import Array, Decimal, HiveType, Map, Primitive, Struct

_NAMES = {
    "boolean": "boolean", "tinyint": "tinyint", "smallint": "smallint", "integer": "int", "bigint": "bigint",
    "hugeint": "bigint", "utinyint": "smallint", "usmallint": "int", "uinteger": "bigint", "ubigint": "bigint",
    "uhugeint": "bigint", "float": "float", "double": "double", "varchar": "string", "blob": "binary", "date": "date",
    "timestamp": "timestamp", "timestamp_s": "timestamp", "timestamp_ms": "timestamp", "timestamp_ns": "timestamp",
    "timestamp with time zone": "timestamp with time zone", "time": "time", "interval": "interval", "uuid": "uuid",
    "json": "json", "null": "unknown", "sqlnull": "unknown", "enum": "string", "bit": "string",
}  # fmt: skip


def from_duckdb(kind: Any) -> HiveType:
    """The type of a DuckDB result column (`description`'s second item)."""
    if str(kind).upper() == "JSON":
        return Primitive("json")
    children = kind.children if kind.id in ("decimal", "list", "array", "map", "struct", "tuple") else []
    if kind.id == "decimal":
        return Decimal(children[0][1], children[1][1])
    if kind.id in ("list", "array"):
        return Array(from_duckdb(children[0][1]))
    if kind.id == "map":
        return Map(from_duckdb(children[0][1]), from_duckdb(children[1][1]))
    if kind.id in ("struct", "tuple"):
        return Struct(tuple((_field(name, place), from_duckdb(child)) for place, (name, child) in enumerate(children)))
    return Primitive(_NAMES.get(str(kind).lower().strip('"'), "string"))


def _field(name: str, place: int) -> str:
    """A field's name; `row(1, 2)` has none, and Athena shows them as field0 and field1."""
    return f"field{place}" if name in ("", f"_{place}") else name
