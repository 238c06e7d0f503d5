"""Glue's StartJobRun on local AWS: scripts really run, and end as they would on Glue."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import LocalAws

Job = Callable[..., str]
Run = dict[str, Any]


@pytest.fixture
def job(local_aws: LocalAws) -> Job:
    """Deploys a script as a job of its own."""
    glue, s3 = local_aws.client("glue"), local_aws.client("s3")

    def deploy(name: str, script: str, **options: Any) -> str:
        s3.put_object(Bucket="dynamodb-exports", Key=f"scripts/{name}.py", Body=script.encode())
        location = f"s3://dynamodb-exports/scripts/{name}.py"
        glue.create_job(Name=name, Role="role", Command={"Name": "glueetl", "ScriptLocation": location}, **options)
        return name

    return deploy


def start(local_aws: LocalAws, name: str, **options: Any) -> str:
    return str(local_aws.client("glue").start_job_run(JobName=name, **options)["JobRunId"])


def described(local_aws: LocalAws, name: str, run_id: str) -> Run:
    run: Run = local_aws.client("glue").get_job_run(JobName=name, RunId=run_id)["JobRun"]
    return run


def until(local_aws: LocalAws, name: str, run_id: str, *states: str) -> Run:
    while (run := described(local_aws, name, run_id))["JobRunState"] not in states:
        assert run["JobRunState"] in ("STARTING", "RUNNING", "STOPPING"), run
        time.sleep(0.05)
    return run


def ended(local_aws: LocalAws, name: str, run_id: str) -> Run:
    return until(local_aws, name, run_id, "SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


def logged(local_aws: LocalAws, kind: str, run_id: str) -> list[str]:
    events = local_aws.client("logs").get_log_events(logGroupName=f"/aws-glue/jobs/{kind}", logStreamName=run_id)
    return [event["message"] for event in events["events"]]


def test_script_gets_the_jobs_and_the_runs_arguments(local_aws: LocalAws, job: Job) -> None:
    name = job("arguments", "import sys\nprint(sys.argv[1:])", DefaultArguments={"--a": "job", "--b": "job"})
    run_id = start(local_aws, name, Arguments={"--b": "run's own", "--flag": ""})

    assert ended(local_aws, name, run_id)["JobRunState"] == "SUCCEEDED"
    (line,) = logged(local_aws, "output", run_id)
    assert line.startswith("['--a', 'job', '--b', \"run's own\", '--flag', '--JOB_NAME', 'arguments'")


def test_last_exception_becomes_the_error_message(local_aws: LocalAws, job: Job) -> None:
    name = job("raising", "try:\n  1/0\nexcept ZeroDivisionError:\n  raise ValueError('price: größer') from None")
    run = ended(local_aws, name, run_id := start(local_aws, name))

    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "ValueError: price: größer")
    assert logged(local_aws, "error", run_id)[-1] == "ValueError: price: größer"


@pytest.mark.parametrize(
    ("name", "script", "state", "message"),
    [
        ("exits-with-3", "import sys; sys.exit(3)", "FAILED", "SystemExit: 3"),
        ("exits-with-0", "import sys; sys.exit(0)", "SUCCEEDED", None),
        ("killed", "import os; os.kill(os.getpid(), 9)", "FAILED", "Command failed with exit code -9."),
    ],
)
def test_a_script_that_exits(
    local_aws: LocalAws, job: Job, name: str, script: str, state: str, message: str | None
) -> None:
    run = ended(local_aws, name, start(local_aws, job(name, script)))

    assert (run["JobRunState"], run.get("ErrorMessage")) == (state, message)


def test_a_script_that_is_not_in_s3_fails_with_its_address(local_aws: LocalAws) -> None:
    location = "s3://dynamodb-exports/scripts/nowhere.py"
    command = {"Name": "glueetl", "ScriptLocation": location}
    local_aws.client("glue").create_job(Name="nowhere", Role="role", Command=command)
    run = ended(local_aws, "nowhere", start(local_aws, "nowhere"))

    assert run["JobRunState"] == "FAILED"
    assert location in run["ErrorMessage"]


def test_stopping_ends_all_processes_of_the_run(local_aws: LocalAws, job: Job) -> None:
    script = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    name = job("stopped", script)
    run_id = start(local_aws, name)
    until(local_aws, name, run_id, "RUNNING")
    while not (lines := logged_if_any(local_aws, run_id)):
        time.sleep(0.05)

    answer = local_aws.client("glue").batch_stop_job_run(JobName=name, JobRunIds=[run_id, "jr_unknown"])

    assert [stopped["JobRunId"] for stopped in answer["SuccessfulSubmissions"]] == [run_id]
    assert [error["ErrorDetail"]["ErrorCode"] for error in answer["Errors"]] == ["EntityNotFoundException"]
    assert ended(local_aws, name, run_id)["JobRunState"] == "STOPPED"
    assert not alive(int(lines[0]))


def test_concurrent_runs_beyond_the_jobs_own_number_are_refused(local_aws: LocalAws, job: Job) -> None:
    name = job("one-at-a-time", "import time; time.sleep(600)", ExecutionProperty={"MaxConcurrentRuns": 1})
    glue, run_id = local_aws.client("glue"), start(local_aws, name)

    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException):
        start(local_aws, name)

    glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id])
    ended(local_aws, name, run_id)
    again = start(local_aws, name)
    glue.batch_stop_job_run(JobName=name, JobRunIds=[again])
    newest_first = [run["Id"] for run in glue.get_job_runs(JobName=name)["JobRuns"]]
    assert newest_first == [again, run_id]


def test_libraries_are_those_in_s3(local_aws: LocalAws, job: Job) -> None:
    s3 = local_aws.client("s3")
    s3.put_object(Bucket="dynamodb-exports", Key="scripts/greeting.py", Body=b"text = 'from S3'")
    name = job(
        "libraries",
        "import ddb_snapshot, greeting; print(greeting.text, '.zip/' in ddb_snapshot.__file__)",
        DefaultArguments={
            "--extra-py-files": ",".join(["s3://dynamodb-exports/scripts/greeting.py", library(local_aws)])
        },
    )
    run_id = start(local_aws, name)

    assert ended(local_aws, name, run_id)["JobRunState"] == "SUCCEEDED"
    assert logged(local_aws, "output", run_id) == ["from S3 True"]


def library(local_aws: LocalAws) -> str:
    described = local_aws.client("glue").get_job(JobName="ddb-assets-snapshot")["Job"]
    return str(described["DefaultArguments"]["--extra-py-files"])


def logged_if_any(local_aws: LocalAws, run_id: str) -> list[str]:
    logs = local_aws.client("logs")
    try:
        return logged(local_aws, "output", run_id)
    except logs.exceptions.ResourceNotFoundException:
        return []


def alive(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
