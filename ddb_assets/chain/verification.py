"""The step that a snapshot is verified by: its rows are counted, which blocks whatever comes after it.

Of a snapshot that is verified nothing is needed but its files: exports that the table doesn't keep are removed then.
"""

from collections.abc import Iterator

import dagster as dg

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.table_exports import TableExports
from ddb_assets.catalog import Catalog
from ddb_assets.chain.failures import blocking, failing_clearly
from ddb_assets.chain.keys import catalog_key
from ddb_assets.chain.partitions import partitions_of
from ddb_assets.chain.raw_exports import remove_raw_exports
from ddb_assets.chain.row_counts import count_rows
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec


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
