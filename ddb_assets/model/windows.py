"""The windows of incremental exports: 15 minutes to 24 hours. Source: Amazon DynamoDB developer guide, "Quotas"."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

SHORTEST_INCREMENT: Final = timedelta(minutes=15)
LONGEST_INCREMENT: Final = timedelta(hours=24)


def incremental_windows(start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """[start, end) as consecutive windows that DynamoDB exports, oldest first; none where it is shorter than one.

    They are about equally long, so that none is left over that is too short; each begins whole minutes after `start`.
    """
    length = end - start
    if length < SHORTEST_INCREMENT:
        return ()
    count = -(-length // LONGEST_INCREMENT)
    minutes = length // timedelta(minutes=1)
    starts = [start + timedelta(minutes=-(-minutes * part // count)) for part in range(count)]
    return tuple(pairwise([*starts, end]))
