"""Types' names: Trino's own, and what DuckDB calls the type that holds the values."""

from __future__ import annotations

from functools import singledispatch

from ddb_assets.local.athena.types.kinds import (
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Simple,
    Time,
    Timestamp,
    TimestampZoned,
    Type,
    Varchar,
)


@singledispatch
def shown(kind: Type) -> str:
    """The type as `typeof` and messages name it."""
    raise NotImplementedError(type(kind))


@shown.register
def _(kind: Simple) -> str:
    return kind.name


@shown.register
def _(kind: Varchar) -> str:
    return "varchar" if kind.length is None else f"varchar({kind.length})"


@shown.register
def _(kind: Char) -> str:
    return f"char({kind.length})"


@shown.register
def _(kind: Decimal) -> str:
    return f"decimal({kind.precision},{kind.scale})"


@shown.register
def _(kind: Time) -> str:
    return f"time({kind.precision})"


@shown.register
def _(kind: Timestamp) -> str:
    return f"timestamp({kind.precision})"


@shown.register
def _(kind: TimestampZoned) -> str:
    return f"timestamp({kind.precision}) with time zone"


@shown.register
def _(kind: Array) -> str:
    return f"array({shown(kind.element)})"


@shown.register
def _(kind: Map) -> str:
    return f"map({shown(kind.key)}, {shown(kind.value)})"


@shown.register
def _(kind: Row) -> str:
    fields = (shown(part) if name is None else f"{name} {shown(part)}" for name, part in kind.fields)
    return f"row({', '.join(fields)})"


def _quoted(name: str) -> str:
    return name.replace('"', '""')


_DUCKDB = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INTEGER", "bigint": "BIGINT",
    "real": "FLOAT", "double": "DOUBLE", "varbinary": "BLOB", "date": "DATE", "json": "VARCHAR", "uuid": "VARCHAR",
    "unknown": "INTEGER", "interval day to second": "BIGINT", "interval year to month": "INTEGER",
}  # fmt: skip


@singledispatch
def duckdb_type(kind: Type) -> str:
    """The DuckDB type that holds the values.

    JSON is its text; an interval is its milliseconds or its months; an instant with a zone is a struct of the instant
    in UTC and the zone's name; a row is a struct.
    """
    raise NotImplementedError(type(kind))


@duckdb_type.register
def _(kind: Simple) -> str:
    return _DUCKDB[kind.name]


@duckdb_type.register(Varchar)
@duckdb_type.register(Char)
def _(kind: Varchar | Char) -> str:
    return "VARCHAR"


@duckdb_type.register
def _(kind: Decimal) -> str:
    return f"DECIMAL({kind.precision},{kind.scale})"


@duckdb_type.register
def _(kind: Time) -> str:
    return "TIME"


@duckdb_type.register
def _(kind: Timestamp) -> str:
    return "TIMESTAMP"


@duckdb_type.register
def _(kind: TimestampZoned) -> str:
    return "STRUCT(t TIMESTAMP, z VARCHAR)"


@duckdb_type.register
def _(kind: Array) -> str:
    return f"{duckdb_type(kind.element)}[]"


@duckdb_type.register
def _(kind: Map) -> str:
    return f"MAP({duckdb_type(kind.key)}, {duckdb_type(kind.value)})"


@duckdb_type.register
def _(kind: Row) -> str:
    names = field_names(kind)
    fields = (f'"{_quoted(name)}" {duckdb_type(part)}' for name, part in zip(names, kind.kinds, strict=True))
    return f"STRUCT({', '.join(fields)})"


def field_names(kind: Row) -> list[str]:
    """The struct's field names: DuckDB needs one for each, and no two that differ in case alone."""
    given = [name or "" for name, _ in kind.fields]
    folded = [name.lower() for name in given]
    if all(folded) and len(set(folded)) == len(folded):
        return given
    return [f"_{place}" for place in range(1, len(given) + 1)]
