"""The third link: the finished attempt published as one partition of the Data Catalog's table."""

from typing import Any

import dagster as dg

from ddb_assets.aws.crawlers import Crawlers
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.chain.column_metadata import column_lineage, column_schema
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.publication import Services, publication
from ddb_assets.chain.table import TableSpec
from ddb_assets.errors import UserError


def catalog_asset(table: TableSpec) -> dg.AssetsDefinition:
    """The partitioned asset `<database>/snapshots_<table>`: files are verified against the manifest, then published."""

    @dg.asset(
        key=table.catalog_key,
        deps=[table.files_key],
        partitions_def=table.partitions,
        kinds={"glue", "athena", table.output_format},
        group_name=table.group,
        owners=table.owners,
        tags=table.tags,
        description=f"All published snapshots of DynamoDB table {table.table_name}, one partition each.",
    )
    def snapshots(
        context: dg.AssetExecutionContext, ddb_store: SnapshotStore, ddb_catalog: DataCatalog, ddb_crawlers: Crawlers
    ) -> dg.MaterializeResult[Any]:
        method = publication(table)
        prefix = method.attempts(ddb_store.connection.settings())
        with failing_clearly():
            ddb_store.refuse_during_switch(prefix)
            manifest = ddb_store.newest_attempt(prefix, context.partition_key, table.output_format)
            if manifest is None:
                raise UserError(
                    f"{table.table_name}: no finished attempt at snapshot {context.partition_key} in "
                    f"{table.output_format} below {prefix}: materialize {table.files_key.to_user_string()} for this "
                    "partition first."
                )
            ddb_store.verify(manifest)
            done = method.publish(manifest, Services(ddb_store, ddb_catalog, ddb_crawlers, context.log.info))
            columns = ddb_catalog.columns(table.database, table.catalog_table)
        return dg.MaterializeResult(
            metadata={
                "dagster/table_name": f"{table.database}.{table.catalog_table}",
                "dagster/uri": done.published.location,
                "dagster/partition_row_count": manifest.row_count,
                "dagster/column_schema": column_schema(columns, manifest.output_format, partitioned=True),
                "dagster/column_lineage": column_lineage(manifest.columns, table.files_key, by_attribute=False),
                "snapshot_timestamp": done.published.snapshot_timestamp,
                "attempt": manifest.attempt,
                "columns": len(columns),
                **done.metadata,
            }
        )

    return snapshots
