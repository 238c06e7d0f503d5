"""Capture by a parallel Scan: the table as it is now, so it may fill the window that is open now and no other.

How far from the snapshot's instant its items are depends on when it begins and how long it reads: `max_lag` limits it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ddb_assets.chain.capture.capture import Need, Prepared, Services
from ddb_assets.chain.partitions import open_window
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_assets.planning import NothingTruthful, possibilities
from ddb_snapshot.names import format_instant


class PartitionClosed(UserError):
    """A scan was asked for a window that is not open."""

    def __init__(self, table: str, key: str, open_key: str, now: datetime) -> None:
        super().__init__(
            f"{table}: partition {key} is not the window open at {now:%Y-%m-%dT%H:%M}Z; a scan would store today's "
            f"items under that date. Use `capture: {{method: export}}` (needs point-in-time recovery), or take the "
            f"open partition {open_key}."
        )


def refuse_closed_window(table: TableSpec, key: str, now: datetime) -> None:
    """Raises `PartitionClosed` unless `key` is the partition whose window is open at `now` (UTC)."""
    open_key = format_instant(open_window(table, now).start)
    if key != open_key:
        raise PartitionClosed(table.table_name, key, open_key, now)


@dataclass(frozen=True)
class Scan:
    """The job reads the table itself, inside a budget of read units."""

    def prepare(self, need: Need, services: Services) -> Prepared:
        # A run that was started while the window was open may be taken up after it: only a new one is refused.
        return Prepared(scan_limits(need.table), before_start=partial(_refuse, need))


def scan_limits(table: TableSpec) -> dict[str, str]:
    """The job's arguments that limit a scan: its rate, and until when it may read."""
    max_rcu, max_lag = table.capture.max_rcu, table.capture.max_lag
    rate = {} if max_rcu is None else {"--max_rcu": f"{max_rcu:g}"}
    return rate if max_lag is None else {**rate, "--max_lag": f"{max_lag.total_seconds():.0f}"}


def _refuse(need: Need) -> None:
    refuse_closed_window(need.table, need.key, need.now())
    facts, wanted = need.source.facts(), need.wanted()
    able = possibilities(facts, wanted, options=need.options, job=need.job)["scan"]
    if not able.possible:
        raise NothingTruthful(facts, wanted, {"scan": able})
