"""The whole of it: a new table, every item written into it, and the proof that it holds what the snapshot holds.

    journal    says which snapshot goes into which table; only then the table is created, with the journal's id as a tag
    write      file by file of the snapshot; each that was written to its end is marked
    compare    the snapshot's items with a consistent read of the table, one by one

Cut off anywhere and run again, it goes on: with the files that have no mark, or with the comparison. A table without
the tag, or one that was found equal, is never written into.
"""

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Final

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableNames
from ddb_assets.reading.live import scanned
from ddb_assets.reading.published import PublishedSnapshot, find_published
from ddb_assets.restore.batch_writer import BatchWriter
from ddb_assets.restore.beginning import Begun, begin
from ddb_assets.restore.crew import Crew
from ddb_assets.restore.journal import Journal, Journals
from ddb_assets.restore.new_table import (
    Wishes,
    create_request,
    described_keys,
    given_definition,
    index_names,
    read_rate,
    require_attributes,
    require_keys,
    require_name,
    write_rate,
)
from ddb_assets.restore.snapshot_items import ItemsFrom, Part, SnapshotItems, snapshot_items
from ddb_assets.restore.table import Table
from ddb_assets.restore.watcher import Watcher
from ddb_snapshot import manifest as manifests
from ddb_snapshot.compare import Comparison, KeyMissing, compare
from ddb_snapshot.items import Item
from ddb_snapshot.manifest import Manifest, ManifestMissing, ManifestUnreadable
from ddb_snapshot.table_definition import Definition, key_names, table_definition

_TOLD_EVERY: Final = 500
_WCU_BYTES: Final = 1024


@dataclass(frozen=True)
class Outcome:
    """What was done. `items` and `wcu` are of this run; `comparison` is None when none was wanted."""

    new_table: str
    name: str
    snapshot_timestamp: str
    items: int
    wcu: float
    comparison: Comparison | None

    @property
    def equal(self) -> bool:
        """Whether nothing was found to differ."""
        return self.comparison is None or self.comparison.equal


@dataclass(frozen=True)
class Restoring:
    """A snapshot of the chain that goes by `name` into `new_table`; `at` None is the newest.

    `chain` is what a defs.yaml says of it, where one does.

    `keys` (`NAME:TYPE`) are needed where neither the snapshot's manifest nor the table itself tells them. `max_wcu` and
    `max_rcu` limit the pace, in units a second.
    """

    connection: Connection
    name: str
    at: str | None
    new_table: str
    watcher: Watcher
    database: str | None = None
    chain: TableNames | None = None
    keys: Sequence[str] = ()
    wishes: Wishes = field(default_factory=Wishes)
    items_from: ItemsFrom = "auto"
    max_wcu: float | None = None
    max_rcu: float | None = None
    compare: bool = True
    listed: int = 20

    def run(self) -> Outcome:
        """Restore and compare, or finish what an earlier run has begun.

        Raises:
            UserError: the snapshot isn't there or can't be read; the table exists and isn't this restore's; DynamoDB
                refuses the table or an item.
        """
        require_name(self.new_table)
        SnapshotStore(connection=self.connection).require_bucket()
        published = find_published(self.connection, self.database, self.name, self.at, self.chain)
        manifest = _manifest(self.connection.client("s3"), published)
        items = snapshot_items(self.connection, published, manifest, self.items_from)
        table = Table(self.connection, self.new_table)
        begun = begin(
            table,
            Journals.of(self.connection, self.new_table),
            self._journal(published),
            lambda journal: self._request(published, manifest, journal),
        )
        if begun.taken_up:
            self.watcher.say(f"Taking up the restore into {self.new_table} that began at {begun.journal.started_at}")
        described = table.wait_until_active()
        written = _Written(self.watcher)
        if begun.journal.written_at is None:
            self._write(begun, items, manifest, described, written)
            begun = begun.noted(replace(begun.journal, written_at=_now()))
            begun.journals.remove_marks(begun.journal)
        comparison = self._compared(published, manifest, described) if self.compare else None
        if comparison is not None and comparison.equal:
            begun.noted(replace(begun.journal, verified_at=_now()))
        at = published.snapshot_timestamp
        return Outcome(self.new_table, self.name, at, written.items, written.wcu, comparison)

    def _journal(self, published: PublishedSnapshot) -> Journal:
        return Journal(
            id=secrets.token_hex(8),
            new_table=self.new_table,
            name=self.name,
            table_name=published.table_name,
            database=published.database,
            snapshot_timestamp=published.snapshot_timestamp,
            location=str(published.location),
            started_at=_now(),
        )

    def _request(self, published: PublishedSnapshot, manifest: Manifest | None, journal: Journal) -> Mapping[str, Any]:
        """What to ask CreateTable for, and say so."""
        definition = self._definition(published, manifest)
        asked = create_request(definition, self.new_table, self.wishes, journal.tags())
        capacity = asked.get("ProvisionedThroughput")
        billing = "on-demand"
        if capacity:
            billing = f"{capacity['ReadCapacityUnits']:,} RCU and {capacity['WriteCapacityUnits']:,} WCU provisioned"
        indexes = index_names(asked)
        self.watcher.say(
            f"Creating table {self.new_table} for {self.name} at {published.snapshot_timestamp}: keys "
            f"{described_keys(asked)}; {billing}; "
            + (f"with the indexes {', '.join(indexes)}" if indexes else "no secondary indexes")
        )
        if left_out := [name for name in index_names(definition) if name not in indexes]:
            self.watcher.say(f"Left out as asked: the indexes {', '.join(left_out)}")
        return asked

    def _definition(self, published: PublishedSnapshot, manifest: Manifest | None) -> Definition:
        if manifest is not None and manifest.source:
            require_keys(manifest.source, self.keys, f"{manifest.location}{manifests.NAME}")
            return manifest.source
        unknown = f"The manifest of {published.location} is of an earlier version and doesn't describe the table"
        live = Table(self.connection, published.table_name).describe()
        if live is not None:
            definition = table_definition(live)
            require_keys(definition, self.keys, f"Table {published.table_name}")
            self.watcher.say(f"{unknown}: table {published.table_name} is taken as it is now")
            return definition
        if self.keys:
            self.watcher.say(f"{unknown}: its capacity and its secondary indexes, if it had any, aren't known")
            given = given_definition(self.keys)
            require_attributes(given, published.columns)
            return given
        raise UserError(
            f"{unknown}, and there is no table {published.table_name} in Region {self.connection.region}: name its key "
            "attributes with their types (S, N or B), the partition key first: --key NAME:TYPE, once for each."
        )

    def _write(
        self,
        begun: Begun,
        items: SnapshotItems,
        manifest: Manifest | None,
        described: Mapping[str, Any],
        written: "_Written",
    ) -> None:
        marks = begun.journals.marks(begun.journal)
        todo = [part for part in items.parts if part.name not in marks]
        rate = write_rate(described, self.max_wcu)
        total, done = _count(items.parts), _count([part for part in items.parts if part.name in marks])
        if done:
            self.watcher.say(f"{len(items.parts) - len(todo)} of {len(items.parts)} files were written before")
        self.watcher.say(
            f"Writing {'' if total is None else f'{total:,} '}items from {items.location} at up to {rate.units:,.0f} "
            f"WCU/s ({rate.source}){_about(manifest, rate.units)}"
        )
        self.watcher.began("Written", total, done or 0)
        keys = key_names(described)
        writer = BatchWriter(self.connection.client("dynamodb"), self.new_table, keys, written.add)
        Crew(writer, rate.units).write(items, todo, keys, lambda part: begun.journals.mark(begun.journal, part.name))

    def _compared(
        self, published: PublishedSnapshot, manifest: Manifest | None, described: Mapping[str, Any]
    ) -> Comparison:
        rate = read_rate(described, self.max_rcu)
        total = manifest.row_count if manifest else None
        self.watcher.say(f"Comparing {self.new_table}, read at up to {rate.units:,.0f} RCU/s ({rate.source})")
        expected = self._told("Read of the snapshot", total, published.items())
        actual = self._told("Read of the table", total, scanned(self.connection, self.new_table, rate.units, True))
        try:
            return compare(expected, actual, key_names(described), self.listed)
        except KeyMissing as error:
            raise UserError(f"{published.location}: {error}: --key NAME:TYPE, once for each.") from error

    def _told(self, what: str, total: int | None, items: Iterable[Item]) -> Iterator[Item]:
        self.watcher.began(what, total, 0)
        number = 0
        for item in items:
            number += 1
            if number % _TOLD_EVERY == 0:
                self.watcher.advanced(_TOLD_EVERY, 0.0)
            yield item
        if number % _TOLD_EVERY:
            self.watcher.advanced(number % _TOLD_EVERY, 0.0)


class _Written:
    """What the writers have written together."""

    def __init__(self, watcher: Watcher) -> None:
        self.items = 0
        self.wcu = 0.0
        self._watcher = watcher
        self._lock = threading.Lock()

    def add(self, items: int, wcu: float) -> None:
        with self._lock:
            self.items += items
            self.wcu += wcu
        self._watcher.advanced(items, wcu)


def _manifest(s3: Any, published: PublishedSnapshot) -> Manifest | None:
    try:
        return manifests.read(s3, str(published.location))
    except ManifestMissing:
        return None
    except ManifestUnreadable as error:
        raise UserError(f"{published.location}{manifests.NAME}: {error}") from error


def _count(parts: Sequence[Part]) -> int | None:
    """The items of the parts together, or None where nothing tells."""
    counts = [part.items for part in parts if part.items is not None]
    return sum(counts) if len(counts) == len(parts) else None


def _about(manifest: Manifest | None, wcu: float) -> str:
    """How long it will take, where that isn't a moment: a write unit for each item, or for each kilobyte."""
    if manifest is None:
        return ""
    seconds = max(manifest.row_count, manifest.capture.item_bytes / _WCU_BYTES) / wcu
    if seconds < 90:
        return ""
    return f": about {seconds / 60:,.0f} minutes" if seconds < 5400 else f": about {seconds / 3600:,.1f} hours"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
