"""A table that a crawler keeps: what must hold before a crawl, and what a crawl leaves to be done.

A crawler infers names and types from files; it doesn't know which DynamoDB attribute a column holds. That memory is put
back after each crawl, and what was inferred is compared with the manifest: a published column never changes type.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ddb_assets.aws.data_catalog import DataCatalog, Published, merge_columns, partition_input, table_input
from ddb_assets.errors import UserError
from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.columns.column import COLUMN_PARAMETER
from ddb_snapshot.manifest import Manifest, ManifestMissing, read
from ddb_snapshot.names import partition_folder

_INPUT = ("Owner", "Retention", "TableType", "PartitionKeys")


@dataclass(frozen=True)
class Before:
    """The table as it was before a crawl, and the columns that it must have after it."""

    columns: tuple[Column, ...]
    names: frozenset[str]
    published_types: Mapping[str, str]
    snapshots: frozenset[str]
    created: bool


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

    def require_memory(self) -> None:
        """Raises `UserError` when a crawl was cut off before its columns' attributes were put back.

        A snapshot that is planned then would take the crawler's names for attributes.
        """
        forgotten = [column["Name"] for column in self._columns(self._found()) if not _remembered(column)]
        if forgotten:
            raise UserError(
                f"{self.database}.{self.table}: a crawler has added columns ({', '.join(forgotten[:5])}) whose "
                "publication did not finish, so it isn't known which attributes they hold: materialize the partition "
                f"{self.database}/{self.table} of that snapshot again, or drop these columns from the table."
            )

    def before_crawl(self, manifest: Manifest) -> Before:
        """What is there, before anything is copied or crawled.

        Raises:
            UserError: the table is in another format or is published in another layout, or its columns have moved on
                since the attempt was planned.
        """
        self.catalog.ensure_database(self.database)
        found = self._found()
        if found is None:
            return Before(manifest.columns, frozenset(), {}, frozenset(), created=True)
        if "ddb.output_format" in found.get("Parameters", {}):
            self.catalog.require_format(self.database, self.table, manifest.table_name, manifest.output_format)
        partitions = list(self._partitions())
        self._require_flat(partitions)
        raw = self._columns(found)
        ours = [column for column in raw if _remembered(column)]
        known = formats.columns_from_catalog(ours, manifest.output_format)
        return Before(
            columns=merge_columns(self.table, known, manifest),
            names=frozenset(column["Name"] for column in raw),
            published_types={column["Name"]: _plain(column["Type"]) for column in ours},
            snapshots=frozenset(partition["Values"][0] for partition in partitions),
            created=False,
        )

    def point_at(self, manifest: Manifest, kept: Mapping[str, str] | None = None) -> Published:
        """Point the partition at the manifest's folder, in one call; `kept` are parameters of it that stay."""
        partition = partition_input(manifest)
        partition["Parameters"] = {**(kept or {}), **partition["Parameters"]}
        self._glue.update_partition(
            DatabaseName=self.database,
            TableName=self.table,
            PartitionValueList=partition["Values"],
            PartitionInput=partition,
        )
        return Published(manifest.snapshot_timestamp, manifest.location, partition["Parameters"])

    def complete(self, before: Before, manifest: Manifest) -> Published:
        """Put the columns' memory back, and name the attempt in its partition: from here on it is published.

        Raises:
            UserError: the crawler made no such table or partition, or inferred another type than the manifest's.
        """
        found = self._found()
        if found is None:
            raise UserError(
                f"The crawler has found nothing to make table {self.database}.{self.table} of in {self.location}: its "
                "log says what it saw. Nothing was published."
            )
        self._require_types(found, before, manifest)
        self._remember(found, before.columns, manifest)
        partitions = {partition["Values"][0]: partition for partition in self._partitions()}
        crawled = partitions.pop(manifest.snapshot_timestamp, None)
        if crawled is None:
            raise UserError(
                f"The crawler has not added partition {manifest.snapshot_timestamp} to {self.database}.{self.table}, "
                f"though {manifest.location} holds its files: its log says what it saw. Nothing was published."
            )
        published = self.point_at(manifest, crawled.get("Parameters"))
        self._name_attempts(partitions.values())
        return published

    def _require_types(self, found: Mapping[str, Any], before: Before, manifest: Manifest) -> None:
        inferred = {column["Name"]: _plain(column["Type"]) for column in self._columns(found)}
        wrong = [
            f"column {name} is {expected} in the manifest, the crawler made it {inferred.get(name, 'nothing')}"
            for name, expected in formats.catalog_columns(before.columns, manifest.output_format)
            # A published struct to which fields are appended stays as it was: the crawler only adds columns.
            if inferred.get(name) not in (expected, before.published_types.get(name, expected))
        ]
        if wrong:
            raise UserError(
                f"{self.database}.{self.table}: {'; '.join(wrong)}. A published column never changes type: the view "
                f"stays where it is. Drop the columns (or the table, when it is new) from the catalog and materialize "
                "the partition again; if the crawler infers the same again, use `catalog: direct`."
            )

    def _remember(self, found: Mapping[str, Any], columns: Sequence[Column], manifest: Manifest) -> None:
        ours = table_input(self.table, self.location, manifest, columns)
        names = {column.name for column in columns}
        others = [column for column in self._columns(found) if column["Name"] not in names]
        descriptor = {**found["StorageDescriptor"], **ours["StorageDescriptor"]}
        wanted = {
            **ours,
            **{name: found[name] for name in _INPUT if name in found},
            "StorageDescriptor": {**descriptor, "Columns": [*descriptor["Columns"], *others]},
            "Parameters": {**found.get("Parameters", {}), **ours["Parameters"]},
        }
        if any(found.get(name) != value for name, value in wanted.items()):
            self._glue.update_table(DatabaseName=self.database, TableInput=wanted)

    def _name_attempts(self, partitions: Iterable[Mapping[str, Any]]) -> None:
        """Name the attempts again where the crawler has rewritten other partitions' parameters."""
        s3 = self.catalog.connection.client("s3")
        for partition in partitions:
            if "ddb.attempt" in partition.get("Parameters", {}):
                continue
            try:
                self.point_at(read(s3, partition["StorageDescriptor"]["Location"]), partition.get("Parameters"))
            except ManifestMissing:
                # Its own run has not finished copying.
                continue

    def _require_flat(self, partitions: Sequence[Mapping[str, Any]]) -> None:
        for partition in partitions:
            place, flat = partition["StorageDescriptor"]["Location"], self.folder(partition["Values"][0])
            if place.startswith(flat) and place.rstrip("/") != flat.rstrip("/"):
                raise UserError(
                    f"{self.database}.{self.table} was published directly: {place} lies deeper than a crawler takes "
                    "partitions from. Keep `catalog: direct`, or make a second chain with another `name`."
                )

    def _partitions(self) -> Iterator[dict[str, Any]]:
        return self.catalog.partitions(self.database, self.table)

    def _found(self) -> dict[str, Any] | None:
        return self.catalog.find_table(self.database, self.table)

    def _columns(self, found: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        return list(found["StorageDescriptor"]["Columns"]) if found else []

    @property
    def _glue(self) -> Any:
        return self.catalog.connection.client("glue")


def _remembered(column: Mapping[str, Any]) -> bool:
    return COLUMN_PARAMETER in (column.get("Parameters") or {})


def _plain(hive: str) -> str:
    return "".join(hive.lower().split())
