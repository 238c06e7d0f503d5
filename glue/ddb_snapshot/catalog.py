"""The catalog as the job needs it: a table's columns as they were published, the memory that keeps them as they are."""

from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.source_identity import OWN_NAME, OtherSource, Record, Source, refusal


class Catalog(Protocol):
    """Any kind of catalog."""

    def columns(self, database: str, table: str, output_format: str, source: Source) -> tuple[Column, ...]:
        """The published table's columns; none when there is no such table.

        Raises:
            OtherSource: the table holds another DynamoDB table's snapshots.
        """


def published_columns(
    catalog: Catalog, database: str | None, table: str | None, output_format: str, source: Source
) -> tuple[Column, ...]:
    """The columns of the published table; none where there is no such table, or the run is for no catalog's table.

    Raises:
        OtherSource: the table holds another DynamoDB table's snapshots.
    """
    return catalog.columns(database, table, output_format, source) if database and table else ()


@dataclass(frozen=True)
class GlueCatalog:
    """Glue's Data Catalog; `glue` is a client. Source: AWS Glue API reference, "GetTable"."""

    glue: Any

    def columns(self, database: str, table: str, output_format: str, source: Source) -> tuple[Column, ...]:
        try:
            found = self.glue.get_table(DatabaseName=database, Name=table)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException":
                return ()
            raise
        record = Record.of_parameters(found.get("Parameters", {}))
        if record.table_name and not record.is_of(source):
            raise OtherSource(refusal(f"Catalog table {database}.{table}", record, source, OWN_NAME))
        return formats.columns_from_catalog(found["StorageDescriptor"]["Columns"], output_format)
