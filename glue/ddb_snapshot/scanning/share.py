"""A task's part of the job's rate, without a coordinator: the rate divided by the tasks that can still be reading.

Tasks that read at the same time are at most `readers`, and at most as many as there are unfinished segments. What has
been finished never gets fewer, so a task that has heard of it late divides by too much: together they never exceed the
job's rate, and the last ones don't crawl. They hear of it from marks in the staging folder, one for each segment.
"""

import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ddb_snapshot import storage
from ddb_snapshot.scanning.throttle import Pacer
from ddb_snapshot.storage import S3Path

EVERY_SECONDS: Final = 30.0
"""How often a task asks what has been finished."""

_MARKS: Final = "finished/"


@cache
def pacer_of(
    region: str, staging: S3Path, target_rcu: float, readers: int, segments: int, item_rcu: float | None
) -> Pacer:
    """This process's pacer for the job with that staging folder: one for all segments that the process will read.

    Spark keeps a Python process for each task that runs at the same time and gives it task after task.
    """
    finished = partial(count_finished, storage.client("s3", region), staging)
    return Pacer(Share(target_rcu, readers, segments, finished), item_rcu)


class Share:
    """The task's rate now, in read units a second. `finished` tells how many of the segments are."""

    def __init__(
        self,
        target_rcu: float,
        readers: int,
        segments: int,
        finished: Callable[[], int],
        every: float = EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target_rcu = target_rcu
        self._readers = readers
        self._segments = segments
        self._finished = finished
        self._every = every
        self._clock = clock
        self._known = 0
        self._ask_at = clock()

    def __call__(self) -> float:
        now = self._clock()
        if now >= self._ask_at:
            self._ask_at = now + self._every
            self._known = max(self._known, self._finished())
        return self._target_rcu / min(self._readers, max(1, self._segments - self._known))


def mark_finished(s3: Any, staging: S3Path, segment: int) -> None:
    """Say that a segment has been read and stored. The last thing its task does."""
    storage.put(s3, staging / f"{_MARKS}{segment:05d}", b"")


def count_finished(s3: Any, staging: S3Path) -> int:
    """How many segments are marked; none when S3 doesn't say, since to know of fewer only makes a task slower."""
    try:
        return len(storage.sizes(s3, staging / _MARKS))
    except (BotoCoreError, ClientError):
        return 0
