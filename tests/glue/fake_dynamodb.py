"""A DynamoDB endpoint over HTTP that scans a list of items, with the faults a test asks for."""

import gzip
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

Item = dict[str, Any]
Request = dict[str, Any]

ERRORS: Final = {
    "500": (500, "InternalServerError"),
    "503": (503, "ServiceUnavailable"),
    "throttle": (400, "ProvisionedThroughputExceededException"),
    "throttle on demand": (400, "ThrottlingException"),
    "throttle account": (400, "RequestLimitExceeded"),
    "expired": (400, "ExpiredTokenException"),
    "denied": (400, "AccessDeniedException"),
    "gone": (400, "ResourceNotFoundException"),
}
"""Faults that are answers: the status and the error's code."""

THROTTLES: Final = ("throttle", "throttle on demand", "throttle account")
BROKEN: Final = ("truncated", "wrong crc", "garbage", "gzip garbage", "hang up")
"""Faults of the body or the connection. What was asked for has been read then."""

HARMLESS: Final = ("no items", "gzip", "no crc")
"""Faults that are none: pages that come in another form."""


@dataclass
class FakeDynamoDB:
    """Serves `items` in pages of `page_items`. `fault(n, request)` names what goes wrong with the n-th request.

    `served` is when pages were served, by `time.monotonic`, and the units they cost, lost ones too.
    """

    items: Sequence[Item]
    page_items: int = 3
    fault: Callable[[int, Request], str | None] = lambda number, request: None
    item_rcu: float = 0.5
    expired_key: str | None = None
    requests: list[Request] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    served: list[tuple[float, float]] = field(default_factory=list)
    url: str = ""

    def answer(self, request: Request) -> dict[str, Any]:
        """The page that follows the request's key, in its segment: items are dealt to segments in turn."""
        mine = list(self.items)[request["Segment"] :: request["TotalSegments"]]
        start = 0
        if "ExclusiveStartKey" in request:
            start = next(i for i, item in enumerate(mine) if item["id"] == request["ExclusiveStartKey"]["id"]) + 1
        size = min(self.page_items, request.get("Limit", self.page_items))
        page = mine[start : start + size]
        body: dict[str, Any] = {"Items": page, "Count": len(page), "ScannedCount": len(page)}
        if start + size < len(mine):
            body["LastEvaluatedKey"] = {"id": page[-1]["id"]}
        body["ConsumedCapacity"] = {"TableName": request["TableName"], "CapacityUnits": self.item_rcu * len(page)}
        return body


@contextmanager
def serving(fake: FakeDynamoDB) -> Iterator[FakeDynamoDB]:
    """The endpoint, answering at `fake.url` until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def _handler(fake: FakeDynamoDB) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body in one packet, or else the client's acknowledgement is waited for.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                fake.requests.append(request)
                fault = fake.fault(len(fake.requests) - 1, request)
                if fake.expired_key and f"Credential={fake.expired_key}/" in self.headers["Authorization"]:
                    fault = "expired"
                if fault:
                    fake.faults.append(fault)
            if fault in ERRORS:
                status, code = ERRORS[fault]
                error = {"__type": f"com.amazonaws.dynamodb#{code}", "message": code}
                return self._send(json.dumps(error).encode(), status)
            body = fake.answer(request)
            with lock:
                fake.served.append((time.monotonic(), body["ConsumedCapacity"]["CapacityUnits"]))
            if fault == "no items" and "ExclusiveStartKey" in request:
                # As DynamoDB does when it stops early: the key goes on, nothing is in the page.
                body = {
                    "Items": [],
                    "Count": 0,
                    "ScannedCount": 0,
                    "LastEvaluatedKey": request["ExclusiveStartKey"],
                }
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            return self._send_page(data, fault)

        def _send_page(self, data: bytes, fault: str | None) -> None:
            half = len(data) // 2
            if fault == "wrong crc":
                return self._send(data, crc=zlib.crc32(data) ^ 1)
            if fault == "no crc":
                return self._send(data, crc=None)
            if fault == "garbage":
                return self._send(data[:half])
            if fault == "gzip":
                return self._send(gzip.compress(data), encoding="gzip")
            if fault == "gzip garbage":
                return self._send(gzip.compress(data)[:-9], encoding="gzip")
            if fault == "truncated":
                return self._send(data, cut=half)
            if fault == "hang up":
                self.close_connection = True
                return None
            return self._send(data)

        def _send(
            self,
            data: bytes,
            status: int = 200,
            crc: int | str | None = "right",
            cut: int | None = None,
            encoding: str | None = None,
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(data)))
            if crc is not None:
                self.send_header("x-amz-crc32", str(zlib.crc32(data) if crc == "right" else crc))
            if encoding:
                self.send_header("Content-Encoding", encoding)
            self.end_headers()
            self.wfile.write(data[:cut])
            self.wfile.flush()
            if cut is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
