"""HTTP/1.1 over plain sockets: a thread for each connection, kept alive, bodies sent from where they lie."""

import contextlib
import io
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import cast

_HOST = "127.0.0.1"
_READ_BUFFER = 256 * 1024
_SEND_BUFFER = 4 * 1024 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Request:
    """What came. Header names are in lower case; `target` is the path with its query, as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | bytearray


@dataclass(frozen=True)
class Response:
    """What goes back: the body in parts, so that none is copied. `close` ends the connection after `sent` body bytes.

    `reset` ends it without an answer.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[bytes | memoryview] = ()
    length: int | None = None
    sent: int | None = None
    reset: bool = False


class HttpServer:
    """Serves `answer` on a free port of 127.0.0.1 from `start` to `stop`."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self._answer = answer
        self._listening = socket.create_server((_HOST, 0), backlog=512)
        self._open: set[socket.socket] = set()
        self.url = f"http://{_HOST}:{self._listening.getsockname()[1]}"

    def start(self) -> None:
        """Begin to accept connections, in a thread."""
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def stop(self) -> None:
        """Close every connection."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.add(connection)
        try:
            with contextlib.suppress(OSError), connection, connection.makefile("rb", _READ_BUFFER) as stream:
                while (request := _read(cast(io.BufferedReader, stream), connection)) is not None:
                    response = self._answer(request)
                    _send(connection, request.method, response)
                    if response.reset or response.sent is not None or request.headers.get("connection") == "close":
                        return
        finally:
            self._open.discard(connection)


def _read(stream: io.BufferedReader, connection: socket.socket) -> Request | None:
    """The next request, or None when the client has closed the connection."""
    line = stream.readline()
    if not line.strip():
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := stream.readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    chunked = headers.get("content-encoding", "").startswith("aws-chunked")
    body = bytearray(int(headers.get("x-amz-decoded-content-length" if chunked else "content-length", 0)))
    whole = _read_chunks(stream, memoryview(body)) if chunked else _read_into(stream, memoryview(body))
    return Request(method, target, headers, body) if whole else None


def _read_chunks(stream: io.BufferedReader, content: memoryview) -> bool:
    """Fill `content` from an `aws-chunked` body, and read its trailer.

    Source: S3 API reference, "Signature calculations … chunked upload".
    """
    while size := int(stream.readline().split(b";")[0], 16):
        if not _read_into(stream, content[:size]) or stream.readline() != b"\r\n":
            return False
        content = content[size:]
    while stream.readline() not in (b"\r\n", b"\n", b""):
        pass
    return not content


def _read_into(stream: io.BufferedReader, content: memoryview) -> bool:
    """Fill `content`; False when the client closes the connection before."""
    while content:
        got = stream.readinto(content)
        if not got:
            return False
        content = content[got:]
    return True


def _send(connection: socket.socket, method: str, response: Response) -> None:
    if response.reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return
    length = sum(len(part) for part in response.parts) if response.length is None else response.length
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status not in (204, 304):
        lines.append(f"Content-Length: {length}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    parts = [] if method == "HEAD" else [memoryview(part).cast("B") for part in response.parts]
    if response.sent is not None:
        parts = [memoryview(b"".join(parts))[: response.sent]]
    _send_all(connection, [memoryview(head), *(part for part in parts if len(part))])


def _send_all(connection: socket.socket, parts: list[memoryview]) -> None:
    while parts:
        sent = connection.sendmsg(parts)
        while parts and sent >= len(parts[0]):
            sent -= len(parts.pop(0))
        if sent:
            parts[0] = parts[0][sent:]
