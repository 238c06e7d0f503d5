"""The checksum of a copy inside S3: it is of the copy's bytes.

moto hands on its source's. Where that was uploaded in parts, it is a checksum of the parts' checksums, and what was one
copy has no parts: clients that check what they read refuse it.
Source: Amazon S3 user guide, "Checking object integrity in Amazon S3" (a copy of one request has a full checksum).
"""

from functools import wraps
from typing import Any

from moto.s3.models import FakeKey, S3Backend
from moto.s3.utils import compute_checksum


def install() -> None:
    """Change moto's S3 in this process."""
    copy = S3Backend.copy_object

    @wraps(copy)
    def checked_copy(backend: Any, source: FakeKey, bucket: str, name: str, *args: Any, **kwargs: Any) -> None:
        copy(backend, source, bucket, name, *args, **kwargs)
        made = backend.get_object(bucket, name)
        if made is not None and made.checksum_algorithm:
            made.checksum_value = compute_checksum(made.value, made.checksum_algorithm).decode()

    S3Backend.copy_object = checked_copy
