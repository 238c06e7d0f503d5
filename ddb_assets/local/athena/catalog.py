"""The Data Catalog as a query sees it: databases, tables with their columns and storage, partitions, views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from botocore.exceptions import ClientError

from ddb_assets.local.athena import hive_types
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import HiveType

CATALOG = "awsdatacatalog"
_EXPRESSION_REFUSED = ("InvalidInputException", "InvalidStateException")


@dataclass(frozen=True)
class Column:
    """A column of a table or of a partition."""

    name: str
    type: HiveType
    comment: str | None = None


@dataclass(frozen=True)
class Storage:
    """Where data is and how it is read: Glue's StorageDescriptor."""

    location: str
    serde: str
    parameters: Mapping[str, str]
    columns: tuple[Column, ...]
    input_format: str = ""


@dataclass(frozen=True)
class Partition:
    """One partition: its values are the catalog's, never taken from the path."""

    values: tuple[str, ...]
    storage: Storage


@dataclass(frozen=True)
class Table:
    """A table or a view of the Data Catalog."""

    database: str
    name: str
    storage: Storage
    partition_columns: tuple[Column, ...]
    raw: Mapping[str, Any]

    @property
    def qualified(self) -> str:
        """`database.name`, as messages name it."""
        return f"{self.database}.{self.name}"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns in the order of `SELECT *`: the table's, then the partition's."""
        return (*self.storage.columns, *self.partition_columns)

    @property
    def parameters(self) -> Mapping[str, str]:
        """The table's own properties (TBLPROPERTIES)."""
        return dict(self.raw.get("Parameters") or {})

    @property
    def is_view(self) -> bool:
        """Whether the entry is a view."""
        return bool(self.raw.get("TableType") == "VIRTUAL_VIEW")


class Catalog:
    """Reads and changes the Data Catalog through Glue's API. Names are folded to lower case, as Athena does."""

    def __init__(self, glue: Any) -> None:
        self._glue = glue

    def databases(self) -> list[str]:
        """All databases, by name."""
        pages = self._glue.get_paginator("get_databases").paginate()
        return sorted(database["Name"] for page in pages for database in page["DatabaseList"])

    def has_database(self, name: str) -> bool:
        """Whether the database exists."""
        try:
            self._glue.get_database(Name=name.lower())
        except ClientError as error:
            if _code(error) == "EntityNotFoundException":
                return False
            raise
        return True

    def create_database(self, description: Mapping[str, Any]) -> None:
        """Glue's CreateDatabase."""
        self._glue.create_database(DatabaseInput=dict(description))

    def drop_database(self, name: str) -> None:
        """Glue's DeleteDatabase; tables go first, as a cascade."""
        for table in self.tables(name):
            self.drop_table(name, table.name)
        self._glue.delete_database(Name=name.lower())

    def tables(self, database: str) -> list[Table]:
        """All tables and views of a database, by name."""
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database.lower())
        return sorted((_table(raw) for page in pages for raw in page["TableList"]), key=lambda table: table.name)

    def table(self, database: str, name: str) -> Table | None:
        """The table or view, or None."""
        try:
            return _table(self._glue.get_table(DatabaseName=database.lower(), Name=name.lower())["Table"])
        except ClientError as error:
            if _code(error) == "EntityNotFoundException":
                return None
            raise

    def create_table(self, database: str, description: Mapping[str, Any]) -> bool:
        """Glue's CreateTable; False when there is such a table or view already."""
        try:
            self._glue.create_table(DatabaseName=database.lower(), TableInput=dict(description))
        except ClientError as error:
            if _code(error) == "AlreadyExistsException":
                return False
            raise
        return True

    def update_table(self, database: str, description: Mapping[str, Any]) -> None:
        """Glue's UpdateTable."""
        self._glue.update_table(DatabaseName=database.lower(), TableInput=dict(description))

    def drop_table(self, database: str, name: str) -> None:
        """Glue's DeleteTable; the data stays where it is (external tables)."""
        self._glue.delete_table(DatabaseName=database.lower(), Name=name.lower())

    def partitions(self, table: Table, expression: str | None = None) -> list[Partition]:
        """A table's partitions: those that the expression may be true of, or all.

        The catalog refuses some expressions, and some of a table whose values aren't of their column's type. All
        partitions are given then.
        """
        narrowed = {"Expression": expression} if expression else {}
        try:
            return self._partitions(table, narrowed)
        except ClientError as error:
            if not expression or _code(error) not in _EXPRESSION_REFUSED:
                raise
        return self._partitions(table, {})

    def _partitions(self, table: Table, narrowed: Mapping[str, str]) -> list[Partition]:
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, **narrowed
        )
        return [
            Partition(tuple(raw["Values"]), _storage(raw.get("StorageDescriptor") or {}, table.storage))
            for page in pages
            for raw in page["Partitions"]
        ]

    def create_partition(self, table: Table, values: Sequence[str], location: str) -> None:
        """Glue's CreatePartition, with the table's storage at another location (what Hive's ADD PARTITION stores)."""
        storage = {**table.raw["StorageDescriptor"], "Location": location}
        description = {"Values": list(values), "StorageDescriptor": storage, "Parameters": {}}
        self._glue.create_partition(DatabaseName=table.database, TableName=table.name, PartitionInput=description)

    def partition(self, table: Table, values: Sequence[str]) -> Partition | None:
        """The partition of these values, or None."""
        return next((found for found in self.partitions(table) if found.values == tuple(values)), None)

    def move_partition(self, table: Table, partition: Partition, location: str) -> None:
        """Glue's UpdatePartition: the partition as it is, at another location."""
        address = {"DatabaseName": table.database, "TableName": table.name}
        raw = self._glue.get_partition(**address, PartitionValues=list(partition.values))["Partition"]
        description = {
            "Values": list(partition.values),
            "StorageDescriptor": {**raw.get("StorageDescriptor", {}), "Location": location},
            "Parameters": raw.get("Parameters", {}),
        }
        self._glue.update_partition(**address, PartitionValueList=list(partition.values), PartitionInput=description)

    def drop_partition(self, table: Table, values: Sequence[str]) -> None:
        """Glue's DeletePartition."""
        self._glue.delete_partition(DatabaseName=table.database, TableName=table.name, PartitionValues=list(values))


_TABLE_INPUT = (
    "Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "ViewOriginalText",
    "ViewExpandedText", "TableType", "Parameters",
)  # fmt: skip


def table_input(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What UpdateTable takes of what GetTable gives."""
    return {key: raw[key] for key in _TABLE_INPUT if key in raw}


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _table(raw: Mapping[str, Any]) -> Table:
    storage = _storage(raw.get("StorageDescriptor") or {}, None)
    keys = tuple(_column(column) for column in raw.get("PartitionKeys") or ())
    return Table(raw["DatabaseName"], raw["Name"], storage, keys, raw)


def _storage(raw: Mapping[str, Any], table: Storage | None) -> Storage:
    """A partition may leave out what it shares with its table."""
    serde = raw.get("SerdeInfo") or {}
    columns = tuple(_column(column) for column in raw.get("Columns") or ())
    name, parameters = serde.get("SerializationLibrary", ""), dict(serde.get("Parameters") or {})
    if table is not None:
        columns, name, parameters = columns or table.columns, name or table.serde, parameters or dict(table.parameters)
    return Storage(raw.get("Location", ""), name, parameters, columns, raw.get("InputFormat", ""))


# Thousands of partitions have columns of the same few types.
_type = lru_cache(maxsize=4096)(hive_types.parse)


def _column(raw: Mapping[str, Any]) -> Column:
    try:
        kind = _type(raw.get("Type") or "string")
    except hive_types.InvalidType as error:
        raise QueryError("HIVE_INVALID_METADATA", f"Column '{raw['Name']}': {error}") from None
    return Column(raw["Name"].lower(), kind, raw.get("Comment"))
