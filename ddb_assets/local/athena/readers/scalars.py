"""Values from text, as Hive's text SerDes read them."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
from collections.abc import Callable
from typing import Any

from ddb_assets.local.athena.hive_types import Decimal, HiveType, Primitive, Text

# 38 digits and then some: rounding to a column's scale must not round the whole number.
_CONTEXT = decimal.Context(prec=100)


def from_text(kind: HiveType) -> Callable[[str], Any]:
    """A function from text to the value of a scalar type; it raises ValueError for text that is none."""
    if isinstance(kind, Decimal):
        return lambda text: fit_decimal(_decimal(text), kind)
    if isinstance(kind, Text):
        return lambda text: text[: kind.length]
    name = kind.name if isinstance(kind, Primitive) else ""
    if name in _RANGES:
        return lambda text: _integer(text, name)
    return _FROM_TEXT[name]


def fit_decimal(value: decimal.Decimal, kind: Decimal) -> decimal.Decimal:
    """Rounded half up to the scale, as Hive does. Raises ValueError when the digits before the point don't fit."""
    rounded = value.quantize(decimal.Decimal(1).scaleb(-kind.scale), decimal.ROUND_HALF_UP, _CONTEXT)
    if rounded and rounded.adjusted() >= kind.precision - kind.scale:
        raise ValueError(f"{value} does not fit decimal({kind.precision},{kind.scale})")
    return rounded


def _decimal(text: str) -> decimal.Decimal:
    try:
        return decimal.Decimal(text.strip())
    except decimal.InvalidOperation:
        raise ValueError(f'For input string: "{text}"') from None


_RANGES = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}


def _integer(text: str, name: str) -> int:
    try:
        value = int(text.strip())
    except ValueError:
        raise ValueError(f'For input string: "{text}"') from None
    bound = 1 << _RANGES[name]
    if not -bound <= value < bound:
        raise ValueError(f'For input string: "{text}"')
    return value


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise ValueError(f'For input string: "{text}"')
    return lowered == "true"


def timestamp(text: str) -> dt.datetime:
    """`yyyy-mm-dd hh:mm:ss[.f]` or ISO 8601; an offset is turned into UTC."""
    found = dt.datetime.fromisoformat(text.strip())
    return found if found.tzinfo is None else found.astimezone(dt.timezone.utc).replace(tzinfo=None)


_FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "string": str,
    "boolean": _boolean,
    "float": float,
    "double": float,
    "binary": lambda text: base64.b64decode(text, validate=True),
    "date": lambda text: dt.date.fromisoformat(text.strip()),
    "timestamp": timestamp,
}
