"""Capture by a parallel Scan of the table as it is now, inside the read budget."""

from collections.abc import Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any, Final

from ddb_snapshot import thresholds
from ddb_snapshot.capture.capturing import Captured, Work
from ddb_snapshot.capture.segments import Segment, SegmentTask, draft_segment
from ddb_snapshot.drafts import ItemsLost
from ddb_snapshot.manifest import Capture
from ddb_snapshot.scanning.read_span import ReadLimit
from ddb_snapshot.scanning.throttle import budget, readers
from ddb_snapshot.tagged import TaggedSchema

_MOST_SEGMENTS: Final = 16_384


def capture(work: Work) -> Captured:
    """Read every segment of the table.

    Raises:
        ScanFailed, ItemsLost: the table could not be read in full.
        ReadTooLate: not in the time that `max_lag` leaves.
    """
    arguments, table = work.arguments, work.table
    limit = None if arguments.max_lag is None else ReadLimit(arguments.snapshot_timestamp, arguments.max_lag)
    if limit is not None:
        limit.require(arguments.table_name, datetime.now(timezone.utc).timestamp())
    limits = budget(table, arguments.read_percentage, arguments.max_rcu)
    tasks = work.start_tasks()
    reading = readers(limits.target_rcu, tasks.parallel)
    task = SegmentTask(
        drafts=work.drafts,
        table_name=arguments.table_name,
        total_segments=segment_count(_bytes(table), tasks.parallel) if reading == tasks.parallel else reading,
        target_rcu=limits.target_rcu,
        schema=TaggedSchema.for_columns(work.drafts.published, work.drafts.options.limits()),
        readers=reading,
        item_rcu=_item_rcu(table),
        limit=limit,
    )
    work.progress.say(
        f"Reading {arguments.table_name} in {task.total_segments} segments by {reading} tasks, at most {limits}"
    )
    read = work.fold("segments", partial(draft_segment, task), range(task.total_segments), Segment())
    if read.segments != task.total_segments:
        raise ItemsLost(f"{read.segments} of {task.total_segments} segments were reported as read.")
    read_from, read_to = read.span.instants() if read.span else (None, None)
    facts = Capture(
        method="scan",
        started_at=work.started_at,
        finished_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        items=read.drafted.items,
        item_bytes=read.drafted.raw_bytes,
        segments=task.total_segments,
        consumed_rcu=read.consumed_rcu,
        target_rcu=limits.target_rcu,
        capacity_rcu=limits.capacity_rcu,
        capacity_source=limits.source,
        read_percentage=arguments.read_percentage,
        retries=read.retries,
        throttles=read.throttles,
        read_from=read_from,
        read_to=read_to,
    )
    return Captured(read.drafted, work.drafts.plan(read.drafted.census), facts, work.source)


def segment_count(table_bytes: int, parallel: int) -> int:
    """How many segments to read a table in: two for each task at least, so that a hot one holds up no others."""
    return min(max(2 * parallel, -(-table_bytes // thresholds.now().segment_bytes)), max(_MOST_SEGMENTS, 2 * parallel))


def _bytes(table: Mapping[str, Any]) -> int:
    return int(table.get("TableSizeBytes") or 0)


def _item_rcu(table: Mapping[str, Any]) -> float | None:
    """Half a unit for each 4 KB of an average item; DynamoDB renews these counts about every six hours."""
    items = int(table.get("ItemCount") or 0)
    return 0.5 * _bytes(table) / items / 4096 if items and _bytes(table) else None
