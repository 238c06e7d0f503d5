"""A table's partitions: keyed by the instant at which a window opens, spaced by its cadence."""

from datetime import datetime, timedelta, timezone

import dagster as dg

from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_snapshot.names import format_instant


def partitions_of(table: TableSpec) -> dg.TimeWindowPartitionsDefinition:
    """Keyed by the instant at which a window opens; the window that is open now is the last."""
    return dg.TimeWindowPartitionsDefinition(
        start=table.start, fmt="%Y-%m-%dT%H:%M", cron_schedule=table.cadence, timezone="UTC", end_offset=1
    )


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
    partitions = partitions_of(table)
    window = window_open_at(partitions, datetime.now(timezone.utc)) or first_window(partitions)
    longest = window.end - window.start
    for _ in range(100):
        following = partitions.get_next_partition_window(window.end, respect_bounds=False)
        if following is None:
            break
        window, longest = following, max(longest, following.end - following.start)
    return longest


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
