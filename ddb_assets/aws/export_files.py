"""An export's files in S3: whether they are all there as they were written, and their removal.

A full export has its data in a folder of its own; increments with the same prefix share one. What belongs to an export
is therefore read from its manifest, never from a listing.
Source: Amazon DynamoDB developer guide, "DynamoDB table export output format".
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import orjson
from botocore.exceptions import ClientError

from ddb_assets.aws.export_request import Export
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path

_SUMMARY: Final = "manifest-summary.json"
_FILES: Final = "manifest-files.json"
# boto3's pool of connections holds ten.
_THREADS: Final = 8


@dataclass(frozen=True)
class _DataFile:
    key: str
    etag: str


def trouble(s3: Any, export: Export) -> str | None:
    """What is wrong with a completed export's files, or None when they are all there, unaltered."""
    folder = S3Path.parse(export.location)
    for name in (_SUMMARY, _FILES):
        if _etag(s3, folder / name) is None:
            return f"{folder / name} is gone"
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="export") as threads:
        files = list(_data_files(s3, export))
        etags = threads.map(lambda file: _etag(s3, S3Path(export.bucket, file.key)), files)
        for file, etag in zip(files, etags, strict=True):
            if etag is None:
                return f"s3://{export.bucket}/{file.key} is gone"
            if file.etag and etag != file.etag:
                return f"s3://{export.bucket}/{file.key} was altered"
    return None


def delete(s3: Any, export: Export) -> int:
    """Delete an export's objects, its manifests last, so that what a killed deletion leaves can be deleted again.

    Gives the number of objects deleted.
    """
    folder = S3Path.parse(export.location)
    data = [file.key for file in _data_files(s3, export)]
    storage.delete(s3, export.bucket, data)
    own = list(storage.sizes(s3, folder))
    last = [key for key in own if key.endswith((_FILES, _SUMMARY))]
    storage.delete(s3, export.bucket, [key for key in own if key not in last])
    storage.delete(s3, export.bucket, last)
    return len({*data, *own})


def _data_files(s3: Any, export: Export) -> Iterator[_DataFile]:
    text = storage.read_if_there(s3, S3Path.parse(export.location) / _FILES)
    for line in (text or b"").splitlines():
        entry: Mapping[str, Any] = orjson.loads(line)
        yield _DataFile(export.key(entry["dataFileS3Key"]), str(entry.get("etag") or ""))


def _etag(s3: Any, path: S3Path) -> str | None:
    try:
        return str(s3.head_object(Bucket=path.bucket, Key=path.key)["ETag"]).strip('"')
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound", "NoSuchBucket"):
            return None
        raise
