"""A proxy between the programs and local AWS that counts calls and makes some of them fail.

It says which operation each request is, forwards it with local AWS's own Host, and does to the n-th call of an
operation what a rule says. The Glue job has an address of its own, by which its calls are told from the others.
"""

import http.client
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.faults.calls import Operation, error, operation_of

_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "date", "server"}


class Fault(StrEnum):
    """What happens to a call. `REFUSED` is closed before it is forwarded, `LOST` after it was done."""

    ERROR_500 = "500"
    ERROR_503 = "503"
    THROTTLED = "throttled"
    REFUSED = "reset before"
    LOST = "answer lost"
    TRUNCATED = "truncated"
    DELAYED = "delayed"
    KILLED = "killed before"
    KILLED_AFTER = "killed after"


DELAY_SECONDS = 1.0


@dataclass(frozen=True)
class Rule:
    """The `nth` call (from 0) of an operation gets the fault; with `times`, those that follow too.

    `kill` ends the process that the fault `KILLED` means.
    """

    operation: Operation
    nth: int
    fault: Fault
    times: int = 1
    kill: Callable[[], None] | None = None


@dataclass
class Rate:
    """A service that takes so many calls in any second, and throttles the others, as AWS does for an account."""

    service: str
    a_second: int
    throttled: Counter[str] = field(default_factory=Counter)
    _taken: list[float] = field(default_factory=list)

    def throttles(self, operation: Operation, now: float) -> bool:
        """Count a call; whether it is one too many."""
        if operation.service != self.service:
            return False
        self._taken = [instant for instant in self._taken if now - instant < 1]
        if len(self._taken) < self.a_second:
            self._taken.append(now)
            return False
        self.throttled[operation.name] += 1
        return True


@dataclass
class Proxy:
    """The proxy's state. `upstream` is local AWS's address; `rules` the faults, at most one for an operation.

    `rate` throttles a service by how often it is called.

    `job_url` is the Glue job's address of it, `url` that of all others. `with_body` are the operations that answered
    with a body.
    """

    url: str = ""
    job_url: str = ""
    upstream: str = ""
    rules: dict[Operation, Rule] = field(default_factory=dict)
    calls: Counter[Operation] = field(default_factory=Counter)
    bodies: list[tuple[Operation, bytes]] = field(default_factory=list)
    hits: Counter[Operation] = field(default_factory=Counter)
    with_body: set[Operation] = field(default_factory=set)
    rate: Rate | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, *rules: Rule, rate: Rate | None = None) -> None:
        """Count from nothing again, with other rules."""
        with self._lock:
            self.rate = rate
            self.rules = {rule.operation: rule for rule in rules}
            self.hits.clear()
            self.calls.clear()
            self.bodies.clear()

    def seen(self, operation: Operation, body: bytes) -> Rule | None:
        """Count a call; the rule, when it is this call that it means."""
        with self._lock:
            number = self.calls[operation]
            self.calls[operation] += 1
            self.bodies.append((operation, body))
            rule = self.rules.get(operation)
            if rule is None or not rule.nth <= number < rule.nth + rule.times:
                return None
            self.hits[operation] += 1
            return rule

    def throttles(self, operation: Operation) -> bool:
        """Whether this call is one too many."""
        with self._lock:
            return self.rate is not None and self.rate.throttles(operation, time.monotonic())


@contextmanager
def proxying() -> Iterator[Proxy]:
    """A proxy that serves; set its `upstream` before the first request."""
    proxy = Proxy()

    class Handler(_Handler):
        state = proxy

    class JobHandler(Handler):
        by = "job"

    with _serving(Handler) as proxy.url, _serving(JobHandler) as proxy.job_url:
        yield proxy


@contextmanager
def _serving(handler: type["_Handler"]) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is what this is about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Proxy
    by = ""

    def log_message(self, format: str, *args: object) -> None: ...

    def _handle(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._body(headers)
        operation = operation_of(self.command, self.path, headers, body, self.by)
        rule = self.state.seen(operation, body)
        fault = Fault.THROTTLED if self.state.throttles(operation) else rule.fault if rule else None
        if rule and rule.kill and fault is Fault.KILLED:
            rule.kill()
            return self._reset()
        if fault is Fault.REFUSED:
            return self._reset()
        if fault in (Fault.ERROR_500, Fault.ERROR_503, Fault.THROTTLED):
            status = 503 if fault is Fault.ERROR_503 else 500
            status, kind, answer = error(operation, headers, status, fault is Fault.THROTTLED)
            return self._answer(status, [("Content-Type", kind)], answer)
        if fault is Fault.DELAYED:
            time.sleep(DELAY_SECONDS)
        status, answered, answer = self._forward(body)
        if answer:
            self.state.with_body.add(operation)
        if rule and rule.kill and fault is Fault.KILLED_AFTER:
            rule.kill()
            return self._reset()
        if fault is Fault.LOST:
            return self._reset()
        return self._answer(status, answered, answer, cut=fault is Fault.TRUNCATED)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        address = urlsplit(self.state.upstream)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", address.netloc)
            for name, value in self.headers.items():
                if name.lower() not in _HOP | {"host", "expect"}:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.putheader("Connection", "close")
            connection.endheaders(body)
            response = connection.getresponse()
            answer = response.read()
            kept = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP]
            if self.command == "HEAD" and (length := response.getheader("Content-Length")) is not None:
                kept.append(("Content-Length", length))
            return response.status, kept, answer
        finally:
            connection.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, cut: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD" and status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        if cut:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.wfile.flush()

    def _reset(self) -> None:
        """A reset in place of an answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.rfile.close()
        self.wfile.close()
