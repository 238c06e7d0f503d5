"""A DynamoDB endpoint over HTTP that takes BatchWriteItem's puts, with the faults a test asks for."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import boto3
from botocore.config import Config

Item = dict[str, Any]
Request = dict[str, Any]

ERRORS: Final = {
    "500": (500, "InternalServerError"),
    "throttle": (400, "ProvisionedThroughputExceededException"),
    "gone": (400, "ResourceNotFoundException"),
    "invalid": (400, "ValidationException"),
    "collection": (400, "ItemCollectionSizeLimitExceededException"),
}
BROKEN: Final = ("truncated", "garbage", "hang up")
"""Faults of the answer: the puts were taken."""


@dataclass
class FakeTable:
    """Takes `takes` puts of a request, and gives the others back. `index_wcu` is what each put costs in an index.

    `fault(n, request)` names what goes wrong with the n-th request.
    """

    takes: int = 25
    index_wcu: float = 0.0
    fault: Callable[[int, Request], str | None] = lambda number, request: None
    requests: list[Request] = field(default_factory=list)
    put: list[Item] = field(default_factory=list)
    url: str = ""

    def answer(self, request: Request) -> dict[str, Any]:
        """Take the puts."""
        ((name, puts),) = request["RequestItems"].items()
        asked = [put["PutRequest"]["Item"] for put in puts]
        self.put += asked[: self.takes]
        taken, rest = len(asked[: self.takes]), asked[self.takes :]
        consumed: dict[str, Any] = {"TableName": name, "CapacityUnits": taken * (1 + self.index_wcu)}
        if self.index_wcu:
            consumed["GlobalSecondaryIndexes"] = {"i": {"CapacityUnits": taken * self.index_wcu}}
        unprocessed = {name: [{"PutRequest": {"Item": item}} for item in rest]} if rest else {}
        return {"UnprocessedItems": unprocessed, "ConsumedCapacity": [consumed]}

    def client(self) -> Any:
        """A client of the endpoint that tries each request once."""
        return boto3.client(
            "dynamodb",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
        )


@contextmanager
def serving(fake: FakeTable) -> Iterator[FakeTable]:
    """The endpoint, answering at `fake.url` until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def _handler(fake: FakeTable) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body in one packet, or else the client's acknowledgement is waited for.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.requests.append(request)
            fault = fake.fault(len(fake.requests) - 1, request)
            if fault in ERRORS:
                status, code = ERRORS[fault]
                return self._send(json.dumps({"__type": f"x#{code}", "message": f"{code} said."}).encode(), status)
            data = json.dumps(fake.answer(request)).encode()
            half = len(data) // 2
            if fault == "truncated":
                return self._send(data, sent=half)
            if fault == "hang up":
                self.close_connection = True
                return None
            return self._send(data[:half] if fault == "garbage" else data)

        def _send(self, data: bytes, status: int = 200, sent: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:sent])
            if sent is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
