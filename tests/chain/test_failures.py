"""Whatever goes wrong is said in Dagster in one message, and nothing is published."""

import time

import pytest

from ddb_assets.chain.keys import files_key
from ddb_assets.settings import Settings
from ddb_snapshot.columns import ColumnOptions
from tests.conftest import LocalAws, Project, failure

ITEMS = [{"id": {"S": "1"}}, {"id": {"S": "2"}}]


def published(local_aws: LocalAws, table: str) -> bool:
    glue = local_aws.client("glue")
    names = {found["Name"] for found in glue.get_tables(DatabaseName="dynamodb_exports")["TableList"]}
    return f"snapshots_{table}" in names or table in names


def runs_of(local_aws: LocalAws, table: str) -> int:
    runs = local_aws.client("glue").get_job_runs(JobName="ddb-assets-snapshot")["JobRuns"]
    return sum(run["Arguments"].get("--table_name") == table for run in runs)


def test_a_script_that_raises_fails_the_run_with_its_text(
    local_aws: LocalAws, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_aws.put("Raises", ITEMS)
    location = "s3://dynamodb-exports/scripts/raises.py"
    script = b"raise RuntimeError('the disk of worker 7 is full')"
    local_aws.client("s3").put_object(Bucket="dynamodb-exports", Key="scripts/raises.py", Body=script)
    command = {"Name": "glueetl", "ScriptLocation": location}
    local_aws.client("glue").create_job(Name="raises", Role="role", Command=command)
    monkeypatch.setenv("DDB_ASSETS_JOB_NAME", "raises")

    taken = project.snapshot("Raises", raise_on_error=False)

    (run,) = local_aws.client("glue").get_job_runs(JobName="raises")["JobRuns"]
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == "RuntimeError: the disk of worker 7 is full"
    assert not taken.result.success
    assert "RuntimeError: the disk of worker 7 is full" in failure(taken.result)
    assert not published(local_aws, "raises")


def test_a_missing_table_is_named(local_aws: LocalAws, project: Project) -> None:
    taken = project.snapshot("No-Such-Table", raise_on_error=False)

    assert "'No-Such-Table' does not exist in Region us-east-1" in failure(taken.result)
    assert not published(local_aws, "no_such_table")


def test_a_pin_that_names_no_attribute_is_named(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Pinned", [{"id": {"S": "1"}, "price": {"N": "9.99"}}])
    table = project.table("Pinned", column_options=ColumnOptions(columns={"Price": "decimal(18,2)"}))

    taken = project.snapshot(table, raise_on_error=False)

    assert "UnknownPin: columns: 'Price' is pinned to decimal(18,2) (is 'price' meant?)" in failure(taken.result)
    assert not published(local_aws, "pinned")
    found = local_aws.client("s3").list_objects_v2(Bucket="dynamodb-exports", Prefix="snapshots_pinned/")
    assert "Contents" not in found


def test_a_closed_window_is_refused_before_a_job_starts(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Closed", ITEMS)
    table = project.table("Closed")

    result = project.materialize(table, files_key(table), "2026-02-03T00:00")

    assert "Closed: no snapshot of 2026-02-03T00:00 that tells the truth can be had" in failure(result)
    assert "a scan would store today's items under it" in failure(result)
    assert runs_of(local_aws, "Closed") == 0


def test_a_bucket_that_does_not_exist_is_named(
    local_aws: LocalAws, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_aws.put("NoBucket", ITEMS)
    settings = Settings(bucket="no-such-bucket")
    monkeypatch.setattr("ddb_assets.aws.connection._settings", lambda: settings)

    taken = project.snapshot("NoBucket", raise_on_error=False)

    assert "'no-such-bucket' does not exist" in failure(taken.result)
    assert runs_of(local_aws, "NoBucket") == 0


def test_a_view_of_somebody_else_is_seen_before_a_job_starts(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Else", ITEMS)
    local_aws.query('CREATE VIEW "else" AS SELECT 1 AS one', "dynamodb_exports")

    result = project.snapshot("Else", raise_on_error=False).result

    assert "dynamodb_exports.else exists and is not a view of the latest snapshot" in failure(result)
    assert runs_of(local_aws, "Else") == 0
    assert local_aws.query('SELECT one FROM "else"', "dynamodb_exports") == [("1",)]


def test_a_job_that_is_not_deployed_is_named(
    local_aws: LocalAws, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_aws.put("NoJob", ITEMS)
    monkeypatch.setenv("DDB_ASSETS_JOB_NAME", "not-deployed")

    taken = project.snapshot("NoJob", raise_on_error=False)

    assert "'not-deployed' does not exist" in failure(taken.result)
    assert "DDB_ASSETS_JOB_NAME" in failure(taken.result)


def test_an_empty_table_is_a_valid_snapshot_with_its_key_columns(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Empty", [])
    taken = project.snapshot("Empty")

    assert taken.result.success
    assert local_aws.query("SELECT count(*) FROM empty") == [("0",)]
    assert local_aws.query("SELECT id, snapshot_timestamp FROM snapshots_empty") == []


def test_a_run_that_failed_leaves_no_attempt_behind(local_aws: LocalAws) -> None:
    arguments = {
        "--table_name": "Never-There",
        "--read_percentage": "0.25",
        "--output_prefix": "s3://dynamodb-exports/never-there",
        "--output_format": "parquet",
    }
    glue = local_aws.client("glue")
    run_id = glue.start_job_run(JobName="ddb-assets-snapshot", Arguments=arguments)["JobRunId"]
    while (run := glue.get_job_run(JobName="ddb-assets-snapshot", RunId=run_id)["JobRun"])["JobRunState"] in (
        "STARTING",
        "RUNNING",
    ):
        time.sleep(0.1)

    assert run["JobRunState"] == "FAILED"
    assert "'Never-There' does not exist in Region us-east-1" in run["ErrorMessage"]
    assert "Contents" not in local_aws.client("s3").list_objects_v2(Bucket="dynamodb-exports", Prefix="never-there")


def test_the_jobs_error_message_and_the_last_line_of_its_log_are_the_cause(
    local_aws: LocalAws, project: Project
) -> None:
    local_aws.put("Cause", [{"id": {"S": "1"}, "price": {"N": "9.99"}}])
    table = project.table("Cause", column_options=ColumnOptions(columns={"Price": "decimal(18,2)"}))

    taken = project.snapshot(table, raise_on_error=False)

    runs = local_aws.client("glue").get_job_runs(JobName="ddb-assets-snapshot")["JobRuns"]
    (run,) = [run for run in runs if run["Arguments"]["--table_name"] == "Cause"]
    expected = f"SnapshotFailed: Cause at {taken.key}: UnknownPin: columns: 'Price' is pinned to decimal(18,2)"
    assert run["ErrorMessage"].startswith(expected)
    events = local_aws.client("logs").get_log_events(logGroupName="/aws-glue/jobs/error", logStreamName=run["Id"])
    *_, last = [event["message"] for event in events["events"] if event["message"].strip()]
    assert f"Cause at {taken.key}: UnknownPin: columns: 'Price' is pinned to decimal(18,2)" in last
    assert f"Cause at {taken.key}: UnknownPin" in failure(taken.result)
