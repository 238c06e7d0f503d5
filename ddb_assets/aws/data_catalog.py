"""The Glue Data Catalog: publish a finished attempt as a partition, and say what is published.

Publication is one call that points the partition at the attempt's folder, so a reader sees the old snapshot or the
new one. Before it the table is made to know every column of the attempt: columns are only ever added, and struct
fields only ever appended, so the partitions written before stay readable.
"""

import contextlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Final

import dagster as dg
from sqlglot import exp

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
from ddb_assets.aws.stored_view import shown_by
from ddb_assets.catalog import ALL, Published, Span
from ddb_assets.errors import UserError
from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import PARTITION_COLUMN
from ddb_snapshot.source_identity import Record, Source

CHANGE_TRIES: Final = 30
"""How often a table that others change at the same time is read and written again."""

CHANGE_PAUSE_SECONDS: Final = 0.05
"""The pause after the second try; each is longer than the one before by as much."""

# An expression has 2,048 characters at most. Source: AWS Glue API reference, "GetPartitions".
_KEYS_A_CALL: Final = 90

_CHANGED_MEANWHILE: Final = ("ConcurrentModificationException",)


@dataclass(frozen=True)
class TableChange:
    """What was done to a table before an attempt was published in it; `added` are names of columns.

    `adopted` says that an earlier version had made it without its source's ARN: it was taken by the table's name.
    """

    created: bool = False
    updated: bool = False
    added: tuple[str, ...] = ()
    adopted: bool = False

    def and_now(self, created: bool, columns: Sequence[Column]) -> "TableChange":
        """And the table was created, or not."""
        return replace(self, created=True, added=tuple(column.name for column in columns)) if created else self

    def and_updated(self, before: Sequence[Column], after: Sequence[Column], *, adopted: bool) -> "TableChange":
        """And the table was updated."""
        names = {column.name for column in before}
        added = tuple(column.name for column in after if column.name not in names)
        return replace(self, updated=True, added=(*self.added, *added), adopted=self.adopted or adopted)


class DataCatalog(dg.ConfigurableResource[Any]):
    """Tables, partitions and views in the Data Catalog. Source: AWS Glue API reference, "Catalog API"."""

    connection: Connection

    def publish(self, database: str, table: str, location: str, manifest: Manifest) -> tuple[Published, TableChange]:
        """Make `manifest`'s attempt the partition of its snapshot. Running it again changes nothing.

        Raises:
            UserError: as `ensure_table`. Nothing was published then.
        """
        change = self.ensure_table(database, table, location, manifest)
        return self.put_partition(database, table, manifest), change

    def ensure_table(self, database: str, table: str, location: str, manifest: Manifest) -> TableChange:
        """Make the table know every column of the attempt, with the attribute that it holds. Readers see no other rows.

        Others may change the table at the same time: what they have written is read again, and kept.

        Raises:
            OtherSource: the table holds another DynamoDB table's snapshots.
            UserError: the table is published in another format, or the catalog's columns have moved on since the
                attempt was planned so that the two can't be brought together; or what is to be written is longer than
                the catalog takes.
        """
        for wanted in (new_table(table, location, manifest), partition_input(manifest)):
            require_storable(database, table, wanted)
        self.ensure_database(database)
        change = TableChange()
        for attempt in range(CHANGE_TRIES):
            existing = self.find_table(database, table)
            if existing is None:
                change = change.and_now(self._create(database, new_table(table, location, manifest)), manifest.columns)
                continue
            _require_manifests(database, table, existing, manifest)
            known = known_columns(table, existing, manifest.output_format)
            columns = merge_columns(table, known, manifest)
            record, parameters = Record.of_parameters(existing["Parameters"]), manifest.record.parameters()
            if remembered(columns) == remembered(known) and parameters.items() <= existing["Parameters"].items():
                return change
            wanted = changed_table(existing, manifest.output_format, columns, parameters, location)
            require_storable(database, table, wanted)
            if self.update_table(database, wanted, existing):
                change = change.and_updated(known, columns, adopted=record.named_only and bool(manifest.record.arn))
            else:
                time.sleep(CHANGE_PAUSE_SECONDS * attempt)
        raise UserError(
            f"{database}.{table} was changed by others {CHANGE_TRIES} times while snapshot "
            f"{manifest.snapshot_timestamp} was being published: let them end, then materialize the partition again. "
            "Nothing was published."
        )

    def update_table(self, database: str, wanted: Mapping[str, Any], read: Mapping[str, Any]) -> bool:
        """UpdateTable of the version that was read; False when others have changed the table since.

        Source: AWS Glue API reference, "UpdateTable" (VersionId, ConcurrentModificationException).
        """
        glue = self.connection.client("glue")
        version = {"VersionId": read["VersionId"]} if read.get("VersionId") else {}
        try:
            glue.update_table(DatabaseName=database, TableInput=wanted, **version)
        except glue.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in _CHANGED_MEANWHILE:
                return False
            raise
        return True

    def _create(self, database: str, wanted: Mapping[str, Any]) -> bool:
        """CreateTable; False when another run was first."""
        glue = self.connection.client("glue")
        try:
            glue.create_table(DatabaseName=database, TableInput=wanted)
        except glue.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("AlreadyExistsException", *_CHANGED_MEANWHILE):
                return False
            raise
        return True

    def put_partition(self, database: str, table: str, manifest: Manifest) -> Published:
        """Point the snapshot's partition at the attempt, in one call."""
        glue = self.connection.client("glue")
        partition = partition_input(manifest)
        address = {"DatabaseName": database, "TableName": table}
        try:
            glue.create_partition(**address, PartitionInput=partition)
        except glue.exceptions.AlreadyExistsException:
            glue.update_partition(**address, PartitionValueList=partition["Values"], PartitionInput=partition)
        return _published(partition)

    def require_chain(self, database: str, table: str, source: Source, output_format: str | None = None) -> None:
        """Raises `UserError`, with the ways out, when the table is there and not for the source's snapshots.

        That is `OtherSource` when it holds another's. With a format: nor when it is published in another.
        """
        existing = self.find_table(database, table)
        if existing is not None:
            require_chain(database, table, existing, source, output_format)

    def tables(self, database: str) -> Iterator[dict[str, Any]]:
        """Every table and view of the database, as the Glue API gives them."""
        glue = self.connection.client("glue")
        with contextlib.suppress(glue.exceptions.EntityNotFoundException):
            for page in glue.get_paginator("get_tables").paginate(DatabaseName=database):
                yield from page["TableList"]

    def published(self, database: str, table: str, snapshot_timestamp: str) -> Published | None:
        """The published snapshot of that key, or None."""
        glue = self.connection.client("glue")
        try:
            found = glue.get_partition(DatabaseName=database, TableName=table, PartitionValues=[snapshot_timestamp])
        except glue.exceptions.EntityNotFoundException:
            return None
        return _published(found["Partition"])

    def snapshots(self, database: str, table: str, span: Span = ALL) -> Iterator[Published]:
        """The published snapshots of the span, in any order; none when there is no such table."""
        return self._snapshots(database, table, _expression(span))

    def at(self, database: str, table: str, keys: Collection[str]) -> Iterator[Published]:
        """Those of these snapshots that are published, in any order."""
        return chain.from_iterable(self._snapshots(database, table, wanted) for wanted in _at(keys))

    def _snapshots(self, database: str, table: str, expression: str) -> Iterator[Published]:
        """Without their columns. Source: AWS Glue API reference, "GetPartitions" (Expression, ExcludeColumnSchema)."""
        glue, wanted = self.connection.client("glue"), {"Expression": expression} if expression else {}
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=database, TableName=table, ExcludeColumnSchema=True, **wanted
        )
        with contextlib.suppress(glue.exceptions.EntityNotFoundException):
            for page in pages:
                yield from map(_published, page["Partitions"])

    def columns(self, database: str, table: str) -> tuple[Column, ...]:
        """The published table's columns, without the partition's. Raises `UserError` when there is no such table."""
        existing = self.find_table(database, table)
        if existing is None:
            raise UserError(f"Table {database}.{table} is not in the Data Catalog: materialize a snapshot first.")
        output_format = existing["Parameters"]["ddb.output_format"]
        return formats.columns_from_catalog(existing["StorageDescriptor"]["Columns"], output_format)

    def shown_snapshot(self, database: str, view: str, table: str) -> str | None:
        """The `snapshot_timestamp` of `table` that the view shows, or None when there is no view yet.

        Raises:
            UserError: something else has the view's name.
        """
        existing = self.find_table(database, view)
        if existing is None:
            return None
        shown = shown_by(existing, database, table)
        if shown is None:
            raise UserError(
                f"{database}.{view} exists and is not a view of the latest snapshot in {table}: drop or rename it, or "
                "use another `database` or `name` for this table."
            )
        return shown

    def drop_view(self, database: str, view: str, table: str) -> None:
        """Drop a view of the latest snapshot in `table`, where there is one.

        Raises:
            UserError: something else has the view's name.
        """
        if self.shown_snapshot(database, view, table) is not None:
            self.connection.client("glue").delete_table(DatabaseName=database, Name=view)

    def ensure_database(self, database: str) -> None:
        """Create the database where there is none."""
        glue = self.connection.client("glue")
        try:
            glue.get_database(Name=database)
        except glue.exceptions.EntityNotFoundException:
            with contextlib.suppress(glue.exceptions.AlreadyExistsException):
                glue.create_database(DatabaseInput={"Name": database, "Description": "DynamoDB tables' snapshots"})

    def find_table(self, database: str, table: str) -> dict[str, Any] | None:
        """The table or view as the Glue API gives it, or None."""
        glue = self.connection.client("glue")
        try:
            found: dict[str, Any] = glue.get_table(DatabaseName=database, Name=table)["Table"]
        except glue.exceptions.EntityNotFoundException:
            return None
        return found


def _require_manifests(database: str, table: str, existing: Mapping[str, Any], manifest: Manifest) -> None:
    """Raises `UserError` unless the attempt belongs there. One of an earlier version tells its table's name."""
    there, own = Record.of_parameters(existing.get("Parameters", {})), manifest.record
    same_name = own.named_only and own.table_name == there.table_name
    source = Source(there.arn or own.table_name) if same_name else Source(own.arn or own.table_name, own.table_id)
    require_chain(database, table, existing, source, manifest.output_format)


def _at(keys: Collection[str]) -> Iterator[str]:
    """Expressions for these keys, each as long as the Glue API takes."""
    for start in range(0, len(keys), _KEYS_A_CALL):
        some = ", ".join(map(_literal, islice(sorted(keys), start, start + _KEYS_A_CALL)))
        yield f"{PARTITION_COLUMN} IN ({some})"


def _expression(span: Span) -> str:
    """The span as GetPartitions takes it; empty for all. Keys of type string are compared as text."""
    ends = ((">=", span.since), ("<", span.before))
    return " AND ".join(f"{PARTITION_COLUMN} {sign} {_literal(key)}" for sign, key in ends if key is not None)


def _literal(key: str) -> str:
    return str(exp.Literal.string(key).sql(dialect="trino"))


def _published(partition: Mapping[str, Any]) -> Published:
    return Published(
        partition["Values"][0],
        partition.get("StorageDescriptor", {}).get("Location") or "",
        partition.get("Parameters") or {},
    )
