"""One attempt in another format: a new attempt beside it, with a manifest of its own, written last.

Its folder carries the id of the rewriting, so that two rewritings never write into one. What an earlier rewriting has
finished is found by its manifest; what it has left unfinished stays for the sweep.
"""

import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa

from ddb_assets.errors import UserError
from ddb_snapshot import formats, manifest, storage
from ddb_snapshot.columns import Column, ColumnChanged, check_stable
from ddb_snapshot.files import DataFiles
from ddb_snapshot.formats.conform import conform, schema
from ddb_snapshot.manifest import DataFile, Manifest, ManifestMissing, ManifestUnreadable, Rewritten
from ddb_snapshot.storage import S3Path

Read = Callable[[int, int], None]
"""Told of rows read, and of the bytes of a file when all of it was read."""


@dataclass(frozen=True)
class Target:
    """The format to rewrite into, and the id of the rewriting."""

    output_format: str
    id: str

    def attempt(self, source: Manifest) -> str:
        """The new attempt's name: the old one's, the format, and the rewriting's id."""
        return f"{source.attempt}-{self.output_format}-{self.id}"

    def location(self, source: Manifest) -> str:
        """The new attempt's folder, beside the old one's."""
        return f"{_beside(source)}{self.attempt(source)}/"


def new_id() -> str:
    """A rewriting's id, by which what it leaves is known as its own."""
    return f"rw_{secrets.token_hex(6)}"


def finished_attempt(s3: Any, source: Manifest, output_format: str, columns: Sequence[Column]) -> Manifest | None:
    """What an earlier run has made of `source`, if it is whole and the table's columns still begin with its own."""
    beside = S3Path.parse(_beside(source))
    for folder in storage.folders(s3, beside / f"{source.attempt}-{output_format}"):
        try:
            found = manifest.read(s3, str(folder))
            check_stable(found.columns, columns)
        except (ManifestMissing, ManifestUnreadable, ColumnChanged):
            continue
        ours = found.rewritten is not None and found.rewritten.from_attempt == source.attempt
        if ours and found.row_count == source.row_count and whole(s3, found):
            return found
    return None


def rewrite_attempt(s3: Any, source: Manifest, to: Target, columns: tuple[Column, ...], seen: Read) -> Manifest:
    """Write `source`'s rows in another format, with `columns`: those of its own, with more appended.

    Raises:
        UserError: a file of `source` is missing, can't be read, or holds another number of rows than its manifest says.
    """
    output_format, location, target = to.output_format, S3Path.parse(to.location(source)), schema(columns)
    with tempfile.TemporaryDirectory(prefix="ddb-rewrite-") as folder:
        files = DataFiles(s3, location, output_format, columns, 0, Path(folder))
        for file in source.files:
            for part in _parts(s3, source, file, Path(folder)):
                for batch in conform(part, target).to_batches():
                    files.write(batch)
                seen(part.num_rows, 0)
            seen(0, file.bytes)
        written = files.finish()
    result = replace(
        source,
        attempt=to.attempt(source),
        output_format=output_format,
        location=str(location),
        files=written,
        row_count=sum(file.rows for file in written),
        bytes=sum(file.bytes for file in written),
        columns=columns,
        rewritten=Rewritten(
            source.attempt, source.output_format, datetime.now(timezone.utc).isoformat(timespec="seconds")
        ),
    )
    if result.row_count != source.row_count:
        raise UserError(
            f"{source.location}: its manifest says {source.row_count:,} rows, its files hold {result.row_count:,}. "
            f"Nothing was published. {_mend(source)}"
        )
    manifest.write(s3, result)
    return result


def _parts(s3: Any, source: Manifest, file: DataFile, folder: Path) -> Iterator[pa.Table]:
    """The rows of one file, in the source's own columns. The file is on disk meanwhile, not in memory."""
    path, local = S3Path.parse(source.location) / file.path, folder / "source"
    rows = 0
    try:
        s3.download_file(path.bucket, path.key, str(local))
        with local.open("rb") as opened:
            for part in formats.read_parts(source.output_format, opened, source.columns):
                rows += part.num_rows
                yield part
    except s3.exceptions.ClientError as error:
        raise UserError(f"{path} can't be read: {error}. Nothing was published. {_mend(source)}") from error
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UserError(
            f"{path} can't be read as {source.output_format} with its manifest's columns: {type(error).__name__}: "
            f"{error}. Nothing was published. {_mend(source)}"
        ) from error
    finally:
        local.unlink(missing_ok=True)
    if rows != file.rows:
        raise UserError(
            f"{path} holds {rows:,} rows, but its manifest says {file.rows:,}. Nothing was published. {_mend(source)}"
        )


def _mend(source: Manifest) -> str:
    return (
        "Restore the file from the bucket's versions, or remove this snapshot from history: "
        f"ALTER TABLE … DROP PARTITION (snapshot_timestamp = '{source.snapshot_timestamp}')."
    )


def _beside(source: Manifest) -> str:
    return f"{source.location.rstrip('/').rpartition('/')[0]}/"


def whole(s3: Any, found: Manifest) -> bool:
    """Whether the attempt's files are all there, with the sizes that its manifest says."""
    folder = S3Path.parse(found.location)
    sizes = storage.sizes(s3, folder)
    return all(sizes.get(folder.key + file.path) == file.bytes for file in found.files)
