"""Trino's type names, read: `array(row("a" integer))` as it stands in a view's text."""

from __future__ import annotations

from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from ddb_assets.local.athena.hive_types import STRING, Array, Decimal, HiveType, Map, Primitive, Struct, Text

_T: Final = exp.DataType.Type
_PRIMITIVES: Final = {
    _T.BOOLEAN: "boolean", _T.TINYINT: "tinyint", _T.SMALLINT: "smallint", _T.INT: "int", _T.BIGINT: "bigint",
    _T.FLOAT: "float", _T.DOUBLE: "double", _T.VARBINARY: "binary", _T.DATE: "date", _T.TIMESTAMP: "timestamp",
    _T.TIMESTAMPTZ: "timestamp with time zone", _T.TIME: "time", _T.JSON: "json", _T.UUID: "uuid",
}  # fmt: skip


def from_trino(name: str) -> HiveType:
    """The type that Trino's `name` means; text for one that Hive has no word for."""
    try:
        return _from(exp.DataType.build(name, dialect="trino"))
    except SqlglotError:
        return STRING


def _from(kind: exp.Expression) -> HiveType:
    if not isinstance(kind, exp.DataType):
        return STRING
    parts = kind.expressions
    if kind.this in (_T.VARCHAR, _T.CHAR) and parts:
        return Text(kind.this.name.lower(), _number(parts[0]))
    if kind.this == _T.DECIMAL and len(parts) == 2:
        return Decimal(_number(parts[0]), _number(parts[1]))
    if kind.this in (_T.ARRAY, _T.LIST) and parts:
        return Array(_from(parts[0]))
    if kind.this == _T.MAP and len(parts) == 2:
        return Map(_from(parts[0]), _from(parts[1]))
    if kind.this == _T.STRUCT:
        return Struct(tuple(_field(place, part) for place, part in enumerate(parts)))
    return Primitive(_PRIMITIVES[kind.this]) if kind.this in _PRIMITIVES else STRING


def _field(place: int, part: exp.Expression) -> tuple[str, HiveType]:
    """A field; one without a name is `field0`, as Athena shows it."""
    if isinstance(part, exp.ColumnDef):
        return part.name, _from(part.kind)
    return f"field{place}", _from(part)


def _number(part: exp.Expression) -> int:
    return int(part.name)
