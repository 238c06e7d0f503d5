"""Values as Athena prints them in results."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from collections.abc import Callable
from functools import singledispatch
from typing import Any

import numpy as np

from ddb_assets.local.athena.functions import zones
from ddb_assets.local.athena.functions.conversions import day_interval_text, time_text, year_interval_text
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

Render = Callable[[Any], str]


def renderer(kind: Type) -> Callable[[Any], str | None]:
    """A function from a Python value of Arrow to the text of the type, None for NULL."""
    render = _render(kind)
    return lambda value: None if value is None else render(value)


@singledispatch
def _render(kind: Type) -> Render:
    raise NotImplementedError(type(kind))


@_render.register
def _(kind: Simple) -> Render:
    return _PRIMITIVES.get(kind.name, str)


@_render.register(Varchar)
@_render.register(Char)
def _(kind: Varchar | Char) -> Render:
    return str


@_render.register
def _(kind: Time) -> Render:
    return lambda value: time_text(value, kind.precision)


@_render.register
def _(kind: Timestamp) -> Render:
    return _timestamp


@_render.register
def _(kind: TimestampZoned) -> Render:
    return _instant


@_render.register
def _(kind: Decimal) -> Render:
    return lambda value: format(value, "f")


@_render.register
def _(kind: Array) -> Render:
    element = _inner(kind.element)
    return lambda value: "[" + ", ".join(element(item) for item in value) + "]"


@_render.register
def _(kind: Map) -> Render:
    key, item = _inner(kind.key), _inner(kind.value)
    return lambda value: "{" + ", ".join(f"{key(k)}={item(v)}" for k, v in value) + "}"


@_render.register
def _(kind: Row) -> Render:
    # By position: Arrow may call the fields of a row without names otherwise.
    fields = [
        (name if name is not None else f"field{place}", _inner(field))
        for place, (name, field) in enumerate(kind.fields)
    ]

    def row(value: dict[str, Any]) -> str:
        pairs = zip(fields, value.values(), strict=True)
        return "{" + ", ".join(f"{name}={field(item)}" for (name, field), item in pairs) + "}"

    return row


def _inner(kind: Type) -> Render:
    render = _render(kind)
    return lambda value: "null" if value is None else render(value)


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _integer(value: int | decimal.Decimal) -> str:
    return str(int(value))


def _double(value: float) -> str:
    return _java(value, repr(value))


def _real(value: float) -> str:
    return _java(value, str(np.format_float_scientific(np.float32(value), unique=True, trim="-")))


def _java(value: float, shortest: str) -> str:
    """As Java's Double.toString: plain from 10^-3 up to 10^7, else one digit, a point and an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    sign, figures, _ = decimal.Decimal(shortest).normalize().as_tuple()
    digits = "".join(str(figure) for figure in figures)
    exponent = decimal.Decimal(shortest).adjusted()
    minus = "-" if sign else ""
    if not -3 <= exponent < 7:
        return f"{minus}{digits[0]}.{digits[1:] or '0'}E{exponent}"
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{digits}"
    padded = digits.ljust(exponent + 1, "0")
    return f"{minus}{padded[: exponent + 1]}.{padded[exponent + 1 :] or '0'}"


def _bytes(value: bytes) -> str:
    return value.hex(" ")


def _timestamp(value: dt.datetime) -> str:
    """Milliseconds; finer digits are cut off, as Athena reads them."""
    return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}".rjust(23, "0")


def _instant(value: dict[str, Any]) -> str:
    """The local time in the value's zone, and the zone."""
    return f"{_timestamp(zones.to_local(value['t'], value['z']))} {value['z']}"


_PRIMITIVES: dict[str, Render] = {
    "boolean": _boolean,
    "tinyint": _integer,
    "smallint": _integer,
    "integer": _integer,
    "bigint": _integer,
    "real": _real,
    "double": _double,
    "varbinary": _bytes,
    "date": lambda value: str(value.isoformat()),
    kinds.INTERVAL_DAY.name: day_interval_text,
    kinds.INTERVAL_YEAR.name: year_interval_text,
}
