"""`restore.json`: which snapshot is being restored into which table, and how far that is. One for each new table.

It lies below `restores/` in the project's bucket. Its id is also a tag of the table, put on it as it is created: a
table without the tag is nobody's to write into. Each file of the snapshot that was written to its end has a mark, an
empty object below the id.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path

VERSION: Final = 1
TAG: Final = "ddb-assets:restore"
"""The tag that names the journal's id."""

_NAME: Final = "restore.json"


@dataclass(frozen=True)
class Journal:
    """A restore. `location` is the folder of the attempt that the snapshot was published from.

    Instants are ISO 8601, UTC: of the beginning, of the last item written, of a comparison that found all equal.
    `write_id` is new with each write, so that a writer knows its own.
    """

    id: str
    new_table: str
    name: str
    table_name: str
    database: str
    snapshot_timestamp: str
    location: str
    started_at: str
    written_at: str | None = None
    verified_at: str | None = None
    write_id: str = ""
    version: int = VERSION

    def tags(self) -> dict[str, str]:
        """The tags of the new table."""
        return {
            TAG: self.id,
            "ddb-assets:restored-from": self.table_name,
            "ddb-assets:snapshot": self.snapshot_timestamp,
        }

    def same_snapshot(self, other: "Journal") -> bool:
        """Whether both restore the same files."""
        return (self.database, self.snapshot_timestamp, self.location) == (
            other.database,
            other.snapshot_timestamp,
            other.location,
        )

    def command(self) -> str:
        """What goes on with it."""
        return f"ddb-assets restore {self.name} --at {self.snapshot_timestamp} --to {self.new_table}"


@dataclass(frozen=True)
class Journals:
    """The place of one new table's journal and marks."""

    s3: Any
    folder: S3Path

    @classmethod
    def of(cls, connection: Connection, new_table: str) -> "Journals":
        """In the project's bucket; the Region is part of the place, since it is part of which table is meant."""
        settings = connection.settings()
        parts = [settings.prefix.strip("/"), "restores", connection.region, new_table]
        folder = "/".join(part for part in parts if part)
        return cls(connection.client("s3"), S3Path(settings.bucket, f"{folder}/"))

    @property
    def path(self) -> S3Path:
        return self.folder / _NAME

    def read(self) -> tuple[Journal, str] | None:
        """The journal and its ETag, or None when there is none.

        Raises:
            UserError: there is one that this version can't read.
        """
        try:
            text, etag = storage.read_with_etag(self.s3, self.path)
        except ClientError as error:
            if error.response["Error"]["Code"] in storage.MISSING:
                return None
            raise
        try:
            fields = json.loads(text)
            if fields["version"] > VERSION:
                raise UserError(f"{self.path} is of version {fields['version']}: update ddb-assets.")
            return Journal(**fields), etag
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{self.path} is not a restore's journal ({type(error).__name__} {error}): remove it, and the table "
                "that was being restored."
            ) from error

    def write(self, journal: Journal, etag: str | None) -> str:
        """Write the journal in place of the one with that ETag, or of none; the new ETag.

        Raises:
            UserError: another run has written it meanwhile.
        """
        fields = {**asdict(journal), "write_id": secrets.token_hex(8)}
        text = json.dumps(fields, ensure_ascii=False, indent=1).encode()
        try:
            return storage.put_if(self.s3, self.path, text, etag, ContentType="application/json")
        except storage.WriteRefused:
            raise UserError(
                f"Another restore into {journal.new_table} was run meanwhile ({self.path}): let one alone go on."
            ) from None

    def marks(self, journal: Journal) -> frozenset[str]:
        """The names of the files that were written to their end."""
        folder = self._marks(journal)
        return frozenset(key.removeprefix(folder.key) for key in storage.sizes(self.s3, folder))

    def mark(self, journal: Journal, name: str) -> None:
        """Say that a file was written to its end."""
        storage.put(self.s3, self._marks(journal) / name, b"")

    def remove_marks(self, journal: Journal) -> None:
        """The restore has ended."""
        storage.delete_below(self.s3, self._marks(journal))

    def _marks(self, journal: Journal) -> S3Path:
        return self.folder / f"{journal.id}/"


def unfinished(connection: Connection) -> list[Journal]:
    """The journals of all restores of this Region that were not found equal yet; unreadable ones raise `UserError`."""
    found = []
    here = Journals.of(connection, "").folder
    for folder in storage.folders(connection.client("s3"), S3Path(here.bucket, here.key.rstrip("/") + "/")):
        written = Journals(connection.client("s3"), folder).read()
        if written is not None and written[0].verified_at is None:
            found.append(written[0])
    return found
