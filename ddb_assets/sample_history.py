"""What happened to a sample table: items arrive, orders go their way, some are deleted.

The same on every machine for the same span, but for the dates.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ddb_assets.samples import Item, SampleTable

_STEP = timedelta(minutes=10)
# Not on the minute: an instant that is asked for is one at which nothing happens.
_OFFSET = timedelta(minutes=3, seconds=20)
_FIRST = 2 / 3
_CHANGED = 0.002
_NEXT = {"open": "paid", "paid": "sent", "sent": "returned"}


@dataclass(frozen=True)
class Step:
    """What happened at one instant, given by the time since the history began. No key comes twice."""

    after: timedelta
    puts: Sequence[Item]
    deletes: Sequence[Item]


def first_items(table: SampleTable) -> Sequence[Item]:
    """The items that are there when the history begins."""
    return table.items[: max(1, int(len(table.items) * _FIRST))]


def steps(table: SampleTable, span: timedelta) -> Iterator[Step]:
    """All that happens within the span: the other items arrive, and one order in five hundred changes each time.

    An order is open, then paid, then sent, then returned, then gone.
    """
    chance = random.Random(table.name)
    names = [key["AttributeName"] for key in table.key_schema]
    items = list(first_items(table))
    coming = table.items[len(items) :]
    count = (span - _OFFSET) // _STEP + 1
    for number in range(count):
        new = coming[len(coming) * number // count : len(coming) * (number + 1) // count]
        moving = [place for place, item in enumerate(items) if "status" in item and chance.random() < _CHANGED]
        gone = [place for place in moving if items[place]["status"]["S"] == "returned"]
        for place in set(moving) - set(gone):
            items[place] = {**items[place], "status": {"S": _NEXT[items[place]["status"]["S"]]}}
        puts = [items[place] for place in moving if place not in gone] + list(new)
        deletes = [{name: items[place][name] for name in names} for place in gone]
        items = [item for place, item in enumerate(items) if place not in gone] + list(new)
        if puts or deletes:
            yield Step(number * _STEP + _OFFSET, puts, deletes)
