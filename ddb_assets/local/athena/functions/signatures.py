"""Functions' types: patterns such as `element_at(array(E), bigint) -> E`, and what binds them.

Single letters are types that a call decides, or, as an argument of a type, its length, precision or scale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from ddb_assets.local.athena.sql.nodes import TypeName
from ddb_assets.local.athena.sql.queries import QueryReader
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.coercion import as_decimal, coercible, common_type
from ddb_assets.local.athena.types.kinds import (
    UNKNOWN,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    Time,
    Timestamp,
    TimestampZoned,
    Type,
    Varchar,
)
from ddb_assets.local.athena.types.read import read_type

_VARIABLE = re.compile(r"[a-z]\d?")
_MOMENTS = {"time": Time, "timestamp": Timestamp, "timestamp with time zone": TimestampZoned}


@dataclass
class Bindings:
    """What a call has decided: types by variable, numbers (None: no limit) by variable."""

    types: dict[str, Type] = field(default_factory=dict)
    numbers: dict[str, int | None] = field(default_factory=dict)
    zone: str | None = None


@dataclass(frozen=True)
class Signature:
    """A function's name, its arguments' patterns and its result's; `variadic` repeats the last argument."""

    name: str
    arguments: tuple[TypeName, ...]
    variadic: bool
    result: TypeName

    def expanded(self, count: int) -> tuple[TypeName, ...] | None:
        """The patterns for this many arguments; None when it takes another number."""
        if not self.variadic:
            return self.arguments if len(self.arguments) == count else None
        if count < len(self.arguments) - 1:
            return None
        more = count - len(self.arguments) + 1
        return (*self.arguments[:-1], *([self.arguments[-1]] * more))


@lru_cache(maxsize=2048)
def signature(text: str) -> Signature:
    """`name(type, type...) -> type`."""
    match = re.fullmatch(r"(\w+)\((.*?)(\.\.\.)?\) -> (.+)", text)
    assert match, text
    reader = QueryReader(match.group(2))
    arguments: list[TypeName] = []
    while match.group(2).strip():
        arguments.append(reader.type())
        if not reader.accept(","):
            break
    reader.end()
    return Signature(match.group(1), tuple(arguments), bool(match.group(3)), QueryReader(match.group(4)).type())


def bind(pattern: TypeName, kind: Type, bindings: Bindings, *, coerce: bool) -> bool:
    """Whether a value of this type is taken here; what it decides goes into the bindings."""
    name, arguments = pattern.name, pattern.arguments
    if not arguments and _VARIABLE.fullmatch(name):
        return _bind_variable(name, kind, bindings, coerce)
    if kind == UNKNOWN:
        return coerce
    if name == "array" or name == "map" or name == "row":
        return _bind_nested(pattern, kind, bindings, coerce)
    if name == "varchar" and arguments:
        return _bind_text(arguments[0], kind, bindings)
    if name == "char" and arguments:
        return isinstance(kind, Char) and _bind_number(arguments[0], kind.length, bindings)
    if name == "decimal" and isinstance(arguments[0] if arguments else 0, TypeName):
        exact = as_decimal(kind) if coerce else kind if isinstance(kind, Decimal) else None
        return exact is not None and all(
            _bind_number(part, number, bindings)
            for part, number in zip(arguments, (exact.precision, exact.scale), strict=True)
        )
    if name in _MOMENTS and arguments and isinstance(arguments[0], TypeName):
        return _bind_moment(name, arguments[0], kind, bindings, coerce)
    wanted = read_type(pattern)
    if isinstance(kind, Char) and isinstance(wanted, Varchar):
        # A function that takes a char says so: there is no way from it to a varchar in a call.
        return False
    if kind == wanted or (isinstance(wanted, Varchar) and isinstance(kind, Varchar)):
        return kind == wanted or coerce
    return coerce and coercible(kind, wanted)


def _bind_variable(name: str, kind: Type, bindings: Bindings, coerce: bool) -> bool:
    known = bindings.types.get(name)
    if known is None:
        bindings.types[name] = kind
        return True
    common = common_type(known, kind)
    if common is None or (not coerce and known != kind):
        return False
    bindings.types[name] = common
    return True


def _bind_nested(pattern: TypeName, kind: Type, bindings: Bindings, coerce: bool) -> bool:
    parts = [argument for argument in pattern.arguments if isinstance(argument, TypeName)]
    wanted = {"array": Array, "map": Map, "row": Row}[pattern.name]
    given = kinds.inner(kind)
    return (
        isinstance(kind, wanted)
        and len(given) == len(parts)
        and all(bind(part, each, bindings, coerce=coerce) for part, each in zip(parts, given, strict=True))
    )


def _bind_text(variable: int | TypeName, kind: Type, bindings: Bindings) -> bool:
    if isinstance(variable, int):
        return isinstance(kind, Varchar) and coercible(kind, Varchar(variable))
    return isinstance(kind, Varchar) and _bind_number(variable, kind.length, bindings)


def _bind_moment(name: str, variable: TypeName, kind: Type, bindings: Bindings, coerce: bool) -> bool:
    if isinstance(kind, (Time, Timestamp, TimestampZoned)) and type(kind) is _MOMENTS[name]:
        if isinstance(kind, TimestampZoned):
            bindings.zone = kind.zone
        return _bind_number(variable, kind.precision, bindings)
    if not coerce:
        return False
    if kind == kinds.DATE and name != "time":
        bindings.zone = "UTC"
        return _bind_number(variable, 0, bindings)
    if isinstance(kind, Timestamp) and name == "timestamp with time zone":
        bindings.zone = "UTC"
        return _bind_number(variable, kind.precision, bindings)
    return False


def _bind_number(variable: int | TypeName, number: int | None, bindings: Bindings) -> bool:
    if isinstance(variable, int):
        return variable == number
    known = bindings.numbers.get(variable.name, number)
    both = None if known is None or number is None else max(known, number)
    bindings.numbers[variable.name] = both
    return True


def bind_null(pattern: TypeName, bindings: Bindings) -> None:
    """Numbers of a type that only NULL was given for, and nothing else has bound: decimal(1, 0), varchar(0)."""
    least = {"decimal": (1, 0), "varchar": (0,)}.get(pattern.name, ())
    for argument, number in zip(pattern.arguments, least, strict=False):
        if isinstance(argument, TypeName):
            bindings.numbers.setdefault(argument.name, number)


def made(pattern: TypeName, bindings: Bindings) -> Type:
    """The type that a pattern stands for once everything is bound."""
    name, arguments = pattern.name, pattern.arguments
    if not arguments and _VARIABLE.fullmatch(name):
        return bindings.types.get(name, UNKNOWN)
    parts = [made(argument, bindings) for argument in arguments if isinstance(argument, TypeName) and name in _NESTED]
    if name == "array":
        return Array(parts[0])
    if name == "map":
        return Map(parts[0], parts[1])
    if name == "row":
        return Row(tuple(zip(pattern.names, parts, strict=True)))
    numbers = [
        argument if isinstance(argument, int) else bindings.numbers.get(argument.name)
        for argument in arguments
        if isinstance(argument, int) or argument.name in bindings.numbers
    ]
    if name == "varchar":
        return Varchar(numbers[0] if numbers else None)
    if name == "char":
        return Char(numbers[0] or 1)
    if name == "decimal":
        return Decimal(numbers[0] or 38, numbers[1] or 0)
    if name in _MOMENTS:
        precision = (numbers[0] or 0) if numbers else 3
        return TimestampZoned(precision, bindings.zone) if name.endswith("zone") else _MOMENTS[name](precision)
    return read_type(pattern)


_NESTED = ("array", "map", "row")
