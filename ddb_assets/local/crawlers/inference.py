"""What a file's own types are in the Data Catalog, and the type that two of them have together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from ddb_assets.local.athena.hive_types import STRING, Array, Decimal, HiveType, Map, Primitive, Struct

Columns = Mapping[str, HiveType]
"""Columns by name, in their order."""


class Conflict(ValueError):
    """Two types have no common one: their files can't be one table."""


def from_arrow(kind: pa.DataType) -> HiveType:
    """The type of an Arrow column, as Parquet and ORC files have them."""
    if pa.types.is_decimal(kind):
        return Decimal(kind.precision, kind.scale)
    if pa.types.is_map(kind):
        return Map(from_arrow(kind.key_type), from_arrow(kind.item_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return Array(from_arrow(kind.value_type))
    if pa.types.is_struct(kind):
        return Struct(tuple((field.name, from_arrow(field.type)) for field in kind))
    return Primitive(next((name for is_it, name in _ARROW if is_it(kind)), "string"))


_ARROW: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "tinyint"),
    (pa.types.is_int16, "smallint"),
    (pa.types.is_int32, "int"),
    (pa.types.is_integer, "bigint"),
    (pa.types.is_float32, "float"),
    (pa.types.is_floating, "double"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_binary, "binary"),
    (pa.types.is_large_binary, "binary"),
)


def from_avro(kind: Any) -> HiveType:
    """The type of an Avro schema; a union with null is its other type."""
    if isinstance(kind, list):
        kinds = [from_avro(member) for member in kind if member != "null"]
        return kinds[0] if len(kinds) == 1 else STRING
    if isinstance(kind, str):
        return Primitive(_AVRO.get(kind, "string"))
    match kind.get("logicalType"), kind["type"]:
        case "decimal", _:
            return Decimal(kind["precision"], kind.get("scale", 0))
        case "date", _:
            return Primitive("date")
        case (("timestamp-millis" | "timestamp-micros"), _):
            return Primitive("timestamp")
        case _, "record":
            return Struct(tuple((field["name"], from_avro(field["type"])) for field in kind["fields"]))
        case _, "array":
            return Array(from_avro(kind["items"]))
        case _, "map":
            return Map(STRING, from_avro(kind["values"]))
        case _, "enum":
            return STRING
    return from_avro(kind["type"])


_AVRO = {
    "boolean": "boolean", "int": "int", "long": "bigint", "float": "float", "double": "double", "bytes": "binary",
    "fixed": "binary", "string": "string",
}  # fmt: skip


def from_json(values: Iterable[Any]) -> HiveType | None:
    """The type that holds all of these JSON values; None when there are only nulls."""
    found: HiveType | None = None
    for value in values:
        kind = _json_type(value)
        if found is None or kind is None:
            found = found or kind
        elif found != kind:
            try:
                found = merged(found, kind)
            except Conflict:
                return STRING
    return found


def _json_type(value: Any) -> HiveType | None:
    match value:
        case None:
            return None
        case bool():
            return Primitive("boolean")
        case int():
            return Primitive("int" if -(2**31) <= value < 2**31 else "bigint")
        case float():
            return Primitive("double")
        case list():
            return Array(from_json(value) or STRING)
        case dict():
            return Struct(tuple((name, from_json([member]) or STRING) for name, member in value.items()))
    return STRING


_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double")


def merged(one: HiveType, other: HiveType) -> HiveType:
    """The type that holds the values of both. Raises `Conflict`."""
    if one == other:
        return one
    match one, other:
        case Primitive(first), Primitive(second) if first in _NUMBERS and second in _NUMBERS:
            return Primitive(max(first, second, key=_NUMBERS.index))
        case Array(first_element), Array(second_element):
            return Array(merged(first_element, second_element))
        case Struct(first_fields), Struct(second_fields):
            return Struct(tuple(merged_columns(dict(first_fields), dict(second_fields)).items()))
    raise Conflict(f"{one} and {other}")


def merged_columns(one: Columns, other: Columns, otherwise: HiveType | None = None) -> dict[str, HiveType]:
    """The columns of both, the first's in front. Types without a common one are `otherwise`, or raise `Conflict`."""
    whole = dict(one)
    for name, kind in other.items():
        try:
            whole[name] = merged(one[name], kind) if name in one else kind
        except Conflict:
            if otherwise is None:
                raise
            whole[name] = otherwise
    return whole


def text_type(values: Sequence[str]) -> HiveType:
    """The type of a CSV column: the narrowest that all of its non-empty values are written in."""
    given = [value for value in values if value]
    if not given:
        return STRING
    for name, reads in (("bigint", int), ("double", float)):
        if all(_reads(reads, value) for value in given):
            return Primitive(name)
    return Primitive("boolean") if {value.lower() for value in given} <= {"true", "false"} else STRING


def _reads(reads: Callable[[str], Any], value: str) -> bool:
    try:
        reads(value)
    except ValueError:
        return False
    return True
