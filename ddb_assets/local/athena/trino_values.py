"""A Trino's types and cells, as the types and texts of Athena's results.

Source: Trino's documentation, "Trino client REST API"; the cells' JSON is that of its server.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from ddb_assets.local.athena import rendering
from ddb_assets.local.athena.hive_types import STRING, Array, Decimal, HiveType, Map, Primitive, Struct, Text
from ddb_assets.local.athena.types.read import from_hive

Render = Callable[[Any], str]

_LONGEST_VARCHAR = 2_147_483_647
_HIVE_NAMES = {"integer": "int", "real": "float", "varbinary": "binary"}
_NUMBERS = ("boolean", "tinyint", "smallint", "int", "bigint", "float", "double")
_FRACTION_DIGITS = 3


def type_of(signature: Mapping[str, Any]) -> HiveType:
    """The type of a ClientTypeSignature."""
    name, arguments = str(signature["rawType"]), [argument["value"] for argument in signature.get("arguments") or ()]
    match name:
        case "varchar" if not arguments or arguments[0] == _LONGEST_VARCHAR:
            return STRING
        case "varchar" | "char":
            return Text(name, arguments[0])
        case "decimal":
            return Decimal(*arguments)
        case "array":
            return Array(type_of(arguments[0]))
        case "map":
            return Map(type_of(arguments[0]), type_of(arguments[1]))
        case "row":
            return Struct(tuple((_field(a, at), type_of(a["typeSignature"])) for at, a in enumerate(arguments)))
    return Primitive(_HIVE_NAMES.get(name, name))


def renderer(kind: HiveType) -> Callable[[Any], str | None]:
    """A function from a cell of that type to its text, None for NULL."""
    render = _render(kind)
    return lambda cell: None if cell is None else render(cell)


def _field(argument: Mapping[str, Any], position: int) -> str:
    name = argument.get("fieldName")
    return str(name["name"]) if name else f"field{position}"


@singledispatch
def _render(kind: HiveType) -> Render:
    raise NotImplementedError(type(kind))


@_render.register
def _(kind: Primitive) -> Render:
    if kind.name in _NUMBERS:
        number = rendering.renderer(from_hive(kind))
        # Numbers that JSON doesn't have come as text.
        return lambda cell: str(number(float(cell) if isinstance(cell, str) else cell))
    if kind.name == "binary":
        return lambda cell: base64.b64decode(cell).hex(" ")
    return _timestamp if kind.name.startswith("timestamp") else str


@_render.register(Text)
@_render.register(Decimal)
def _(kind: Text | Decimal) -> Render:
    return str


@_render.register
def _(kind: Array) -> Render:
    element = _inner(kind.element)
    return lambda cell: "[" + ", ".join(map(element, cell)) + "]"


@_render.register
def _(kind: Map) -> Render:
    key, value = _key(kind.key), _inner(kind.value)
    return lambda cell: "{" + ", ".join(f"{key(k)}={value(v)}" for k, v in cell.items()) + "}"


@_render.register
def _(kind: Struct) -> Render:
    fields = [(name, _inner(field)) for name, field in kind.fields]
    return lambda cell: "{" + ", ".join(f"{n}={f(v)}" for (n, f), v in zip(fields, cell, strict=True)) + "}"


def _inner(kind: HiveType) -> Render:
    render = _render(kind)
    return lambda cell: "null" if cell is None else render(cell)


def _key(kind: HiveType) -> Render:
    """A map's key, which is text in JSON, whatever its type."""
    if kind in (Primitive("float"), Primitive("double")):
        render = _render(kind)
        return lambda key: render(float(key))
    return _render(kind) if kind == Primitive("binary") else str


def _timestamp(cell: str) -> str:
    """With milliseconds at least, as Athena shows it."""
    found = re.fullmatch(r"(.*?:\d\d:\d\d)(?:\.(\d+))?(.*)", cell)
    return f"{found[1]}.{(found[2] or '').ljust(_FRACTION_DIGITS, '0')}{found[3]}" if found else cell
