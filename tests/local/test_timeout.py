"""A run that takes longer than its Timeout, on a server in this process whose minutes are short."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from moto.glue.models import FakeJob
from moto.glue.responses import GlueResponse
from moto.server import ThreadedMotoServer

from ddb_assets.local import glue_runs
from ddb_assets.local.clients import client


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for owner, name in ((FakeJob, "start_job_run"), (FakeJob, "get_job_runs")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(GlueResponse, "batch_stop_job_run", None, raising=False)
    monkeypatch.setattr(glue_runs, "_SECONDS_PER_MINUTE", 0.5)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    glue_runs.install(lambda: address)
    yield address
    server.stop()


@pytest.mark.parametrize(("of_job", "of_run"), [({"Timeout": 1}, {}), ({"Timeout": 480}, {"Timeout": 1})])
def test_a_run_beyond_its_timeout_is_ended(url: str, of_job: dict[str, int], of_run: dict[str, int]) -> None:
    s3, glue = client("s3", url, "us-east-1"), client("glue", url, "us-east-1")
    s3.create_bucket(Bucket="scripts")
    s3.put_object(Bucket="scripts", Key="slow.py", Body=b"import time; time.sleep(600)")
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/slow.py"}
    glue.create_job(Name="slow", Role="role", Command=command, **of_job)
    run_id = glue.start_job_run(JobName="slow", **of_run)["JobRunId"]

    run = _ended(glue, "slow", run_id)

    assert (run["JobRunState"], run["Timeout"]) == ("TIMEOUT", 1)
    assert "Timeout of 1 min" in run["ErrorMessage"]


def test_a_runs_own_size_is_told_of_it(url: str) -> None:
    s3, glue = client("s3", url, "us-east-1"), client("glue", url, "us-east-1")
    s3.create_bucket(Bucket="scripts")
    s3.put_object(Bucket="scripts", Key="quick.py", Body=b"")
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/quick.py"}
    glue.create_job(Name="slow", Role="role", Command=command, WorkerType="G.1X", NumberOfWorkers=2, Timeout=480)
    run_id = glue.start_job_run(JobName="slow", WorkerType="G.2X", NumberOfWorkers=7, Timeout=90)["JobRunId"]

    run = _ended(glue, "slow", run_id)

    assert (run["JobRunState"], run["WorkerType"], run["NumberOfWorkers"], run["Timeout"]) == (
        "SUCCEEDED",
        "G.2X",
        7,
        90,
    )


@pytest.mark.parametrize(
    "refused",
    [{"Timeout": 10_080}, {"WorkerType": "G.2X"}, {"WorkerType": "G.2X", "NumberOfWorkers": 2, "MaxCapacity": 4.0}],
)
def test_a_size_that_glue_has_not_is_refused(url: str, refused: dict[str, Any]) -> None:
    glue = client("glue", url, "us-east-1")
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/quick.py"}
    glue.create_job(Name="slow", Role="role", Command=command, WorkerType="G.1X", NumberOfWorkers=2)

    with pytest.raises(glue.exceptions.InvalidInputException):
        glue.start_job_run(JobName="slow", **refused)
    assert glue.get_job_runs(JobName="slow")["JobRuns"] == []


@pytest.mark.parametrize(("version", "minutes"), [(None, 2880), ("4.0", 2880), ("5.0", 480), ("5.1", 480)])
def test_a_run_has_the_timeout_of_its_glue_version_where_none_is_given(
    url: str, version: str | None, minutes: int
) -> None:
    glue = client("glue", url, "us-east-1")
    command = {"Name": "glueetl", "ScriptLocation": "s3://scripts/none.py"}
    name, named = f"default-{version}", {} if version is None else {"GlueVersion": version}
    glue.create_job(Name=name, Role="role", Command=command, **named)

    run_id = glue.start_job_run(JobName=name)["JobRunId"]

    assert _ended(glue, name, run_id)["Timeout"] == minutes


def _ended(glue: Any, job_name: str, run_id: str) -> Any:
    while True:
        run = glue.get_job_run(JobName=job_name, RunId=run_id)["JobRun"]
        if run["JobRunState"] not in ("STARTING", "RUNNING"):
            return run
        time.sleep(0.05)
