"""One Scan page at a time, as the bytes that DynamoDB sent.

boto3 keeps endpoints, signing, retries and credentials; its response parser, which makes a Python object of every
value, is given an empty body instead (`raw_answer`): `page_body` opens the real one. So the clients are those of
`sessions`.
Every request that failed is counted, those too that boto3 tries again by itself (`response-received.dynamodb.Scan`).
Source: Amazon DynamoDB API reference, "Scan".
"""

import random
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError, ResponseStreamingError
from botocore.exceptions import ConnectionError as NoConnection

from ddb_snapshot import raw_answer
from ddb_snapshot.scanning.page_body import CorruptPage, open_body

Key = Mapping[str, Mapping[str, str]]
"""A LastEvaluatedKey or ExclusiveStartKey, in DynamoDB's JSON (binary stays base64 text)."""

PATIENCE_SECONDS: Final = 600.0
"""How long one page may be throttled, again and again, before the scan fails."""

_PAGE_TRIES: Final = 5
_LONGEST_PAUSE: Final = 20.0
_EXPIRED: Final = frozenset({"ExpiredTokenException", "ExpiredToken", "RequestExpired"})
_GONE: Final = frozenset({"ResourceNotFoundException", "TableNotFoundException"})
_THROTTLED: Final = frozenset({"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"})


class ScanFailed(RuntimeError):
    """A page could not be had; names table and segment, and says what to do."""

    def __init__(
        self,
        table_name: str,
        segment: int,
        total_segments: int,
        reason: str,
        remedy: str = "Nothing was published; run the snapshot again.",
    ) -> None:
        super().__init__(
            f"Scan of DynamoDB table {table_name!r}, segment {segment} of {total_segments}, failed: {reason}. {remedy}"
        )


@dataclass(frozen=True)
class Page:
    """One page. `items` is the JSON array of the items, byte for byte as it came, without line breaks.

    Requests for it that failed before: `throttles` were refused by DynamoDB for want of capacity, `retries` failed
    otherwise; `unaccounted` of these may have been read and charged all the same, without saying how much.
    `asked_at` is the time of the first of these requests, `answered_at` that of the answer: seconds since 1970.
    """

    items: bytes
    count: int
    consumed_rcu: float
    last_key: Key | None
    retries: int = 0
    throttles: int = 0
    unaccounted: int = 0
    asked_at: float = field(default=0.0, compare=False)
    answered_at: float = field(default=0.0, compare=False)


def lines_of(pages: Iterable[Page]) -> bytes:
    """The pages that have items as a block: a line each, copied once."""
    parts = ((b'{"Items":', page.items, b"}\n") for page in pages if page.count)
    return b"".join(part for line in parts for part in line)


class Scanner:
    """Reads the pages of one segment.

    `connect` gives a DynamoDB client of `sessions.new_session`, and a fresh one when credentials expired.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        table_name: str,
        segment: int,
        total_segments: int,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._client = _counting_failures(connect())
        self._table_name = table_name
        self._segment = segment
        self._total_segments = total_segments
        self._pause = pause
        self._clock = clock

    def page(self, start_after: Key | None, limit: int | None) -> Page:
        """The page that follows `start_after`, of at most `limit` items.

        Beyond boto3's own retries, a page that came broken or not at all is asked for five times, and one that is
        throttled for ten minutes.

        Raises:
            ScanFailed: the page stayed broken or refused, or the table was deleted.
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
        failures = _Failures()
        counting = _counting.set(failures)
        try:
            return self._patiently(request, failures)
        finally:
            _counting.reset(counting)

    def _patiently(self, request: Mapping[str, Any], failures: "_Failures") -> Page:
        tries, refusals, refused_at = 0, 0, 0.0
        while True:
            try:
                with raw_answer.taking():
                    response = self._client.scan(**request)
                return _page(response[raw_answer.BODY], response[raw_answer.HEADERS], failures)
            except CorruptPage as error:
                failures.retries += 1
                failures.unaccounted += 1
                reason = str(error)
            except (NoConnection, HTTPClientError, IncompleteReadError, ResponseStreamingError) as error:
                reason = f"{type(error).__name__}: {error}"
            except ClientError as error:
                reason = str(error)
                if _code(error.response) in _THROTTLED:
                    refusals += 1
                    refused_at = refused_at if refusals > 1 else self._clock()
                    if self._clock() - refused_at >= PATIENCE_SECONDS:
                        raise self._throttled(reason) from error
                    self._pause(random.uniform(0, min(2.0**refusals, _LONGEST_PAUSE)))
                    continue
                self._unless_hopeless(error)
            tries += 1
            if tries == _PAGE_TRIES:
                raise ScanFailed(
                    self._table_name, self._segment, self._total_segments, f"after {_PAGE_TRIES} tries: {reason}"
                )
            self._pause(min(0.2 * 2**tries, 5.0))

    def _unless_hopeless(self, error: ClientError) -> None:
        """Raise what no retry can change; take renewed credentials where the old ones have expired."""
        code = _code(error.response)
        if code in _EXPIRED:
            self._client = _counting_failures(self._connect())
        elif code in _GONE:
            raise ScanFailed(
                self._table_name,
                self._segment,
                self._total_segments,
                "the table is not there any more, it was deleted during the scan",
                "Nothing was published; restore the table, or remove it from the configuration.",
            ) from error
        elif _status(error.response) < 500:
            raise error

    def _throttled(self, reason: str) -> ScanFailed:
        return ScanFailed(
            self._table_name,
            self._segment,
            self._total_segments,
            f"DynamoDB has throttled every request for a page for {PATIENCE_SECONDS / 60:.0f} minutes ({reason})",
            "Nothing was published; raise the table's read capacity, or run the snapshot when others read less.",
        )


def _counting_failures(client: Any) -> Any:
    events = client.meta.events
    events.register("response-received.dynamodb.Scan", _count_failure, unique_id="ddb_snapshot.scanner.failures")
    return client


@dataclass
class _Failures:
    """Requests for one page that failed, as they are seen."""

    throttles: int = 0
    retries: int = 0
    unaccounted: int = 0


_counting: ContextVar[_Failures | None] = ContextVar("ddb_snapshot.scanner.failures", default=None)


def _count_failure(parsed_response: Mapping[str, Any] | None, exception: Exception | None, **_: Any) -> None:
    failures = _counting.get()
    if failures is None:
        return
    if parsed_response is None:
        failures.retries += 1
        # No connection, no read; a connection that broke may have done its work.
        failures.unaccounted += not isinstance(exception, NoConnection)
    elif _status(parsed_response) >= 300:
        throttled = _code(parsed_response) in _THROTTLED
        failures.throttles += throttled
        failures.retries += not throttled
        failures.unaccounted += _status(parsed_response) >= 500


def _code(response: Mapping[str, Any]) -> str:
    return str(response.get("Error", {}).get("Code", ""))


def _status(response: Mapping[str, Any]) -> int:
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _parameter(key: Key) -> dict[str, dict[str, Any]]:
    """The key as boto3 takes it: it encodes binary itself."""
    return {
        name: {tag: b64decode(text) if tag == "B" else text for tag, text in value.items()}
        for name, value in key.items()
    }


def _page(body: bytes, headers: Mapping[str, str], failures: _Failures) -> Page:
    items, beside = open_body(body, headers)
    return Page(
        items,
        int(beside["Count"]),
        float(beside.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)),
        beside.get("LastEvaluatedKey") or None,
        failures.retries,
        failures.throttles,
        failures.unaccounted,
    )
