"""DynamoDB's side: DescribeTable and Scan over tables that lie ready as bytes, and the few other calls a job makes."""

import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.endpoint.capacity import Meter
from benchmarks.endpoint.faults import Chooser, Faults
from benchmarks.endpoint.http import Request, Response
from benchmarks.endpoint.table import Table

_JSON = "application/x-amz-json-1.0"
_RCU_BYTES = 4096
_ERRORS = {
    "throttle": (400, "ProvisionedThroughputExceededException", "The level of configured throughput was exceeded."),
    "500": (500, "InternalServerError", "Internal server error"),
    "expired": (400, "ExpiredTokenException", "The security token included in the request is expired"),
    "gone": (400, "ResourceNotFoundException", "Requested resource not found"),
}
# The provisioned capacity that DescribeTable tells of when the meter has none: as good as endless.
_ENDLESS_RCU = 100_000_000


@dataclass(frozen=True)
class _Page:
    """A response that is ready to be sent."""

    parts: tuple[bytes | memoryview, ...]
    length: int
    crc: int
    rcu: float


class DynamoDB:
    """The tables of one endpoint, and what was asked of them."""

    def __init__(self, tables: Mapping[str, Table], faults: Faults, meter: Meter) -> None:
        self.meter = meter
        self.chooser = Chooser(faults)
        self.requests: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self._tables = dict(tables)
        self._pages: dict[tuple[Any, ...], _Page] = {}
        self._after: dict[tuple[str, bytes], int] = {}
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "DescribeTable": self._describe_table,
            "DescribeContinuousBackups": self._describe_backups,
            "ListTables": lambda request: {"TableNames": sorted(self._tables)},
        }

    def answer(self, request: Request, operation: str) -> Response:
        """The response to one call."""
        self.requests[operation] += 1
        asked = orjson.loads(request.body)
        name = str(asked.get("TableName", "")).rpartition("/")[2]
        if "TableName" in asked and name not in self._tables:
            return _error("gone")
        if operation == "Scan":
            return self._scan(name, asked, _access_key(request))
        if operation in self._operations:
            return _whole(orjson.dumps(self._operations[operation]({**asked, "TableName": name})))
        return _refusal(400, "UnknownOperationException", f"{operation} is not served here")

    def _scan(self, name: str, asked: Mapping[str, Any], access_key: str) -> Response:
        fault = "throttle" if self.meter.refuses() else self.chooser.next(access_key)
        self.answers[fault or "page"] += 1
        if fault == "reset":
            return Response(reset=True)
        if fault in _ERRORS:
            return _error(fault)
        try:
            page = self._page(name, asked, empty=fault == "no items")
        except (LookupError, ValueError) as error:
            return _refusal(400, "ValidationException", str(error))
        self.meter.consumed(page.rcu)
        crc, parts, length = page.crc, page.parts, page.length
        if fault == "garbage":
            half = b"".join(parts)[: length // 2]
            parts, length, crc = (half,), len(half), zlib.crc32(half)
        headers = {"Content-Type": _JSON, "x-amz-crc32": str(crc ^ (fault == "wrong crc")), "x-amzn-RequestId": "R"}
        return Response(200, headers, parts, length, sent=length // 2 if fault == "truncated" else None)

    def _page(self, name: str, asked: Mapping[str, Any], empty: bool) -> _Page:
        table = self._tables[name]
        segment, total = int(asked.get("Segment", 0)), int(asked.get("TotalSegments", 1))
        if not 0 <= segment < total <= 1_000_000:
            raise ValueError(f"Segment {segment} of TotalSegments {total}")
        start, end = table.segment(segment, total)
        if asked.get("ExclusiveStartKey"):
            start = max(start, self._index_after(name, asked["ExclusiveStartKey"]))
        if empty and not asked.get("ExclusiveStartKey"):
            empty = False
        limit = 0 if empty else asked.get("Limit")
        consistent, counted = bool(asked.get("ConsistentRead")), asked.get("ReturnConsumedCapacity", "NONE") != "NONE"
        wanted = (name, segment, total, start, limit, consistent, counted)
        if wanted not in self._pages:
            key = asked["ExclusiveStartKey"] if empty else None
            self._pages[wanted] = self._made(name, start, end, limit, 1.0 if consistent else 0.5, counted, key)
        return self._pages[wanted]

    def _made(self, name: str, start: int, end: int, limit: int | None, unit: float, counted: bool, key: Any) -> _Page:
        table = self._tables[name]
        until = table.page_end(start, end, limit)
        rcu = unit * max(1, -(-table.size(start, until) // _RCU_BYTES))
        # As DynamoDB: a page that its limit ends has a key, even if nothing comes after it.
        if until > start and (until < end or (limit is not None and until - start == limit)):
            key = table.key_of(until - 1)
            self._after[name, _text(key)] = until
        head = {"ConsumedCapacity": {"CapacityUnits": rcu, "TableName": name}} if counted else {}
        tail = {"LastEvaluatedKey": key} if key else {}
        before = orjson.dumps({**head, "Count": until - start})[:-1] + b',"Items":['
        after = b"]," + orjson.dumps({**tail, "ScannedCount": until - start})[1:]
        parts = (before, table.slice(start, until), after)
        crc = 0
        for part in parts:
            crc = zlib.crc32(part, crc)
        return _Page(parts, sum(map(len, parts)), crc, rcu)

    def _index_after(self, name: str, key: Any) -> int:
        found = self._after.get((name, _text(key)))
        return self._tables[name].index_of(key) + 1 if found is None else found

    def _describe_table(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        name = asked["TableName"]
        table = self._tables[name]
        kinds = ("HASH", "RANGE")
        return {
            "Table": {
                "TableName": name,
                "TableArn": f"arn:aws:dynamodb:us-east-1:123456789012:table/{name}",
                "TableStatus": "ACTIVE",
                "CreationDateTime": 1546300800.0,
                "ItemCount": len(table),
                "TableSizeBytes": table.bytes,
                "KeySchema": [
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(table.key, kinds, strict=False)
                ],
                "AttributeDefinitions": [
                    {"AttributeName": key, "AttributeType": kind} for key, kind in table.key.items()
                ],
                "ProvisionedThroughput": {
                    "ReadCapacityUnits": int(self.meter.capacity_rcu or _ENDLESS_RCU),
                    "WriteCapacityUnits": 1,
                },
            }
        }

    def _describe_backups(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        disabled = {"PointInTimeRecoveryStatus": "DISABLED"}
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": disabled,
            }
        }


def _text(key: Any) -> bytes:
    return orjson.dumps(key, option=orjson.OPT_SORT_KEYS)


def _access_key(request: Request) -> str:
    """Who signed the request."""
    return request.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]


def _whole(body: bytes) -> Response:
    return Response(200, {"Content-Type": _JSON, "x-amz-crc32": str(zlib.crc32(body))}, (body,))


def _error(kind: str) -> Response:
    return _refusal(*_ERRORS[kind])


def _refusal(status: int, code: str, message: str) -> Response:
    body = orjson.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message})
    return Response(status, {"Content-Type": _JSON, "x-amz-crc32": str(zlib.crc32(body))}, (body,))
