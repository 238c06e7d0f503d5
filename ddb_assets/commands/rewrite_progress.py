"""The progress bar of `ddb-assets rewrite`."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ddb_assets.commands.terminal import plain
from ddb_assets.rewrite import Watcher


class ProgressBar:
    """A Watcher on a terminal: partitions, rows and MB."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._bytes = 0
        self._partitions = (0, 0)

    def say(self, message: str) -> None:
        self._progress.console.print(plain(message), soft_wrap=True)

    def planned(self, partitions: int, rows: int) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._progress.start()
        self._bytes, self._partitions = 0, (0, partitions)
        self._task = self._progress.add_task("", total=rows, detail=self._detail())

    def read(self, rows: int, read_bytes: int) -> None:
        self._bytes += read_bytes
        self._update(rows)

    def finished(self) -> None:
        self._partitions = (self._partitions[0] + 1, self._partitions[1])
        self._update(0)

    def _update(self, rows: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, advance=rows, detail=self._detail())

    def _detail(self) -> str:
        done, partitions = self._partitions
        return f"partition {min(done + 1, partitions)} of {partitions}, {self._bytes / 1e6:,.1f} MB read"


@contextmanager
def progress_bar(console: Console) -> Iterator[Watcher]:
    """A bar on `console`, from when something is planned until the block ends."""
    shown = (
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} rows"),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    progress = Progress(*shown, console=console)
    try:
        yield ProgressBar(progress)
    finally:
        progress.stop()
