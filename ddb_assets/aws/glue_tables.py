"""Tables and views in Glue's Data Catalog: the calls, and a table as a call answers it.

Source: AWS Glue API reference, "Catalog API", "Table API".
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ddb_assets.aws.glue_calls import AlreadyExists, ChangedMeanwhile, EntityNotFound, GlueCalls
from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.source_identity import Record


@dataclass(frozen=True)
class GlueTable:
    """A table or view; `raw` is GetTable's answer, which only this package's other Glue modules look into."""

    raw: Mapping[str, Any]

    @property
    def database(self) -> str:
        return str(self.raw["DatabaseName"])

    @property
    def name(self) -> str:
        return str(self.raw["Name"])

    @property
    def parameters(self) -> Mapping[str, str]:
        return self.raw.get("Parameters") or {}

    @property
    def record(self) -> Record:
        return Record.of_parameters(self.parameters)

    @property
    def output_format(self) -> str | None:
        return self.parameters.get("ddb.output_format")

    @property
    def version(self) -> str | None:
        return self.raw.get("VersionId")

    @property
    def location(self) -> str:
        """Where its files are; empty for a view."""
        return (self.raw.get("StorageDescriptor") or {}).get("Location") or ""

    def columns(self) -> tuple[Column, ...]:
        return formats.columns_from_catalog(self.raw["StorageDescriptor"]["Columns"], self.output_format or "none")


@dataclass(frozen=True)
class GlueTables:
    """The calls."""

    glue: GlueCalls

    def find(self, database: str, name: str) -> GlueTable | None:
        """The table or view, or None."""
        try:
            return GlueTable(self.glue("get_table", DatabaseName=database, Name=name)["Table"])
        except EntityNotFound:
            return None

    def every(self, database: str) -> Iterator[GlueTable]:
        """Every table and view of the database."""
        with contextlib.suppress(EntityNotFound):
            for page in self.glue.pages("get_tables", DatabaseName=database):
                yield from map(GlueTable, page["TableList"])

    def any(self, database: str) -> bool:
        """Whether there is one in the database."""
        try:
            return bool(self.glue("get_tables", DatabaseName=database, MaxResults=1)["TableList"])
        except EntityNotFound:
            return False

    def create(self, database: str, wanted: Mapping[str, Any]) -> bool:
        """CreateTable, and the database before it where there is none; False when another run was first."""
        try:
            return self._create(database, wanted)
        except EntityNotFound:
            self.create_database(database)
            return self._create(database, wanted)

    def _create(self, database: str, wanted: Mapping[str, Any]) -> bool:
        try:
            self.glue("create_table", DatabaseName=database, TableInput=wanted)
        except (AlreadyExists, ChangedMeanwhile):
            return False
        return True

    def update(self, database: str, wanted: Mapping[str, Any], version: str | None) -> bool:
        """UpdateTable of the version that was read; False when others have changed the table since.

        Source: AWS Glue API reference, "UpdateTable" (VersionId, ConcurrentModificationException).
        """
        of_version = {"VersionId": version} if version else {}
        try:
            self.glue("update_table", DatabaseName=database, TableInput=wanted, **of_version)
        except ChangedMeanwhile:
            return False
        return True

    def delete(self, database: str, name: str) -> None:
        """DeleteTable."""
        self.glue("delete_table", DatabaseName=database, Name=name)

    def databases(self) -> Iterator[str]:
        """The names of all databases."""
        for page in self.glue.pages("get_databases"):
            yield from (database["Name"] for database in page["DatabaseList"])

    def create_database(self, database: str) -> None:
        """Create the database where there is none."""
        wanted = {"Name": database, "Description": "DynamoDB tables' snapshots"}
        with contextlib.suppress(AlreadyExists):
            self.glue("create_database", DatabaseInput=wanted)
