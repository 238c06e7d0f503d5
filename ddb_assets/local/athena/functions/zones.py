"""Time zones by the names that Trino takes: `UTC`, `+02:00`, `America/New_York`."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from ddb_assets.local.athena.errors import QueryError

_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_WEST = re.compile(r"Etc/GMT([+-])(\d|1\d)")
_UTC = frozenset(
    [
        "UTC",
        "Z",
        "GMT",
        "UT",
        "UCT",
        "Zulu",
        "Greenwich",
        "Universal",
        "GMT0",
        "Etc/UTC",
        "Etc/GMT",
        "Etc/GMT0",
        "Etc/UCT",
        "Etc/Universal",
    ]
)
_NOT_THERE = frozenset(
    ["EST", "HST", "MST", "ROC", "Etc/Greenwich", "Etc/Zulu", "Factory", "localtime", "posixrules", "America/Coyhaique"]
)
"""Zones of the tz database that a Trino 476 refuses."""


@lru_cache(maxsize=1024)
def zone(name: str) -> tuple[str, dt.tzinfo]:
    """The zone's name as Trino keeps it, and the zone. Raises QueryError, INVALID_FUNCTION_ARGUMENT."""
    if name in _UTC:
        return "UTC", dt.timezone.utc
    if (west := _WEST.fullmatch(name)) is not None:
        # POSIX's sign: hours west of Greenwich are positive.
        return zone(f"{'-' if west.group(1) == '+' else '+'}{west.group(2)}")
    if (match := _OFFSET.fullmatch(name)) is not None:
        sign, hours, minutes = match.group(1), int(match.group(2)), int(match.group(3) or 0)
        if hours * 60 + minutes > 14 * 60 or minutes > 59:
            raise unknown(name)
        if not hours and not minutes:
            return "UTC", dt.timezone.utc
        offset = dt.timedelta(hours=hours, minutes=minutes)
        return f"{sign}{hours:02d}:{minutes:02d}", dt.timezone(-offset if sign == "-" else offset)
    try:
        if name in _NOT_THERE:
            raise unknown(name)
        return name, ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise unknown(name) from None


def unknown(name: str) -> QueryError:
    """The refusal of a zone that isn't one."""
    return QueryError("INVALID_FUNCTION_ARGUMENT", f"Time-zone ID '{name}' is invalid")


def to_local(instant: dt.datetime, name: str) -> dt.datetime:
    """UTC to the zone's own time, both without a zone in the value."""
    return instant.replace(tzinfo=dt.timezone.utc).astimezone(zone(name)[1]).replace(tzinfo=None)


def to_utc(local: dt.datetime, name: str) -> dt.datetime:
    """A zone's own time to UTC."""
    return local.replace(tzinfo=zone(name)[1]).astimezone(dt.timezone.utc).replace(tzinfo=None)


def instant(local: dt.datetime, name: str) -> dict[str, object]:
    """A `timestamp with time zone` as DuckDB holds it, from the local time."""
    return {"t": to_utc(local, name), "z": zone(name)[0]}
