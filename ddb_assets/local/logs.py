"""A stream of CloudWatch Logs that output is written to, line by line, while it is being produced."""

import contextlib
import threading
import time
from typing import IO, Any

_FLUSH_SECONDS = 0.25
# Amazon CloudWatch Logs API reference, "PutLogEvents": 10,000 events in a call, of 1 MB in all.
_LONGEST_LINE = 200_000
_MOST_LINES = 4


class LogStream:
    """Copies what processes print to a log stream; keeps the last lines for whoever must explain a failure."""

    def __init__(self, logs: Any, group: str, stream: str, *sources: IO[str]) -> None:
        self._logs, self._address = logs, {"logGroupName": group, "logStreamName": stream}
        self._lines: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self.tail: list[str] = []
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(**self._address)
        self._readers = [threading.Thread(target=self._read, args=(each,), daemon=True) for each in sources]
        self._writer = threading.Thread(target=self._write, daemon=True)
        for thread in (*self._readers, self._writer):
            thread.start()

    def join(self) -> None:
        """Wait until all that was written to the sources is in the log."""
        self._writer.join()

    def _read(self, source: IO[str]) -> None:
        for line in source:
            text = line.rstrip("\n")[:_LONGEST_LINE]
            with self._lock:
                # CloudWatch refuses an empty message.
                self._lines.append({"timestamp": int(time.time() * 1000), "message": text or " "})
                self.tail = [*self.tail[-19:], text]
        source.close()

    def _write(self) -> None:
        for reader in self._readers:
            while reader.is_alive():
                reader.join(_FLUSH_SECONDS)
                self._flush()
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        while lines:
            taken = _one_call(lines)
            self._logs.put_log_events(**self._address, logEvents=lines[:taken])
            lines = lines[taken:]


def readable(stream: IO[Any] | None) -> IO[str]:
    """A process's output that was asked for as a pipe of text."""
    assert stream is not None
    return stream


def _one_call(lines: list[dict[str, Any]]) -> int:
    """How many of the lines fit into one PutLogEvents call."""
    return _MOST_LINES if any(len(line["message"]) > 10_000 for line in lines[:100]) else 100
