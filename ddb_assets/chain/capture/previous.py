"""The snapshot that changes are merged into: the newest before this one that is of one exact instant.

A finished attempt is enough: it counts as many rows as its files hold, and in a backfill the snapshot before this one
may still be being published. One that was scanned was read over minutes, and is never built on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddb_assets.aws.export_request import SHORTEST_INCREMENT
from ddb_assets.chain.capture.capture import Need, Services
from ddb_assets.chain.publication import publication
from ddb_assets.errors import UserError
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import parse_instant


@dataclass(frozen=True)
class Previous:
    """A finished snapshot and the instant, UTC, of which AWS says that it is."""

    manifest: Manifest
    instant: datetime

    @property
    def changed_bytes(self) -> int | None:
        """What its own increments were billed for, or None where it is a full export."""
        capture = self.manifest.capture
        return sum(export.billed_bytes for export in capture.exports) if capture.method == "incremental" else None

    @property
    def changed_over(self) -> timedelta | None:
        """The time of these changes."""
        first = self.manifest.capture.exports[0].from_time
        return None if first is None else self.instant - datetime.fromisoformat(first)


@dataclass(frozen=True)
class NoPrevious:
    """Why there is nothing to build on."""

    reason: str


def find_previous(need: Need, services: Services, earliest: datetime) -> Previous | NoPrevious:
    """The snapshot to build on; none before `earliest`, from which on changes are remembered."""
    scanned = 0
    for manifest in _finished(need, services, earliest - timedelta(minutes=1)):
        if not manifest.capture.exports:
            scanned += 1
            continue
        instant = datetime.fromisoformat(manifest.capture.exports[-1].export_time)
        if need.instant - instant < SHORTEST_INCREMENT:
            continue
        try:
            services.store.verify(manifest)
        except UserError as error:
            return NoPrevious(f"the snapshot before it is damaged: {error}")
        if instant < earliest:
            break
        return Previous(manifest, instant)
    since = f"{earliest:%Y-%m-%dT%H:%M:%SZ}"
    if scanned:
        return NoPrevious(f"the snapshots taken since {since}, from when on changes are kept, were scanned")
    return NoPrevious(f"there is no finished snapshot since {since}, from when on changes are kept")


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


def _finished(need: Need, services: Services, since: datetime) -> Iterator[Manifest]:
    """The newest finished attempts of the snapshots before this one, the newest first."""
    table = need.table
    attempts = publication(table).attempts(services.store.connection.settings())
    there = services.catalog.find_table(table.database, table.catalog_table) is not None
    published = {
        partition["Values"][0]: str(partition["StorageDescriptor"]["Location"])
        for partition in (services.catalog.partitions(table.database, table.catalog_table) if there else ())
    }
    for key in sorted({*published, *services.store.snapshot_keys(attempts)}, reverse=True):
        if key >= need.key:
            continue
        if parse_instant(key) < since:
            return
        manifest = services.store.newest_attempt(attempts, key, table.output_format)
        if manifest is None and key in published:
            # Published by a crawler from a folder of its own, and the attempt has expired.
            manifest = services.store.manifest(published[key])
        if manifest is not None and manifest.output_format == table.output_format:
            yield manifest
