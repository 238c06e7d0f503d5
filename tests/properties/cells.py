"""The text in which Athena's API shows a value of a column: what a query's reader gets.

Written down once more here, by column type, so that neither the formats' code nor local Athena's judges itself.
"""

import json
from base64 import b64encode
from functools import singledispatch
from typing import Any

from ddb_assets.local.athena.rendering import renderer
from ddb_assets.local.athena.types.kinds import DOUBLE
from ddb_snapshot import types

_JAVA_DOUBLE = renderer(DOUBLE)


def shown(value: Any, column_type: types.ColumnType, output_format: str) -> str | None:
    """The cell for a value, as it lies in a file of that format; None is NULL."""
    if value is None:
        return None
    if output_format == "csv":
        return _in_csv(value, column_type)
    return _text(column_type, value, output_format == "json")


def comparable(cell: str | None, column_type: types.ColumnType, output_format: str) -> Any:
    """A cell so that `==` means the same value: JSON by what it says, not by its spelling."""
    nested = isinstance(column_type, types.ListOf | types.SetOf | types.Struct)
    return json.loads(cell) if cell is not None and nested and output_format == "csv" else cell


def _in_csv(value: Any, column_type: types.ColumnType) -> str:
    if isinstance(column_type, types.ListOf | types.SetOf | types.Struct):
        return json.dumps(plain(value))
    if isinstance(column_type, types.Text):
        return str(value).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return _text(column_type, value, True)


def plain(value: Any) -> Any:
    """A value as JSON in a file says it: digits and bytes as text, without the fields that are null."""
    match value:
        case dict():
            return {name: plain(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [plain(inner) for inner in value]
        case bytes():
            return b64encode(value).decode()
        case None | bool() | int() | float() | str():
            return value
    return format(value, "f")


def _inner(column_type: types.ColumnType, value: Any, base64: bool) -> str:
    return "null" if value is None else _text(column_type, value, base64)


@singledispatch
def _text(column_type: types.ColumnType, value: Any, base64: bool) -> str:
    return str(value)


@_text.register
def _(column_type: types.Boolean, value: Any, base64: bool) -> str:
    return "true" if value else "false"


@_text.register
def _(column_type: types.Decimal, value: Any, base64: bool) -> str:
    return format(value, "f")


@_text.register
def _(column_type: types.Double, value: Any, base64: bool) -> str:
    return _JAVA_DOUBLE(value) or ""


@_text.register
def _(column_type: types.Binary, value: Any, base64: bool) -> str:
    return b64encode(value).decode() if base64 else value.hex(" ")


@_text.register(types.ListOf)
@_text.register(types.SetOf)
def _(column_type: types.ListOf | types.SetOf, value: Any, base64: bool) -> str:
    return "[" + ", ".join(_inner(column_type.element, element, base64) for element in value) + "]"


@_text.register
def _(column_type: types.Struct, value: Any, base64: bool) -> str:
    members = (f"{field.name}={_inner(field.type, value[field.name], base64)}" for field in column_type.fields)
    return "{" + ", ".join(members) + "}"
