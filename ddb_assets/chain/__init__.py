"""The asset chain of one DynamoDB table: one module for each link, in the order in which data passes."""

import dagster as dg

from ddb_assets.chain.catalog import catalog_asset
from ddb_assets.chain.checks import checks
from ddb_assets.chain.latest_view import latest_view_asset
from ddb_assets.chain.schedules import snapshot_job, snapshot_schedule
from ddb_assets.chain.snapshot import snapshot_asset
from ddb_assets.chain.source import source_asset
from ddb_assets.model.table import TableSpec


def chain_definitions(table: TableSpec) -> dg.Definitions:
    """Everything that Dagster shows and runs for `table`. Makes no AWS call."""
    job = snapshot_job(table)
    # A second chain of the table takes its source from the first.
    source = [] if table.name else [source_asset(table)]
    return dg.Definitions(
        assets=[*source, snapshot_asset(table), catalog_asset(table), latest_view_asset(table)],
        asset_checks=checks(table),
        jobs=[job],
        schedules=[snapshot_schedule(table, job)],
    )
