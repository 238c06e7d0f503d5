"""A DynamoDB endpoint over HTTP that scans a list of items, with the faults a test asks for."""

import json
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Item = dict[str, Any]
Request = dict[str, Any]


@dataclass
class FakeDynamoDB:
    """Serves `items` in pages of `page_items`. `fault(n, request)` names what goes wrong with the n-th request."""

    items: Sequence[Item]
    page_items: int = 3
    fault: Callable[[int, Request], str | None] = lambda number, request: None
    requests: list[Request] = field(default_factory=list)
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
        body["ConsumedCapacity"] = {"TableName": request["TableName"], "CapacityUnits": 0.5 * len(page)}
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

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                fake.requests.append(request)
                number = len(fake.requests) - 1
            fault = fake.fault(number, request)
            if fault == "500":
                return self._send(500, b'{"__type":"InternalServerError","message":"try again"}')
            if fault in ("throttle", "expired", "gone", "invalid"):
                code = {
                    "throttle": "ProvisionedThroughputExceededException",
                    "expired": "ExpiredTokenException",
                    "gone": "ResourceNotFoundException",
                    "invalid": "ValidationException",
                }[fault]
                return self._send(
                    400, json.dumps({"__type": f"com.amazonaws.dynamodb#{code}", "message": code}).encode()
                )
            body = fake.answer(request)
            if fault == "no items":
                # As DynamoDB does when it stops early: the key goes on, nothing is in the page.
                body = {
                    "Items": [],
                    "Count": 0,
                    "ScannedCount": 0,
                    "LastEvaluatedKey": request.get("ExclusiveStartKey"),
                }
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            if fault == "wrong crc":
                return self._send(200, data, crc=zlib.crc32(data) ^ 1)
            if fault == "garbage":
                return self._send(200, data[: len(data) // 2])
            if fault == "truncated":
                return self._send(200, data, cut=len(data) // 2)
            return self._send(200, data)

        def _send(self, status: int, data: bytes, crc: int | None = None, cut: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("x-amz-crc32", str(zlib.crc32(data) if crc is None else crc))
            self.end_headers()
            self.wfile.write(data[:cut])
            if cut is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
