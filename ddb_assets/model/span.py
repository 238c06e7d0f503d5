"""Of which instants a snapshot's items are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ddb_assets.model.facts import Wanted


@dataclass(frozen=True)
class Span:
    """The items are as the table had them between these instants, each at one of them."""

    first: datetime
    last: datetime

    def lag(self, wanted: Wanted) -> timedelta:
        """How far from the snapshot's instant the last of them may be."""
        return self.last - wanted.instant
