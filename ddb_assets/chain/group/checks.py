"""What is verified of a group: its views are of one instant, their exports too, and it is not long ago."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg
from sqlglot import exp

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.catalog import Catalog
from ddb_assets.chain.failures import blocking, failing_clearly
from ddb_assets.chain.group.moving import shown_instants
from ddb_assets.chain.group.spec import GroupSpec
from ddb_assets.chain.partitions import longest_gap
from ddb_assets.chain.recoverable import missing_partitions_still_recoverable
from ddb_assets.chain.verification import rows_match_manifest
from ddb_assets.model.table import TableSpec
from ddb_snapshot.names import PARTITION_COLUMN, parse_instant


def group_checks(group: GroupSpec) -> list[dg.AssetChecksDefinition]:
    """Each member's checks, of which the first blocks the views, and the group's own."""
    members = [
        check(member)
        for check in (rows_match_manifest, missing_partitions_still_recoverable)
        for member in group.members
    ]
    return [*members, _views_show_one_instant(group), _exports_are_of_one_instant(group), _group_is_fresh(group)]


def _views_show_one_instant(group: GroupSpec) -> dg.AssetChecksDefinition:
    @dg.asset_check(  # type: ignore[arg-type]  # Dagster's type knows no checks that yield
        asset=group.key, blocking=True, description="All views name one instant, and hold rows of no other."
    )
    def views_show_one_instant(
        context: dg.AssetCheckExecutionContext, ddb_athena: Athena, ddb_catalog: dg.ResourceParam[Catalog]
    ) -> Iterator[dg.AssetCheckResult]:
        with failing_clearly(context, f"Group {group.name}", "looking at its views"):
            named = shown_instants(group, ddb_catalog)
            seen = {member.view: _seen(member, ddb_athena) for member in group.members}
        instants = set(named.values())
        rows = {instant for found in seen.values() for instant in found}
        passed = len(instants) == 1 and None not in instants and rows <= instants
        differs = ", ".join(
            f"{group.database}.{view} names {name or 'none'} and has rows of {', '.join(seen[view]) or 'none'}"
            for view, name in named.items()
        )
        yield from blocking(
            dg.AssetCheckResult(
                passed=passed,
                description=None
                if passed
                else f"Group {group.name}: its views are not of one instant: {differs}. Materialize the group again.",
                metadata={
                    "named_in_views": {view: name or "none" for view, name in named.items()},
                    "seen_in_rows": seen,
                },
            )
        )

    return views_show_one_instant


def _seen(member: TableSpec, athena: Athena) -> list[str]:
    partition = exp.column(PARTITION_COLUMN, quoted=True)
    query = exp.select(partition).distinct().from_(exp.table_(member.view, db=member.database, quoted=True))
    return sorted(str(row[0]) for row in athena.run(query.sql(dialect="trino"), database=member.database).rows)


def _exports_are_of_one_instant(group: GroupSpec) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=group.key,
        description="AWS took all members' exports at the very instant that was asked for; it may be off by a minute.",
    )
    def exports_are_of_one_instant(
        context: dg.AssetCheckExecutionContext, ddb_catalog: dg.ResourceParam[Catalog], ddb_store: SnapshotStore
    ) -> dg.AssetCheckResult:
        actual: dict[str, str] = {}
        with failing_clearly(context, f"Group {group.name}", "looking at its views"):
            for member in group.members:
                shown = ddb_catalog.shown_snapshot(group.database, member.view, member.catalog_table)
                published = ddb_catalog.published(group.database, member.catalog_table, shown) if shown else None
                manifest = ddb_store.manifest(published.location) if published else None
                exports = manifest.capture.exports if manifest else ()
                actual[member.view] = exports[-1].export_time if exports else "unknown"
        return dg.AssetCheckResult(
            passed=len(set(actual.values())) == 1 and "unknown" not in actual.values(),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"actual_instants": actual},
        )

    return exports_are_of_one_instant


def _group_is_fresh(group: GroupSpec) -> dg.AssetChecksDefinition:
    allowed = 2 * longest_gap(group.members[0])

    @dg.asset_check(asset=group.key, description=f"The instant that the group's views show is at most {allowed} ago.")
    def group_is_fresh(
        context: dg.AssetCheckExecutionContext, ddb_catalog: dg.ResourceParam[Catalog]
    ) -> dg.AssetCheckResult:
        with failing_clearly(context, f"Group {group.name}", "looking at its views"):
            shown = [named for named in shown_instants(group, ddb_catalog).values() if named is not None]
        metadata: dict[str, Any] = {"allowed_minutes": allowed / timedelta(minutes=1)}
        if not shown:
            return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)
        age = datetime.now(timezone.utc) - parse_instant(min(shown))
        metadata |= {"shown": min(shown), "age_minutes": age / timedelta(minutes=1)}
        return dg.AssetCheckResult(passed=age <= allowed, severity=dg.AssetCheckSeverity.WARN, metadata=metadata)

    return group_is_fresh
