"""Local AWS as a process: one for each state folder, found again, ended with all that it started."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import psutil
import pytest

from ddb_assets import local_aws
from ddb_assets.local import process
from ddb_assets.local.errors import LocalAwsError


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DDB_ASSETS_LOCAL_STATE", str(tmp_path / "state"))
    yield tmp_path / "state"
    process.stop()


def test_two_starts_at_the_same_moment_end_with_one_server() -> None:
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: _started_by_another_process(), range(2))

    assert first == second
    assert process.status() is not None


def test_a_server_whose_start_was_cut_off_is_awaited_and_not_started_again(own_state: Path) -> None:
    own_state.mkdir(mode=0o700)
    starter = subprocess.Popen([sys.executable, "-c", "from ddb_assets.local import start; start()"])
    while not process.is_starting():
        assert starter.poll() is None
        time.sleep(0.01)
    starter.kill()
    starter.wait()

    running = process.start()

    servers = [one.pid for one in psutil.process_iter(["environ", "cmdline"]) if _serves(one, own_state)]
    assert servers == [running.pid]
    assert not process.is_starting()


def _serves(one: psutil.Process, folder: Path) -> bool:
    return (one.info["environ"] or {}).get("DDB_ASSETS_LOCAL_STATE") == str(
        folder
    ) and "ddb_assets.local" in one.cmdline()


def test_a_started_server_holds_what_an_account_has_after_set_up() -> None:
    environment = process.environment(local_aws.start())
    session = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    clients = {
        service: session.client(service, environment["AWS_REGION"], endpoint_url=environment["AWS_ENDPOINT_URL"])
        for service in ("s3", "glue", "athena")
    }

    clients["s3"].head_bucket(Bucket="dynamodb-exports")
    assert clients["glue"].get_database(Name="dynamodb_exports")["Database"]["Name"] == "dynamodb_exports"
    job = clients["glue"].get_job(JobName="ddb-assets-snapshot")["Job"]
    assert (job["Command"]["Name"], job["GlueVersion"]) == ("glueetl", "5.0")
    workgroup = clients["athena"].get_work_group(WorkGroup="ddb-assets")["WorkGroup"]
    location = workgroup["Configuration"]["ResultConfiguration"]["OutputLocation"]
    assert location == "s3://dynamodb-exports/athena-results/"


def test_it_listens_on_127_0_0_1_only() -> None:
    running = process.start()
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(running.pid).net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]

    assert set(listening) == {"127.0.0.1"}


def test_it_survives_the_client_that_started_it() -> None:
    pid = _started_by_another_process()
    running = process.status()

    assert running is not None and running.pid == pid


def test_stop_ends_the_server_and_says_whether_there_was_one() -> None:
    running = process.start()

    assert process.stop() is True
    assert process.status() is None
    assert process.stop() is False
    assert not psutil.pid_exists(running.pid) or psutil.Process(running.pid).status() == psutil.STATUS_ZOMBIE


def test_a_port_in_use_is_named_and_no_server_stays_behind() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalAwsError, match=f"Port {port} on 127.0.0.1"):
            process.start(port=port)

    assert process.status() is None


def test_another_port_than_that_of_the_running_server_is_refused() -> None:
    running = process.start()

    with pytest.raises(LocalAwsError, match=running.url):
        process.start(port=1)


def test_a_server_that_was_killed_is_not_taken_for_a_running_one() -> None:
    first = process.start()
    psutil.Process(first.pid).kill()
    while psutil.pid_exists(first.pid) and psutil.Process(first.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.05)

    assert process.status() is None
    assert process.start().pid != first.pid


def test_it_ends_itself_when_idle(own_state: Path) -> None:
    command = [sys.executable, "-m", "ddb_assets.local", "--idle-hours", "0.0001"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Local AWS is at http://127.0.0.1:")
    assert not (own_state / "server.json").exists()


def test_a_second_server_for_the_same_folder_is_refused() -> None:
    process.start()

    done = subprocess.run(
        [sys.executable, "-m", "ddb_assets.local"], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 1
    assert "running already" in done.stderr


def test_what_the_callers_shell_says_of_aws_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a-profile-that-is-not-there")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    assert process.start().url.startswith("http://127.0.0.1:")


def _started_by_another_process() -> int:
    script = "from ddb_assets.local import process; print(process.start().pid)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=os.environ)
    return int(done.stdout)
