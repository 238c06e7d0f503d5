"""A check that warns while a missing partition can still be had: a native export reaches back days, and no more."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any, Final

import dagster as dg

from ddb_assets.aws.dynamodb import DynamoDB
from ddb_assets.catalog import Catalog, Snapshots, Span, newest_first
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.keys import view_key
from ddb_assets.chain.partitions import partitions_of, window_open_at
from ddb_assets.errors import UserError
from ddb_assets.model.facts import RecoveryWindow
from ddb_assets.model.table import DEFAULT_START, TableSpec
from ddb_snapshot.names import format_instant, parse_instant

WARNED_BEFORE: Final = timedelta(days=7)
"""How long before a missing partition leaves the recovery window the check begins to warn; half of a shorter window."""

_LISTED: Final = 100


@dataclass(frozen=True)
class Missing:
    """A partition that is not published, and the time left to export it."""

    key: str
    left: timedelta

    def __str__(self) -> str:
        return f"{self.key}: {self.left / timedelta(days=1):.1f} days left"


def missing_partitions_still_recoverable(table: TableSpec) -> dg.AssetChecksDefinition:
    """The check of the view: it needs no partition of its own."""

    @dg.asset_check(
        asset=view_key(table),
        description=(
            f"No partition is missing that leaves the table's recovery window within {WARNED_BEFORE.days} days. "
            "Backfill what is listed; partitions before `start` (without one: before the first published) don't count."
        ),
    )
    def missing_partitions_still_recoverable(
        context: dg.AssetCheckExecutionContext, ddb_source: DynamoDB, ddb_catalog: dg.ResourceParam[Catalog]
    ) -> dg.AssetCheckResult:
        now = datetime.now(timezone.utc)
        with failing_clearly(context, table.table_name, "looking for missing partitions"):
            try:
                recovery = ddb_source.describe(table.table_name).recovery
            except UserError as error:
                # The snapshots of a table outlive it; of one that is gone nothing can be exported any more.
                return dg.AssetCheckResult(passed=True, metadata={"source": str(error)})
            if recovery is None:
                return dg.AssetCheckResult(passed=True, metadata={"point_in_time_recovery": False})
            published = published_within(recovery, table, ddb_catalog)
        missing = list(missing_partitions(table, published, recovery, now))
        leaving = [one for one in missing if one.left <= min(WARNED_BEFORE, recovery.days * timedelta(days=1) / 2)]
        return dg.AssetCheckResult(
            passed=not leaving,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "missing_and_recoverable": len(missing),
                "leaving_soon": len(leaving),
                "earliest_recoverable": recovery.earliest.isoformat(),
                **_listed(leaving or missing),
            },
        )

    return missing_partitions_still_recoverable


def missing_partitions(
    table: TableSpec, published: Collection[str], recovery: RecoveryWindow, now: datetime
) -> Iterator[Missing]:
    """The partitions inside the recovery window that are not published, oldest first, without the one that is open.

    A table without a `start` of its own has its first from its first snapshot on.
    """
    first = min((parse_instant(key) for key in published), default=None)
    oldest = first if table.start == DEFAULT_START else table.start
    if oldest is None:
        return
    now_open = window_open_at(partitions_of(table), now)
    if now_open is None:
        return
    reach, open_key = recovery.days * timedelta(days=1), format_instant(now_open.start)
    window = partitions_of(table).get_prev_partition_window(recovery.earliest, respect_bounds=False)
    while window is not None and (key := format_instant(window.start)) < open_key:
        instant = parse_instant(key)
        if instant >= max(oldest, recovery.earliest) and key not in published:
            yield Missing(key, instant + reach - now)
        window = partitions_of(table).get_next_partition_window(window.end, respect_bounds=False)


def published_within(recovery: RecoveryWindow, table: TableSpec, catalog: Snapshots) -> set[str]:
    """The keys that are published from the recovery window's beginning on, and the newest before them if it matters.

    It does where the table has its first partition from its first snapshot on: it says that there was one before.
    """
    since = format_instant(recovery.earliest)
    published = catalog.snapshots(table.database, table.catalog_table, Span(since=since))
    keys = {one.snapshot_timestamp for one in published}
    if table.start == DEFAULT_START:
        before = newest_first(catalog, table.database, table.catalog_table, since)
        keys |= {one.snapshot_timestamp for one in islice(before, 1)}
    return keys


def _listed(missing: list[Missing]) -> dict[str, Any]:
    if not missing:
        return {}
    lines = [f"- {one}" for one in missing[:_LISTED]]
    if len(missing) > _LISTED:
        lines.append(f"- … and {len(missing) - _LISTED} more")
    return {"partitions": dg.MetadataValue.md("\n".join(lines))}
