"""Backfills of Dagster's own, through the partitioned assets: every partition is the table as it was at its instant."""

import logging
import textwrap
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner
from dagster._cli import create_dagster_cli
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.test_utils import create_test_daemon_workspace_context, instance_for_test
from dagster._core.workspace.load_target import PythonFileTarget
from dagster._daemon.backfill import execute_backfill_iteration

from ddb_assets.chain.keys import catalog_key, files_key, view_key
from ddb_assets.model.table import TableSpec
from tests.chain.history import PastTable, chain, published, same
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project, failure

__all__ = ["quick_job"]
_LAUNCHERS = "dagster._core.launcher.sync_in_memory_run_launcher"


def changing_table(name: str, hours: int) -> PastTable:
    """In each hour one item is changed, one is new, and one is gone."""
    table = PastTable.create(name, hours)
    for hour in range(hours):
        table.put(hour + 0.1, "always", n={"N": str(hour)})
        table.put(hour + 0.2, f"of-{hour}", n={"N": str(hour)})
        if hour >= 5:
            table.delete(hour + 0.3, f"of-{hour - 5}")
    return table


def code_location(folder: Path, table: PastTable, attributes: str) -> Path:
    """A module with the definitions of one table, as its defs.yaml has them."""
    (folder / "defs.yaml").write_text(
        f"table_name: {table.name}\ncadence: '0 * * * *'\nstart: '{table.key(0)}'\n{attributes}\n"
    )
    module = folder / f"{table.name.lower().replace('-', '_')}_location.py"
    module.write_text(
        textwrap.dedent(
            f"""
            from pathlib import Path
            import dagster as dg
            import yaml
            from ddb_assets import DynamoDBTable, aws_resources

            attributes = yaml.safe_load(Path({str(folder / "defs.yaml")!r}).read_text())
            defs = dg.Definitions.merge(
                dg.build_defs_for_component(DynamoDBTable.resolve_from_dict(attributes)),
                dg.Definitions(resources=aws_resources(), executor=dg.in_process_executor),
            )
            """
        )
    )
    return module


def assets(table: TableSpec) -> list[dg.AssetKey]:
    return [files_key(table), catalog_key(table), view_key(table)]


@pytest.mark.timeout(600)
def test_24_hourly_partitions_of_a_changing_table_in_one_command(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, tmp_path: Path
) -> None:
    """`dagster asset materialize --partition-range`: the Glue job is called in this process, all else is real."""
    table = changing_table("Backfilled", 26)
    spec = table.spec("incremental")
    newest = chain(project, spec, table.key(26))
    assert newest.success, failure(newest)
    module = code_location(tmp_path, table, "capture: {method: incremental}\nbackfill: single_run")
    selected = ",".join(key.to_user_string() for key in assets(spec))
    partitions = f"{table.key(1)}...{table.key(24)}"

    done = CliRunner().invoke(
        create_dagster_cli(),
        ["asset", "materialize", "-f", str(module), "--select", selected, "--partition-range", partitions],
    )

    assert done.exit_code == 0, done.output
    for hour in range(1, 25):
        same(table.items(table.key(hour)), published(spec, table.key(hour)))
    assert quick_job.methods() == ["export", "export", *["incremental"] * 23]
    assert local_aws.query(f"SELECT count(DISTINCT snapshot_timestamp) FROM {spec.catalog_table}") == [("25",)]
    assert local_aws.query(f"SELECT DISTINCT snapshot_timestamp FROM {spec.view}") == [(table.key(26),)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("method", ["export", "incremental"])
def test_the_daemon_runs_a_partition_at_a_time_and_an_increment_after_the_one_before(
    local_aws: LocalAws, quick_job: QuickJob, tmp_path: Path, method: str
) -> None:
    """A backfill as the UI asks for it: runs of their own, launched by Dagster's daemon."""
    table = changing_table(f"Daemon-{method}", 5)
    spec = table.spec(method)
    module = code_location(tmp_path, table, f"capture: {{method: {method}}}")
    keys = [table.key(hour) for hour in (1, 2, 3, 4)]
    launched_here = {
        "run_launcher": {
            "module": "dagster._core.launcher.sync_in_memory_run_launcher",
            "class": "SyncInMemoryRunLauncher",
        },
        "run_coordinator": {"module": "dagster._core.run_coordinator", "class": "DefaultRunCoordinator"},
    }
    target = PythonFileTarget(str(module), attribute=None, working_directory=None, location_name="here")
    with (
        instance_for_test(overrides=launched_here) as instance,
        create_test_daemon_workspace_context(target, instance) as workspace,
    ):
        backfill = PartitionBackfill.from_asset_partitions(
            backfill_id="backfill",
            asset_graph=workspace.create_request_context().asset_graph,
            # The newest first, as one clicks.
            partition_names=list(reversed(keys)),
            asset_selection=assets(spec),
            backfill_timestamp=table.instant(5).timestamp(),
            tags={},
            dynamic_partitions_store=instance,
            all_partitions=False,
            title=None,
            description=None,
            run_config=None,
        )
        instance.add_backfill(backfill)
        for _ in range(30):
            errors = [error for error in execute_backfill_iteration(workspace, logging.getLogger("daemon")) if error]
            assert not errors, errors
            state = instance.get_backfill("backfill")
            if state is not None and state.status != BulkActionStatus.REQUESTED:
                break
        assert state is not None
        assert state.status == BulkActionStatus.COMPLETED_SUCCESS
        runs = instance.get_runs()

    taken = [run.tags["dagster/partition"] for run in runs if files_key(spec) in (run.asset_selection or ())]
    assert sorted(taken) == keys
    for key in keys:
        same(table.items(key), published(spec, key))
    assert quick_job.methods() == ["export", *[method] * 3]
    if method == "incremental":
        assert [run["--snapshot_timestamp"] for run in quick_job.runs] == keys
    assert local_aws.query(f"SELECT DISTINCT snapshot_timestamp FROM {spec.view}") == [(keys[-1],)]


@pytest.mark.timeout(400)
def test_a_range_in_one_run_with_the_real_job(local_aws: LocalAws, tmp_path: Path) -> None:
    table = changing_table("Ranged", 3)
    spec = table.spec("export")
    module = code_location(tmp_path, table, "capture: {method: export}\nbackfill: single_run")
    selected = ",".join(key.to_user_string() for key in assets(spec))
    partitions = f"{table.key(1)}...{table.key(2)}"
    command = ["asset", "materialize", "-f", str(module), "--select", selected, "--partition-range", partitions]

    done = CliRunner().invoke(create_dagster_cli(), command)

    assert done.exit_code == 0, done.output
    for hour in (1, 2):
        same(table.items(table.key(hour)), published(spec, table.key(hour)))
