"""One published snapshot, and a span of snapshots' keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Published:
    """One published snapshot: its key, and the folder that the catalog's partition points at."""

    snapshot_timestamp: str
    location: str
    parameters: Mapping[str, str]

    @property
    def attempted(self) -> bool:
        """Whether it names its attempt. A partition that a crawler has added does so once the attempt is verified."""
        return "ddb.attempt" in self.parameters


@dataclass(frozen=True)
class Span:
    """The snapshots from the key `since` on and before the key `before`; without one there is no such end.

    Keys are compared as text, in which their order is that of their instants.
    """

    since: str | None = None
    before: str | None = None


ALL: Final = Span()
