"""DuckDB's types as Hive's, and back."""

from __future__ import annotations

import re
from functools import singledispatch
from typing import Any

from ddb_assets.local.athena.hive_types import Array, Decimal, HiveType, Map, Primitive, Struct, Text

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
    children = kind.children if kind.id in ("decimal", "list", "array", "map", "struct") else []
    if kind.id == "decimal":
        return Decimal(children[0][1], children[1][1])
    if kind.id in ("list", "array"):
        return Array(from_duckdb(children[0][1]))
    if kind.id == "map":
        return Map(from_duckdb(children[0][1]), from_duckdb(children[1][1]))
    if kind.id == "struct":
        return Struct(tuple((name, from_duckdb(child)) for name, child in children))
    return Primitive(_NAMES.get(str(kind).lower().strip('"'), "string"))


@singledispatch
def duckdb_name(kind: HiveType) -> str:
    """The type in DuckDB's SQL."""
    raise NotImplementedError(type(kind))


@duckdb_name.register
def _(kind: Primitive) -> str:
    return {"string": "VARCHAR", "int": "INTEGER", "binary": "BLOB", "float": "FLOAT"}.get(kind.name, kind.name.upper())


@duckdb_name.register
def _(kind: Text) -> str:
    return "VARCHAR"


@duckdb_name.register
def _(kind: Decimal) -> str:
    return f"DECIMAL({kind.precision},{kind.scale})"


@duckdb_name.register
def _(kind: Array) -> str:
    return f"{duckdb_name(kind.element)}[]"


@duckdb_name.register
def _(kind: Map) -> str:
    return f"MAP({duckdb_name(kind.key)}, {duckdb_name(kind.value)})"


@duckdb_name.register
def _(kind: Struct) -> str:
    return "STRUCT(" + ", ".join(f"{quoted(name)} {duckdb_name(field)}" for name, field in kind.fields) + ")"


def quoted(name: str) -> str:
    """An identifier in DuckDB's (and Trino's) double quotes."""
    return '"' + re.sub('"', '""', name) + '"'
