"""Types from their names in a query."""

from __future__ import annotations

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.hive_types import Array as HiveArray
from ddb_assets.local.athena.hive_types import Decimal as HiveDecimal
from ddb_assets.local.athena.hive_types import HiveType, Primitive, Struct, Text
from ddb_assets.local.athena.hive_types import Map as HiveMap
from ddb_assets.local.athena.sql.nodes import TypeName
from ddb_assets.local.athena.types import kinds
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

_SIMPLE = {
    "boolean": kinds.BOOLEAN, "tinyint": kinds.TINYINT, "smallint": kinds.SMALLINT, "integer": kinds.INTEGER,
    "int": kinds.INTEGER, "bigint": kinds.BIGINT, "real": kinds.REAL, "double": kinds.DOUBLE, "date": kinds.DATE,
    "varbinary": kinds.VARBINARY, "json": kinds.JSON, "unknown": kinds.UNKNOWN, "uuid": Simple("uuid"),
    "interval day to second": kinds.INTERVAL_DAY, "interval year to month": kinds.INTERVAL_YEAR,
}  # fmt: skip
_FINEST = 6
"""Digits of a second that DuckDB's TIMESTAMP has."""
_OTHERS = {
    "ipaddress", "hyperloglog", "p4hyperloglog", "qdigest", "tdigest", "setdigest", "geometry", "sphericalgeography",
    "bingtile", "color", "jsonpath", "json2016", "joniregexp", "likepattern", "time with time zone", "number",
}  # fmt: skip


def read_type(name: TypeName) -> Type:
    """The type that a name in a query stands for. Raises QueryError: TYPE_NOT_FOUND or NOT_SUPPORTED."""
    made = _made(name)
    if made is None:
        if name.name in _OTHERS:
            raise not_supported(f"the type {name.name}")
        raise QueryError("TYPE_NOT_FOUND", f"Unknown type: {name.name}")
    return made


def _made(name: TypeName) -> Type | None:
    arguments = name.arguments
    if name.name in _SIMPLE and not arguments:
        return _SIMPLE[name.name]
    numbers = [argument for argument in arguments if isinstance(argument, int)]
    types = [read_type(argument) for argument in arguments if isinstance(argument, TypeName)]
    if name.name == "array" and len(types) == 1 and not numbers:
        return Array(types[0])
    if name.name == "map" and len(types) == 2 and not numbers:
        return Map(types[0], types[1])
    if name.name == "row" and not numbers:
        return Row(tuple((each, kind) for each, kind in zip(name.names, types, strict=True)))
    if types:
        return None
    if name.name in ("decimal", "dec", "numeric"):
        precision, scale = (*numbers, 0)[:2] if numbers else (38, 0)
        return decimal(precision, scale)
    if name.name == "varchar" and len(numbers) <= 1:
        return Varchar(numbers[0] if numbers else None)
    if name.name == "char" and len(numbers) <= 1:
        return Char(numbers[0] if numbers else 1)
    return _moment(name.name, numbers)


def decimal(precision: int, scale: int) -> Decimal:
    """A decimal type. Raises QueryError, INVALID_FUNCTION_ARGUMENT."""
    if not 1 <= precision <= kinds.MOST_DIGITS or not 0 <= scale <= precision:
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT", f"DECIMAL precision or scale is out of range: ({precision},{scale})"
        )
    return Decimal(precision, scale)


def _moment(name: str, numbers: list[int]) -> Type | None:
    made = {"time": Time, "timestamp": Timestamp, "timestamp with time zone": TimestampZoned}.get(name)
    if made is None or len(numbers) > 1:
        return None
    precision = numbers[0] if numbers else 3
    if precision > _FINEST:
        raise not_supported(f"{name}({precision}): more than {_FINEST} digits of a second")
    return made(precision)


_HIVE = {
    "string": Varchar(), "boolean": kinds.BOOLEAN, "tinyint": kinds.TINYINT, "smallint": kinds.SMALLINT,
    "int": kinds.INTEGER, "bigint": kinds.BIGINT, "float": kinds.REAL, "double": kinds.DOUBLE,
    "binary": kinds.VARBINARY, "date": kinds.DATE, "timestamp": Timestamp(3), "json": kinds.JSON, "time": Time(3),
    "timestamp with time zone": TimestampZoned(3), "unknown": kinds.UNKNOWN,
    "interval day to second": kinds.INTERVAL_DAY,
    "interval year to month": kinds.INTERVAL_YEAR, "uuid": Simple("uuid"),
}  # fmt: skip


def from_hive(kind: HiveType) -> Type:
    """A column's type."""
    if isinstance(kind, Primitive):
        return _HIVE[kind.name]
    if isinstance(kind, Text):
        return Char(kind.length) if kind.name == "char" else Varchar(kind.length)
    if isinstance(kind, HiveDecimal):
        return Decimal(kind.precision, kind.scale)
    if isinstance(kind, HiveArray):
        return Array(from_hive(kind.element))
    if isinstance(kind, HiveMap):
        return Map(from_hive(kind.key), from_hive(kind.value))
    assert isinstance(kind, Struct)
    return Row(tuple((name, from_hive(field)) for name, field in kind.fields))


def to_hive(kind: Type) -> HiveType:
    """The type as the catalog and the results' metadata name it."""
    if isinstance(kind, Simple):
        return Primitive({"integer": "int", "real": "float", "varbinary": "binary"}.get(kind.name, kind.name))
    if isinstance(kind, Varchar):
        return Primitive("string") if kind.length is None else Text("varchar", kind.length)
    if isinstance(kind, Char):
        return Text("char", kind.length)
    if isinstance(kind, Decimal):
        return HiveDecimal(kind.precision, kind.scale)
    if isinstance(kind, Array):
        return HiveArray(to_hive(kind.element))
    if isinstance(kind, Map):
        return HiveMap(to_hive(kind.key), to_hive(kind.value))
    if isinstance(kind, Row):
        names = [name if name is not None else f"field{place}" for place, (name, _) in enumerate(kind.fields)]
        return Struct(tuple((name, to_hive(part)) for name, part in zip(names, kind.kinds, strict=True)))
    return Primitive({Time: "time", Timestamp: "timestamp", TimestampZoned: "timestamp with time zone"}[type(kind)])
