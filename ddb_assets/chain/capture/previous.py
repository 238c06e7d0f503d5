"""The snapshot that changes are merged into: the newest before this one that is of one exact instant.

A finished attempt is enough: it has as many rows as its files hold, and in a backfill the snapshot before this one may
still be being published. One that was scanned was read over minutes, and is never built on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Final

from ddb_assets.catalog import Published, newest_first
from ddb_assets.chain.capture.capture import Need, Services
from ddb_assets.chain.publication import publication
from ddb_assets.model.capture import capture_method
from ddb_assets.model.facts import PreviousSnapshot
from ddb_assets.model.windows import SHORTEST_INCREMENT
from ddb_snapshot.columns import ColumnChanged, check_stable
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import iso_instant, parse_instant

MOST_READ: Final = 10
"""How many snapshots are looked at, from the newest back."""

# By how much an export may be off the instant that was asked for.
_OFF: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Previous:
    """A finished snapshot. What is wrong with its files, if anything is, stands in `damage`."""

    manifest: Manifest
    damage: str | None = None

    @property
    def exact(self) -> bool:
        """Whether it is of one instant."""
        return bool(self.manifest.capture.exports)

    @property
    def instant(self) -> datetime:
        """The instant, UTC: the one that AWS says, which may be off the partition's by up to a minute."""
        if not self.exact:
            return parse_instant(self.manifest.snapshot_timestamp)
        return iso_instant(self.manifest.capture.exports[-1].export_time)

    def facts(self, since_full: int) -> PreviousSnapshot:
        """What a plan is made of."""
        capture = self.manifest.capture
        first = capture.exports[0].from_time if capture.exports else None
        return PreviousSnapshot(
            instant=self.instant,
            method=capture_method(capture.method).name,
            bytes=self.manifest.bytes,
            changed_bytes=sum(export.billed_bytes for export in capture.exports) if first else None,
            changed_over=self.instant - iso_instant(first) if first else None,
            since_full=since_full,
            damage=self.damage,
            table_id=self.manifest.table_id,
        )


def find_previous(need: Need, services: Services) -> Previous | None:
    """The snapshot to build on; where all are scanned the newest of them, which can't be."""
    newest: Previous | None = None
    for manifest in islice(_finished(need, services), MOST_READ):
        previous = Previous(manifest)
        newest = newest or previous
        if previous.exact and need.instant - previous.instant >= SHORTEST_INCREMENT:
            if manifest.record.named_only:
                services.say(f"The snapshot at {manifest.location} is {manifest.record}: taken as {need.source.arn}'s")
            return Previous(manifest, services.store.damage(manifest) or _contradiction(need, services, manifest))
    return newest


def _contradiction(need: Need, services: Services, manifest: Manifest) -> str | None:
    """How the attempt's columns contradict the catalog's, which another attempt has moved on; None when they don't."""
    table = need.table
    existing = services.catalog.table(table.database, table.catalog_table)
    if existing is None:
        return None
    known = existing.columns()
    for one, more in ((manifest.columns, known), (known, manifest.columns)):
        try:
            check_stable(one, more)
        except ColumnChanged as error:
            reason = str(error)
        else:
            return None
    return f"its columns and those of the catalog's table contradict each other ({reason})"


def since_full(previous: Previous, services: Services, most: int) -> int:
    """How many increments, one upon the other, the snapshot is from the last full export; `most` ends the counting."""
    manifest, count = previous.manifest, 0
    while manifest.capture.previous is not None and count < most:
        count += 1
        before = services.store.manifest(manifest.capture.previous)
        if before is None:
            break
        manifest = before
    return count


def _finished(need: Need, services: Services) -> Iterator[Manifest]:
    """The newest finished attempts of the snapshots before this one that an increment can reach from, newest first."""
    table = need.table
    attempts = publication(table).attempts(services.store.connection.settings())
    for key, published in _keys(need, services, attempts):
        if need.instant - parse_instant(key) < SHORTEST_INCREMENT - _OFF:
            continue
        manifest = services.store.newest_attempt(attempts, key, table.output_format, need.source.source)
        if manifest is None and published is not None:
            # Published by a crawler from a folder of its own, and the attempt has expired.
            manifest = services.store.manifest(published.location)
        if manifest is None or not manifest.record.is_of(need.source.source):
            continue
        if manifest.output_format == table.output_format:
            yield manifest


def _keys(need: Need, services: Services, attempts: str) -> Iterator[tuple[str, Published | None]]:
    """The snapshots before this one that are published or have any attempt, newest first, each once."""
    table = need.table
    published = newest_first(services.catalog, table.database, table.catalog_table, need.key)
    tried = sorted((key for key in services.store.snapshot_keys(attempts) if key < need.key), reverse=True)
    of_catalog: Iterator[tuple[str, Published | None]] = ((one.snapshot_timestamp, one) for one in published)
    of_store: Iterator[tuple[str, Published | None]] = ((key, None) for key in tried)
    last = None
    # Of a key that both have, the catalog's comes first.
    for key, one in merge(of_catalog, of_store, key=lambda found: found[0], reverse=True):
        if key != last:
            yield key, one
        last = key
