"""How long a scan takes when each of its tasks reads one segment after another, and segments aren't alike.

At the end few segments are left for many tasks, so the last hour is slower than the rate allows; the less so, the more
segments there are for each task.
"""

import heapq
import math
import random
from dataclasses import dataclass

_SEED = 20190101


@dataclass(frozen=True)
class Segments:
    """So many segments of a table; `skew` is the standard deviation of the logarithm of their sizes."""

    count: int
    total_bytes: float
    skew: float = 0.0

    def sizes(self) -> list[float]:
        """Bytes of each, in the order in which they are read."""
        chance = random.Random(_SEED)
        drawn = [math.exp(chance.gauss(0.0, self.skew)) for _ in range(self.count)]
        scale = self.total_bytes / sum(drawn)
        return [size * scale for size in drawn]


def hours_to_read(segments: Segments, tasks: int, bytes_s: float, task_bytes_s: float) -> float:
    """Hours until the last segment is read, each task at an equal part of the rate, or at what it can do if less."""
    speed = min(bytes_s / tasks, task_bytes_s)
    free = [0.0] * tasks
    for size in segments.sizes():
        heapq.heapreplace(free, free[0] + size / speed)
    return max(free) / 3600
