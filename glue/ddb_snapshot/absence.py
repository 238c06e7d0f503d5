"""Whether an object is there, where S3 does not say so.

S3 says 403 in place of 404 to those who may not list the bucket, and also where a policy lets them list a part of it
alone. Then a listing tells, if they may make it.
Source: Amazon S3 API reference, "GetObject" and "HeadObject" (Permissions).
"""

from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound"})
"""Error codes of S3 for an object or bucket that is not there."""

FORBIDDEN: Final = frozenset({"AccessDenied", "403", "Forbidden"})
"""Those for one that may not be read, or that the caller may not know of. An answer to HEAD has the status alone."""


class Place(Protocol):
    """An object's place in S3."""

    @property
    def bucket(self) -> str: ...
    @property
    def key(self) -> str: ...


class Forbidden(RuntimeError):
    """S3 does not let the caller read an object, or see whether it is there; names the permission that is missing."""

    def __init__(self, path: Place, partition: str, there: bool) -> None:
        bucket = f"arn:{partition}:s3:::{path.bucket}"
        if there:
            what = "it is there, but may not be read"
            needed = (
                f"s3:GetObject on {bucket}/{path.key}, and kms:Decrypt on its KMS key where it is encrypted with one"
            )
        else:
            what = "S3 answers 403 Forbidden, and tells nobody who may not list the bucket whether the object is there"
            needed = f"s3:ListBucket on {bucket}, and s3:GetObject on {bucket}/{path.key},"
        super().__init__(f"{path}: {what}. Allow {needed} to the role that runs this, then run it again.")


def is_absent(s3: Any, path: Place, error: ClientError) -> bool:
    """Whether an error of GetObject or HeadObject says that there is no such object.

    Raises:
        Forbidden: it is there and may not be read, or nobody can tell.
    """
    code = error.response["Error"]["Code"]
    if code not in FORBIDDEN:
        return code in MISSING
    try:
        listed = s3.list_objects_v2(Bucket=path.bucket, Prefix=path.key, MaxKeys=1).get("Contents", ())
    except ClientError:
        raise Forbidden(path, s3.meta.partition, there=False) from error
    if any(entry["Key"] == path.key for entry in listed):
        raise Forbidden(path, s3.meta.partition, there=True) from error
    return True
