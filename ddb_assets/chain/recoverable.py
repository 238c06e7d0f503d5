"""A check that warns while a missing partition can still be had: a native export reaches back days, and no more."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

import dagster as dg

from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.dynamodb import DynamoDB
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.table import DEFAULT_START, TableSpec, window_open_at
from ddb_assets.errors import UserError
from ddb_assets.planning import RecoveryWindow
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
        asset=table.view_key,
        description=(
            f"No partition is missing that leaves the table's recovery window within {WARNED_BEFORE.days} days. "
            "Backfill what is listed; partitions before `start` (without one: before the first published) don't count."
        ),
    )
    def missing_partitions_still_recoverable(
        context: dg.AssetCheckExecutionContext, ddb_source: DynamoDB, ddb_catalog: DataCatalog
    ) -> dg.AssetCheckResult:
        now = datetime.now(timezone.utc)
        with failing_clearly(context, table.table_name, "looking for missing partitions"):
            try:
                recovery = ddb_source.describe(table.table_name).recovery
            except UserError as error:
                # The snapshots of a table outlive it; of one that is gone nothing can be exported any more.
                return dg.AssetCheckResult(passed=True, metadata={"source": str(error)})
            there = ddb_catalog.find_table(table.database, table.catalog_table) is not None
            partitions = ddb_catalog.partitions(table.database, table.catalog_table) if there else ()
            published = {str(partition["Values"][0]) for partition in partitions}
        if recovery is None:
            return dg.AssetCheckResult(passed=True, metadata={"point_in_time_recovery": False})
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
    now_open = window_open_at(table.partitions, now)
    if now_open is None:
        return
    reach, open_key = recovery.days * timedelta(days=1), format_instant(now_open.start)
    window = table.partitions.get_prev_partition_window(recovery.earliest, respect_bounds=False)
    while window is not None and (key := format_instant(window.start)) < open_key:
        instant = parse_instant(key)
        if instant >= max(oldest, recovery.earliest) and key not in published:
            yield Missing(key, instant + reach - now)
        window = table.partitions.get_next_partition_window(window.end, respect_bounds=False)


def _listed(missing: list[Missing]) -> dict[str, Any]:
    if not missing:
        return {}
    lines = [f"- {one}" for one in missing[:_LISTED]]
    if len(missing) > _LISTED:
        lines.append(f"- … and {len(missing) - _LISTED} more")
    return {"partitions": dg.MetadataValue.md("\n".join(lines))}
