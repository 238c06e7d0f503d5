"""What a catalog must do for a chain, and for the commands: the one seam for another kind than Glue's.

Whoever uses a catalog knows this protocol alone. Keys are `snapshot_timestamp`s, columns and manifests the job's own.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ddb_assets.catalog.published import ALL, Published, Span
from ddb_assets.catalog.table import CatalogTable, TableChange
from ddb_snapshot.columns import Column
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.source_identity import Source


@dataclass(frozen=True)
class Pointer:
    """A place that the catalog points at; `whole` says that readers read all that lies below it."""

    location: str
    whole: bool


@dataclass(frozen=True)
class Refused:
    """A partition that the catalog refused to change, and why."""

    snapshot_timestamp: str
    reason: str


class Catalog(Protocol):
    """Tables of snapshots, their partitions, and the views that show one of them."""

    # What is there.

    def table(self, database: str, name: str) -> CatalogTable | None:
        """The table or view of that name, or None."""

    def tables(self, database: str) -> Iterator[CatalogTable]:
        """Every table and view of the database; none when there is no such database."""

    def holds_tables(self, database: str) -> bool:
        """Whether there is anything in the database."""

    def columns(self, database: str, table: str) -> tuple[Column, ...]:
        """The published table's columns, without the partition's. Raises `UserError` when there is no such table."""

    def require_chain(self, database: str, table: str, source: Source, output_format: str | None = None) -> None:
        """Raises `UserError`, with the ways out, when the table is there and not for the source's snapshots.

        That is `OtherSource` when it holds another's. With a format: nor when it is published in another.
        """

    def pointers(self) -> Iterator[Pointer]:
        """Where tables and partitions of any database point to, those of others too."""

    # Which snapshots are published.

    def published(self, database: str, table: str, snapshot_timestamp: str) -> Published | None:
        """The published snapshot of that key, or None."""

    def at(self, database: str, table: str, keys: Collection[str]) -> Iterator[Published]:
        """Those of these snapshots that are published, in any order."""

    def snapshots(self, database: str, table: str, span: Span = ALL) -> Iterator[Published]:
        """The published snapshots of the span, in any order; none when there is no such table."""

    # Publishing.

    def publish(self, database: str, table: str, location: str, manifest: Manifest) -> tuple[Published, TableChange]:
        """Make `manifest`'s attempt the partition of its snapshot. Running it again changes nothing.

        Raises:
            UserError: as `ensure_table`. Nothing was published then.
        """

    def ensure_table(self, database: str, table: str, location: str, manifest: Manifest) -> TableChange:
        """Make the table know every column of the attempt, with the attribute that it holds. Readers see no other rows.

        Others may change the table at the same time: what they have written is read again, and kept.

        Raises:
            OtherSource: the table holds another DynamoDB table's snapshots.
            UserError: the table is published in another format, or the catalog's columns have moved on since the
                attempt was planned so that the two can't be brought together; or what is to be written is longer than
                the catalog takes.
        """

    def put_partition(self, database: str, table: str, manifest: Manifest) -> Published:
        """Point the snapshot's partition at the attempt, in one call."""

    # Changing the format of all that is published.

    def require_switchable(self, read: CatalogTable, output_format: str) -> None:
        """Raises `UserError` when the table in that format would be longer than the catalog takes."""

    def switch_table(self, read: CatalogTable, output_format: str) -> bool:
        """Describe the table that was read in another format; False when others have changed it since."""

    def switch_partitions(self, database: str, table: str, manifests: Sequence[Manifest]) -> Sequence[Refused]:
        """Point partitions that are there at other attempts, at most a hundred; those that were refused."""

    # The views that show one snapshot. Athena makes them.

    def shown_snapshot(self, database: str, view: str, table: str) -> str | None:
        """The `snapshot_timestamp` of `table` that the view shows, or None when there is no view yet.

        Raises:
            UserError: something else has the view's name.
        """

    def drop_view(self, database: str, view: str, table: str) -> None:
        """Drop a view of the latest snapshot in `table`, where there is one.

        Raises:
            UserError: something else has the view's name.
        """
