"""The newest published snapshots, found without a look at all of them: a table may have thousands.

A catalog gives partitions in no order, and can't be asked for the newest. So it is asked for those of a span, from
where the newest is expected on. Only if there is none, or not enough of them, it is asked for the span before that.
Each is much longer than the last: five calls reach back to the first snapshot there is.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Final, Protocol

from ddb_assets.catalog.published import Published, Span
from ddb_snapshot.names import format_instant, parse_instant

FIRST_SPAN: Final = timedelta(days=2)
"""The length of the first span that is looked at; the next ones reach back a month, and more than a year."""

_LONGER: Final = 16
_SPANS: Final = 3
_OLDEST: Final = datetime(1000, 1, 1, tzinfo=timezone.utc)


class Snapshots(Protocol):
    """A catalog that is asked for the snapshots of a span."""

    def snapshots(self, database: str, table: str, span: Span) -> Iterator[Published]:
        """The published snapshots of the span, in any order; none when there is no such table."""


def newest(catalog: Snapshots, database: str, table: str, since: str | None) -> Published | None:
    """The newest snapshot that names its attempt, or None when there is none.

    `since` is where to begin: a key from which on there is one, as far as the caller knows, such as the snapshot that a
    view shows. It only saves calls: what is found is the same whatever it is.
    """
    for span in spans_back(since):
        found = (one for one in catalog.snapshots(database, table, span) if one.attempted)
        if last := max(found, key=lambda one: one.snapshot_timestamp, default=None):
            return last
    return None


def newest_first(catalog: Snapshots, database: str, table: str, before: str | None = None) -> Iterator[Published]:
    """The snapshots before a key, or all, from the newest back. Asks for no more of them than are taken, by and by."""
    spans = spans_back(None) if before is None else _back(before)
    for span in spans:
        found = catalog.snapshots(database, table, span)
        yield from sorted(found, key=lambda one: one.snapshot_timestamp, reverse=True)


def spans_back(since: str | None) -> Iterator[Span]:
    """Spans that together hold every key, the newest first: from `since` on (default: the last two days'), and back."""
    first = format_instant(datetime.now(timezone.utc) - FIRST_SPAN) if since is None else since
    yield Span(since=first)
    yield from _back(first)


def _back(before: str) -> Iterator[Span]:
    """Spans that together hold every key before this one, the newest first."""
    length = FIRST_SPAN
    for _ in range(_SPANS):
        end = parse_instant(before)
        if end - _OLDEST <= length:
            break
        since = format_instant(end - length)
        yield Span(since, before)
        before, length = since, length * _LONGER
    yield Span(before=before)
