"""The Glue Data Catalog: publish a finished attempt as a partition, and say what is published.

Publication is one call that points the partition at the attempt's folder, so a reader sees the old snapshot or the
new one. Before it the table is made to know every column of the attempt: columns are only ever added, and struct
fields only ever appended, so the partitions written before stay readable.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import dagster as dg

from ddb_assets.aws.catalog_limits import require_storable
from ddb_assets.aws.catalog_table import (
    changed_table,
    known_columns,
    merge_columns,
    new_table,
    partition_input,
    remembered,
    require_chain,
)
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.glue_calls import GlueCalls
from ddb_assets.aws.glue_partitions import GluePartitions, published
from ddb_assets.aws.glue_tables import GlueTable, GlueTables
from ddb_assets.aws.stored_view import shown_by
from ddb_assets.catalog import ALL, Catalog, CatalogTable, Pointer, Published, Refused, Span, TableChange
from ddb_assets.errors import UserError
from ddb_snapshot.columns import Column
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.source_identity import Source

CHANGE_TRIES: Final = 30
"""How often a table that others change at the same time is read and written again."""

CHANGE_PAUSE_SECONDS: Final = 0.05
"""The pause after the second try; each is longer than the one before by as much."""


def load_catalog(connection: Connection) -> Catalog:
    """The catalog that the chains publish to."""
    return DataCatalog(connection=connection)


class DataCatalog(dg.ConfigurableResource[Any]):
    """A `Catalog` in Glue. Its methods are described there."""

    connection: Connection

    def table(self, database: str, name: str) -> CatalogTable | None:
        return self._tables.find(database, name)

    def tables(self, database: str) -> Iterator[CatalogTable]:
        return self._tables.every(database)

    def holds_tables(self, database: str) -> bool:
        return self._tables.any(database)

    def columns(self, database: str, table: str) -> tuple[Column, ...]:
        existing = self._tables.find(database, table)
        if existing is None:
            raise UserError(f"Table {database}.{table} is not in the Data Catalog: materialize a snapshot first.")
        return existing.columns()

    def require_chain(self, database: str, table: str, source: Source, output_format: str | None = None) -> None:
        existing = self._tables.find(database, table)
        if existing is not None:
            require_chain(existing, source, output_format)

    def pointers(self) -> Iterator[Pointer]:
        for database in self._tables.databases():
            for table in self._tables.every(database):
                partitioned = bool(table.raw.get("PartitionKeys"))
                yield Pointer(table.location, whole=not partitioned)
                if partitioned:
                    yield from (Pointer(one.location, whole=True) for one in self.snapshots(database, table.name))

    def published(self, database: str, table: str, snapshot_timestamp: str) -> Published | None:
        return self._partitions(database, table).get(snapshot_timestamp)

    def at(self, database: str, table: str, keys: Collection[str]) -> Iterator[Published]:
        return self._partitions(database, table).at(keys)

    def snapshots(self, database: str, table: str, span: Span = ALL) -> Iterator[Published]:
        return self._partitions(database, table).within(span)

    def publish(self, database: str, table: str, location: str, manifest: Manifest) -> tuple[Published, TableChange]:
        change = self.ensure_table(database, table, location, manifest)
        return self.put_partition(database, table, manifest), change

    def ensure_table(self, database: str, table: str, location: str, manifest: Manifest) -> TableChange:
        for wanted in (new_table(table, location, manifest), partition_input(manifest)):
            require_storable(database, table, wanted)
        change = TableChange()
        for attempt in range(CHANGE_TRIES):
            existing = self._tables.find(database, table)
            if existing is None:
                created = self._tables.create(database, new_table(table, location, manifest))
                change = change.and_now(created, manifest.columns)
                continue
            _require_manifests(existing, manifest)
            known = known_columns(existing)
            columns = merge_columns(table, known, manifest)
            record, parameters = existing.record, manifest.record.parameters()
            if remembered(columns) == remembered(known) and parameters.items() <= existing.parameters.items():
                return change
            wanted = changed_table(existing.raw, manifest.output_format, columns, parameters, location)
            require_storable(database, table, wanted)
            if self._tables.update(database, wanted, existing.version):
                change = change.and_updated(known, columns, adopted=record.named_only and bool(manifest.record.arn))
            else:
                time.sleep(CHANGE_PAUSE_SECONDS * attempt)
        raise UserError(
            f"{database}.{table} was changed by others {CHANGE_TRIES} times while snapshot "
            f"{manifest.snapshot_timestamp} was being published: let them end, then materialize the partition again. "
            "Nothing was published."
        )

    def put_partition(self, database: str, table: str, manifest: Manifest) -> Published:
        partition = partition_input(manifest)
        self._partitions(database, table).put(partition)
        return published(partition)

    def require_switchable(self, read: CatalogTable, output_format: str) -> None:
        existing = self._as_read(read)
        if existing is not None:
            wanted = changed_table(existing.raw, output_format, existing.columns(), {})
            require_storable(read.database, read.name, wanted)

    def switch_table(self, read: CatalogTable, output_format: str) -> bool:
        existing = self._as_read(read)
        if existing is None:
            return False
        parameters = {"ddb.output_format": output_format}
        wanted = changed_table(existing.raw, output_format, existing.columns(), parameters)
        return self._tables.update(read.database, wanted, read.version)

    def _as_read(self, read: CatalogTable) -> GlueTable | None:
        """The table as it was read; None when it has been changed or dropped since."""
        existing = self._tables.find(read.database, read.name)
        return existing if existing is not None and existing.version == read.version else None

    def switch_partitions(self, database: str, table: str, manifests: Sequence[Manifest]) -> Sequence[Refused]:
        return self._partitions(database, table).update([partition_input(manifest) for manifest in manifests])

    def shown_snapshot(self, database: str, view: str, table: str) -> str | None:
        existing = self._tables.find(database, view)
        if existing is None:
            return None
        shown = shown_by(existing.raw, database, table)
        if shown is None:
            raise UserError(
                f"{database}.{view} exists and is not a view of the latest snapshot in {table}: drop or rename it, or "
                "use another `database` or `name` for this table."
            )
        return shown

    def drop_view(self, database: str, view: str, table: str) -> None:
        if self.shown_snapshot(database, view, table) is not None:
            self._tables.delete(database, view)

    @property
    def _tables(self) -> GlueTables:
        return GlueTables(GlueCalls(self.connection))

    def _partitions(self, database: str, table: str) -> GluePartitions:
        return GluePartitions(GlueCalls(self.connection), database, table)


def _require_manifests(existing: GlueTable, manifest: Manifest) -> None:
    """Raises `UserError` unless the attempt belongs there. One of an earlier version tells its table's name."""
    there, own = existing.record, manifest.record
    same_name = own.named_only and own.table_name == there.table_name
    source = Source(there.arn or own.table_name) if same_name else Source(own.arn or own.table_name, own.table_id)
    require_chain(existing, source, manifest.output_format)
