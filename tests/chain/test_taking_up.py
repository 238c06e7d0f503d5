"""A second `ddb-assets snapshot` takes up the Glue run that is going, whoever has started it."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ddb_assets.chain.keys import files_key
from ddb_assets.model.table import CaptureSpec
from tests.chain.test_failures import runs_of
from tests.conftest import LocalAws, Project

ITEMS = [{"id": {"S": f"{number:05}"}, "text": {"S": "x" * 280}} for number in range(1000)]
# Some seconds of reading: long enough to be killed in.
SLOWLY = CaptureSpec(method="scan", max_rcu=5)
JOB = "ddb-assets-snapshot"


def code_location(folder: Path, table_name: str, max_rcu: int = 5) -> None:
    (folder / "pyproject.toml").write_text('[tool.dagster]\nmodule_name = "own_tables"\n')
    (folder / "own_tables.py").write_text(
        textwrap.dedent(
            f"""
            import dagster as dg
            from ddb_assets import DynamoDBTable, aws_resources

            capture = {{"max_rcu": {max_rcu}}}
            table = DynamoDBTable.resolve_from_dict({{"table_name": "{table_name}", "capture": capture}})
            defs = dg.Definitions.merge(dg.build_defs_for_component(table), dg.Definitions(resources=aws_resources()))
            """
        )
    )


def snapshot(folder: Path, table_name: str) -> "subprocess.Popen[str]":
    command = [str(Path(sys.executable).with_name("ddb-assets")), "snapshot", table_name]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def runs(local_aws: LocalAws, table_name: str) -> list[dict[str, Any]]:
    found = local_aws.client("glue").get_job_runs(JobName=JOB)["JobRuns"]
    return [run for run in found if run["Arguments"].get("--table_name") == table_name]


def wait_until_reading(local_aws: LocalAws, table_name: str) -> None:
    """A run of the table says something by now."""
    s3 = local_aws.client("s3")
    ended = {"FAILED", "STOPPED", "TIMEOUT"}
    while not any(
        entry["Key"].endswith("/1.json")
        for entry in s3.list_objects_v2(Bucket="dynamodb-exports", Prefix=f"pipes/{table_name}/").get("Contents", ())
    ):
        assert not ended & {run["JobRunState"] for run in runs(local_aws, table_name)}
        time.sleep(0.05)


@pytest.mark.timeout(400)
def test_a_killed_snapshot_run_again_takes_up_the_run_that_is_going(local_aws: LocalAws, tmp_path: Path) -> None:
    local_aws.put("Killed", ITEMS)
    code_location(tmp_path, "Killed")
    first = snapshot(tmp_path, "Killed")
    wait_until_reading(local_aws, "Killed")
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()

    second = snapshot(tmp_path, "Killed")
    said, log = second.communicate()

    assert second.returncode == 0, log
    (run,) = runs(local_aws, "Killed")
    assert f"Taking up Glue job {JOB}, run {run['Id']}" in log
    assert "which another process started for the same snapshot: it is RUNNING" in log
    assert "is published" in said
    assert local_aws.query("SELECT count(*) FROM killed") == [("1000",)]


@pytest.mark.timeout(400)
def test_two_dagster_runs_follow_one_glue_run(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Followed", ITEMS)
    table, taken = project.table("Followed", capture=SLOWLY), []
    # The instance of the second belongs to another process, as far as the first can know.
    with dg.DagsterInstance.ephemeral() as instance:
        other = Project(local_aws, project.patch, instance)
        threads = [
            threading.Thread(target=lambda one=one: taken.append(one.snapshot(table))) for one in (project, other)
        ]
        threads[0].start()
        wait_until_reading(local_aws, "Followed")
        threads[1].start()
        for thread in threads:
            thread.join()

    (run,) = runs(local_aws, "Followed")
    assert [one.result.success for one in taken] == [True, True]
    for one in taken:
        metadata = one.metadata(files_key(table))
        assert (metadata["glue_run"], metadata["dagster/row_count"]) == (run["Id"], 1000)
    assert local_aws.query("SELECT count(*) FROM followed") == [("1000",)]


def test_other_arguments_are_another_snapshot(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Otherwise", ITEMS[:2])
    arguments = {
        "--table_name": "Otherwise",
        "--snapshot_timestamp": project.snapshot("Otherwise").key,
        "--output_format": "parquet",
        "--output_prefix": "s3://dynamodb-exports/elsewhere",
        "--read_percentage": "0.25",
    }
    glue = local_aws.client("glue")
    run = glue.start_job_run(JobName=JOB, Arguments=arguments)["JobRunId"]

    assert project.snapshot("Otherwise").result.success
    assert runs_of(local_aws, "Otherwise") == 3
    glue.batch_stop_job_run(JobName=JOB, JobRunIds=[run])
