"""ISO 8601's texts of days and moments, in the short forms too that Trino reads: `2024`, `2024-W1`, `T03`."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions import zones
from ddb_assets.local.athena.functions.moments import Zoned, refused

_DATE = (
    r"(?P<year>[+-]?\d{1,9})"
    r"(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?|-W(?P<week>\d{1,2})(?:-(?P<weekday>\d))?|-(?P<ordinal>\d{3}))?"
)
_FRACTION = r"(?:[.,](?P<{}>\d+))?"
_CLOCK = (
    rf"(?P<hour>\d{{1,2}}){_FRACTION.format('of_hour')}"
    rf"(?::(?P<minute>\d{{1,2}}){_FRACTION.format('of_minute')}"
    rf"(?::(?P<second>\d{{1,2}}){_FRACTION.format('of_second')})?)?"
)
_DAY = re.compile(_DATE)
_MOMENT = re.compile(rf"(?:{_DATE})?(?P<time>T(?:{_CLOCK})?(?P<zone>Z|[+-]\d{{2}}(?::?\d{{2}})?)?)?")
_UNITS = {"of_hour": 3_600_000, "of_minute": 60_000, "of_second": 1000}
"""Milliseconds of what a fraction is a part of."""


def from_iso8601_date(text: str) -> dt.date:
    """`2024-01-02`, `2024-W01-2` or `2024-002`, or the beginning of one; what isn't written is the first."""
    match = _DAY.fullmatch(text)
    if match is None:
        raise refused(f'Invalid format: "{text}"')
    return _day(match, text)


def from_iso8601_timestamp(text: str) -> Zoned:
    """A day, a time of day, or both; without a zone it is UTC."""
    match = _MOMENT.fullmatch(text)
    if match is None or not text:
        raise refused(f'Invalid format: "{text}"')
    day = _day(match, text) if match.group("year") else dt.date(1970, 1, 1)
    hour, minute, second = (int(match.group(name) or 0) for name in ("hour", "minute", "second"))
    fractions = [name for name in _UNITS if match.group(name)]
    if len(fractions) > 1:
        raise refused(f'Invalid format: "{text}"')
    try:
        local = dt.datetime(day.year, day.month, day.day, hour, minute, second)
    except ValueError:
        raise refused(f'Cannot parse "{text}"') from None
    for name in fractions:
        if name != "of_second" and match.group({"of_hour": "minute", "of_minute": "second"}[name]):
            raise refused(f'Invalid format: "{text}"')
        digits = match.group(name)
        local += dt.timedelta(milliseconds=int(Fraction(int(digits), 10 ** len(digits)) * _UNITS[name]))
    return zones.instant(local, match.group("zone") or "UTC")


def _day(match: re.Match[str], text: str) -> dt.date:
    year = int(match.group("year"))
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise not_supported(f"dates of the year {year}")
    try:
        if match.group("week"):
            return dt.date.fromisocalendar(year, int(match.group("week")), int(match.group("weekday") or 1))
        if match.group("ordinal"):
            day = dt.date(year, 1, 1) + dt.timedelta(days=int(match.group("ordinal")) - 1)
            if day.year != year:
                raise ValueError(text)
            return day
        return dt.date(year, int(match.group("month") or 1), int(match.group("day") or 1))
    except (ValueError, OverflowError):
        raise refused(f'Cannot parse "{text}"') from None
