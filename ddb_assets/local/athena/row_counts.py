"""How many rows files have, remembered: a query that needs no column of a file needs nothing else of it.

A file is known by its ETag, which changes with its content, and by how it is read. What stands in the catalog about
rows is not believed: any client may have written it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

_MOST: Final = 200_000


@dataclass(frozen=True)
class Counted:
    """The rows of each of a file's batches, and the bytes that were counted as scanned for them."""

    batches: tuple[int, ...]
    scanned: int


class RowCounts:
    """Threads share it: each of its steps is one of a dict, and what is lost in between is only read again."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[Hashable, Counted] = {}

    def get(self, file: Hashable) -> Counted | None:
        """The rows of a file that was read in this way before."""
        return self._known.get(file)

    def put(self, file: Hashable, counted: Counted) -> None:
        """Remember a file that was read to its end."""
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[file] = counted
