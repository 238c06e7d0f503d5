"""What a table's readers have consumed and when, and the refusal of more than it can give."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Meter:
    """Every consumption with its time. With `capacity_rcu` it refuses as DynamoDB does: a bucket that holds
    `burst_seconds` of the capacity, is filled at that rate, and may go below empty with the page that empties it.

    Source: DynamoDB developer guide, "DynamoDB burst and adaptive capacity" (up to 300 seconds).
    """

    capacity_rcu: float | None = None
    burst_seconds: float = 300.0
    clock: Callable[[], float] = time.monotonic
    entries: list[tuple[float, float]] = field(default_factory=list)
    _level: float | None = None
    _filled: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refuses(self) -> bool:
        """Whether there is nothing left to read with."""
        if self.capacity_rcu is None:
            return False
        with self._lock:
            now, full = self.clock(), self.capacity_rcu * self.burst_seconds
            level = full if self._level is None else self._level + (now - self._filled) * self.capacity_rcu
            self._level, self._filled = min(level, full), now
            return self._level <= 0

    def consumed(self, rcu: float) -> None:
        """Account for a page."""
        with self._lock:
            self.entries.append((self.clock(), rcu))
            if self._level is not None:
                self._level -= rcu


def rates(entries: Sequence[tuple[float, float]], window_seconds: float) -> list[float]:
    """Read units a second over every window that begins with an entry and ends before the last one.

    A window that would outlast the reading is left out, unless it is the only one.
    """
    if not entries:
        return []
    last = entries[-1][0]
    found: list[float] = []
    total, end = 0.0, 0
    for start, (began, rcu) in enumerate(entries):
        if start and began + window_seconds > last:
            break
        while end < len(entries) and entries[end][0] < began + window_seconds:
            total += entries[end][1]
            end += 1
        found.append(total / window_seconds)
        total -= rcu
    return found
