"""An export's files in S3: whether they are all there as they were written, and their removal.

A full export has its data in a folder of its own; increments with the same prefix share one. What belongs to an export
is therefore read from its manifest, never from a listing.
Source: Amazon DynamoDB developer guide, "DynamoDB table export output format".
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from botocore.exceptions import ClientError

from ddb_assets.aws.export_request import ExportPlace
from ddb_assets.errors import UserError
from ddb_snapshot import storage
from ddb_snapshot.absence import is_absent
from ddb_snapshot.capture.export_keys import KeyElsewhere, ListedFile, data_folders, listed_file
from ddb_snapshot.storage import S3Path

_SUMMARY: Final = "manifest-summary.json"
_FILES: Final = "manifest-files.json"
# boto3's pool of connections holds ten.
_THREADS: Final = 8


def trouble(s3: Any, export: ExportPlace) -> str | None:
    """What is wrong with a completed export's files, or None when they are all there, unaltered."""
    folder = export.folder
    for name in (_SUMMARY, _FILES):
        if _etag(s3, folder / name) is None:
            return f"{folder / name} is gone"
    try:
        files = list(_data_files(s3, export))
    except UserError as error:
        return str(error)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="export") as threads:
        etags = threads.map(lambda file: _etag(s3, file.path), files)
        for file, etag in zip(files, etags, strict=True):
            if etag is None:
                return f"{file.path} is gone"
            if file.etag and etag != file.etag:
                return f"{file.path} was altered"
    return None


def delete(s3: Any, export: ExportPlace) -> None:
    """Delete an export's objects, its manifests last, so that what a killed deletion leaves can be deleted again.

    Raises:
        UserError: the manifest names a file that isn't the export's; nothing was deleted.
    """
    folder = export.folder
    data = [file.path.key for file in _data_files(s3, export)]
    storage.delete(s3, export.bucket, data)
    own = list(storage.sizes(s3, folder))
    last = [key for key in own if key.endswith((_FILES, _SUMMARY))]
    storage.delete(s3, export.bucket, [key for key in own if key not in last])
    storage.delete(s3, export.bucket, last)


def ids(s3: Any, bucket: str, prefix: str) -> tuple[str, ...]:
    """The ids of the exports below a prefix."""
    place = S3Path(bucket, prefix) / "AWSDynamoDB/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=place.key, Delimiter="/")
    folders = (entry["Prefix"].removeprefix(place.key) for page in pages for entry in page.get("CommonPrefixes", ()))
    # Increments share the folder `data`.
    return tuple(folder.rstrip("/") for folder in folders if folder != "data/")


def _data_files(s3: Any, export: ExportPlace) -> Iterator[ListedFile]:
    path = export.folder / _FILES
    for line in (storage.read_if_there(s3, path) or b"").splitlines():
        try:
            yield listed_file(line, *data_folders(export.folder))
        except KeyElsewhere as error:
            raise UserError(f"{path}: {error}. Remove that export by hand, after a look at who wrote it.") from None
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is not a native export's manifest ({error!r}).") from None


def _etag(s3: Any, path: S3Path) -> str | None:
    try:
        return str(s3.head_object(Bucket=path.bucket, Key=path.key)["ETag"]).strip('"')
    except ClientError as error:
        if is_absent(s3, path, error):
            return None
        raise
