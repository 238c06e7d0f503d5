"""S3 through boto3, for tasks and driver alike.

Files are written to the worker's disk and uploaded from there by boto3 rather than through Arrow's S3 filesystem:
Arrow keeps the credentials it is given, so in a job that outlives them its writes fail, while botocore renews them.
The disk also keeps a file that grows to 128 MB out of the task's memory.
Endpoint, Region and credentials are botocore's own (`AWS_ENDPOINT_URL` and so on).
"""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from ddb_snapshot import conditional_put, thresholds
from ddb_snapshot.absence import FORBIDDEN, MISSING, is_absent
from ddb_snapshot.sessions import new_session
from ddb_snapshot.whole_answers import TRIES, pause_seconds, require_whole_answers

# What S3 answers to a conditional write that it does not carry out; with a condition on an object, also that there is
# none. Source: Amazon S3 user guide, "How to prevent object overwrites with conditional writes".
_REFUSALS: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"}) | MISSING
_MOST_CONFLICTS: Final = 8
_CONFLICT_SECONDS: Final = 0.25

_BROKEN_OFF: Final = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


class RegionMissing(ValueError):
    """Nothing says which Region to work in."""


class BucketMissing(ValueError):
    """The bucket of the output prefix does not exist, or is not ours to write to."""


class NotDeleted(RuntimeError):
    """An object that S3 would not delete."""

    def __init__(self, path: object, code: str, message: str) -> None:
        super().__init__(f"{path} could not be deleted: {code} {message}. Allow s3:DeleteObject there, or try again.")


class WriteRefused(RuntimeError):
    """A conditional write that was not carried out: what is there is another's, or what should be there is not."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} was written or removed by another run meanwhile: it was left as it is.")


@dataclass(frozen=True)
class S3Path:
    """A place in S3: a folder's key ends with a slash."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> "S3Path":
        """From `s3://bucket/key`."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return cls(bucket, key)

    def __truediv__(self, name: str) -> "S3Path":
        return S3Path(self.bucket, f"{self.key}/{name}" if self.key and not self.key.endswith("/") else self.key + name)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


def region() -> str:
    """The Region to work in, as the driver sees it; tasks are given it, for their hosts may not say.

    Raises:
        RegionMissing: neither the environment nor the profile names one.
    """
    found = boto3.Session().region_name or os.environ.get("AWS_REGION")
    if not found:
        raise RegionMissing("No AWS Region is set: set AWS_DEFAULT_REGION.")
    return str(found)


@cache
def client(service: str, region_name: str) -> Any:
    """This process's client for a service. Clients are safe to share between threads, and renew their credentials."""
    return new_client(service, region_name)


def new_client(service: str, region_name: str) -> Any:
    """A client with a session, and so with credentials, of its own."""
    config = Config(
        retries={"mode": "standard", "max_attempts": 10}, connect_timeout=10, read_timeout=60, tcp_keepalive=True
    )
    return require_whole_answers(new_session(region_name=region_name).client(service, config=config))


def require_bucket(s3: Any, bucket: str) -> None:
    """Raises `BucketMissing` unless the bucket is there and ours to use."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in MISSING:
            raise BucketMissing(
                f"S3 bucket {bucket!r} does not exist: create it, or correct --output_prefix."
            ) from None
        if code in FORBIDDEN:
            raise BucketMissing(
                f"S3 bucket {bucket!r} is not ours to use: allow this job's role s3:ListBucket on "
                f"arn:{s3.meta.partition}:s3:::{bucket}, or correct --output_prefix where the bucket is another's."
            ) from None
        raise


def read(s3: Any, path: S3Path) -> bytes:
    """The object's bytes, all of them."""
    return read_with_etag(s3, path)[0]


def read_with_etag(s3: Any, path: S3Path) -> tuple[bytes, str]:
    """The object's bytes and the ETag that they had.

    A body that breaks off is asked for again, as a lost connection is: boto3 does so for what it downloads to files,
    not for a body that is read. Source: boto3, `s3transfer.utils.S3_RETRYABLE_DOWNLOAD_ERRORS`.
    """
    tries = 0
    while True:
        found = s3.get_object(Bucket=path.bucket, Key=path.key)
        try:
            return found["Body"].read(), str(found["ETag"])
        except _BROKEN_OFF:
            tries += 1
            if tries == TRIES:
                raise
            time.sleep(pause_seconds(tries))


def read_if_there(s3: Any, path: S3Path) -> bytes | None:
    """The object's bytes, or None when there is no such object."""
    found = _found(s3, path)
    return None if found is None else found[0]


def put(s3: Any, path: S3Path, data: bytes, **parameters: Any) -> None:
    """Write a small object in one call, so that it is there whole or not at all."""
    s3.put_object(Bucket=path.bucket, Key=path.key, Body=data, **parameters)


def put_if(s3: Any, path: S3Path, data: bytes, etag: str | None = None, **parameters: Any) -> str:
    """Write an object in place of the one with that ETag, or of none; the new ETag.

    The answer to a write can be lost, and botocore then repeats it, so that the write itself is what it meets. What is
    there decides: if it is byte for byte what was to be written, it is written. So the data must say whose it is.

    Raises:
        WriteRefused: what is there is another's.
    """
    conditional_put.enable(s3)
    condition = conditional_put.unless_there() if etag is None else conditional_put.while_it_is(etag)
    for conflicts in range(_MOST_CONFLICTS):
        try:
            return str(s3.put_object(Bucket=path.bucket, Key=path.key, Body=data, **condition, **parameters)["ETag"])
        except (ClientError, BotoCoreError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
            refused = code in _REFUSALS and (etag is not None or code not in MISSING)
            if not (refused or _is_lost(error)):
                raise
            found = _found(s3, path)
            if found is not None and found[0] == data:
                return found[1]
            if not refused:
                raise
            changed = (None if found is None else found[1]) != etag
            if changed or code != "ConditionalRequestConflict" or conflicts == _MOST_CONFLICTS - 1:
                raise WriteRefused(path) from error
            # A conflict says that another write is under way, not that it has won.
            time.sleep(_CONFLICT_SECONDS)
    raise AssertionError("unreachable")


def _is_lost(error: ClientError | BotoCoreError) -> bool:
    """Whether nobody knows what became of the call: no answer came, or one that says so."""
    if isinstance(error, ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) >= 500
    return True


def _found(s3: Any, path: S3Path) -> tuple[bytes, str] | None:
    """What is there, with its ETag, or None."""
    try:
        return read_with_etag(s3, path)
    except ClientError as error:
        if is_absent(s3, path, error):
            return None
        raise


def upload(s3: Any, file: Path, path: S3Path) -> None:
    """Upload a file, in parts when it is large."""
    s3.upload_file(str(file), path.bucket, path.key, Config=_in_parts(thresholds.now().multipart_bytes))


def download(s3: Any, path: S3Path, file: Path) -> None:
    """Download an object to a file, in parts when it is large; a part that breaks off is had again."""
    s3.download_file(path.bucket, path.key, str(file), Config=_in_parts(thresholds.now().multipart_bytes))


def copy(s3: Any, source: S3Path, target: S3Path) -> None:
    """Copy an object inside S3, in parts when it is large."""
    whole = {"Bucket": source.bucket, "Key": source.key}
    s3.copy(whole, target.bucket, target.key, Config=_in_parts(thresholds.now().copy_bytes))


def _in_parts(threshold: int) -> TransferConfig:
    return TransferConfig(multipart_threshold=threshold, max_concurrency=2, io_chunksize=1024 * 1024)


def sizes(s3: Any, folder: S3Path) -> Mapping[str, int]:
    """The objects below a folder, by key, with their sizes in bytes."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.key)
    return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", ())}


def folders(s3: Any, start: S3Path) -> list[S3Path]:
    """The folders whose keys begin with `start`'s, up to the next slash."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=start.bucket, Prefix=start.key, Delimiter="/")
    return [S3Path(start.bucket, entry["Prefix"]) for page in pages for entry in page.get("CommonPrefixes", ())]


def delete_below(s3: Any, folder: S3Path) -> None:
    """Delete every object below a folder."""
    delete(s3, folder.bucket, sizes(s3, folder))


def delete(s3: Any, bucket: str, keys: Iterable[str]) -> None:
    """Delete objects, as many in one call as S3 takes.

    Raises:
        NotDeleted: one could not be deleted; names it. Others may be gone.
    """
    objects = [{"Key": key} for key in keys]
    for start in range(0, len(objects), 1000):
        some = {"Objects": objects[start : start + 1000], "Quiet": True}
        # S3 answers with success and lists what it could not delete.
        for failed in s3.delete_objects(Bucket=bucket, Delete=some).get("Errors", ()):
            raise NotDeleted(S3Path(bucket, failed["Key"]), failed.get("Code", ""), failed.get("Message", ""))
