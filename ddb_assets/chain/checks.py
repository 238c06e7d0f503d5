"""What is verified in Dagster's sight: completeness, the view's honesty, freshness of what is published."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg
from sqlglot import exp

from ddb_assets.aws.athena import Athena
from ddb_assets.catalog import Catalog, newest
from ddb_assets.chain.failures import blocking, failing_clearly
from ddb_assets.chain.keys import view_key
from ddb_assets.chain.merged import merged_equals_full
from ddb_assets.chain.partitions import longest_gap
from ddb_assets.chain.recoverable import missing_partitions_still_recoverable
from ddb_assets.chain.verification import rows_match_manifest
from ddb_assets.model.table import TableSpec
from ddb_snapshot.names import PARTITION_COLUMN, format_instant, parse_instant


def checks(table: TableSpec) -> list[dg.AssetChecksDefinition]:
    """The chain's checks; the first two block what comes after them."""
    compared = [merged_equals_full(table)] if table.capture.full_every else []
    return [
        rows_match_manifest(table),
        _shows_newest_snapshot(table),
        _newest_snapshot_is_fresh(table),
        missing_partitions_still_recoverable(table),
        *compared,
    ]


def _shows_newest_snapshot(table: TableSpec) -> dg.AssetChecksDefinition:
    @dg.asset_check(  # type: ignore[arg-type]  # Dagster's type knows no checks that yield
        asset=view_key(table),
        blocking=True,
        description="The view shows the newest published snapshot and no other.",
    )
    def shows_newest_snapshot(
        context: dg.AssetCheckExecutionContext, ddb_athena: Athena, ddb_catalog: dg.ResourceParam[Catalog]
    ) -> Iterator[dg.AssetCheckResult]:
        partition = exp.column(PARTITION_COLUMN, quoted=True)
        query = exp.select(partition).distinct().from_(exp.table_(table.view, db=table.database, quoted=True))
        with failing_clearly(context, table.table_name, "looking at the view"):
            named = ddb_catalog.shown_snapshot(table.database, table.view, table.catalog_table)
            published = newest(ddb_catalog, table.database, table.catalog_table, named)
            rows = ddb_athena.run(query.sql(dialect="trino"), database=table.database).rows
        seen = sorted(str(row[0]) for row in rows)
        newest_key = published.snapshot_timestamp if published else "none"
        passed = published is not None and named == newest_key and seen in ([], [named])
        differs = (
            f"{table.table_name} at {newest_key}, the newest published: view {table.database}.{table.view} names "
            f"{named or 'none'} and has rows of {', '.join(seen) or 'none'}. Materialize the view again."
        )
        yield from blocking(
            dg.AssetCheckResult(
                passed=passed,
                description=None if passed else differs,
                metadata={
                    "newest_published": newest_key,
                    "named_in_view": named or "none",
                    "seen_in_rows": seen,
                },
            )
        )

    return shows_newest_snapshot


def _newest_snapshot_is_fresh(table: TableSpec) -> dg.AssetChecksDefinition:
    allowed: timedelta = 2 * longest_gap(table)

    @dg.asset_check(
        asset=view_key(table),
        description=f"The newest published snapshot is at most two windows ({allowed}) old; backfills don't count.",
    )
    def newest_snapshot_is_fresh(
        context: dg.AssetCheckExecutionContext, ddb_catalog: dg.ResourceParam[Catalog]
    ) -> dg.AssetCheckResult:
        with failing_clearly(context, table.table_name, "looking for the newest snapshot"):
            oldest_fresh = format_instant(datetime.now(timezone.utc) - allowed)
            published = newest(ddb_catalog, table.database, table.catalog_table, oldest_fresh)
        metadata: dict[str, Any] = {"allowed_minutes": allowed / timedelta(minutes=1)}
        if published is None:
            return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)
        age = datetime.now(timezone.utc) - parse_instant(published.snapshot_timestamp)
        metadata |= {"newest_published": published.snapshot_timestamp, "age_minutes": age / timedelta(minutes=1)}
        return dg.AssetCheckResult(passed=age <= allowed, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)

    return newest_snapshot_is_fresh
