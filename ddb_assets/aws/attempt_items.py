"""The items of a finished attempt, read back from the files that its manifest names, with the manifest's columns."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any
from zlib import error as ZlibError  # noqa: N812

from ddb_assets.errors import UserError
from ddb_snapshot import formats
from ddb_snapshot.items import Item, to_items
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.storage import S3Path


def attempt_items(s3: Any, manifest: Manifest) -> Iterator[Item]:
    """Every item, file by file; one file is on disk meanwhile.

    Raises:
        UserError: a file is missing, or can't be read as what the manifest says it is.
    """
    folder = S3Path.parse(manifest.location)
    for named in manifest.files:
        path = folder / named.path
        with TemporaryFile(prefix="ddb-attempt-") as file:
            try:
                s3.download_fileobj(path.bucket, path.key, file)
                file.seek(0)
                for rows in formats.read_parts(manifest.output_format, file, manifest.columns):
                    yield from to_items(rows, manifest.columns)
            except s3.exceptions.ClientError as error:
                raise UserError(f"{path} can't be read: {error}") from error
            except (OSError, EOFError, ZlibError, ValueError, LookupError, TypeError) as error:
                raise UserError(
                    f"{path} can't be read as {manifest.output_format} with its manifest's columns: "
                    f"{type(error).__name__}: {error}"
                ) from error
