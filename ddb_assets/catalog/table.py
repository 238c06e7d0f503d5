"""A table of the catalog, as far as it is about snapshots, and what was done to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ddb_snapshot.columns import Column
from ddb_snapshot.source_identity import Record


class CatalogTable(Protocol):
    """A table or view as it was read once."""

    @property
    def database(self) -> str:
        """The name of its database."""

    @property
    def name(self) -> str:
        """Its own name."""

    @property
    def record(self) -> Record:
        """Of which DynamoDB table its snapshots are; empty where it holds none."""

    @property
    def output_format(self) -> str | None:
        """The format in which its snapshots are published; None for anything but a table of snapshots."""

    @property
    def version(self) -> str | None:
        """What tells it from what it was before the last change; None where the catalog doesn't say."""

    def columns(self) -> tuple[Column, ...]:
        """Its columns, without the partition's.

        Raises:
            ForeignColumn, UnknownFormat: not all of them are columns of snapshots.
        """


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
