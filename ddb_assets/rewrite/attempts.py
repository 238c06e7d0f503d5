"""One attempt in another format: a new attempt beside it, with a manifest of its own, written last."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
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


def target_attempt(source: Manifest, output_format: str) -> str:
    """The new attempt's name: the old one's, and the format."""
    return f"{source.attempt}-{output_format}"


def target_location(source: Manifest, output_format: str) -> str:
    """The new attempt's folder, beside the old one's."""
    return f"{source.location.rstrip('/').rpartition('/')[0]}/{target_attempt(source, output_format)}/"


def finished_attempt(s3: Any, source: Manifest, output_format: str, columns: Sequence[Column]) -> Manifest | None:
    """What an earlier run has made of `source`, if it is whole and the table's columns still begin with its own."""
    try:
        found = manifest.read(s3, target_location(source, output_format))
        check_stable(found.columns, columns)
    except (ManifestMissing, ManifestUnreadable, ColumnChanged):
        return None
    return found if found.row_count == source.row_count and _whole(s3, found) else None


def rewrite_attempt(s3: Any, source: Manifest, output_format: str, columns: tuple[Column, ...], seen: Read) -> Manifest:
    """Write `source`'s rows in another format, with `columns`: those of its own, with more appended.

    What an earlier run has left in the new attempt's folder is removed: nothing is published from there.

    Raises:
        UserError: a file of `source` is missing, can't be read, or holds another number of rows than its manifest says.
    """
    location, target = S3Path.parse(target_location(source, output_format)), schema(columns)
    storage.delete_below(s3, location)
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
        attempt=target_attempt(source, output_format),
        output_format=output_format,
        location=str(location),
        files=written,
        row_count=sum(file.rows for file in written),
        bytes=sum(file.bytes for file in written),
        columns=columns,
        rewritten=Rewritten(source.attempt, source.output_format, datetime.now(UTC).isoformat(timespec="seconds")),
    )
    if result.row_count != source.row_count:
        raise UserError(
            f"{source.location}: its manifest says {source.row_count:,} rows, its files hold {result.row_count:,}. "
            f"Nothing was published. {_mend(source)}"
        )
    try:
        manifest.write(s3, result)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        raise UserError(
            f"Another rewriting has finished {result.location} meanwhile: let one alone run to its end."
        ) from None
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


def _whole(s3: Any, found: Manifest) -> bool:
    folder = S3Path.parse(found.location)
    sizes = storage.sizes(s3, folder)
    return all(sizes.get(folder.key + file.path) == file.bytes for file in found.files)
