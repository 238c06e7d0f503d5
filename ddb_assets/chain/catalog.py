"""The third link: the finished attempt published as one partition of the Data Catalog's table."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dagster as dg

from ddb_assets.aws.crawlers import Crawlers
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.source import source_named
from ddb_assets.catalog import Catalog
from ddb_assets.chain.column_metadata import column_lineage, column_schema
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.keys import catalog_key, files_key
from ddb_assets.chain.leftovers import remove_leftovers
from ddb_assets.chain.partitions import backfill_policy, partitions_of
from ddb_assets.chain.publication import Services, publication
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec


def catalog_asset(table: TableSpec) -> dg.AssetsDefinition:
    """The partitioned asset `<database>/snapshots_<table>`: files are verified against the manifest, then published."""

    @dg.asset(
        key=catalog_key(table),
        deps=[files_key(table)],
        partitions_def=partitions_of(table),
        backfill_policy=backfill_policy(table),
        kinds={"glue", "athena", table.output_format},
        group_name=table.group,
        owners=table.owners,
        tags=table.tags,
        description=f"All published snapshots of DynamoDB table {table.table_name}, one partition each.",
    )
    def snapshots(
        context: dg.AssetExecutionContext,
        ddb_store: SnapshotStore,
        ddb_catalog: dg.ResourceParam[Catalog],
        ddb_crawlers: Crawlers,
    ) -> dg.MaterializeResult[Any]:
        services = Services(ddb_store, ddb_catalog, ddb_crawlers, context.log.info)
        with failing_clearly(context, table.table_name, "publishing the snapshot") as step:
            for key in context.partition_keys:
                step.partition = key
                context.add_asset_metadata(_publish(table, key, services), partition_key=key)
        remove_leftovers(table, context.partition_keys, ddb_store, context.log.info)
        return dg.MaterializeResult()

    return snapshots


def _publish(table: TableSpec, key: str, services: Services) -> Mapping[str, Any]:
    """Publish the newest finished attempt at one snapshot; the partition's metadata."""
    method, store = publication(table), services.store
    prefix = method.attempts(store.connection.settings())
    store.refuse_during_switch(prefix)
    source = source_named(store.connection, table.table_name)
    services.catalog.require_chain(table.database, table.catalog_table, source)
    manifest = store.newest_attempt(prefix, key, table.output_format, source)
    if manifest is None:
        store.require_own(prefix, key, source)
        raise UserError(
            f"{table.table_name}: no finished attempt at snapshot {key} in {table.output_format} below {prefix}: "
            f"materialize {files_key(table).to_user_string()} for this partition first."
        )
    if manifest.record.named_only:
        services.say(f"The attempt at {manifest.location} is of {manifest.record}: taken as {source.arn}'s by its name")
        manifest = replace(manifest, table_arn=source.arn)
    store.verify(manifest)
    done = method.publish(manifest, services)
    columns = services.catalog.columns(table.database, table.catalog_table)
    return {
        "dagster/table_name": f"{table.database}.{table.catalog_table}",
        "dagster/uri": done.published.location,
        "dagster/partition_row_count": manifest.row_count,
        "dagster/column_schema": column_schema(columns, manifest.output_format, partitioned=True),
        "dagster/column_lineage": column_lineage(manifest.columns, files_key(table), by_attribute=False),
        "snapshot_timestamp": done.published.snapshot_timestamp,
        "attempt": manifest.attempt,
        "columns": len(columns),
        **done.metadata,
    }
