"""What a rewriting tells while it goes on."""

from typing import Protocol


class Watcher(Protocol):
    """Told of each thing as it happens."""

    def say(self, message: str) -> None:
        """A line that stays."""

    def planned(self, partitions: int, rows: int) -> None:
        """How much there is to rewrite, all of it, also what an earlier run has done."""

    def read(self, rows: int, read_bytes: int) -> None:
        """Rows have passed; `read_bytes` is the size of files that were read to their end."""

    def finished(self) -> None:
        """A partition has its attempt."""
