"""JSON's text as Trino keeps it: keys sorted, no blanks, integers exact, other numbers as Java prints a double."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ddb_assets.local.athena.errors import QueryError

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Number(str):
    """A number as it was written."""

    __slots__ = ()

    @property
    def whole(self) -> bool:
        """Whether it is written as an integer."""
        return not any(mark in self for mark in ".eE")


class Pairs(tuple[tuple[str, Any], ...]):
    """A row's fields by name, each with its value: names may be empty and may repeat."""

    __slots__ = ()


class Fields(dict[str, Any]):
    """An object whose keys stay in their order."""


def _no_constant(text: str) -> Any:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=_no_constant)
_IN_ORDER = json.JSONDecoder(
    parse_int=Number, parse_float=Number, parse_constant=_no_constant, object_pairs_hook=Fields
)


def loads(text: str) -> Any:
    """The value of a JSON text, its numbers as written. Raises ValueError."""
    return _DECODER.decode(text)


def loads_in_order(text: str) -> Any:
    """The same, with objects whose keys stay in their order. Raises ValueError."""
    return _IN_ORDER.decode(text)


def written(text: str, shown: str | None = None) -> Any:
    """The same. Raises QueryError, INVALID_FUNCTION_ARGUMENT."""
    try:
        return loads(text)
    except (ValueError, RecursionError):
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"Cannot convert value to JSON: '{shown or text}'") from None


def dumps(value: Any) -> str:
    """A value as Trino writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return str(int(value)) if value.whole else double(float(value))
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (int, Decimal)):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        return double(value)
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    pairs = value if isinstance(value, Pairs) else ((key, value[key]) for key in _keys(value))
    return "{" + ",".join(f"{_string(key)}:{dumps(item)}" for key, item in pairs) + "}"


def _keys(value: dict[str, Any]) -> list[str]:
    return list(value) if isinstance(value, Fields) else sorted(value)


def double(value: float) -> str:
    """As Java's Double.toString."""
    if math.isnan(value) or math.isinf(value):
        return '"NaN"' if math.isnan(value) else f'"{"-" if value < 0 else ""}Infinity"'
    return plain_double(value)


def plain_double(value: float) -> str:
    """Plain from 10^-3 up to 10^7, else one digit, a point and an exponent."""
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    number = Decimal(repr(value)).normalize()
    digits = "".join(map(str, number.as_tuple().digits))
    exponent, minus = number.adjusted(), "-" if value < 0 else ""
    if not -3 <= exponent < 7:
        return f"{minus}{digits[0]}.{digits[1:] or '0'}E{exponent}"
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{digits}"
    padded = digits.ljust(exponent + 1, "0")
    return f"{minus}{padded[: exponent + 1]}.{padded[exponent + 1 :] or '0'}"


@lru_cache(maxsize=4096)
def _string(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c) or (c if ord(c) >= 32 else f"\\u{ord(c):04X}") for c in text) + '"'
