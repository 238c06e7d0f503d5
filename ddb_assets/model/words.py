"""Amounts as a person reads and writes them: sizes and times in the unit that suits them, instants to the second."""

import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Final

_UNITS: Final = ("B", "KB", "MB", "GB", "TB")
_DURATIONS: Final = (
    re.compile(r"(?:(?P<days>[0-9]+)d)?(?:(?P<hours>[0-9]+)h)?(?:(?P<minutes>[0-9]+)m)?(?:(?P<seconds>[0-9]+)s)?"),
    re.compile(
        r"P(?:(?P<days>[0-9]+)D)?(?:T(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+)S)?)?"
    ),
)


def size(amount: float) -> str:
    """Bytes, in units of 1,024 as AWS bills them."""
    unit = 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:,.0f} {_UNITS[unit]}" if unit == 0 or amount >= 100 else f"{amount:.1f} {_UNITS[unit]}"


def duration(length: timedelta) -> str:
    """A time in seconds, minutes, hours or days."""
    seconds = length.total_seconds()
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"


def parse_duration(text: str) -> timedelta:
    """A time of whole seconds, as `90s`, `15m`, `2h`, `1d` or together (`1h30m`), or as ISO 8601 has it (`PT15M`).

    Raises:
        ValueError: the text is none, or of no length; says what is allowed.
    """
    for form in _DURATIONS:
        if found := form.fullmatch(text):
            numbers = {unit: int(number) for unit, number in found.groupdict(default="0").items()}
            with suppress(OverflowError):
                if length := timedelta(**numbers):
                    return length
    raise ValueError(f"{text!r} is not a length of time, such as 90s, 15m, 2h, 1h30m, 1d or PT15M")


def written_duration(length: timedelta) -> str:
    """A time of whole seconds as `parse_duration` reads it: `1h30m`."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours // 24, "d"), (hours % 24, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def second(instant: datetime) -> str:
    """An instant to the second, UTC."""
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
