"""Parallel scans of tables whose partition key is binary, which moto 5.2 ends with an AttributeError."""

import hashlib

from moto.dynamodb.models.dynamo_type import Item


def install() -> None:
    """Change moto's DynamoDB in this process."""
    Item.is_within_segment = _is_within_segment


def _is_within_segment(item: Item, segments: tuple[int | None, int | None]) -> bool:
    """By a hash of the partition key alone, as AWS seems to do it; (None, None) is all of the table."""
    segment, total = segments
    if total is None:
        return True
    key = item.hash_key.value
    hashed = hashlib.md5(key if isinstance(key, bytes) else str(key).encode(), usedforsecurity=False)
    return bool(hashed.digest()[0] % total == segment)
