"""Trino's types as small classes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Type:
    """A type of Trino."""


@dataclass(frozen=True)
class Simple(Type):
    """A type without parameters, by its name."""

    name: str


@dataclass(frozen=True)
class Varchar(Type):
    """`varchar(length)`, or `varchar` when the length is None."""

    length: int | None = None


@dataclass(frozen=True)
class Char(Type):
    """`char(length)`: values hold the blanks that fill them up."""

    length: int


@dataclass(frozen=True)
class Decimal(Type):
    """`decimal(precision, scale)`."""

    precision: int
    scale: int


@dataclass(frozen=True)
class Time(Type):
    """`time(precision)`."""

    precision: int


@dataclass(frozen=True)
class Timestamp(Type):
    """`timestamp(precision)`."""

    precision: int


@dataclass(frozen=True)
class TimestampZoned(Type):
    """`timestamp(precision) with time zone`; `zone` is the one that every value has, where that is known."""

    precision: int
    zone: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Array(Type):
    """`array(element)`."""

    element: Type


@dataclass(frozen=True)
class Map(Type):
    """`map(key, value)`."""

    key: Type
    value: Type


@dataclass(frozen=True)
class Row(Type):
    """`row(name type, …)`; a field may have no name."""

    fields: tuple[tuple[str | None, Type], ...]

    @property
    def kinds(self) -> tuple[Type, ...]:
        """The fields' types."""
        return tuple(kind for _, kind in self.fields)


BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT = (
    Simple(name) for name in ("boolean", "tinyint", "smallint", "integer", "bigint")
)
REAL, DOUBLE, VARBINARY, DATE, JSON, UNKNOWN = (
    Simple(name) for name in ("real", "double", "varbinary", "date", "json", "unknown")
)
INTERVAL_DAY = Simple("interval day to second")
INTERVAL_YEAR = Simple("interval year to month")
VARCHAR = Varchar()
INTEGERS = (TINYINT, SMALLINT, INTEGER, BIGINT)
FLOATING = (DOUBLE, REAL)
DIGITS = {TINYINT: 3, SMALLINT: 5, INTEGER: 10, BIGINT: 19}
"""Integers as decimals: the precision that Trino gives them."""
MOST_DIGITS = 38


def is_number(kind: Type) -> bool:
    """Whether arithmetic is done with it."""
    return kind in INTEGERS or kind in (REAL, DOUBLE) or isinstance(kind, Decimal)


def inner(kind: Type) -> tuple[Type, ...]:
    """The types of which a type is made."""
    if isinstance(kind, Array):
        return (kind.element,)
    if isinstance(kind, Map):
        return kind.key, kind.value
    return kind.kinds if isinstance(kind, Row) else ()


def contains(kind: Type, *sought: type[Type]) -> bool:
    """Whether a type is one of these or holds one at any depth."""
    return isinstance(kind, sought) or any(contains(part, *sought) for part in inner(kind))


def comparable(kind: Type) -> bool:
    """Whether `=` is defined."""
    return all(comparable(part) for part in inner(kind))


def orderable(kind: Type) -> bool:
    """Whether `<` is defined."""
    return kind != JSON and not isinstance(kind, Map) and all(orderable(part) for part in inner(kind))
