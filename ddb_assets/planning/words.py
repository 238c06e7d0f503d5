"""Amounts as a person reads them: sizes and times in the unit that suits them, instants to the second."""

from datetime import UTC, datetime, timedelta
from typing import Final

_UNITS: Final = ("B", "KB", "MB", "GB", "TB")


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


def second(instant: datetime) -> str:
    """An instant to the second, UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
