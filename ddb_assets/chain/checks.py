"""What is verified in Dagster's sight: completeness, the view's honesty, freshness of what is published."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg
from sqlglot import exp

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.table_exports import TableExports
from ddb_assets.catalog import Catalog, Published, newest
from ddb_assets.chain.failures import blocking, failing_clearly
from ddb_assets.chain.keys import catalog_key, view_key
from ddb_assets.chain.merged import merged_equals_full
from ddb_assets.chain.partitions import longest_gap, partitions_of
from ddb_assets.chain.raw_exports import remove_raw_exports
from ddb_assets.chain.recoverable import missing_partitions_still_recoverable
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_snapshot.manifest import Manifest
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


def rows_match_manifest(table: TableSpec) -> dg.AssetChecksDefinition:
    """The check of the published partition, which blocks whatever comes after it."""

    @dg.asset_check(  # type: ignore[arg-type]  # Dagster's type knows no checks that yield
        asset=catalog_key(table),
        blocking=True,
        partitions_def=partitions_of(table),
        description=(
            "Athena counts as many rows in the partition as the manifest says were written. Exports that the table "
            "doesn't keep are removed then."
        ),
    )
    def rows_match_manifest(
        context: dg.AssetCheckExecutionContext,
        ddb_athena: Athena,
        ddb_store: SnapshotStore,
        ddb_catalog: dg.ResourceParam[Catalog],
        ddb_exports: TableExports,
    ) -> Iterator[dg.AssetCheckResult]:
        counts, removed = [], 0
        with failing_clearly(context, table.table_name, "counting the rows") as step:
            for key in context.partition_keys:
                step.partition = key
                published = ddb_catalog.published(table.database, table.catalog_table, key)
                if published is None:
                    raise UserError(f"{table.database}.{table.catalog_table}: {key} is not published.")
                counted = count_rows(table, published, ddb_athena, ddb_store)
                counts.append(counted)
                if counted.agree and counted.manifest is not None:
                    removed += remove_raw_exports(table, counted.manifest, ddb_exports)
        # Of a range of partitions: the first that disagrees, else the last.
        shown = next((counted for counted in counts if not counted.agree), counts[-1])
        yield from blocking(
            dg.AssetCheckResult(
                passed=shown.agree,
                description=None if shown.agree else f"{table.table_name}{shown}. Materialize this partition again.",
                metadata={
                    "snapshot_timestamp": shown.snapshot_timestamp,
                    "rows_in_manifest": "no manifest" if shown.in_manifest is None else shown.in_manifest,
                    "rows_in_athena": shown.in_athena,
                    "exports_removed": removed,
                },
            )
        )

    return rows_match_manifest


@dataclass(frozen=True)
class RowCounts:
    """The rows of a published snapshot, twice counted; without a manifest there is nothing to agree with."""

    snapshot_timestamp: str
    manifest: Manifest | None
    in_athena: int

    @property
    def in_manifest(self) -> int | None:
        return None if self.manifest is None else self.manifest.row_count

    @property
    def agree(self) -> bool:
        return self.in_manifest == self.in_athena

    def __str__(self) -> str:
        said = "it has no manifest" if self.manifest is None else f"its manifest says {self.in_manifest}"
        return f" at {self.snapshot_timestamp}: Athena counts {self.in_athena} rows, {said}"


def count_rows(table: TableSpec, published: Published, athena: Athena, store: SnapshotStore) -> RowCounts:
    """Count the rows that Athena finds in a partition, beside those that its manifest names."""
    counted = _count(athena, table, published)
    return RowCounts(published.snapshot_timestamp, store.manifest(published.location), counted)


def _count(athena: Athena, table: TableSpec, published: Published) -> int:
    query = (
        exp.select(exp.Count(this=exp.Star()))
        .from_(exp.table_(table.catalog_table, db=table.database, quoted=True))
        .where(exp.column(PARTITION_COLUMN, quoted=True).eq(exp.Literal.string(published.snapshot_timestamp)))
    )
    return int(athena.run(query.sql(dialect="trino"), database=table.database).scalar() or 0)


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
