"""A published snapshot's items, read back through nothing but the Data Catalog's description and the files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, Final
from zlib import error as ZlibError  # noqa: N812

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import load_catalog
from ddb_assets.aws.source import require_own
from ddb_assets.catalog import Catalog, CatalogTable, Published, newest_first
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableNames
from ddb_assets.reading.chain_table import find_chain_table
from ddb_snapshot import formats
from ddb_snapshot.columns import Column, ForeignColumn
from ddb_snapshot.items import Item, to_items
from ddb_snapshot.source_identity import Record, Source
from ddb_snapshot.storage import S3Path, sizes

_NAMED: Final = 5
"""How many snapshots are named where the one that was asked for isn't there."""


@dataclass(frozen=True)
class PublishedSnapshot:
    """A partition of the catalog's table, to be read with the columns of the table as it is now.

    `record` says of which DynamoDB table the snapshot is.
    """

    s3: Any
    record: Record
    database: str
    snapshot_timestamp: str
    location: S3Path
    output_format: str
    columns: tuple[Column, ...]

    @property
    def table_name(self) -> str:
        """The DynamoDB table's name."""
        return self.record.table_name

    def items(self) -> Iterator[Item]:
        """Every item, file by file."""
        for key in self.files():
            yield from self.file_items(key)

    def file_items(self, key: str) -> Iterator[Item]:
        """Every item of the file with that key.

        Raises:
            UserError: it isn't there, or can't be read; names it.
        """
        path = S3Path(self.location.bucket, key)
        with TemporaryFile(prefix="ddb-verify-") as file:
            try:
                self.s3.download_fileobj(path.bucket, path.key, file)
            except ClientError as error:
                raise UserError(f"{path} can't be read: {error}") from error
            file.seek(0)
            try:
                for rows in formats.read_parts(self.output_format, file, self.columns):
                    yield from to_items(rows, self.columns)
            except (OSError, EOFError, ZlibError, ValueError, LookupError, TypeError) as error:
                raise UserError(
                    f"{path} can't be read as {self.output_format} with the catalog's columns: "
                    f"{type(error).__name__}: {error}"
                ) from error

    def files(self) -> Sequence[str]:
        """The keys of the files that Athena reads: all below the location but those it takes to be hidden."""
        below = (key.removeprefix(self.location.key).split("/") for key in sizes(self.s3, self.location))
        shown = ("/".join(parts) for parts in below if not any(part.startswith(("_", ".")) for part in parts))
        return sorted(self.location.key + path for path in shown)


def find_published(
    connection: Connection, database: str | None, name: str, at: str | None, chain: TableNames | None = None
) -> PublishedSnapshot:
    """The snapshot published under that key, or the newest.

    `name` and `chain` are as `find_chain_table` takes them. Without a `database` it is the chain's, else the settings'.

    Raises:
        OtherSource: the catalog's table of that name holds the snapshots of another DynamoDB table.
        UserError: there is no such table or partition, or its columns aren't ours.
    """
    catalog = load_catalog(connection)
    table = find_chain_table(connection, database, name, chain)
    published = _published(catalog, table, at)
    try:
        columns = table.columns()
    except (ForeignColumn, formats.UnknownFormat) as error:
        raise UserError(f"{table.database}.{table.name}: {error}") from error
    location = S3Path.parse(published.location.rstrip("/") + "/")
    record = table.record if table.record.table_name else replace(table.record, table_name=name)
    _require_same(f"Partition {published.snapshot_timestamp} of {table.database}.{table.name}", published, record)
    return PublishedSnapshot(
        connection.client("s3"),
        record,
        table.database,
        published.snapshot_timestamp,
        location,
        table.output_format or "none",
        columns,
    )


def _require_same(what: str, published: Published, record: Record) -> None:
    """Raises `OtherSource` when the partition is of another table than the catalog's table says. Both may not tell."""
    own = Record.of_parameters(published.parameters)
    if own.arn and record.arn:
        require_own(what, own, Source(record.arn), "drop the partition, or take that snapshot again.")


def _published(catalog: Catalog, table: CatalogTable, at: str | None) -> Published:
    address = table.database, table.name
    found = catalog.published(*address, at) if at else next(newest_first(catalog, *address), None)
    if found is None:
        newest = ", ".join(one.snapshot_timestamp for one in islice(newest_first(catalog, *address), _NAMED)) or "none"
        raise UserError(f"{'.'.join(address)} has no published snapshot {at or 'at all'}. The newest are: {newest}.")
    return found
