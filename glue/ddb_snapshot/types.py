"""Column types: what a column of the catalog can hold of a DynamoDB attribute.

Each type is a small frozen class; each question about types is one function over all of them. A column type belongs to
exactly one DynamoDB type (its tag), so that a value can always be turned back into what it was.
"""

import json
from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any, Literal

import pyarrow as pa

SetTag = Literal["SS", "NS", "BS"]
NestedTag = Literal["M", "L"]


@dataclass(frozen=True)
class ColumnType:
    """Base of all column types."""


@dataclass(frozen=True)
class Text(ColumnType):
    """A DynamoDB string."""


@dataclass(frozen=True)
class Number64(ColumnType):
    """A DynamoDB number that is an integer of 64 bits."""


@dataclass(frozen=True)
class Decimal(ColumnType):
    """A DynamoDB number kept exactly: `precision` digits, `scale` of them after the point."""

    precision: int = 38
    scale: int = 18

    def __post_init__(self) -> None:
        if not (1 <= self.precision <= 38 and 0 <= self.scale <= self.precision):
            wrong = f"decimal({self.precision},{self.scale})"
            raise ValueError(f"{wrong}: precision must be 1 to 38 and scale 0 to precision")


@dataclass(frozen=True)
class Double(ColumnType):
    """A DynamoDB number whose decimal text survives the way through a 64-bit float."""


@dataclass(frozen=True)
class NumberText(ColumnType):
    """A DynamoDB number as its exact text: for what neither 64 bits nor decimal(38,18) can hold."""


@dataclass(frozen=True)
class Binary(ColumnType):
    """DynamoDB bytes."""


@dataclass(frozen=True)
class Boolean(ColumnType):
    """A DynamoDB boolean."""


@dataclass(frozen=True)
class ListOf(ColumnType):
    """A DynamoDB list whose elements share one type. A NULL element is a null, and a pointer in the nulls column."""

    element: ColumnType


@dataclass(frozen=True)
class SetOf(ColumnType):
    """A DynamoDB set, as an array; which kind of set is part of the type."""

    element: ColumnType
    tag: SetTag


@dataclass(frozen=True)
class Field:
    """A member of a struct: the safe name, the map's exact key, and the type."""

    name: str
    attribute: str
    type: ColumnType


@dataclass(frozen=True)
class Struct(ColumnType):
    """A DynamoDB map. Fields are only ever appended."""

    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Json(ColumnType):
    """A DynamoDB map or list as DynamoDB-JSON text with its tag: `{"M":{"a":{"N":"1"}}}`. Holds anything of its tag."""

    tag: NestedTag = field(default="M")


@singledispatch
def hive_type(column: ColumnType) -> str:
    """The type's name in the Data Catalog. Source: Athena user guide, "Data types in Amazon Athena"."""
    raise NotImplementedError(type(column))


@hive_type.register(Text)
@hive_type.register(NumberText)
@hive_type.register(Json)
def _(column: ColumnType) -> str:
    return "string"


@hive_type.register
def _(column: Number64) -> str:
    return "bigint"


@hive_type.register
def _(column: Decimal) -> str:
    return f"decimal({column.precision},{column.scale})"


@hive_type.register
def _(column: Double) -> str:
    return "double"


@hive_type.register
def _(column: Binary) -> str:
    return "binary"


@hive_type.register
def _(column: Boolean) -> str:
    return "boolean"


@hive_type.register(ListOf)
@hive_type.register(SetOf)
def _(column: ListOf | SetOf) -> str:
    return f"array<{hive_type(column.element)}>"


@hive_type.register
def _(column: Struct) -> str:
    return f"struct<{','.join(f'{member.name}:{hive_type(member.type)}' for member in column.fields)}>"


@singledispatch
def athena_type(column: ColumnType) -> str:
    """The type's name in Athena's (Trino's) SQL and in a view's encoded text."""
    raise NotImplementedError(type(column))


@athena_type.register(Text)
@athena_type.register(NumberText)
@athena_type.register(Json)
def _(column: ColumnType) -> str:
    return "varchar"


@athena_type.register(Number64)
@athena_type.register(Decimal)
@athena_type.register(Double)
@athena_type.register(Boolean)
def _(column: ColumnType) -> str:
    return hive_type(column)


@athena_type.register
def _(column: Binary) -> str:
    return "varbinary"


@athena_type.register(ListOf)
@athena_type.register(SetOf)
def _(column: ListOf | SetOf) -> str:
    return f"array({athena_type(column.element)})"


@athena_type.register
def _(column: Struct) -> str:
    return f"row({', '.join(f'{member.name} {athena_type(member.type)}' for member in column.fields)})"


@singledispatch
def arrow_type(column: ColumnType) -> Any:
    """The `pyarrow.DataType` of the column's values."""
    raise NotImplementedError(type(column))


@arrow_type.register(Text)
@arrow_type.register(NumberText)
@arrow_type.register(Json)
def _(column: ColumnType) -> Any:
    return pa.string()


@arrow_type.register
def _(column: Number64) -> Any:
    return pa.int64()


@arrow_type.register
def _(column: Decimal) -> Any:
    return pa.decimal128(column.precision, column.scale)


@arrow_type.register
def _(column: Double) -> Any:
    return pa.float64()


@arrow_type.register
def _(column: Binary) -> Any:
    return pa.binary()


@arrow_type.register
def _(column: Boolean) -> Any:
    return pa.bool_()


@arrow_type.register(ListOf)
@arrow_type.register(SetOf)
def _(column: ListOf | SetOf) -> Any:
    return pa.list_(pa.field("element", arrow_type(column.element)))


@arrow_type.register
def _(column: Struct) -> Any:
    return pa.struct([pa.field(member.name, arrow_type(member.type)) for member in column.fields])


@singledispatch
def ddb_tag(column: ColumnType) -> str:
    """The one DynamoDB type whose values the column holds: S, N, B, BOOL, SS, NS, BS, L or M."""
    raise NotImplementedError(type(column))


@ddb_tag.register
def _(column: Text) -> str:
    return "S"


@ddb_tag.register(Number64)
@ddb_tag.register(Decimal)
@ddb_tag.register(Double)
@ddb_tag.register(NumberText)
def _(column: ColumnType) -> str:
    return "N"


@ddb_tag.register
def _(column: Binary) -> str:
    return "B"


@ddb_tag.register
def _(column: Boolean) -> str:
    return "BOOL"


@ddb_tag.register
def _(column: ListOf) -> str:
    return "L"


@ddb_tag.register
def _(column: Struct) -> str:
    return "M"


@ddb_tag.register(SetOf)
@ddb_tag.register(Json)
def _(column: SetOf | Json) -> str:
    return column.tag


_SIMPLE: dict[str, ColumnType] = {
    "text": Text(),
    "number64": Number64(),
    "double": Double(),
    "number_text": NumberText(),
    "binary": Binary(),
    "boolean": Boolean(),
}
_SIMPLE_NAMES = {column: name for name, column in _SIMPLE.items()}


def to_json(column: ColumnType) -> Any:
    """The type as plain JSON values; `from_json` inverts it. Struct fields keep their exact attribute names."""
    match column:
        case Decimal(precision, scale):
            return {"decimal": [precision, scale]}
        case ListOf(element):
            return {"list": to_json(element)}
        case SetOf(element, tag):
            return {"set": to_json(element), "tag": tag}
        case Json(tag):
            return {"json": tag}
        case Struct(fields):
            return {"struct": [[member.name, member.attribute, to_json(member.type)] for member in fields]}
    return _SIMPLE_NAMES[column]


def from_json(value: Any) -> ColumnType:
    """The type that `to_json` wrote. Raises ValueError for anything else."""
    match value:
        case str() if value in _SIMPLE:
            return _SIMPLE[value]
        case {"decimal": [int(precision), int(scale)]}:
            return Decimal(precision, scale)
        case {"list": element}:
            return ListOf(from_json(element))
        case {"set": element, "tag": "SS" | "NS" | "BS" as tag}:
            return SetOf(from_json(element), tag)
        case {"json": "M" | "L" as tag}:
            return Json(tag)
        case {"struct": [*fields]}:
            return Struct(tuple(Field(name, attribute, from_json(member)) for name, attribute, member in fields))
    raise ValueError(f"not a column type: {json.dumps(value)[:200]}")
