"""When items were read: a scan's are of no one instant, but of the span in which it read, which may be limited."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from ddb_snapshot.names import parse_instant
from ddb_snapshot.scanning.scanner import Page


@dataclass(frozen=True)
class ReadSpan:
    """From the first request for a page to the last answer, in seconds since 1970 by the tasks' clocks."""

    start: float
    end: float

    @classmethod
    def of(cls, pages: Iterable[Page]) -> "ReadSpan | None":
        """That of some pages; None where there are none."""
        times = [(page.asked_at, page.answered_at) for page in pages]
        return cls(min(asked for asked, _ in times), max(answered for _, answered in times)) if times else None

    @classmethod
    def together(cls, one: "ReadSpan | None", other: "ReadSpan | None") -> "ReadSpan | None":
        """The span of both."""
        if one is None or other is None:
            return one or other
        return cls(min(one.start, other.start), max(one.end, other.end))

    def instants(self) -> tuple[str, str]:
        """Both ends as ISO 8601, UTC."""
        return _iso(self.start), _iso(self.end)


class ReadTooLate(RuntimeError):
    """A scan read on past the instant until which it may."""

    def __init__(self, table_name: str, read_at: float, limit: "ReadLimit") -> None:
        super().__init__(
            f"DynamoDB table {table_name!r} was still to be read at {_iso(read_at)}, but `max_lag` lets the items of "
            f"snapshot {limit.snapshot_timestamp} be of {timedelta(seconds=limit.max_lag)} after it at most, of "
            f"{_iso(limit.until)}. Nothing was published. Start it sooner after its instant, let the scan read faster "
            "(`read_percentage`, `max_rcu`), raise `max_lag`, or capture by `method: export`."
        )


@dataclass(frozen=True)
class ReadLimit:
    """How far from its instant a snapshot's items may be: `max_lag` is in seconds."""

    snapshot_timestamp: str
    max_lag: float

    @property
    def until(self) -> float:
        """The last second at which a page may arrive, since 1970."""
        return parse_instant(self.snapshot_timestamp).timestamp() + self.max_lag

    def require(self, table_name: str, read_at: float) -> None:
        """Raises ReadTooLate when `read_at` is past it."""
        if read_at > self.until:
            raise ReadTooLate(table_name, read_at, self)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
