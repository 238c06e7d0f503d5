"""Data files in S3: listing them as Athena does, and opening them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs as pafs
from botocore.exceptions import ClientError

from ddb_assets.local.access_key import AccessKey
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.row_counts import RowCounts

_SMALL: Final = 256 * 1024
"""Bytes of a file that is read as a whole: one request, where its end and its parts would take several."""


@dataclass(frozen=True)
class DataFile:
    """One object in S3."""

    bucket: str
    key: str
    size: int
    etag: str = ""

    @property
    def uri(self) -> str:
        """The file as `$path` shows it."""
        return f"s3://{self.bucket}/{self.key}"


class Storage:
    """S3 through boto3 (listing, whole objects) and through Arrow's filesystem (random access)."""

    def __init__(self, s3: Any, endpoint: str, region: str, key: AccessKey) -> None:
        self._s3 = s3
        self._endpoint = urlsplit(endpoint)
        self._region = region
        self._key = key
        self.row_counts = RowCounts()

    def data_files(self, location: str) -> list[DataFile]:
        """Files under a location, in all folders, without hidden ones (`_` or `.` in front) and without empty ones."""
        bucket, prefix = folder(location)
        return [file for file in self.objects(bucket, prefix) if is_data(file, prefix)]

    def objects(self, bucket: str, prefix: str) -> Iterator[DataFile]:
        """All objects under a prefix, in key order."""
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    yield DataFile(bucket, entry["Key"], entry["Size"], entry.get("ETag", ""))
        except ClientError as error:
            raise QueryError(
                "HIVE_CANNOT_OPEN_SPLIT", f"Error listing s3://{bucket}/{prefix}: {error.response['Error']['Message']}"
            ) from error

    def open(self, file: DataFile) -> pa.NativeFile:
        """The file, for random access. Raises OSError, such as FileNotFoundError."""
        if file.size <= _SMALL:
            try:
                return pa.BufferReader(self.read(file))
            except ClientError as error:
                raise FileNotFoundError(f"{file.uri}: {error}") from error
        return self._filesystem.open_input_file(f"{file.bucket}/{file.key}")

    def read(self, file: DataFile) -> bytes:
        """The whole file."""
        return bytes(self._s3.get_object(Bucket=file.bucket, Key=file.key)["Body"].read())

    def write(self, uri: str, body: bytes, content_type: str) -> None:
        """Put one object. Raises ClientError, e.g. NoSuchBucket."""
        bucket, key = split(uri)
        self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def exists(self, uri: str) -> bool:
        """Whether an object is there, for whoever asks."""
        bucket, key = split(uri)
        try:
            self._s3.head_object(Bucket=bucket, Key=key)
        except ClientError:
            return False
        return True

    @cached_property
    def _filesystem(self) -> pafs.S3FileSystem:
        return pafs.S3FileSystem(
            access_key=self._key.id,
            secret_key=self._key.secret,
            region=self._region,
            scheme=self._endpoint.scheme,
            endpoint_override=self._endpoint.netloc,
        )


def folder(location: str) -> tuple[str, str]:
    """Bucket and prefix of a location; the prefix ends with a slash, or is empty."""
    bucket, prefix = split(location)
    return bucket, prefix if not prefix or prefix.endswith("/") else prefix + "/"


def is_data(file: DataFile, prefix: str) -> bool:
    """Whether a file below the prefix is read as data."""
    return file.size > 0 and not _hidden(file.key[len(prefix) :])


def split(uri: str) -> tuple[str, str]:
    """Bucket and key (or prefix) of an `s3://` URI."""
    parts = uri.split("://", 1)
    if len(parts) != 2 or parts[0] not in ("s3", "s3a", "s3n"):
        raise QueryError("HIVE_INVALID_METADATA", f"location '{uri}' is not an s3:// URI")
    bucket, _, key = parts[1].partition("/")
    return bucket, key


def _hidden(relative: str) -> bool:
    return any(part.startswith(("_", ".")) for part in relative.split("/"))
