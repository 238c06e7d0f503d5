"""What CAST does between text, numbers and moments, one value at a time, as Trino does it."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re
from typing import Any

import numpy as np

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions import zones

_EXACT = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_UP)
_FAR_YEAR = re.compile(r"\s*(?:[+-]\d{4,}|\d{5,}|0000)-\d{1,2}-\d{1,2}\b")
_MOMENT = re.compile(
    r"\s*([+-]?\d{4,})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?)?(?:\s*(\S.*?))?\s*"
)
_CLOCK = re.compile(r"\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?\s*")
_FLOAT = re.compile(r"[+-]?(NaN|Infinity|((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)[fFdD]?)")


def _refused(value: object, kind: str) -> QueryError:
    return QueryError("INVALID_CAST_ARGUMENT", f"Cannot cast '{value}' to {kind}")


def double_text(value: float) -> str:
    """A double as Trino's CAST writes it: always with an exponent."""
    return _scientific(value, repr(value))


def real_text(value: float) -> str:
    """A real."""
    return _scientific(value, str(np.format_float_scientific(np.float32(value), unique=True, trim="-")))


def _scientific(value: float, shortest: str) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0E0" if math.copysign(1, value) < 0 else "0E0"
    number = decimal.Decimal(shortest).normalize()
    digits = "".join(map(str, number.as_tuple().digits))
    return f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{number.adjusted()}"


def decimal_text(value: decimal.Decimal) -> str:
    """All digits of its scale, and one at least before the point."""
    return format(value, "f")


def to_decimal(value: Any, precision: int, scale: int) -> decimal.Decimal:
    """A double or a text as a decimal of this type, rounded half up."""
    try:
        text = repr(value) if isinstance(value, float) else str(value)
        if not isinstance(value, float) and text != text.strip():
            raise ValueError(text)
        exact = decimal.Decimal(text)
        if not exact.is_finite() or "_" in text:
            raise ValueError(text)
        return fitted(exact, precision, scale)
    except (ValueError, decimal.InvalidOperation):
        raise _refused(value, f"DECIMAL({precision}, {scale})") from None


def fitted(value: decimal.Decimal, precision: int, scale: int) -> decimal.Decimal:
    """Rounded half up to the scale. Raises ValueError when the precision is too small."""
    rounded = value.quantize(decimal.Decimal(1).scaleb(-scale), context=_EXACT)
    if len(rounded.as_tuple().digits) > precision and rounded:
        raise ValueError(value)
    return rounded


def text_double(value: str) -> float:
    """As Java reads a double."""
    text = value.strip()
    if not _FLOAT.fullmatch(text):
        raise _refused(value, "DOUBLE")
    return float(text.rstrip("fFdD") if text[-1:] in "fFdD" else text)


def text_boolean(value: str) -> bool:
    """`t`, `true`, `1` and their opposites, in any case."""
    folded = value.lower()
    if folded in ("t", "true", "1"):
        return True
    if folded in ("f", "false", "0"):
        return False
    raise _refused(value, "BOOLEAN")


def known_year(text: str, kind: str) -> None:
    """Raises QueryError, NOT_SUPPORTED, for a text with a year that Trino has and Python's dates haven't."""
    if _FAR_YEAR.match(text):
        raise not_supported(f"a {kind} whose year isn't one of 0001 to 9999, without a sign ({text.strip()})")


def date_text(text: str) -> str:
    """The text of a date, if its year is one that Python has. Raises QueryError, NOT_SUPPORTED."""
    known_year(text, "date")
    return text


def moment(text: str, kind: str) -> tuple[dt.datetime, int, str | None]:
    """A text's local time with microseconds, the digits of the second that it has, and its zone.

    Raises QueryError, INVALID_CAST_ARGUMENT, for what is no moment.
    """
    known_year(text, kind)
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise QueryError("INVALID_CAST_ARGUMENT", f"Value cannot be cast to {kind}: {text}")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction, zone = match.group(7) or "", match.group(8)
    try:
        whole = dt.datetime(year, month, day, hour, minute, second)
        if zone is not None:
            zones.zone(zone)
    except (ValueError, QueryError):
        raise QueryError("INVALID_CAST_ARGUMENT", f"Value cannot be cast to {kind}: {text}") from None
    return whole + dt.timedelta(microseconds=_micros(fraction)), len(fraction), zone


def _micros(fraction: str) -> int:
    return int(decimal.Decimal("0." + (fraction or "0")).scaleb(6).to_integral_value(decimal.ROUND_HALF_UP))


def text_timestamp(value: str, precision: int) -> dt.datetime:
    """A zone in the text is left out."""
    rounded: dt.datetime = round_moment(moment(value, "timestamp")[0], precision)
    return rounded


def text_zoned(value: str, precision: int) -> dict[str, object]:
    """Without a zone in the text it is the session's, UTC."""
    local, _, zone = moment(value, "timestamp with time zone")
    return zones.instant(round_moment(local, precision), zone or "UTC")


def text_time(value: str, precision: int) -> dt.time:
    """Hours and minutes, and what else there is."""
    match = _CLOCK.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        hour, minute, second = (int(part or 0) for part in match.groups()[:3])
        full = dt.datetime(2000, 1, 1, hour, minute, second) + dt.timedelta(microseconds=_micros(match.group(4) or ""))
        rounded: dt.datetime = round_moment(full, precision)
        return rounded.time()
    except ValueError:
        raise QueryError("INVALID_CAST_ARGUMENT", f"Value cannot be cast to time: {value}") from None


def round_moment(value: Any, precision: int) -> Any:
    """Rounded half up to this many digits of the second."""
    step = 10 ** (6 - precision)
    if isinstance(value, dt.time):
        return round_moment(dt.datetime.combine(dt.date(2000, 1, 1), value), precision).time()
    over = value.microsecond % step
    return value + dt.timedelta(microseconds=(step - over) if 2 * over >= step else -over)


def round_zoned(value: dict[str, Any], precision: int) -> dict[str, Any]:
    """The same of an instant with a zone."""
    return {"t": round_moment(value["t"], precision), "z": value["z"]}


def local_time(value: dict[str, Any]) -> dt.datetime:
    """An instant's time in its own zone."""
    return zones.to_local(value["t"], value["z"])


def timestamp_text(value: dt.datetime, precision: int) -> str:
    """`2024-01-02 03:04:05.678`."""
    return f"{value.year:04d}-{value:%m-%d %H:%M:%S}{_fraction(value.microsecond, precision)}"


def time_text(value: dt.time, precision: int) -> str:
    """`03:04:05.678`."""
    return f"{value:%H:%M:%S}{_fraction(value.microsecond, precision)}"


def zoned_text(value: dict[str, Any], precision: int) -> str:
    """The time in the zone, and the zone."""
    return f"{timestamp_text(local_time(value), precision)} {value['z']}"


def _fraction(micros: int, precision: int) -> str:
    return f".{micros:06d}"[: precision + 1] if precision else ""


def day_interval_text(millis: int) -> str:
    """`1 02:03:04.005`, from milliseconds."""
    sign, rest = ("-", -millis) if millis < 0 else ("", millis)
    seconds, rest = divmod(rest, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{sign}{days} {hours:02d}:{minutes:02d}:{seconds:02d}.{rest:03d}"


def year_interval_text(months: int) -> str:
    """`1-2`, from months."""
    years, rest = divmod(abs(months), 12)
    return f"{'-' if months < 0 else ''}{years}-{rest}"
