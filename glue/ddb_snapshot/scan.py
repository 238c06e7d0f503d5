"""One Scan page at a time, as the bytes that DynamoDB sent.

boto3 keeps endpoints, signing, retries and credentials; its response parser, which makes a Python object of every
value, is given an empty body instead (botocore's event `before-parse.dynamodb.Scan`). What the parser would have
checked is checked here: the CRC32 of the body, and the few fields that stand beside the items.
Sources: Amazon DynamoDB API reference, "Scan"; "Amazon DynamoDB low-level API" (x-amz-crc32 is of the body as sent).
"""

import json
import re
import time
import zlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError, ResponseStreamingError

Key = Mapping[str, Mapping[str, str]]
"""A LastEvaluatedKey or ExclusiveStartKey, in DynamoDB's JSON (binary stays base64 text)."""

_PAGE_TRIES: Final = 5
# Keys are at most 2,048 + 1,024 bytes, at most six characters each in JSON; consumed capacity is a few numbers.
_LONGEST_EDGE: Final = 64 * 1024
_ITEMS: Final = re.compile(rb'"Items"[ \t\r\n]*:[ \t\r\n]*\[')
_EXPIRED: Final = frozenset({"ExpiredTokenException", "ExpiredToken", "RequestExpired"})
_THROTTLED: Final = frozenset({"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"})


class CorruptPage(ValueError):
    """A response body that is not the page DynamoDB meant to send."""


class ScanFailed(RuntimeError):
    """A page could not be had; names table and segment."""

    def __init__(self, table_name: str, segment: int, total_segments: int, reason: str) -> None:
        super().__init__(
            f"Scan of DynamoDB table {table_name!r}, segment {segment} of {total_segments}, failed after {_PAGE_TRIES} "
            f"tries: {reason}. Nothing was published; run the snapshot again."
        )


@dataclass(frozen=True)
class Page:
    """One page. `items` is the JSON array of the items, byte for byte as it came, without line breaks."""

    items: bytes
    count: int
    consumed_rcu: float
    last_key: Key | None
    retries: int = 0

    @property
    def line(self) -> bytes:
        """The page as one line of a staged piece."""
        return b'{"Items":' + self.items + b"}"


class Scanner:
    """Reads the pages of one segment. `connect` gives a DynamoDB client, and a fresh one when credentials expired."""

    def __init__(
        self,
        connect: Callable[[], Any],
        table_name: str,
        segment: int,
        total_segments: int,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connect = connect
        self._client = raw_client(connect())
        self._table_name = table_name
        self._segment = segment
        self._total_segments = total_segments
        self._pause = pause

    def page(self, start_after: Key | None, limit: int | None) -> Page:
        """The page that follows `start_after`, of at most `limit` items.

        Raises:
            ScanFailed: the page stayed broken or refused, beyond botocore's own retries and these.
            botocore.exceptions.ClientError: DynamoDB refused the request for a reason that a retry can't change.
        """
        request: dict[str, Any] = {
            "TableName": self._table_name,
            "Segment": self._segment,
            "TotalSegments": self._total_segments,
            "ReturnConsumedCapacity": "TOTAL",
        }
        if start_after is not None:
            request["ExclusiveStartKey"] = _parameter(start_after)
        if limit is not None:
            request["Limit"] = limit
        retries, reason = 0, ""
        for attempt in range(_PAGE_TRIES):
            if attempt:
                self._pause(min(0.2 * 2**attempt, 5.0))
            try:
                response = self._client.scan(**request)
                retries += response["ResponseMetadata"].get("RetryAttempts", 0)
                return _page(response["RawBody"], response["RawHeaders"], retries + attempt)
            except (CorruptPage, HTTPClientError, IncompleteReadError, ResponseStreamingError) as error:
                reason = f"{type(error).__name__}: {error}"
            except ClientError as error:
                code = error.response["Error"].get("Code", "")
                status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
                if code in _EXPIRED:
                    self._client = raw_client(self._connect())
                elif code not in _THROTTLED and status < 500:
                    raise
                retries += error.response["ResponseMetadata"].get("RetryAttempts", 0)
                reason = str(error)
        raise ScanFailed(self._table_name, self._segment, self._total_segments, reason)


def raw_client(client: Any) -> Any:
    """`client`, whose Scan responses carry `RawBody` and `RawHeaders` in place of parsed fields."""
    client.meta.events.register("before-parse.dynamodb.Scan", _take_body, unique_id="ddb_snapshot.scan")
    return client


def _take_body(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    # Errors are left to botocore's parser: their codes decide about retries.
    if response_dict["status_code"] == 200:
        customized_response_dict["RawBody"] = response_dict["body"]
        customized_response_dict["RawHeaders"] = response_dict["headers"]
        response_dict["body"] = b"{}"


def _parameter(key: Key) -> dict[str, dict[str, Any]]:
    """The key as boto3 takes it: it encodes binary itself."""
    return {
        name: {tag: b64decode(text) if tag == "B" else text for tag, text in value.items()}
        for name, value in key.items()
    }


def _page(body: bytes, headers: Mapping[str, str], retries: int) -> Page:
    expected = headers.get("x-amz-crc32")
    if expected is not None and "content-encoding" not in headers and zlib.crc32(body) != int(expected):
        raise CorruptPage(f"the body's CRC32 is {zlib.crc32(body)}, x-amz-crc32 says {expected}")
    items, beside = split_page(body)
    consumed = beside.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
    return Page(items, int(beside["Count"]), float(consumed), beside.get("LastEvaluatedKey") or None, retries)


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
