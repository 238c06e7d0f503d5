"""Dates, timestamps and instants with zones: arithmetic of the calendar, one value at a time."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Callable
from typing import Any

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions import zones

DAY_MILLIS = 86_400_000
_MILLIS = {
    "millisecond": 1,
    "second": 1000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": DAY_MILLIS,
    "week": 7 * DAY_MILLIS,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
Zoned = dict[str, Any]


def refused(message: str) -> QueryError:
    """INVALID_FUNCTION_ARGUMENT."""
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


def move_date(day: dt.date, millis: int) -> dt.date:
    """A date and whole days."""
    if millis % DAY_MILLIS:
        raise refused("Cannot add hour, minutes or seconds to a date")
    return day + dt.timedelta(days=millis // DAY_MILLIS)


def move_date_back(day: dt.date, millis: int) -> dt.date:
    """A date without whole days."""
    if millis % DAY_MILLIS:
        raise refused("Cannot subtract hour, minutes or seconds from a date")
    return move_date(day, -millis)


def add_months(value: Any, months: int) -> Any:
    """Months later; a day that the month doesn't have becomes its last."""
    month = value.year * 12 + value.month - 1 + months
    year, place = divmod(month, 12)
    return value.replace(year=year, month=place + 1, day=min(value.day, calendar.monthrange(year, place + 1)[1]))


def date_add(unit: str, count: int, value: Any) -> Any:
    """`date_add` of a date or a timestamp."""
    unit = unit.lower()
    if unit in _MONTHS:
        return add_months(value, count * _MONTHS[unit])
    if unit not in _MILLIS or (not isinstance(value, dt.datetime) and _MILLIS[unit] < DAY_MILLIS):
        raise _no_unit(unit, value)
    return value + dt.timedelta(milliseconds=count * _MILLIS[unit])


def _no_unit(unit: str, value: Any) -> QueryError:
    kind = "TIMESTAMP" if isinstance(value, dt.datetime) else "DATE"
    return refused(f"'{unit}' is not a valid {kind} field")


def date_diff(unit: str, first: Any, last: Any) -> int:
    """Whole units from the first moment to the last."""
    unit = unit.lower()
    if unit in _MONTHS:
        whole = (last.year - first.year) * 12 + last.month - first.month
        if whole > 0 and add_months(first, whole) > last:
            whole -= 1
        elif whole < 0 and add_months(first, whole) < last:
            whole += 1
        return int(whole / _MONTHS[unit])
    if unit not in _MILLIS or (not isinstance(first, dt.datetime) and _MILLIS[unit] < DAY_MILLIS):
        raise _no_unit(unit, first)
    between = last - first
    micros = (between.days * 86_400 + between.seconds) * 1_000_000 + between.microseconds
    step = _MILLIS[unit] * 1000
    return int(micros // step if micros >= 0 else -(-micros // step))


def date_trunc(unit: str, value: Any) -> Any:
    """The beginning of the unit in which the value is."""
    unit = unit.lower()
    clock = {"millisecond": None, "second": 0, "minute": 1, "hour": 2}
    if unit in clock and isinstance(value, dt.datetime):
        if unit == "millisecond":
            return value.replace(microsecond=value.microsecond // 1000 * 1000)
        kept = {"microsecond": 0, "second": 0, "minute": 0}
        names = list(kept)[: list(clock).index(unit)]
        cleared: dict[str, Any] = dict.fromkeys(names, 0)
        return value.replace(**cleared)
    day = dt.datetime(value.year, value.month, value.day) if isinstance(value, dt.datetime) else value
    if unit == "day":
        return day
    if unit == "week":
        return day - dt.timedelta(days=day.weekday())
    if unit in _MONTHS:
        month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
        return day.replace(month=month, day=1)
    raise _no_unit(unit, value)


_CLOCK_UNITS = ("millisecond", "second", "minute", "hour")


def _of_time(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of moments, for times of the day."""

    def call(unit: str, *arguments: Any) -> Any:
        if unit.lower() not in _CLOCK_UNITS:
            raise refused(f"'{unit}' is not a valid TIME field")
        on_a_day = (dt.datetime.combine(dt.date(2000, 1, 1), a) if isinstance(a, dt.time) else a for a in arguments)
        found = function(unit, *on_a_day)
        return found.time() if isinstance(found, dt.datetime) else found

    return call


def _in_zone(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of local times, for an instant in its zone."""

    def call(*arguments: Any) -> Any:
        *given, value = arguments
        return zones.instant(function(*given, zones.to_local(value["t"], value["z"])), value["z"])

    return call


date_trunc_time, date_add_time, date_diff_time = _of_time(date_trunc), _of_time(date_add), _of_time(date_diff)
date_trunc_zoned = _in_zone(date_trunc)
_months_zoned = _in_zone(date_add)


def date_add_zoned(unit: str, count: int, value: Zoned) -> Zoned:
    """Days and longer move in the zone's own time, hours and shorter in absolute time."""
    if unit.lower() in ("hour", "minute", "second", "millisecond"):
        return {"t": date_add(unit, count, value["t"]), "z": value["z"]}
    moved: Zoned = _months_zoned(unit, count, value)
    return moved


def date_diff_zoned(unit: str, first: Zoned, last: Zoned) -> int:
    """Whole units, in the time of the first one's zone."""
    if unit.lower() in ("hour", "minute", "second", "millisecond"):
        return date_diff(unit, first["t"], last["t"])
    return date_diff(unit, zones.to_local(first["t"], first["z"]), zones.to_local(last["t"], first["z"]))


def at_timezone(value: Zoned, zone: str) -> Zoned:
    """The same instant in another zone."""
    return {"t": value["t"], "z": zones.zone(zone)[0]}


def with_timezone(local: dt.datetime, zone: str) -> Zoned:
    """A local time in a zone."""
    return zones.instant(local, zone)


def from_unixtime(seconds: float, zone: str = "UTC") -> Zoned:
    """Seconds since 1970, rounded to milliseconds; none for what is no number, as Java rounds it."""
    if math.isinf(seconds):
        raise refused(f"Millis overflow: {seconds}")
    millis = 0 if math.isnan(seconds) else math.floor(seconds * 1000 + 0.5)
    return {"t": dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=millis), "z": zones.zone(zone)[0]}


def to_iso8601_zoned(value: Zoned, precision: int) -> str:
    """`2024-01-02T03:04:05.678Z`."""
    zone = value["z"]
    local = zones.to_local(value["t"], zone)
    offset = zones.zone(zone)[1].utcoffset(local)
    assert offset is not None
    return to_iso8601(local, precision) + ("Z" if not offset else _offset(offset))


def _offset(offset: dt.timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def to_iso8601(local: dt.datetime, precision: int) -> str:
    """`2024-01-02T03:04:05.678`."""
    fraction = f".{local.microsecond:06d}"[: precision + 1] if precision else ""
    return f"{local.year:04d}-{local:%m-%dT%H:%M:%S}{fraction}"


def offset_part(value: Zoned, part: int) -> int:
    """The hours (0) or minutes (1) of the zone's offset then."""
    offset = zones.zone(value["z"])[1].utcoffset(zones.to_local(value["t"], value["z"]))
    assert offset is not None
    minutes = int(offset.total_seconds() // 60)
    return int(minutes / 60) if part == 0 else (abs(minutes) % 60) * (-1 if minutes < 0 else 1)


def day_sequence(first: dt.date, last: dt.date) -> list[Any]:
    """Every day from the first to the last, backwards when the last comes first."""
    return date_sequence(first, last, DAY_MILLIS if first <= last else -DAY_MILLIS, 0)


def date_sequence(first: Any, last: Any, millis: int, months: int) -> list[Any]:
    """From the first to the last by a step of milliseconds or of months, at most 10,000 of them."""
    if not millis and not months:
        raise refused("step must not be zero")
    forward = millis > 0 or months > 0
    if (forward and last < first) or (not forward and last > first):
        raise refused("sequence stop value should be greater than or equal to start value if step is greater than zero "
                      "otherwise stop should be less than or equal to start")  # fmt: skip
    if millis % DAY_MILLIS and not isinstance(first, dt.datetime):
        raise refused("sequence step must be a day interval if start and end values are dates")
    found: list[Any] = []
    at = first
    while at <= last if forward else at >= last:
        found.append(at)
        if len(found) > 10_000:
            raise refused("result of sequence function must not have more than 10000 entries")
        at = add_months(first, months * len(found)) if months else at + dt.timedelta(milliseconds=millis)
    return found
