"""What of a table is published, with the manifests that its partitions point at."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import load_catalog
from ddb_assets.aws.rewrite_journal import Step
from ddb_assets.aws.source import require_own, source_named
from ddb_assets.catalog import CatalogTable
from ddb_assets.errors import UserError
from ddb_assets.model.table import StoredTable
from ddb_assets.rewrite.attempts import Target
from ddb_snapshot import formats
from ddb_snapshot.columns import Column, ForeignColumn
from ddb_snapshot.manifest import Manifest, ManifestMissing, ManifestUnreadable, read

# boto3's pool of connections holds ten.
_THREADS = 8

_OTHER_TABLE = "rewrite it by that table's own chain, in its Region and account. Nothing was changed."

Input = TypeVar("Input")
Result = TypeVar("Result")


@dataclass(frozen=True)
class PublishedTable:
    """The catalog's table, its format, and its columns: the newest there are."""

    table: CatalogTable
    output_format: str
    columns: tuple[Column, ...]


def published_table(connection: Connection, table: StoredTable) -> PublishedTable:
    """The table as it is now.

    Raises:
        OtherSource: it holds the snapshots of another DynamoDB table.
        UserError: there is none, or it isn't one of the chain's.
    """
    name = f"{table.database}.{table.catalog_table}"
    found = load_catalog(connection).table(table.database, table.catalog_table)
    if found is None:
        raise nothing_published(table)
    if found.record.table_name:
        require_own(name, found.record, source_named(connection, table.table_name), _OTHER_TABLE)
    try:
        columns = found.columns()
    except (ForeignColumn, formats.UnknownFormat) as error:
        raise UserError(f"{name} was not published by its chain alone: {error}") from error
    return PublishedTable(found, found.output_format or "", columns)


def locations(connection: Connection, table: StoredTable) -> dict[str, str]:
    """Where each published snapshot is, oldest first."""
    found = {
        one.snapshot_timestamp: one.location
        for one in load_catalog(connection).snapshots(table.database, table.catalog_table)
    }
    return dict(sorted(found.items()))


def steps(connection: Connection, table: StoredTable, to: Target) -> tuple[Step, ...]:
    """What has to be rewritten for all to be in a format: each snapshot whose published files are in another.

    Raises:
        UserError: a partition points at no finished attempt, or at one that a crawler finds by its path.
    """
    s3 = connection.client("s3")

    def step(published: tuple[str, str]) -> Step | None:
        manifest = source_manifest(s3, table, *published)
        if manifest.output_format == to.output_format:
            return None
        _require_own_folder(table, manifest)
        return Step(
            snapshot_timestamp=published[0],
            source=published[1],
            target=to.location(manifest),
            rows=manifest.row_count,
            source_bytes=manifest.bytes,
        )

    found = at_once(step, locations(connection, table).items())
    return tuple(step for step in found if step is not None)


def source_manifest(s3: Any, table: StoredTable, snapshot_timestamp: str, location: str) -> Manifest:
    """The manifest of the attempt that a partition points at. Raises `UserError` when there is none."""
    try:
        return read(s3, location)
    except (ManifestMissing, ManifestUnreadable) as error:
        raise UserError(
            f"{table.database}.{table.catalog_table}: partition {snapshot_timestamp} was not published by the chain: "
            f"{error} Drop the partition, or publish it again, then run this again."
        ) from error


def _require_own_folder(table: StoredTable, manifest: Manifest) -> None:
    if not manifest.location.endswith(f"/{manifest.attempt}/"):
        raise UserError(
            f"{table.database}.{table.catalog_table} is published by a crawler, which takes partitions and "
            f"their format from paths ({manifest.location}), so its format can't be switched. Make a second chain of "
            f"{table.table_name} with another `name`."
        )


def nothing_published(table: StoredTable) -> UserError:
    """The error of a table without history."""
    return UserError(
        f"{table.database}.{table.catalog_table}: nothing is published, so there is nothing to rewrite. Set "
        f"`output_format` in the defs.yaml of {table.table_name}, and take a snapshot: "
        f"ddb-assets snapshot {table.table_name}"
    )


def at_once(function: Callable[[Input], Result], inputs: Iterable[Input]) -> list[Result]:
    """The function's results in the inputs' order; its calls wait on AWS, some at the same time."""
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="rewrite") as threads:
        return list(threads.map(function, inputs))
