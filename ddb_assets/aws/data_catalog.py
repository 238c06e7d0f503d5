"""The Glue Data Catalog: publish a finished attempt as a partition, and say what is published.

Publication is one call that points the partition at the attempt's folder, so a reader sees the old snapshot or the
new one. Before it the table is made to know every column of the attempt: columns are only ever added, and struct
fields only ever appended, so the partitions written before stay readable.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_snapshot import formats
from ddb_snapshot.columns import Column, ColumnChanged, check_stable
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import PARTITION_COLUMN


@dataclass(frozen=True)
class Published:
    """One published snapshot: its key, and the folder that the catalog's partition points at."""

    snapshot_timestamp: str
    location: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class TableChange:
    """What was done to a table before an attempt was published in it; `added` are names of columns."""

    created: bool
    updated: bool
    added: tuple[str, ...]


class DataCatalog(dg.ConfigurableResource[Any]):
    """Tables, partitions and views in the Data Catalog. Source: AWS Glue API reference, "Catalog API"."""

    connection: Connection

    def publish(self, database: str, table: str, location: str, manifest: Manifest) -> Published:
        """Make `manifest`'s attempt the partition of its snapshot. Running it again changes nothing.

        Raises:
            UserError: as `ensure_table`. Nothing was published then.
        """
        self.ensure_table(database, table, location, manifest)
        return self.put_partition(database, table, manifest)

    def ensure_table(self, database: str, table: str, location: str, manifest: Manifest) -> TableChange:
        """Make the table know every column of the attempt, with the attribute that it holds. Readers see no other rows.

        Raises:
            UserError: the table is published in another format, or the catalog's columns have moved on since the
                attempt was planned so that the two can't be brought together.
        """
        glue = self.connection.client("glue")
        self.ensure_database(database)
        existing = self.find_table(database, table)
        known: tuple[Column, ...] = ()
        columns = manifest.columns
        if existing is None:
            glue.create_table(DatabaseName=database, TableInput=table_input(table, location, manifest, columns))
        else:
            _require_format(table, existing, manifest.table_name, manifest.output_format)
            known = formats.columns_from_catalog(existing["StorageDescriptor"]["Columns"], manifest.output_format)
            columns = merge_columns(table, known, manifest)
            if columns != known:
                glue.update_table(DatabaseName=database, TableInput=table_input(table, location, manifest, columns))
        before = {column.name for column in known}
        added = tuple(column.name for column in columns if column.name not in before)
        return TableChange(created=existing is None, updated=existing is not None and columns != known, added=added)

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

    def require_format(self, database: str, table: str, table_name: str, output_format: str) -> None:
        """Raises `UserError`, with the ways out, when the table is published in another format."""
        existing = self.find_table(database, table)
        if existing is not None:
            _require_format(table, existing, table_name, output_format)

    def published(self, database: str, table: str, snapshot_timestamp: str) -> Published | None:
        """The published snapshot of that key, or None."""
        glue = self.connection.client("glue")
        try:
            found = glue.get_partition(DatabaseName=database, TableName=table, PartitionValues=[snapshot_timestamp])
        except glue.exceptions.EntityNotFoundException:
            return None
        return _published(found["Partition"])

    def partitions(self, database: str, table: str) -> Iterator[dict[str, Any]]:
        """Every partition of the table as the Glue API gives it, without its columns."""
        pages = self.connection.client("glue").get_paginator("get_partitions")
        for page in pages.paginate(DatabaseName=database, TableName=table, ExcludeColumnSchema=True):
            yield from page["Partitions"]

    def as_published(self, partition: Mapping[str, Any]) -> Published:
        """A partition as the Glue API gives it."""
        return _published(partition)

    def newest(self, database: str, table: str) -> Published | None:
        """The newest published snapshot, or None when there is none.

        A partition that a crawler has added counts once its attempt is verified and named in it.
        """
        glue = self.connection.client("glue")
        try:
            partitions = [_published(partition) for partition in self.partitions(database, table)]
        except glue.exceptions.EntityNotFoundException:
            return None
        found = (snapshot for snapshot in partitions if "ddb.attempt" in snapshot.parameters)
        return max(found, key=lambda snapshot: snapshot.snapshot_timestamp, default=None)

    def columns(self, database: str, table: str) -> tuple[Column, ...]:
        """The published table's columns, without the partition's. Raises `UserError` when there is no such table."""
        existing = self.find_table(database, table)
        if existing is None:
            raise UserError(f"Table {database}.{table} is not in the Data Catalog: materialize a snapshot first.")
        output_format = existing["Parameters"]["ddb.output_format"]
        return formats.columns_from_catalog(existing["StorageDescriptor"]["Columns"], output_format)

    def shown_snapshot(self, database: str, view: str) -> str | None:
        """The `snapshot_timestamp` that the view's WHERE clause names, or None when there is no view yet.

        Raises:
            UserError: something else has the view's name.
        """
        existing = self.find_table(database, view)
        if existing is None:
            return None
        sql = _view_sql(existing)
        shown = re.search(rf"\"?{PARTITION_COLUMN}\"? = '([^']+)'\s*$", sql) if sql else None
        if shown is None:
            raise UserError(
                f"{database}.{view} exists and is not a view of the latest snapshot: drop or rename it, or use another "
                "`database` for this table."
            )
        return shown[1]

    def drop_view(self, database: str, view: str) -> None:
        """Drop a view of the latest snapshot, where there is one.

        Raises:
            UserError: something else has the view's name.
        """
        if self.shown_snapshot(database, view) is not None:
            self.connection.client("glue").delete_table(DatabaseName=database, Name=view)

    def ensure_database(self, database: str) -> None:
        """Create the database where there is none."""
        glue = self.connection.client("glue")
        try:
            glue.get_database(Name=database)
        except glue.exceptions.EntityNotFoundException:
            glue.create_database(DatabaseInput={"Name": database, "Description": "DynamoDB tables' snapshots"})

    def find_table(self, database: str, table: str) -> dict[str, Any] | None:
        """The table or view as the Glue API gives it, or None."""
        glue = self.connection.client("glue")
        try:
            found: dict[str, Any] = glue.get_table(DatabaseName=database, Name=table)["Table"]
        except glue.exceptions.EntityNotFoundException:
            return None
        return found


def partition_input(manifest: Manifest) -> dict[str, Any]:
    """The partition that publishes a finished attempt, as the Glue API takes it."""
    return {
        "Values": [manifest.snapshot_timestamp],
        "StorageDescriptor": storage_descriptor(manifest.location, manifest.output_format, manifest.columns),
        "Parameters": {"ddb.attempt": manifest.attempt, "ddb.row_count": str(manifest.row_count), **_span(manifest)},
    }


def _span(manifest: Manifest) -> dict[str, str]:
    """Between which instants the table was as the rows say; earlier versions' manifests don't tell."""
    ends = {"ddb.read_from": manifest.capture.read_from, "ddb.read_to": manifest.capture.read_to}
    return {name: instant for name, instant in ends.items() if instant is not None}


def _published(partition: Mapping[str, Any]) -> Published:
    return Published(
        partition["Values"][0], partition["StorageDescriptor"]["Location"], partition.get("Parameters", {})
    )


def _require_format(table: str, existing: Mapping[str, Any], table_name: str, output_format: str) -> None:
    published = existing.get("Parameters", {}).get("ddb.output_format")
    if published is None:
        raise UserError(
            f"{table} is in the Data Catalog already, and isn't a table of {table_name}'s snapshots (it has no "
            "parameter ddb.output_format): drop or rename it, or give this chain a `name` or `database` of its own. "
            "Nothing was published."
        )
    if published != output_format:
        raise UserError(
            f"{table} is published as {published}, and Athena needs a table and all its partitions in one format: no "
            f"{output_format} snapshot was published. Keep `output_format: {published}`, or choose a way out: (1) one "
            f"stack for each format: a second defs.yaml of {table_name} with a `name` of its own; (2) rewrite all that "
            f"is published: `ddb-assets rewrite {table_name} --format {output_format}`."
        )


def merge_columns(table: str, known: tuple[Column, ...], manifest: Manifest) -> tuple[Column, ...]:
    """The table's columns once `manifest` is published: an attempt knows more than the table, or is an older one."""
    try:
        if _begins_with(known, manifest.columns):
            return known
        check_stable(known, manifest.columns, table)
        return manifest.columns
    except ColumnChanged as error:
        raise UserError(
            f"{table}: snapshot {manifest.snapshot_timestamp} was planned before another snapshot changed the table "
            f"({error}): materialize the partition again. Nothing was published."
        ) from error


def _begins_with(longer: Sequence[Column], shorter: Sequence[Column]) -> bool:
    try:
        check_stable(shorter, longer)
    except ColumnChanged:
        return False
    return True


def table_input(table: str, location: str, manifest: Manifest, columns: Sequence[Column]) -> dict[str, Any]:
    """The table that holds a chain's snapshots, as the Glue API takes it."""
    storage = formats.storage(manifest.output_format, columns)
    return {
        "Name": table,
        "Description": f"Snapshots of DynamoDB table {manifest.table_name}",
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": PARTITION_COLUMN, "Type": "string", "Comment": "The snapshot's instant, UTC"}],
        "StorageDescriptor": storage_descriptor(location, manifest.output_format, columns),
        "Parameters": {
            "EXTERNAL": "TRUE",
            "ddb.table": manifest.table_name,
            "ddb.output_format": manifest.output_format,
            **storage.table_parameters,
        },
    }


def storage_descriptor(location: str, output_format: str, columns: Sequence[Column]) -> dict[str, Any]:
    """Columns, location and SerDe of a table or partition, as the Glue API takes them."""
    storage = formats.storage(output_format, columns)
    return {
        "Columns": [
            {"Name": name, "Type": hive_type, "Parameters": column.parameters()}
            for column, (name, hive_type) in zip(columns, formats.catalog_columns(columns, output_format), strict=True)
        ],
        "Location": location,
        "InputFormat": storage.input_format,
        "OutputFormat": storage.output_format,
        "SerdeInfo": {"SerializationLibrary": storage.serde, "Parameters": dict(storage.serde_parameters)},
    }


def _view_sql(table: Mapping[str, Any]) -> str | None:
    encoded = re.fullmatch(r"/\* Presto View: (\S+) \*/", table.get("ViewOriginalText", ""))
    return str(json.loads(base64.b64decode(encoded[1]))["originalSql"]) if encoded else None
