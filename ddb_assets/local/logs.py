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
    """Copies a process's output to a log stream; keeps the last lines for whoever must explain a failure."""

    def __init__(self, logs: Any, group: str, stream: str, source: IO[str]) -> None:
        self._logs, self._address = logs, {"logGroupName": group, "logStreamName": stream}
        self._source = source
        self._lines: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.tail: list[str] = []
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(**self._address)
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._read, self._write)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all that was written to the source is in the log."""
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        try:
            for line in self._source:
                text = line.rstrip("\n")[:_LONGEST_LINE]
                with self._lock:
                    # CloudWatch refuses an empty message.
                    self._lines.append({"timestamp": int(time.time() * 1000), "message": text or " "})
                self.tail = [*self.tail[-19:], text]
        finally:
            self._ended.set()

    def _write(self) -> None:
        while not self._ended.wait(_FLUSH_SECONDS):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        while lines:
            taken = _one_call(lines)
            self._logs.put_log_events(**self._address, logEvents=lines[:taken])
            lines = lines[taken:]


def _one_call(lines: list[dict[str, Any]]) -> int:
    """How many of the lines fit into one PutLogEvents call."""
    return _MOST_LINES if any(len(line["message"]) > 10_000 for line in lines[:100]) else 100
