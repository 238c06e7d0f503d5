"""Tables and views in Glue's Data Catalog: the calls, and a table as a call answers it.

Source: AWS Glue API reference, "Catalog API", "Table API".
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ddb_assets.aws.connection import Connection
from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.source_identity import Record

_CHANGED_MEANWHILE: Final = ("ConcurrentModificationException",)


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

    connection: Connection

    def find(self, database: str, name: str) -> GlueTable | None:
        """The table or view, or None."""
        glue = self.connection.client("glue")
        try:
            return GlueTable(glue.get_table(DatabaseName=database, Name=name)["Table"])
        except glue.exceptions.EntityNotFoundException:
            return None

    def every(self, database: str) -> Iterator[GlueTable]:
        """Every table and view of the database."""
        glue = self.connection.client("glue")
        with contextlib.suppress(glue.exceptions.EntityNotFoundException):
            for page in glue.get_paginator("get_tables").paginate(DatabaseName=database):
                yield from map(GlueTable, page["TableList"])

    def any(self, database: str) -> bool:
        """Whether there is one in the database."""
        glue = self.connection.client("glue")
        try:
            return bool(glue.get_tables(DatabaseName=database, MaxResults=1)["TableList"])
        except glue.exceptions.EntityNotFoundException:
            return False

    def create(self, database: str, wanted: Mapping[str, Any]) -> bool:
        """CreateTable; False when another run was first."""
        glue = self.connection.client("glue")
        try:
            glue.create_table(DatabaseName=database, TableInput=wanted)
        except glue.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("AlreadyExistsException", *_CHANGED_MEANWHILE):
                return False
            raise
        return True

    def update(self, database: str, wanted: Mapping[str, Any], version: str | None) -> bool:
        """UpdateTable of the version that was read; False when others have changed the table since.

        Source: AWS Glue API reference, "UpdateTable" (VersionId, ConcurrentModificationException).
        """
        glue = self.connection.client("glue")
        try:
            glue.update_table(DatabaseName=database, TableInput=wanted, **({"VersionId": version} if version else {}))
        except glue.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in _CHANGED_MEANWHILE:
                return False
            raise
        return True

    def delete(self, database: str, name: str) -> None:
        """DeleteTable."""
        self.connection.client("glue").delete_table(DatabaseName=database, Name=name)

    def databases(self) -> Iterator[str]:
        """The names of all databases."""
        for page in self.connection.client("glue").get_paginator("get_databases").paginate():
            yield from (database["Name"] for database in page["DatabaseList"])

    def ensure_database(self, database: str) -> None:
        """Create the database where there is none."""
        glue = self.connection.client("glue")
        try:
            glue.get_database(Name=database)
        except glue.exceptions.EntityNotFoundException:
            with contextlib.suppress(glue.exceptions.AlreadyExistsException):
                glue.create_database(DatabaseInput={"Name": database, "Description": "DynamoDB tables' snapshots"})
