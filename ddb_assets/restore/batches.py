"""Items gathered into requests: as many as BatchWriteItem takes, and no more than the pace allows at once. No I/O.

Source: Amazon DynamoDB API reference, "BatchWriteItem": 25 puts, 16 MB, no key twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from ddb_assets.errors import UserError
from ddb_snapshot.items import Item

MOST_ITEMS: Final = 25
MOST_BYTES: Final = 4 * 1024 * 1024
"""A quarter of what DynamoDB takes: so much is sent in a moment, and little is sent again after a broken connection."""

_WCU_BYTES: Final = 1024


@dataclass(frozen=True)
class Batch:
    """Items as DynamoDB-JSON."""

    items: tuple[bytes, ...]


def batches(items: Iterable[Item], keys: Sequence[str], most_wcu: float) -> Iterator[Batch]:
    """The items in batches of at most `most_wcu` write units each, if one item isn't more than that.

    Units are judged by the JSON's length, which an item's size is hardly ever above.

    Raises:
        UserError: an item has no key; a key's name is wrong then.
    """
    waiting: list[bytes] = []
    taken: set[bytes] = set()
    size, units = 0, 0
    for item in items:
        key, text = _key(item, keys), orjson.dumps(item)
        cost = max(1, -(-len(text) // _WCU_BYTES))
        full = len(waiting) == MOST_ITEMS or size + len(text) > MOST_BYTES or units + cost > most_wcu
        if waiting and (full or key in taken):
            yield Batch(tuple(waiting))
            waiting, taken, size, units = [], set(), 0, 0
        waiting.append(text)
        taken.add(key)
        size, units = size + len(text), units + cost
    if waiting:
        yield Batch(tuple(waiting))


def _key(item: Item, keys: Sequence[str]) -> bytes:
    for name in keys:
        if name not in item:
            raise UserError(
                f"An item has no attribute {name!r}, which should be a key; it has "
                f"{', '.join(map(repr, list(item)[:8])) or 'none'}: name the table's own key attributes with --key."
            )
    return orjson.dumps([item[name] for name in keys])
