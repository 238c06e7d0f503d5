"""The last link of a group: a view for each member, all of one instant, and the asset that stands for the group."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.catalog import Catalog
from ddb_assets.chain.column_metadata import column_lineage, column_schema
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.group.moving import Moved, Services, move_views
from ddb_assets.chain.group.spec import GroupSpec
from ddb_assets.chain.keys import catalog_key, view_key
from ddb_assets.chain.partitions import backfill_policy, longest_gap
from ddb_assets.model.table import TableSpec, dagster_name
from ddb_snapshot.names import iso_instant

GROUP_KEY = "ddb_assets/group"
"""The metadata key of the group's asset under which its job and views stand."""


def view_set_asset(group: GroupSpec) -> dg.AssetsDefinition:
    """The assets `<database>/<view>` of all members and `<database>/<group>`, made in one step."""
    first = group.members[0]
    shared: dict[str, Any] = {"group_name": group.dagster_group, "owners": first.owners, "tags": first.tags}
    views = [
        dg.AssetSpec(
            view_key(member),
            deps=[catalog_key(member)],
            kinds={"athena", "view"},
            description=f"{member.table_name} as of the group's instant.",
            **shared,
        )
        for member in group.members
    ]
    whole = dg.AssetSpec(
        group.key,
        deps=[view_key(member) for member in group.members],
        kinds={"athena"},
        description=f"{', '.join(member.table_name for member in group.members)}: as of one instant.",
        metadata={
            GROUP_KEY: dg.MetadataValue.json(
                {
                    "group": group.name,
                    "job": group.job_name,
                    "views": [f"{group.database}.{member.view}" for member in group.members],
                }
            )
        },
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=2 * longest_gap(first)),
        **shared,
    )

    @dg.multi_asset(
        name=f"move_{dagster_name(group.name)}",
        specs=[*views, whole],
        backfill_policy=backfill_policy(first),
        description="Move the group's views to the newest instant that every member has published, all or none.",
    )
    def view_set(
        context: dg.AssetExecutionContext,
        ddb_athena: Athena,
        ddb_catalog: dg.ResourceParam[Catalog],
        ddb_store: SnapshotStore,
    ) -> Iterator[dg.MaterializeResult[Any]]:
        with failing_clearly(context, f"Group {group.name}", "moving its views"):
            moved = move_views(group, Services(ddb_athena, ddb_catalog, ddb_store, context.log.info))
            told = {member.view: _view_metadata(member, moved, ddb_catalog) for member in group.members}
            about = _group_metadata(group, moved, ddb_store)
        for member in group.members:
            yield dg.MaterializeResult(asset_key=view_key(member), metadata=told[member.view])
        yield dg.MaterializeResult(asset_key=group.key, metadata=about)

    return view_set


def _view_metadata(member: TableSpec, moved: Moved, catalog: Catalog) -> Mapping[str, Any]:
    columns = catalog.columns(member.database, member.catalog_table)
    said: dict[str, Any] = {
        "dagster/table_name": f"{member.database}.{member.view}",
        "dagster/column_schema": column_schema(columns, member.output_format, partitioned=True),
        "dagster/column_lineage": column_lineage(columns, catalog_key(member), by_attribute=False),
        "snapshot_timestamp": moved.instant.snapshot_timestamp,
        "moved": moved.moved,
    }
    published = moved.instant.published.get(member.view)
    if published is not None:
        said |= {"dagster/row_count": int(published.parameters["ddb.row_count"]), "dagster/uri": published.location}
    return said


def _group_metadata(group: GroupSpec, moved: Moved, store: SnapshotStore) -> Mapping[str, Any]:
    """The instant, and of each member its rows and the instant that AWS says of its export."""
    lines, instants = [], []
    for member in group.members:
        published = moved.instant.published.get(member.view)
        manifest = store.manifest(published.location) if published else None
        exports = manifest.capture.exports if manifest else ()
        actual = exports[-1].export_time if exports else ""
        if actual:
            instants.append(iso_instant(actual))
        lines.append(
            dg.TableRecord(
                {
                    "view": f"{group.database}.{member.view}",
                    "table": member.table_name,
                    "rows": manifest.row_count if manifest else -1,
                    "actual_instant": actual or "unknown",
                    "export": exports[-1].arn if exports else "unknown",
                }
            )
        )
    columns = [
        dg.TableColumn("view", "string"),
        dg.TableColumn("table", "string"),
        dg.TableColumn("rows", "int"),
        dg.TableColumn("actual_instant", "string"),
        dg.TableColumn("export", "string"),
    ]
    return {
        "snapshot_timestamp": moved.instant.snapshot_timestamp,
        "moved": moved.moved,
        "members": dg.MetadataValue.table(lines, dg.TableSchema(columns)),
        "seconds_apart": (max(instants) - min(instants)).total_seconds() if instants else 0.0,
    }
