"""Of which instants a snapshot's items would be: an export's are of its own, a scan's of the span in which it reads.

A scan is judged by the end that it has at the slowest of the rates: what is allowed to begin then hardly ever breaks
the promise that is made for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ddb_assets.planning.estimates import Estimate
from ddb_assets.planning.facts import Wanted


@dataclass(frozen=True)
class Span:
    """The items are as the table had them between these instants, each at one of them."""

    first: datetime
    last: datetime

    def lag(self, wanted: Wanted) -> timedelta:
        """How far from the snapshot's instant the last of them may be."""
        return self.last - wanted.instant


def expected_span(wanted: Wanted, estimated: Estimate) -> Span:
    """That of a capture which begins now."""
    if estimated.method == "scan":
        return Span(wanted.now, wanted.now + estimated.longest)
    return Span(wanted.instant, wanted.instant)
