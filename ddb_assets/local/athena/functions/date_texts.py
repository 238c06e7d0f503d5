"""Moments as text and back: MySQL's patterns (`date_format`) and Joda's (`format_datetime`)."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions import zones

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
Write = Callable[[dt.datetime], str]


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


def _require(form: str) -> None:
    """Of an empty pattern nothing is made, not even an empty text."""
    if not form:
        raise _refused("Invalid format specification: the pattern is empty")


def _hour12(moment: dt.datetime) -> int:
    return moment.hour % 12 or 12


def _half(moment: dt.datetime) -> str:
    return "AM" if moment.hour < 12 else "PM"


_MYSQL: dict[str, Write] = {
    "a": lambda m: _DAYS[m.weekday()][:3], "b": lambda m: _MONTHS[m.month - 1][:3], "c": lambda m: str(m.month),
    "d": lambda m: f"{m.day:02d}", "e": lambda m: str(m.day), "f": lambda m: f"{m.microsecond:06d}",
    "H": lambda m: f"{m.hour:02d}", "h": lambda m: f"{_hour12(m):02d}", "I": lambda m: f"{_hour12(m):02d}",
    "i": lambda m: f"{m.minute:02d}", "j": lambda m: f"{m.timetuple().tm_yday:03d}", "k": lambda m: str(m.hour),
    "l": lambda m: str(_hour12(m)), "M": lambda m: _MONTHS[m.month - 1], "m": lambda m: f"{m.month:02d}",
    "p": _half, "r": lambda m: f"{_hour12(m):02d}:{m.minute:02d}:{m.second:02d} {_half(m)}",
    "S": lambda m: f"{m.second:02d}", "s": lambda m: f"{m.second:02d}",
    "T": lambda m: f"{m.hour:02d}:{m.minute:02d}:{m.second:02d}", "v": lambda m: f"{m.isocalendar()[1]:02d}",
    "W": lambda m: _DAYS[m.weekday()], "x": lambda m: f"{m.isocalendar()[0]:04d}", "Y": lambda m: f"{m.year:04d}",
    "y": lambda m: f"{m.year % 100:02d}", "%": lambda m: "%",
}  # fmt: skip
_NOT_THERE = "DUuVwX"


def date_format(moment: dt.datetime, form: str) -> str:
    """By MySQL's pattern."""
    _require(form)
    out, at = "", 0
    while at < len(form):
        if form[at] != "%" or at + 1 == len(form):
            out, at = out + form[at], at + 1
            continue
        mark = form[at + 1]
        if mark in _NOT_THERE:
            raise _refused(f"%{mark} not supported in date format string")
        write = _MYSQL.get(mark)
        out, at = out + (write(moment) if write else mark), at + 2
    return out


_MYSQL_READ = {
    "a": "[A-Za-z]{3}", "b": r"(?P<b>[A-Za-z]{3})", "c": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})", "e": r"(?P<d>\d{1,2})",
    "f": r"(?P<f>\d{1,9})", "H": r"(?P<H>\d{1,2})", "h": r"(?P<h>\d{1,2})", "I": r"(?P<h>\d{1,2})", "i": r"(?P<i>\d{1,2})",
    "k": r"(?P<H>\d{1,2})", "l": r"(?P<h>\d{1,2})", "M": r"(?P<M>[A-Za-z]+)", "m": r"(?P<m>\d{1,2})",
    "p": r"(?P<p>[AaPp][Mm])", "S": r"(?P<s>\d{1,2})", "s": r"(?P<s>\d{1,2})", "Y": r"(?P<Y>\d{1,4})",
    "y": r"(?P<y>\d{2})", "%": "%", "j": r"(?P<j>\d{1,3})",
    "T": r"(?P<H>\d{1,2}):(?P<i>\d{1,2}):(?P<s>\d{1,2})",
    "r": r"(?P<h>\d{1,2}):(?P<i>\d{1,2}):(?P<s>\d{1,2}) (?P<p>[AaPp][Mm])",
}  # fmt: skip


def date_parse(text: str, form: str) -> dt.datetime:
    """By MySQL's pattern."""
    _require(form)
    pattern, at = "", 0
    while at < len(form):
        if form[at] != "%" or at + 1 == len(form):
            pattern, at = pattern + re.escape(form[at]), at + 1
            continue
        mark = form[at + 1]
        if mark in _NOT_THERE:
            raise _refused(f"%{mark} not supported in date format string")
        if mark in "vWx":
            raise not_supported(f"date_parse with %{mark}")
        pattern, at = pattern + _MYSQL_READ.get(mark, re.escape(mark)), at + 2
    return _read(text, pattern, form)


def _read(text: str, pattern: str, form: str) -> dt.datetime:
    try:
        match = re.fullmatch(pattern, text)
    except re.error:
        raise not_supported(f"a pattern that names a part twice: {form}") from None
    if match is None:
        raise _refused(f'Invalid format: "{text}"')
    return _assembled(match.groupdict(), text)


def _assembled(parts: dict[str, str | None], text: str) -> dt.datetime:
    def number(name: str, default: int) -> int:
        return int(parts.get(name) or default)

    year = number("Y", 1970)
    if parts.get("y"):
        year = 2000 + number("y", 0) if number("y", 0) < 70 else 1900 + number("y", 0)
    month = number("m", 1)
    for name, size in (("b", 3), ("M", 99)):
        given = parts.get(name)
        if given:
            names = [each[:size].lower() for each in _MONTHS]
            if given.lower() not in names:
                raise _refused(f'Invalid format: "{text}"')
            month = names.index(given.lower()) + 1
    hour = number("H", 0)
    if parts.get("h"):
        hour = number("h", 0) % 12
        if not 1 <= number("h", 0) <= 12:
            raise _refused(
                f'Cannot parse "{text}": Value {number("h", 0)} for clockhourOfHalfday must be in the range [1,12]'
            )
    if (parts.get("p") or "").lower() == "pm":
        hour = hour % 12 + 12
    micros = int((parts.get("f") or "0").ljust(6, "0")[:6]) // 1000 * 1000
    try:
        if parts.get("j"):
            return dt.datetime(year, 1, 1, hour, number("i", 0), number("s", 0), micros) + dt.timedelta(
                number("j", 1) - 1
            )
        return dt.datetime(year, month, number("d", 1), hour, number("i", 0), number("s", 0), micros)
    except ValueError:
        reason = ""
        if 1 <= month <= 12 and 1 <= year <= dt.MAXYEAR and not parts.get("j"):
            last = calendar.monthrange(year, month)[1]
            reason = f": Value {number('d', 1)} for dayOfMonth must be in the range [1,{last}]"
        raise _refused(f'Cannot parse "{text}"{reason}') from None


def _pieces(form: str) -> list[tuple[str, int, str]]:
    """A Joda pattern as letters with their counts, and literal text (letter `'`)."""
    found: list[tuple[str, int, str]] = []
    for match in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|([^A-Za-z'])|'", form):
        if match.group(1) is not None:
            found.append(("'", 0, match.group(1).replace("''", "'") or "'"))
        elif match.group(2):
            found.append((match.group(2), len(match.group()), ""))
        else:
            found.append(("'", 0, match.group()))
    return found


def _padded(value: int, count: int) -> str:
    return f"{value:0{count}d}"


def _year(moment: dt.datetime, count: int) -> str:
    return _padded(moment.year % 100, 2) if count == 2 else _padded(moment.year, count)


_JODA: dict[str, Callable[[dt.datetime, int], str]] = {
    "y": _year, "Y": _year, "u": _year, "x": lambda m, n: _padded(m.isocalendar()[0] % 100 if n == 2 else m.isocalendar()[0], n),
    "w": lambda m, n: _padded(m.isocalendar()[1], n), "e": lambda m, n: _padded(m.isoweekday(), n),
    "E": lambda m, n: _DAYS[m.weekday()] if n >= 4 else _DAYS[m.weekday()][:3], "D": lambda m, n: _padded(m.timetuple().tm_yday, n),
    "M": lambda m, n: _MONTHS[m.month - 1] if n >= 4 else _MONTHS[m.month - 1][:3] if n == 3 else _padded(m.month, n),
    "d": lambda m, n: _padded(m.day, n), "a": lambda m, n: _half(m), "K": lambda m, n: _padded(m.hour % 12, n),
    "h": lambda m, n: _padded(_hour12(m), n), "H": lambda m, n: _padded(m.hour, n), "k": lambda m, n: _padded(m.hour or 24, n),
    "m": lambda m, n: _padded(m.minute, n), "s": lambda m, n: _padded(m.second, n),
    "S": lambda m, n: f"{m.microsecond // 1000:03d}".ljust(n, "0")[:n],
}  # fmt: skip


def format_datetime(moment: dt.datetime, form: str) -> str:
    """By Joda's pattern, with no zone."""
    return _joda(moment, form, None)


def format_zoned(value: dict[str, Any], form: str) -> str:
    """By Joda's pattern, in the value's zone."""
    return _joda(zones.to_local(value["t"], value["z"]), form, value["z"])


def _joda(moment: dt.datetime, form: str, zone: str | None) -> str:
    _require(form)
    out = ""
    for letter, count, text in _pieces(form):
        if letter == "'":
            out += text
        elif letter == "Z" and zone is not None and count <= 2:
            offset = zones.zone(zone)[1].utcoffset(moment)
            assert offset is not None
            minutes = int(offset.total_seconds() // 60)
            mark = ":" if count == 2 else ""
            out += f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{mark}{abs(minutes) % 60:02d}"
        elif letter == "Z" and zone is not None:
            out += zone
        elif letter in _JODA:
            out += _JODA[letter](moment, count)
        elif letter in "GCzZ":
            raise not_supported(f"format_datetime with {letter * count}")
        else:
            raise _refused(f"Illegal pattern component: {letter}")
    return out


_JODA_READ: dict[str, Callable[[int], str]] = {
    "M": lambda n: r"(?P<m>\d{1,2})" if n < 3 else r"(?P<b>[A-Za-z]{3})" if n == 3 else r"(?P<M>[A-Za-z]+)",
    "d": lambda n: r"(?P<d>\d{1,2})", "H": lambda n: r"(?P<H>\d{1,2})", "h": lambda n: r"(?P<h>\d{1,2})",
    "m": lambda n: r"(?P<i>\d{1,2})", "s": lambda n: r"(?P<s>\d{1,2})", "S": lambda n: r"(?P<f>\d{1,9})",
    "a": lambda n: r"(?P<p>[AaPp][Mm])", "y": lambda n: r"(?P<y>\d{2})" if n == 2 else r"(?P<Y>\d{4})",
    "E": lambda n: "[A-Za-z]+", "Z": lambda n: r"(?P<Z>[+-]\d{2}:?\d{2}|Z)",
}  # fmt: skip


def parse_datetime(text: str, form: str) -> dict[str, object]:
    """By Joda's pattern; without a zone in it, UTC."""
    _require(form)
    pattern = ""
    for letter, count, literal in _pieces(form):
        if letter == "'":
            pattern += re.escape(literal)
        elif letter in _JODA_READ:
            pattern += _JODA_READ[letter](count)
        else:
            raise not_supported(f"parse_datetime with {letter * count}")
    try:
        match = re.fullmatch(pattern, text)
    except re.error:
        raise not_supported(f"a pattern that names a part twice: {form}") from None
    if match is None:
        raise _refused(f'Invalid format: "{text}"')
    parts = match.groupdict()
    zone = parts.pop("Z", None)
    return zones.instant(_assembled(parts, text), zone or "UTC")
