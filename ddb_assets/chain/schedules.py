"""One job for each table, and the schedule that runs it when a window opens."""

from collections.abc import Sequence

import dagster as dg

from ddb_assets.chain.keys import catalog_key, files_key, view_key
from ddb_assets.chain.partitions import first_window, not_begun, partitions_of
from ddb_assets.dagster_internals import UnresolvedAssetJobDefinition
from ddb_assets.model.table import TableSpec, dagster_name
from ddb_snapshot.names import format_instant


def snapshot_job(table: TableSpec) -> UnresolvedAssetJobDefinition:
    """The whole chain of one table for one partition; its launchpad opens with the table's own configuration."""
    keys = (files_key(table), catalog_key(table), view_key(table))
    files_op = "__".join(dagster_name(part) for part in files_key(table).path)
    return dg.define_asset_job(
        table.job_name,
        selection=dg.AssetSelection.assets(*keys),
        partitions_def=partitions_of(table),
        description=f"Snapshot DynamoDB table {table.table_name}, publish it, move the view.",
        config={
            "ops": {files_op: {"config": {"read_percentage": table.read_percentage, "capture": table.capture.method}}}
        },
        executor_def=dg.in_process_executor,
        tags={"ddb_assets/table": table.view},
    )


def group_job(members: Sequence[TableSpec], last: Sequence[dg.AssetKey]) -> UnresolvedAssetJobDefinition:
    """All members' chains for one partition, and the step that moves their views."""
    keys = [key for member in members for key in (files_key(member), catalog_key(member))]
    first = members[0]
    return dg.define_asset_job(
        first.job_name,
        selection=dg.AssetSelection.assets(*keys, *last),
        partitions_def=partitions_of(first),
        description=f"Export {', '.join(member.table_name for member in members)} at one instant, move their views.",
        executor_def=dg.in_process_executor,
        tags={"ddb_assets/group": str(first.member_of)},
    )


def snapshot_schedule(
    table: TableSpec, job: UnresolvedAssetJobDefinition, of: str | None = None
) -> dg.ScheduleDefinition:
    """Runs the job at each opening of a window, for that window. Stopped until someone starts it.

    `of` is what is snapshot, where it is not the table alone.
    """

    @dg.schedule(
        name=f"{table.job_name}_schedule",
        job=job,
        cron_schedule=table.cadence,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=f"Every window of {of or table.table_name} ({table.cadence}, UTC). Stopped at first.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if context.scheduled_execution_time < first_window(partitions_of(table)).start:
            return dg.SkipReason(str(not_begun(of or table.table_name, partitions_of(table))))
        key = format_instant(context.scheduled_execution_time)
        return dg.RunRequest(run_key=key, partition_key=key)

    return schedule
