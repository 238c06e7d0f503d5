"""The answer to StartJobRun is lost: the run is found, or a second one starts and neither touches the other's files."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.chain.keys import files_key
from ddb_assets.model.table import CaptureSpec
from tests.chain.test_failures import runs_of
from tests.conftest import LocalAws, Project
from tests.faults.processes import job_drivers, jvms_of
from tests.lost_answers import losing_answers

ITEMS = [{"id": {"S": f"{number:05}"}, "text": {"S": "x" * 280}} for number in range(2000)]
# Two of four segments are drafted six seconds before the other two: time enough to suspend the run.
SLOWLY = CaptureSpec(method="scan", max_rcu=6)
JOB = "ddb-assets-snapshot"


def clients() -> list[Any]:
    connection = Connection()
    return [connection.client("glue"), connection.client("glue", repeats=False)]


def run_id(answer: Any) -> str:
    return str(json.loads(answer.content)["JobRunId"])


def count(local_aws: LocalAws, view: str) -> str | None:
    return local_aws.query(f"SELECT count(*) FROM {view}")[0][0]


def processes(run: str) -> list[psutil.Process]:
    """The script of a Glue run, the JVM that serves it, and all that both have started."""
    (driver,) = [one for one in job_drivers() if run in one.cmdline()]
    parents = [driver, *jvms_of(driver)]
    return [one for parent in parents for one in (parent, *parent.children(recursive=True))]


def suspend_once_it_has_drafts(local_aws: LocalAws, prefix: str, run: str) -> None:
    s3, glue = local_aws.client("s3"), local_aws.client("glue")
    while not s3.list_objects_v2(Bucket="dynamodb-exports", Prefix=f"{prefix}/_staging/").get("Contents"):
        state = glue.get_job_run(JobName=JOB, RunId=run)["JobRun"]
        assert state["JobRunState"] in ("STARTING", "RUNNING"), state
        time.sleep(0.02)
    for process in processes(run):
        process.suspend()
    left = s3.list_objects_v2(Bucket="dynamodb-exports", Prefix=f"{prefix}/_staging/").get("Contents")
    assert left, f"run {run} was suspended too late: it has put its drafts together"


@contextmanager
def unseen(runs: list[str], until: list[str]) -> Iterator[None]:
    """GetJobRuns does not list these runs yet, until another start has been asked for."""

    def hide(parsed: dict[str, Any], **_: Any) -> None:
        if len(until) < 2:
            parsed["JobRuns"] = [run for run in parsed["JobRuns"] if run["Id"] not in runs]

    def started(**_: Any) -> None:
        until.append("started")

    for client in clients():
        client.meta.events.register("after-call.glue.GetJobRuns", hide)
        client.meta.events.register("before-call.glue.StartJobRun", started)
    try:
        yield
    finally:
        for client in clients():
            client.meta.events.unregister("after-call.glue.GetJobRuns", hide)
            client.meta.events.unregister("before-call.glue.StartJobRun", started)


@pytest.mark.timeout(400)
def test_two_runs_of_one_attempt_leave_each_other_alone(local_aws: LocalAws, project: Project) -> None:
    """The first is slow and not listed yet, so a second is started, and published; then the first ends."""
    local_aws.put("Lost-Start", ITEMS)
    table, first = project.table("Lost-Start", capture=SLOWLY), []

    def hold(answer: Any) -> None:
        first.append(run_id(answer))
        suspend_once_it_has_drafts(local_aws, "snapshots_lost_start", first[0])

    with losing_answers(clients(), "StartJobRun", then=hold), unseen(first, []):
        taken = project.snapshot(table)

    assert taken.result.success
    assert (runs_of(local_aws, "Lost-Start"), count(local_aws, "lost_start")) == (2, "2000")
    for process in processes(first[0]):
        process.resume()
    glue = local_aws.client("glue")
    while (run := glue.get_job_run(JobName=JOB, RunId=first[0])["JobRun"])["JobRunState"] == "RUNNING":
        time.sleep(0.1)
    assert run["JobRunState"] == "SUCCEEDED", run
    assert count(local_aws, "lost_start") == "2000"
    runs = [
        run for run in glue.get_job_runs(JobName=JOB)["JobRuns"] if run["Arguments"].get("--table_name") == "Lost-Start"
    ]
    files = local_aws.client("s3").list_objects_v2(Bucket="dynamodb-exports", Prefix="snapshots_lost_start/")
    (attempt,) = {run["Arguments"]["--attempt"] for run in runs}
    assert {entry["Key"].split("/")[2] for entry in files["Contents"]} == {f"{attempt}-{run['Id']}" for run in runs}


def test_a_run_whose_start_was_not_answered_is_found_and_followed(
    local_aws: LocalAws, project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    local_aws.put("Found-Start", ITEMS[:3])
    first: list[str] = []

    with losing_answers(clients(), "StartJobRun", then=lambda answer: first.append(run_id(answer))):
        taken = project.snapshot(project.table("Found-Start"))

    assert taken.metadata(files_key(taken.table))["glue_run"] == first[0]
    assert (runs_of(local_aws, "Found-Start"), count(local_aws, "found_start")) == (1, "3")
    assert f"was started all the same: run {first[0]}" in capfd.readouterr().err
