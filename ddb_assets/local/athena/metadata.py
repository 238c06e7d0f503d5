"""Athena's operations on catalogs, databases and tables: what the Data Catalog holds, in Athena's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ddb_assets.local.athena.catalog import Catalog, Column, Table
from ddb_assets.local.athena.errors import InvalidRequest, MetadataError
from ddb_assets.local.athena.hive_types import hive_name
from ddb_assets.local.athena.paging import next_page, page

CATALOG_NAME = "AwsDataCatalog"
# Athena API reference, "ListDatabases", "ListTableMetadata" and "ListDataCatalogs": MaxResults.
_LARGEST_LIST = 50


class MetadataService:
    """The catalogs of one account in one region: the Glue Data Catalog alone."""

    def __init__(self, catalog: Callable[[], Catalog]) -> None:
        self._catalog = catalog

    def data_catalogs(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """ListDataCatalogs."""
        return {"DataCatalogsSummary": [{"CatalogName": CATALOG_NAME, "Type": "GLUE"}]}

    def data_catalog(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """GetDataCatalog."""
        name = str(call.get("Name") or "")
        if name.lower() != CATALOG_NAME.lower():
            raise InvalidRequest(f"DataCatalog {name} was not found")
        return {"DataCatalog": {"Name": CATALOG_NAME, "Type": "GLUE"}}

    def databases(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """ListDatabases."""
        self._require_catalog(call)
        return _listed(call, "DatabaseList", [{"Name": name} for name in self._catalog().databases()])

    def database(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """GetDatabase."""
        name = self._database(call)
        return {"Database": {"Name": name}}

    def tables(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """ListTableMetadata: `Expression` is a regular expression of names."""
        database = self._database(call)
        expression = call.get("Expression") or ".*"
        try:
            wanted = re.compile(expression)
        except re.error as error:
            raise InvalidRequest(f"Expression {expression!r} is not a regular expression: {error}") from None
        found = [table for table in self._catalog().tables(database) if wanted.fullmatch(table.name)]
        return _listed(call, "TableMetadataList", [_described(table) for table in found])

    def table(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """GetTableMetadata."""
        database = self._database(call)
        name = str(call.get("TableName") or "").lower()
        found = self._catalog().table(database, name)
        if found is None:
            raise MetadataError(f"EntityNotFoundException: Entity Not Found: Table {name} not found.")
        return {"TableMetadata": _described(found)}

    def _require_catalog(self, call: Mapping[str, Any]) -> None:
        name = str(call.get("CatalogName") or CATALOG_NAME)
        if name.lower() != CATALOG_NAME.lower():
            raise InvalidRequest(f"DataCatalog {name} was not found")

    def _database(self, call: Mapping[str, Any]) -> str:
        self._require_catalog(call)
        name = str(call.get("DatabaseName") or "").lower()
        if not self._catalog().has_database(name):
            raise MetadataError(f"EntityNotFoundException: Database {name} not found.")
        return name


def _listed(call: Mapping[str, Any], name: str, entries: Sequence[Any]) -> dict[str, Any]:
    start, size = page(call, _LARGEST_LIST)
    return {name: entries[start : start + size], **next_page(start + size, len(entries))}


def _described(table: Table) -> dict[str, Any]:
    """Athena API reference, "TableMetadata": storage is told by parameters."""
    descriptor = table.raw.get("StorageDescriptor") or {}
    storage = {"comment": table.raw.get("Description"), "inputformat": table.storage.input_format,
               "location": table.storage.location, "outputformat": descriptor.get("OutputFormat"),
               "serde.serialization.lib": table.storage.serde}  # fmt: skip
    told = {key: value for key, value in storage.items() if value}
    serde = {f"serde.param.{key}": value for key, value in table.storage.parameters.items()}
    described: dict[str, Any] = {
        "Name": table.name,
        "TableType": table.raw.get("TableType") or "EXTERNAL_TABLE",
        "Columns": [_column(column) for column in table.storage.columns],
        "PartitionKeys": [_column(column) for column in table.partition_columns],
        "Parameters": {**table.parameters, **told, **serde},
    }
    if table.raw.get("CreateTime") is not None:
        described["CreateTime"] = table.raw["CreateTime"].timestamp()
    return described


def _column(column: Column) -> dict[str, str]:
    described = {"Name": column.name, "Type": hive_name(column.type)}
    return {**described, "Comment": column.comment} if column.comment else described
