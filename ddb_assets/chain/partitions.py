"""A table's partitions: keyed by the instant at which a window opens, spaced by its cadence."""

from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

import dagster as dg

from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_snapshot.names import format_instant

# Many tables share a cadence, and cron is slow to count: what follows from a cadence alone is kept for so many.
_REMEMBERED: Final = 1024


def partitions_of(table: TableSpec) -> dg.TimeWindowPartitionsDefinition:
    """Keyed by the instant at which a window opens; the window that is open now is the last."""
    return _partitions(table.start, table.cadence)


def backfill_policy(table: TableSpec) -> dg.BackfillPolicy | None:
    """One run for a whole range of partitions, or None: Dagster's own, a run for each."""
    return dg.BackfillPolicy.single_run() if table.backfill == "single_run" else None


def open_window(table: TableSpec, now: datetime) -> dg.TimeWindow:
    """The window that is open at `now`: its start is the partition's instant, UTC.

    Raises:
        UserError: `start` lies in the future, so that no window is open yet.
    """
    partitions = partitions_of(table)
    window = window_open_at(partitions, now)
    if window is None:
        raise not_begun(table.table_name, partitions)
    return window


def longest_gap(table: TableSpec) -> timedelta:
    """The longest of the next hundred windows: what "one snapshot late" means for this cadence."""
    # Cron knows no seconds: windows open and close at full minutes.
    return _longest_gap_at(table.start, table.cadence, datetime.now(timezone.utc).replace(second=0, microsecond=0))


def window_open_at(partitions: dg.TimeWindowPartitionsDefinition, now: datetime) -> dg.TimeWindow | None:
    """The window that is open at `now`, or None while the first has not begun."""
    with dg.partition_loading_context(effective_dt=now):
        window = partitions.get_last_partition_window()
    # Where `start` lies between two ticks, Dagster's last partition may not have begun.
    while window is not None and window.start > now:
        window = partitions.get_prev_partition_window(window.start, respect_bounds=False)
    return window if window is not None and window.start >= partitions.start else None


def first_window(partitions: dg.TimeWindowPartitionsDefinition) -> dg.TimeWindow:
    """The first window from `start` on, whether it has begun or not."""
    window = partitions.get_next_partition_window(partitions.start, respect_bounds=False)
    if window is None:
        raise ValueError(f"cadence {partitions.cron_schedule!r} never comes after {partitions.start}")
    return window


def not_begun(name: str, partitions: dg.TimeWindowPartitionsDefinition) -> UserError:
    """The error where a partition is asked for before there is any."""
    first = format_instant(first_window(partitions).start)
    return UserError(
        f"{name} has no partition yet: its first begins at {first}, the first of cadence {partitions.cron_schedule!r} "
        "from its `start` on. Wait until then, or set an earlier `start` in its defs.yaml."
    )


@lru_cache(maxsize=_REMEMBERED)
def _partitions(start: datetime, cadence: str) -> dg.TimeWindowPartitionsDefinition:
    return dg.TimeWindowPartitionsDefinition(
        start=start, fmt="%Y-%m-%dT%H:%M", cron_schedule=cadence, timezone="UTC", end_offset=1
    )


@lru_cache(maxsize=_REMEMBERED)
def _longest_gap_at(start: datetime, cadence: str, now: datetime) -> timedelta:
    partitions = _partitions(start, cadence)
    window = window_open_at(partitions, now) or first_window(partitions)
    return _longest_gap(cadence, window.start)


@lru_cache(maxsize=_REMEMBERED)
def _longest_gap(cadence: str, first: datetime) -> timedelta:
    """The longest of the window that opens at `first` and the hundred that follow it."""
    partitions = _partitions(first, cadence)
    window: dg.TimeWindow | None = first_window(partitions)
    longest, left = timedelta(0), 101
    while window is not None and left:
        longest, left = max(longest, window.end - window.start), left - 1
        window = partitions.get_next_partition_window(window.end, respect_bounds=False)
    return longest
