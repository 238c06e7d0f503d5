"""`ddb-assets snapshot` killed at a call, before it is done or after: the view is whole, and it passes again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LocalAws
from tests.faults.calls import Operation
from tests.faults.proxy import Fault, Proxy, Rule

ALL = (
    (Operation("glue", "StartJobRun"), Fault.KILLED_AFTER),
    (Operation("glue", "StartJobRun"), Fault.KILLED),
    (Operation("glue", "GetJobRun"), Fault.KILLED),
    (Operation("glue", "CreatePartition"), Fault.KILLED),
    (Operation("glue", "CreatePartition"), Fault.KILLED_AFTER),
    (Operation("athena", "StartQueryExecution"), Fault.KILLED),
    (Operation("athena", "StartQueryExecution"), Fault.KILLED_AFTER),
)
CASES = ALL if os.environ.get("FAULTS") else ALL[:1]


def snapshot(proxy: Proxy) -> "subprocess.Popen[str]":
    command = [str(Path(sys.executable).with_name("ddb-assets")), "snapshot", "Reviews"]
    return subprocess.Popen(
        command,
        env={**os.environ, "AWS_ENDPOINT_URL": proxy.url},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@pytest.mark.parametrize(("operation", "fault"), CASES, ids=str)
def test_a_killed_command_passes_when_run_again(
    local_aws: LocalAws, proxy: Proxy, operation: Operation, fault: Fault
) -> None:
    local_aws.put("Reviews", [{"id": {"S": str(number)}} for number in range(4)])
    before = view(local_aws)
    commands: list[subprocess.Popen[str]] = []
    proxy.begin(Rule(operation, 0, fault, kill=lambda: commands[0].kill()))
    commands.append(snapshot(proxy))
    said, _ = commands[0].communicate()
    reached = proxy.hits > 0
    proxy.begin()

    assert commands[0].returncode == (-9 if reached else 0), said
    assert view(local_aws) in (before, 4)
    again = snapshot(proxy)
    said, _ = again.communicate()
    assert again.returncode == 0, said
    assert view(local_aws) == 4


def view(local_aws: LocalAws) -> int | None:
    """The view's rows, or None before there is one."""
    views = local_aws.client("glue").get_tables(DatabaseName="dynamodb_exports")["TableList"]
    if "reviews" not in {found["Name"] for found in views}:
        return None
    ((count,),) = local_aws.query("SELECT count(*) FROM reviews")
    assert count is not None
    return int(count)
