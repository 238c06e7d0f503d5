"""What a restore tells while it goes on."""

from typing import Protocol


class Watcher(Protocol):
    """Told of each thing as it happens; of what was advanced also in several threads at once."""

    def say(self, message: str) -> None:
        """A line that stays."""

    def began(self, what: str, total: int | None, done: int) -> None:
        """A phase of so many items (None: nobody knows), of which so many were done by an earlier run."""

    def advanced(self, items: int, wcu: float) -> None:
        """Items of the phase that were done, and the write units that they cost."""
