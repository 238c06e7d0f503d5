"""The progress of `ddb-assets restore`: a bar on a terminal, lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ddb_assets.commands.terminal import plain
from ddb_assets.restore import Watcher
from ddb_snapshot.shown import visible

_LINE_SECONDS: Final = 10.0


class _Phase:
    """How far a phase is."""

    def __init__(self, what: str, total: int | None, done: int, started: float) -> None:
        self.what = what
        self.total = total
        self.done = done
        self._wcu = 0.0
        self._started = started

    def add(self, items: int, wcu: float) -> None:
        self.done += items
        self._wcu += wcu

    def text(self, now: float) -> str:
        """`1,200/3,000 items, 350 WCU/s`."""
        of = f"/{self.total:,}" if self.total is not None else ""
        seconds = now - self._started
        rate = f", {self._wcu / seconds:,.0f} WCU/s" if self._wcu and seconds > 0 else ""
        return f"{self.done:,}{of} items{rate}"


class Bar:
    """A Watcher on a terminal."""

    def __init__(self, progress: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = progress
        self._clock = clock
        self._task: TaskID | None = None
        self._phase = _Phase("", None, 0, clock())
        self._lock = Lock()

    def say(self, message: str) -> None:
        self._progress.console.print(plain(message), soft_wrap=True)

    def began(self, what: str, total: int | None, done: int) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._progress.start()
        self._phase = _Phase(what, total, done, self._clock())
        self._task = self._progress.add_task(escape(visible(what)), total=total, completed=done, detail="")

    def advanced(self, items: int, wcu: float) -> None:
        if self._task is None:
            return
        with self._lock:
            self._phase.add(items, wcu)
            self._progress.update(self._task, advance=items, detail=self._phase.text(self._clock()))


class Lines:
    """A Watcher elsewhere: a line every few seconds, and one when a phase has all its items."""

    def __init__(
        self, console: Console, every: float = _LINE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._every = every
        self._clock = clock
        self._phase = _Phase("", None, 0, clock())
        self._said = clock()
        self._lock = Lock()

    def say(self, message: str) -> None:
        self._console.print(plain(message), soft_wrap=True)

    def began(self, what: str, total: int | None, done: int) -> None:
        self._said = self._clock()
        self._phase = _Phase(what, total, done, self._said)

    def advanced(self, items: int, wcu: float) -> None:
        with self._lock:
            self._phase.add(items, wcu)
            now = self._clock()
            if now - self._said < self._every and self._phase.done != self._phase.total:
                return
            self._said = now
            line = f"{self._phase.what}: {self._phase.text(now)}"
        self.say(line)


@contextmanager
def watching(console: Console) -> Iterator[Watcher]:
    """What suits `console`, until the block ends."""
    if not console.is_terminal:
        yield Lines(console)
        return
    shown = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    progress = Progress(*shown, console=console)
    try:
        yield Bar(progress)
    finally:
        progress.stop()
