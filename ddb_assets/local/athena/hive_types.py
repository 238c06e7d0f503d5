"""Hive's column types: read from the catalog's text, and named for Hive, Trino and Arrow.

Source: Athena user guide, "Data types in Amazon Athena"; Hive's TypeInfoUtils for the grammar (a struct's field name
runs to its colon, so it may hold characters that no SQL identifier may).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import singledispatch

import pyarrow as pa


@dataclass(frozen=True)
class HiveType:
    """A column's type."""


@dataclass(frozen=True)
class Primitive(HiveType):
    """A type without parameters, by its Hive name."""

    name: str


@dataclass(frozen=True)
class Text(HiveType):
    """`varchar(length)` or `char(length)`."""

    name: str
    length: int


@dataclass(frozen=True)
class Decimal(HiveType):
    """`decimal(precision,scale)`."""

    precision: int
    scale: int


@dataclass(frozen=True)
class Array(HiveType):
    """`array<element>`."""

    element: HiveType


@dataclass(frozen=True)
class Map(HiveType):
    """`map<key,value>`."""

    key: HiveType
    value: HiveType


@dataclass(frozen=True)
class Struct(HiveType):
    """`struct<name:type,...>`."""

    fields: tuple[tuple[str, HiveType], ...]


class InvalidType(ValueError):
    """The text is no Hive type."""

    def __init__(self, text: str, position: int, expected: str) -> None:
        super().__init__(f"type '{text}' is invalid at position {position}: expected {expected}")


# Hive's name -> Trino's name. `integer` and `long` are what Glue's own tools write at times.
_PRIMITIVES = {
    "string": "varchar", "boolean": "boolean", "tinyint": "tinyint", "smallint": "smallint", "int": "integer",
    "bigint": "bigint", "float": "real", "double": "double", "binary": "varbinary", "date": "date",
    "timestamp": "timestamp(3)",
}  # fmt: skip
_TRINO_ONLY = {
    "json": "json", "timestamp with time zone": "timestamp(3) with time zone", "time": "time(3)",
    "unknown": "unknown", "interval day to second": "interval day to second",
    "interval year to month": "interval year to month", "uuid": "uuid",
}  # fmt: skip
_SYNONYMS = {"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint", "real": "float",
             "double precision": "double", "varbinary": "binary", "bool": "boolean"}  # fmt: skip

STRING = Primitive("string")


def parse(text: str) -> HiveType:
    """The type that `text` names, e.g. `array<struct<a:int,b:decimal(38,18)>>`. Raises InvalidType."""
    parser = _Parser(text)
    found = parser.type()
    parser.expect_end()
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def type(self) -> HiveType:
        name = self._word()
        if name == "array":
            self._expect("<")
            element = self.type()
            self._expect(">")
            return Array(element)
        if name == "map":
            self._expect("<")
            key = self.type()
            self._expect(",")
            value = self.type()
            self._expect(">")
            return Map(key, value)
        if name == "struct":
            return self._struct()
        if name in ("decimal", "numeric"):
            precision, scale = (*self._numbers(), 10, 0)[:2] if self._peek() == "(" else (10, 0)
            return Decimal(precision, scale)
        if name in ("varchar", "char"):
            if self._peek() != "(":
                return STRING
            return Text(name, self._numbers()[0])
        name = _SYNONYMS.get(name, name)
        if name not in _PRIMITIVES:
            raise InvalidType(self._text, self._at - len(name), "a Hive type")
        return Primitive(name)

    def _struct(self) -> Struct:
        self._expect("<")
        fields: list[tuple[str, HiveType]] = []
        if self._accept(">"):
            return Struct(())
        while True:
            fields.append((self._field_name(), self.type()))
            if self._accept(">"):
                return Struct(tuple(fields))
            self._expect(",")

    def _field_name(self) -> str:
        self._skip_space()
        if self._peek() == "`":
            match = re.compile(r"`((?:[^`]|``)*)`\s*:").match(self._text, self._at)
            name = match.group(1).replace("``", "`") if match else ""
        else:
            match = re.compile(r"([^:<>,`]+):").match(self._text, self._at)
            name = match.group(1).strip() if match else ""
        if match is None or not name:
            raise InvalidType(self._text, self._at, "a field name and a colon")
        self._at = match.end()
        return name

    def _numbers(self) -> list[int]:
        match = re.compile(r"\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)").match(self._text, self._at)
        if match is None:
            raise InvalidType(self._text, self._at, "numbers in parentheses")
        self._at = match.end()
        return [int(number) for number in match.groups() if number is not None]

    def _word(self) -> str:
        match = re.compile(r"\s*(double\s+precision|[a-z_]\w*)", re.IGNORECASE).match(self._text, self._at)
        if match is None:
            raise InvalidType(self._text, self._at, "a type name")
        self._at = match.end()
        return re.sub(r"\s+", " ", match.group(1)).lower()

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _peek(self) -> str:
        self._skip_space()
        return self._text[self._at : self._at + 1]

    def _accept(self, symbol: str) -> bool:
        if self._peek() != symbol:
            return False
        self._at += 1
        return True

    def _expect(self, symbol: str) -> None:
        if not self._accept(symbol):
            raise InvalidType(self._text, self._at, f"'{symbol}'")

    def expect_end(self) -> None:
        if self._peek():
            raise InvalidType(self._text, self._at, "the end")


@singledispatch
def hive_name(kind: HiveType) -> str:
    """The type as the Data Catalog stores it."""
    raise NotImplementedError(type(kind))


@hive_name.register
def _(kind: Primitive) -> str:
    # What Hive has no word for is stored as the text it is shown as.
    return "string" if kind.name in _TRINO_ONLY and not kind.name.startswith("timestamp") else kind.name.split(" ")[0]


@hive_name.register
def _(kind: Text) -> str:
    return f"{kind.name}({kind.length})"


@hive_name.register
def _(kind: Decimal) -> str:
    return f"decimal({kind.precision},{kind.scale})"


@hive_name.register
def _(kind: Array) -> str:
    return f"array<{hive_name(kind.element)}>"


@hive_name.register
def _(kind: Map) -> str:
    return f"map<{hive_name(kind.key)},{hive_name(kind.value)}>"


@hive_name.register
def _(kind: Struct) -> str:
    return "struct<" + ",".join(f"{_hive_field(name)}:{hive_name(field)}" for name, field in kind.fields) + ">"


def _hive_field(name: str) -> str:
    plain = name == name.strip() and not set(name) & set(":<>,`")
    return name if plain else "`" + name.replace("`", "``") + "`"


@singledispatch
def trino_name(kind: HiveType) -> str:
    """The type as Trino writes it: in views, in `typeof`, in messages."""
    raise NotImplementedError(type(kind))


@trino_name.register
def _(kind: Primitive) -> str:
    return _PRIMITIVES.get(kind.name) or _TRINO_ONLY[kind.name]


@trino_name.register
def _(kind: Text) -> str:
    return f"{kind.name}({kind.length})"


@trino_name.register
def _(kind: Decimal) -> str:
    return f"decimal({kind.precision},{kind.scale})"


@trino_name.register
def _(kind: Array) -> str:
    return f"array({trino_name(kind.element)})"


@trino_name.register
def _(kind: Map) -> str:
    return f"map({trino_name(kind.key)}, {trino_name(kind.value)})"


@trino_name.register
def _(kind: Struct) -> str:
    return "row(" + ", ".join(f"{_trino_field(name)} {trino_name(field)}" for name, field in kind.fields) + ")"


def _trino_field(name: str) -> str:
    return name if re.fullmatch(r"[a-z_]\w*", name) else '"' + name.replace('"', '""') + '"'


@singledispatch
def arrow_type(kind: HiveType) -> pa.DataType:
    """The Arrow type that rows of this column are read into."""
    raise NotImplementedError(type(kind))


@arrow_type.register
def _(kind: Primitive) -> pa.DataType:
    return {
        "string": pa.string(), "boolean": pa.bool_(), "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(),
        "bigint": pa.int64(), "float": pa.float32(), "double": pa.float64(), "binary": pa.binary(),
        "date": pa.date32(), "timestamp": pa.timestamp("us"),
    }[kind.name]  # fmt: skip


@arrow_type.register
def _(kind: Text) -> pa.DataType:
    return pa.string()


@arrow_type.register
def _(kind: Decimal) -> pa.DataType:
    return pa.decimal128(kind.precision, kind.scale)


@arrow_type.register
def _(kind: Array) -> pa.DataType:
    return pa.list_(arrow_type(kind.element))


@arrow_type.register
def _(kind: Map) -> pa.DataType:
    return pa.map_(arrow_type(kind.key), arrow_type(kind.value))


@arrow_type.register
def _(kind: Struct) -> pa.DataType:
    return pa.struct([pa.field(name, arrow_type(field)) for name, field in kind.fields])
