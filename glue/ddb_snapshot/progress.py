"""Telling how the job is getting on: to Dagster through Pipes when it gave its arguments, else on standard output.

While a table is read, the driver's own thread looks once a second at what the finished tasks have counted (a Spark
accumulator) and says so when it has changed.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ddb_snapshot import storage
from ddb_snapshot.shown import one_line

_INTERVAL_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Counts:
    """What has been read so far: of how many `parts` (segments, files), all of its items."""

    parts: int
    items: int
    raw_bytes: int


class Progress(Protocol):
    """Where the job says what it does, and what came of it."""

    def say(self, message: str) -> None:
        """A line for the log, to be seen while the job runs."""

    def report(self, metadata: Mapping[str, Any]) -> None:
        """What the finished snapshot holds."""


class PlainProgress:
    """Lines on standard output."""

    def say(self, message: str) -> None:
        print(one_line(message), flush=True)

    def report(self, metadata: Mapping[str, Any]) -> None:
        for name, value in metadata.items():
            print(one_line(f"{name}: {value}"), flush=True)


class PipesProgress:
    """Messages to the Dagster process that started the job."""

    def __init__(self, pipes: Any) -> None:
        self._pipes = pipes

    def say(self, message: str) -> None:
        print(one_line(message), flush=True)
        self._pipes.log.info(one_line(message))

    def report(self, metadata: Mapping[str, Any]) -> None:
        self._pipes.report_asset_materialization(metadata=dict(metadata))


@contextmanager
def open_progress(pipes_arguments: Mapping[str, str], region: Callable[[], str]) -> Iterator[Progress]:
    """The progress that the arguments ask for: Pipes when both of its arguments are there, else plain lines.

    An exception that passes is reported to Dagster on its way.
    """
    if len(pipes_arguments) < 2:
        yield PlainProgress()
        return
    from ddb_snapshot.dagster_progress import open_pipes

    with open_pipes(pipes_arguments, storage.client("s3", region())) as pipes:
        yield PipesProgress(pipes)


@contextmanager
def telling(progress: Progress, what: str, total: int, counts: Callable[[], Counts]) -> Iterator[None]:
    """Say every second how many of `total` parts (`what` they are) have been read, when that has changed."""
    done, started = threading.Event(), time.monotonic()
    said = Counts(0, 0, 0)

    def tell() -> None:
        nonlocal said
        now = counts()
        if now != said:
            progress.say(line(what, total, now, time.monotonic() - started))
            said = now

    def tell_each_second() -> None:
        while not done.wait(_INTERVAL_SECONDS):
            tell()

    thread = threading.Thread(target=tell_each_second, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    tell()


def line(what: str, total: int, counts: Counts, seconds: float) -> str:
    """One line of progress: `segments 3/8, 12,000 items, 4.1 MB, 2,300 items/s`."""
    rate = counts.items / seconds if seconds > 0 else 0.0
    return (
        f"{what} {counts.parts:,}/{total:,}, {counts.items:,} items, {counts.raw_bytes / 1e6:,.1f} MB, "
        f"{rate:,.0f} items/s"
    )
