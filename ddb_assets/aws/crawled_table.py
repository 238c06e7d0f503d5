"""A table whose partitions a crawler adds: what must hold before a crawl, and what a crawl leaves to be done.

A crawler infers names and types from files, which for CSV and JSON is a guess, and doesn't know which DynamoDB
attribute a column holds. So the table's columns are written before the crawl, and its partitions have the table's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from ddb_assets.catalog import Catalog, Published, Span, TableChange, newest_first
from ddb_assets.errors import UserError
from ddb_snapshot.manifest import Manifest, ManifestMissing, read
from ddb_snapshot.names import format_instant, parse_instant, partition_folder

# A crawler knows these by what the text looks like: CSV of one row or one column, and empty files, it doesn't know.
# Source: AWS Glue developer guide, "Built-in classifiers".
_KNOWN_BY_THEIR_LOOKS: Final = ("json", "csv")

# A direct publication is refused each time, so that no table has both layouts: a few partitions tell.
_LOOKED_AT: Final = 10

# As far as an export reaches back: what was cut off longer ago is taken again, not looked for by each publication.
_AROUND: Final = timedelta(days=35)


@dataclass(frozen=True)
class CrawledTable:
    """`location` is the folder that is crawled, with a slash at its end."""

    catalog: Catalog
    database: str
    table: str
    location: str

    def folder(self, snapshot_timestamp: str) -> str:
        """The partition's folder, as a crawler finds it."""
        return f"{self.location}{partition_folder(snapshot_timestamp)}/"

    def has(self, snapshot_timestamp: str) -> bool:
        """Whether the snapshot has a partition."""
        return self.catalog.published(self.database, self.table, snapshot_timestamp) is not None

    def require_flat(self) -> None:
        """Raises `UserError` when the table is published in the other layout, which its newest partitions show."""
        for one in islice(newest_first(self.catalog, self.database, self.table), _LOOKED_AT):
            flat = self.folder(one.snapshot_timestamp)
            if one.location.startswith(flat) and one.location.rstrip("/") != flat.rstrip("/"):
                raise UserError(
                    f"{self.database}.{self.table} was published directly: {one.location} lies deeper than a crawler "
                    "takes partitions from. Keep `catalog: direct`, or make a second chain with another `name`."
                )

    def prepare(self, manifest: Manifest) -> TableChange:
        """Write the table as the attempt needs it.

        Raises:
            UserError: as `Catalog.ensure_table`.
        """
        return self.catalog.ensure_table(self.database, self.table, self.location, manifest)

    def point_at(self, manifest: Manifest) -> Published:
        """Point the partition at the manifest's folder, in one call."""
        return self.catalog.put_partition(self.database, self.table, manifest)

    def complete(self, s3: Any, manifest: Manifest) -> tuple[Published, bool]:
        """Name the attempt in its partition: from here on it is published. Also whether the crawl had added it.

        What else the crawler has written into the partition is what it guesses of the files, and isn't kept: it may say
        that a first row of CSV is a header.

        Raises:
            UserError: the crawler made no such partition, though the files say what they are.
        """
        crawled = self.has(manifest.snapshot_timestamp)
        if not crawled and manifest.output_format not in _KNOWN_BY_THEIR_LOOKS:
            raise UserError(
                f"The crawler has not added partition {manifest.snapshot_timestamp} to {self.database}.{self.table}, "
                f"though {manifest.location} holds its files: its log says what it saw. Nothing was published."
            )
        published = self.point_at(manifest)
        self._name_attempts(s3, parse_instant(manifest.snapshot_timestamp))
        return published, crawled

    def _name_attempts(self, s3: Any, instant: datetime) -> None:
        """Name the attempts in partitions around an instant where no one has: of runs cut off after their crawl."""
        around = Span(format_instant(instant - _AROUND), format_instant(instant + _AROUND))
        for one in tuple(self.catalog.snapshots(self.database, self.table, around)):
            if one.attempted:
                continue
            try:
                self.point_at(read(s3, one.location))
            except ManifestMissing:
                # Its own run has not finished copying.
                continue
