"""Where a snapshot's items are read from, file by file: the native export that it was made of, or its own files."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, Protocol, cast, get_args

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_assets.reading.export import ExportFile, export_files, file_items
from ddb_assets.reading.published import PublishedSnapshot
from ddb_snapshot.items import Item
from ddb_snapshot.manifest import Manifest

ItemsFrom = Literal["auto", "export", "files"]

_FULL: Final = "FULL_EXPORT"


@dataclass(frozen=True)
class Part:
    """One file of them, and its items where something says how many; the name is the same each time."""

    name: str
    items: int | None


class SnapshotItems(Protocol):
    """All items of a snapshot."""

    @property
    def location(self) -> str:
        """The folder they are read from."""

    @property
    def parts(self) -> tuple[Part, ...]: ...

    def read(self, part: Part) -> Iterator[Item]:
        """The items of one of the parts, in DynamoDB-JSON. Raises `UserError`, naming the file, unless it is whole."""


def chosen_source(text: str) -> ItemsFrom:
    """Raises `UserError` unless it is one."""
    if text not in get_args(ItemsFrom):
        raise UserError(f"--from {text}: not one of {', '.join(get_args(ItemsFrom))}")
    return cast(ItemsFrom, text)


def snapshot_items(
    connection: Connection, published: PublishedSnapshot, manifest: Manifest | None, wanted: ItemsFrom
) -> SnapshotItems:
    """The items of a snapshot: from the full native export that it was made of, while that is still there.

    Raises:
        UserError: the export is wanted, but there is none.
    """
    if wanted != "files" and manifest is not None:
        # A manifest must not choose what else is read: exports lie in the snapshots' bucket.
        bucket = f"s3://{published.location.bucket}/"
        for read in (read for read in manifest.capture.exports if read.location.startswith(bucket)):
            files = export_files(connection, read.location) if read.export_type == _FULL else None
            if files is not None and sum(file.items for file in files) == manifest.row_count:
                return ExportedItems(connection, read.location, files)
    if wanted == "export":
        method = f"captured by {manifest.capture.method}" if manifest else "without a manifest"
        raise UserError(
            f"{published.table_name} at {published.snapshot_timestamp} is {method}, and no full native export of it is "
            "in S3 with all of its files: leave `--from export` out, and it is restored from the snapshot's own files."
        )
    return FileItems(published, manifest)


@dataclass(frozen=True)
class ExportedItems:
    """The items of a native export."""

    connection: Connection
    location: str
    files: tuple[ExportFile, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(Part(f"export/{file.name}", file.items) for file in self.files)

    def read(self, part: Part) -> Iterator[Item]:
        file = next(file for file in self.files if part.name == f"export/{file.name}")
        return file_items(self.connection, self.location, file)


@dataclass(frozen=True)
class FileItems:
    """The items that the rows of the snapshot's own files were made of."""

    published: PublishedSnapshot
    manifest: Manifest | None

    @property
    def location(self) -> str:
        return str(self.published.location)

    @property
    def parts(self) -> tuple[Part, ...]:
        if self.manifest is not None:
            return tuple(Part(f"files/{file.path}", file.rows) for file in self.manifest.files)
        folder = self.published.location.key
        return tuple(Part(f"files/{key.removeprefix(folder)}", None) for key in self.published.files())

    def read(self, part: Part) -> Iterator[Item]:
        path = self.published.location / part.name.removeprefix("files/")
        number = 0
        for item in self.published.file_items(path.key):
            number += 1
            yield item
        if part.items is not None and number != part.items:
            raise UserError(f"{path} holds {number:,} rows, but its manifest says {part.items:,}.")
