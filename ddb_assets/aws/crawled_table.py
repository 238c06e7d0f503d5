"""A table whose partitions a crawler adds: what must hold before a crawl, and what a crawl leaves to be done.

A crawler infers names and types from files, which for CSV and JSON is a guess, and doesn't know which DynamoDB
attribute a column holds. So the table's columns are written before the crawl, and its partitions have the table's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ddb_assets.aws.data_catalog import DataCatalog, Published, TableChange
from ddb_assets.errors import UserError
from ddb_snapshot.manifest import Manifest, ManifestMissing, read
from ddb_snapshot.names import partition_folder

# A crawler knows these by what the text looks like: CSV of one row or one column, and empty files, it doesn't know.
# Source: AWS Glue developer guide, "Built-in classifiers".
_KNOWN_BY_THEIR_LOOKS: Final = ("json", "csv")


@dataclass(frozen=True)
class CrawledTable:
    """`location` is the folder that is crawled, with a slash at its end."""

    catalog: DataCatalog
    database: str
    table: str
    location: str

    def folder(self, snapshot_timestamp: str) -> str:
        """The partition's folder, as a crawler finds it."""
        return f"{self.location}{partition_folder(snapshot_timestamp)}/"

    def snapshots(self) -> frozenset[str]:
        """The snapshots that have a partition."""
        return frozenset(partition["Values"][0] for partition in self._partitions())

    def require_flat(self) -> None:
        """Raises `UserError` when the table is published in the other layout."""
        for partition in self._partitions():
            place, flat = partition["StorageDescriptor"]["Location"], self.folder(partition["Values"][0])
            if place.startswith(flat) and place.rstrip("/") != flat.rstrip("/"):
                raise UserError(
                    f"{self.database}.{self.table} was published directly: {place} lies deeper than a crawler takes "
                    "partitions from. Keep `catalog: direct`, or make a second chain with another `name`."
                )

    def prepare(self, manifest: Manifest) -> TableChange:
        """Write the table as the attempt needs it.

        Raises:
            UserError: as `DataCatalog.ensure_table`.
        """
        return self.catalog.ensure_table(self.database, self.table, self.location, manifest)

    def point_at(self, manifest: Manifest) -> Published:
        """Point the partition at the manifest's folder, in one call."""
        return self.catalog.put_partition(self.database, self.table, manifest)

    def complete(self, manifest: Manifest) -> tuple[Published, bool]:
        """Name the attempt in its partition: from here on it is published. Also whether the crawl had added it.

        What else the crawler has written into the partition is what it guesses of the files, and isn't kept: it may say
        that a first row of CSV is a header.

        Raises:
            UserError: the crawler made no such partition, though the files say what they are.
        """
        partitions = {partition["Values"][0]: partition for partition in self._partitions()}
        crawled = partitions.pop(manifest.snapshot_timestamp, None) is not None
        if not crawled and manifest.output_format not in _KNOWN_BY_THEIR_LOOKS:
            raise UserError(
                f"The crawler has not added partition {manifest.snapshot_timestamp} to {self.database}.{self.table}, "
                f"though {manifest.location} holds its files: its log says what it saw. Nothing was published."
            )
        published = self.point_at(manifest)
        self._name_attempts(partitions.values())
        return published, crawled

    def _name_attempts(self, partitions: Iterable[Mapping[str, Any]]) -> None:
        """Name the attempts in partitions where no one has: of runs that were cut off after their crawl."""
        s3 = self.catalog.connection.client("s3")
        for partition in partitions:
            if "ddb.attempt" in partition.get("Parameters", {}):
                continue
            try:
                self.point_at(read(s3, partition["StorageDescriptor"]["Location"]))
            except ManifestMissing:
                # Its own run has not finished copying.
                continue

    def _partitions(self) -> Iterator[dict[str, Any]]:
        if self.catalog.find_table(self.database, self.table) is not None:
            yield from self.catalog.partitions(self.database, self.table)
