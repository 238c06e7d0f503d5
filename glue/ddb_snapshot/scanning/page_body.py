"""The body of a Scan response: checked, and split into its items' bytes and the few fields beside them.

Sources: "Amazon DynamoDB low-level API"; AWS SDK for Go v2, package dynamodb/internal/customizations (x-amz-crc32 is of
the body as it was sent, compressed or not).
"""

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any, Final

import orjson
from isal import isal_zlib

from ddb_snapshot.raw_answer import CHECKSUM

# Keys are at most 2,048 + 1,024 bytes, at most six characters each in JSON; consumed capacity is a few numbers.
_LONGEST_EDGE: Final = 64 * 1024
_ITEMS: Final = re.compile(rb'"Items"[ \t\r\n]*:[ \t\r\n]*\[')
_GZIP_WBITS: Final = 16 + zlib.MAX_WBITS


class CorruptPage(ValueError):
    """A response body that is not the page DynamoDB meant to send."""


def open_body(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, dict[str, Any]]:
    """What `split_page` gives of a body as it came; the headers' names are in lower case.

    Raises:
        CorruptPage: the body is cut off, changed on its way, or no Scan response.
    """
    expected = headers.get(CHECKSUM)
    if expected is not None and (actual := isal_zlib.crc32(body)) != int(expected):
        raise CorruptPage(f"the CRC32 of a body of {len(body)} bytes is {actual}, {CHECKSUM} says {expected}")
    return split_page(_decoded(body, headers.get("content-encoding", "identity")))


def split_page(body: bytes) -> tuple[bytes, dict[str, Any]]:
    """The `Items` array of a Scan response, without line breaks, and the other fields, parsed.

    The items are not parsed, unless they come last, which DynamoDB's don't. Where the array begins: the first
    `"Items":[`; in what stands before it, keys and capacities, no other member is an array, and a quote inside a string
    is escaped. Where it ends: the last `]` after which the rest is valid JSON. A `]` inside a later string leaves an
    odd number of quotes, which is never valid, and no other later member is an array. With nothing after them, a page
    cut off behind a list inside an item would look whole as well; then they must be valid JSON.

    Raises:
        CorruptPage: the body is no Scan response.
    """
    opening = _ITEMS.search(body)
    if opening is None or opening.start() > _LONGEST_EDGE:
        raise CorruptPage(f"no Items in a body of {len(body)} bytes")
    head, start = body[: opening.start()].strip(), opening.end() - 1
    end = body.rfind(b"]")
    while end > start and len(body) - end < _LONGEST_EDGE:
        rest = body[end + 1 :].strip()
        beside = _beside(head, rest)
        items = body[start : end + 1]
        if beside is not None and (rest != b"}" or _is_json(items)):
            # A line break can only be white space between tokens: in strings JSON escapes it.
            return (
                items.replace(b"\n", b" ").replace(b"\r", b" ") if b"\n" in items or b"\r" in items else items
            ), beside
        end = body.rfind(b"]", 0, end)
    raise CorruptPage(f"a body of {len(body)} bytes doesn't end as a Scan response does")


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def _beside(head: bytes, rest: bytes) -> dict[str, Any] | None:
    """The fields around the items, or None where `rest` isn't what follows them."""
    if not rest.endswith(b"}") or rest[:1] not in b",}":
        return None
    text = head + rest[1:] if rest.startswith(b",") else head.rstrip(b",") + rest
    try:
        fields = json.loads(text)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and isinstance(fields.get("Count"), int) else None


def _decoded(body: bytes, encoding: str) -> bytes:
    """The body's JSON. DynamoDB compresses only when asked, which boto3 doesn't do; a proxy may."""
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise CorruptPage(f"a body in Content-Encoding {encoding!r}, which was not asked for")
    try:
        return zlib.decompress(body, _GZIP_WBITS)
    except zlib.error as error:
        raise CorruptPage(f"a gzip'd body of {len(body)} bytes that can't be read: {error}") from None
