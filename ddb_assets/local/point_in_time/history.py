"""What a table held at each instant since its history began, and what changed between two of them.

Instants are microseconds since 1970. Those of one item increase strictly. Items are kept by reference, so whoever
records one never changes it afterwards.
"""

from collections.abc import Hashable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from typing_extensions import Self

ItemT = TypeVar("ItemT")

_SECOND = 1_000_000
_ALWAYS = 0


class BeforeLastChange(ValueError):
    """A change is dated before one that is recorded already."""

    def __init__(self, given: int, last: int) -> None:
        super().__init__(given, last)
        self.given, self.last = given, last


class Version(NamedTuple, Generic[ItemT]):
    """What an item became at an instant; None when it was deleted."""

    instant: int
    item: ItemT | None


class Change(NamedTuple, Generic[ItemT]):
    """An item that was written in a window: before it, after it, and when last. Not both are None."""

    instant: int
    old: ItemT | None
    new: ItemT | None


class History(Generic[ItemT]):
    """The versions of every item, from the items that were there when it began."""

    def __init__(self, since: int, items: Iterable[tuple[Hashable, ItemT]]) -> None:
        self.since = since
        self._versions: dict[Hashable, list[Version[ItemT]]] = {key: [Version(_ALWAYS, item)] for key, item in items}

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # moto copies whole tables, as backups and to undo transactions; the copy has the same past.
        return self

    def place(self, key: Hashable, instant: int) -> int:
        """The instant at which a change of this item can be recorded: the given one, or the next after its last.

        Raises:
            BeforeLastChange: the given instant lies a second or more before the item's last change, or before the
                history began.
        """
        versions = self._versions.get(key)
        last = max(versions[-1].instant if versions else _ALWAYS, self.since - 1)
        if instant > last:
            return instant
        if last - instant >= _SECOND:
            raise BeforeLastChange(instant, last)
        return last + 1

    def record(self, key: Hashable, instant: int, item: ItemT | None) -> None:
        """Append a version, at an instant that `place` gave."""
        self._versions.setdefault(key, []).append(Version(instant, item))

    def items_before(self, instant: int) -> list[ItemT]:
        """The table just prior to an instant: every write before it, none at it or later."""
        found = (_before(versions, instant) for versions in self._versions.values())
        return [item for item in found if item is not None]

    def changes(self, start: int, end: int) -> list[Change[ItemT]]:
        """The items written in [start, end), each with its last state; not those that came and went inside it.

        Applied to `items_before(start)` they give `items_before(end)`.
        """
        changes = (_change(versions, start, end) for versions in self._versions.values())
        return [change for change in changes if change is not None]


def _before(versions: list[Version[ItemT]], instant: int) -> ItemT | None:
    # From the end, where the instants that are asked for mostly are.
    return next((version.item for version in reversed(versions) if version.instant < instant), None)


def _change(versions: list[Version[ItemT]], start: int, end: int) -> Change[ItemT] | None:
    last = next((version for version in reversed(versions) if version.instant < end), None)
    if last is None or last.instant < start:
        return None
    old = _before(versions, start)
    return None if old is None and last.item is None else Change(last.instant, old, last.item)
