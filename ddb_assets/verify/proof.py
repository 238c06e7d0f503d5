"""`verify`: does a published snapshot hold every item of its source, each value exactly, and nothing else?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.source import require_own, source_named
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableNames
from ddb_assets.reading.export import export_items
from ddb_assets.reading.live import key_attributes, live_items
from ddb_assets.reading.published import find_published
from ddb_snapshot.allowed import USUAL_SHARE
from ddb_snapshot.compare import Comparison, KeyMissing, compare
from ddb_snapshot.items import Item

LIVE_TABLE: Final = "table"
"""The `against` that means the DynamoDB table as it is now."""

Seen = Callable[[str, int], None]
"""Told what is being read and how many items of it there were so far."""

_SAID_EVERY: Final = 500


@dataclass(frozen=True)
class Proof:
    """What a verification found. `comparison.expected` counts the source's items, `.actual` the snapshot's."""

    name: str
    snapshot_timestamp: str
    against: str
    comparison: Comparison

    @property
    def equal(self) -> bool:
        return self.comparison.equal


def verify(
    name: str,
    at: str | None = None,
    against: str = LIVE_TABLE,
    *,
    keys: Sequence[str] = (),
    database: str | None = None,
    chain: TableNames | None = None,
    read_percentage: float = USUAL_SHARE,
    listed: int = 20,
    connection: Connection | None = None,
    seen: Seen = lambda reading, items: None,
) -> Proof:
    """Compare a published snapshot with the live table, or with a native export (a file, a folder or an S3 prefix).

    `name` is the DynamoDB table's, its ARN, that of a second chain of it, or its view's with the database. `chain` is
    what a defs.yaml says of it, where one does.

    The snapshot is read as the catalog describes it: the partition's location, the table's columns, the format's own
    reader. Numbers in text must be spelled as DynamoDB spells them, since queries compare texts. Memory doesn't grow
    with the table; the temporary folder does, by the compressed items of both sides.

    Raises:
        OtherSource: what is published under that name is of another table.
        UserError: the snapshot, the table or the export isn't there or can't be read; names it.
    """
    connection = connection or Connection()
    published = find_published(connection, database, name, at, chain)
    if against == LIVE_TABLE:
        live = source_named(connection, published.table_name)
        require_own(f"The snapshot of {name}", published.record, live, "compare it with an export: --against.")
    keys = tuple(keys) or key_attributes(connection, published.table_name)
    if against == LIVE_TABLE:
        source = live_items(connection, published.table_name, read_percentage)
    else:
        source = export_items(connection, against)
    try:
        comparison = compare(
            _telling(source, "the table" if against == LIVE_TABLE else against, seen),
            _telling(published.items(), f"snapshot {published.snapshot_timestamp}", seen),
            keys,
            listed,
            spelling=True,
        )
    except KeyMissing as error:
        raise UserError(f"{name}: {error}: --key NAME, once for each.") from error
    return Proof(name, published.snapshot_timestamp, against, comparison)


def _telling(items: Iterator[Item], reading: str, seen: Seen) -> Iterator[Item]:
    number = 0
    for number, item in zip(count(1), items, strict=False):
        if number % _SAID_EVERY == 0:
            seen(reading, number)
        yield item
    seen(reading, number)
