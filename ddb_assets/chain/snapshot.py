"""The second link: the files of one snapshot, written by the Glue job.

A scan sees the table as it is now, so it may fill the window that is open now and no other.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from pydantic import Field

from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.dynamodb import DynamoDB
from ddb_assets.aws.glue_jobs import GlueJobs
from ddb_assets.aws.s3 import SnapshotStore, attempt_location
from ddb_assets.chain.census_metadata import census_table
from ddb_assets.chain.column_metadata import column_lineage, column_schema
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.publication import publication
from ddb_assets.chain.source import source_metadata
from ddb_assets.chain.table import TableSpec
from ddb_assets.errors import UserError
from ddb_assets.settings import load_settings
from ddb_snapshot.census import Census
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import format_instant

PAYLOAD_KEY = "ddb_assets/payload"
"""The metadata key of the files asset under which the facts of a manual start stand."""


class PartitionClosed(UserError):
    """A scan was asked for a window that is not open."""

    def __init__(self, table: str, key: str, open_key: str, now: datetime) -> None:
        super().__init__(
            f"{table}: partition {key} is not the window open at {now:%Y-%m-%dT%H:%M}Z; a scan would store today's "
            f"items under that date. Take the open partition {open_key}."
        )


def refuse_closed_window(table: TableSpec, key: str, now: datetime) -> None:
    """Raises `PartitionClosed` unless `key` is the partition whose window is open at `now` (UTC)."""
    open_key = format_instant(table.open_window(now).start)
    if key != open_key:
        raise PartitionClosed(table.table_name, key, open_key, now)


def utc_now() -> datetime:
    """The instant against which a window is judged open."""
    return datetime.now(UTC)


def payload(table: TableSpec) -> dict[str, str]:
    """What the original gave its state machine, as JSON: the Glue job, its arguments, and the Dagster job."""
    settings = load_settings()
    options = table.changed_column_options
    return {
        "job": table.job_name,
        "view": f"{table.database}.{table.view}",
        "JobName": settings.job_name,
        "--table_name": table.table_name,
        "--read_percentage": str(table.read_percentage),
        "--output_prefix": publication(table).attempts(settings),
        "--output_format": table.output_format,
        "--database": table.database,
        "--catalog_table": table.catalog_table,
        **({"--column_options": json.dumps(options, sort_keys=True)} if options else {}),
    }


def snapshot_asset(table: TableSpec) -> dg.AssetsDefinition:
    """The partitioned asset `s3/<table>_files`: one finished attempt for each partition."""

    class SnapshotConfig(dg.Config):
        """What one run may decide; the defaults are the table's."""

        read_percentage: float = Field(
            default=table.read_percentage, ge=0.1, le=1.0, description="Share of the table's read capacity to use."
        )

    @dg.asset(
        key=table.files_key,
        deps=[table.source_key],
        partitions_def=table.partitions,
        kinds={"glue", "s3", table.output_format},
        group_name=table.group,
        owners=table.owners,
        tags=table.tags,
        description=f"Files of one snapshot of DynamoDB table {table.table_name}, written by the Glue job.",
        metadata={PAYLOAD_KEY: dg.MetadataValue.json(payload(table))},
    )
    def files(
        context: dg.AssetExecutionContext,
        config: SnapshotConfig,
        ddb_source: DynamoDB,
        ddb_glue: GlueJobs,
        ddb_store: SnapshotStore,
        ddb_catalog: DataCatalog,
    ) -> dg.MaterializeResult[Any]:
        with failing_clearly():
            source = ddb_source.describe(table.table_name)
            context.log_event(dg.AssetObservation(asset_key=table.source_key, metadata=source_metadata(source)))
            ddb_store.require_bucket()
            facts = payload(table)
            # What publication would refuse is refused here, before the table is read for it.
            ddb_store.refuse_during_switch(facts["--output_prefix"])
            publication(table).require_ready(load_settings(), ddb_catalog)
            ddb_catalog.require_format(table.database, table.catalog_table, table.table_name, table.output_format)
            arguments = {
                **{name: value for name, value in facts.items() if name.startswith("--")},
                "--read_percentage": str(config.read_percentage),
                "--snapshot_timestamp": context.partition_key,
            }
            stem = (context.run.root_run_id or context.run_id).partition("-")[0]
            finished = ddb_glue.run(
                context,
                facts["JobName"],
                arguments,
                stem,
                before_start=lambda: refuse_closed_window(table, context.partition_key, utc_now()),
            )
            location = attempt_location(arguments["--output_prefix"], context.partition_key, finished.run.attempt)
            manifest = ddb_store.manifest(location)
            if manifest is None:
                raise UserError(f"Glue run {finished.run.id} succeeded, but left no manifest at {location}.")
        return dg.MaterializeResult(metadata={**finished.metadata, **_metadata(table, manifest, finished.run.id)})

    return files


def _metadata(table: TableSpec, manifest: Manifest, run_id: str) -> Mapping[str, Any]:
    return {
        "dagster/uri": manifest.location,
        "dagster/partition_row_count": manifest.row_count,
        "dagster/column_schema": column_schema(manifest.columns, manifest.output_format, partitioned=False),
        "dagster/column_lineage": column_lineage(manifest.columns, table.source_key, by_attribute=True),
        "location": dg.MetadataValue.path(manifest.location),
        "attempt": manifest.attempt,
        "files": len(manifest.files),
        "size_bytes": manifest.bytes,
        "census": census_table(Census.from_json(manifest.census)),
        "consumed_rcu": manifest.capture.consumed_rcu,
        "glue_run": run_id,
    }
