"""The size of a table's runs, from its defs.yaml to Glue; and a run that would not end, refused before it starts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ddb_assets import cli
from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from tests.chain.test_failures import runs_of
from tests.components import yaml_project
from tests.conftest import LocalAws

JOB = "ddb-assets-snapshot"
TERABYTE = 1024**4


@contextmanager
def as_large_as(size: int) -> Iterator[None]:
    """DynamoDB says so of each table."""

    def enlarge(parsed: dict[str, Any], **_: Any) -> None:
        if "Table" in parsed:
            parsed["Table"] |= {"TableSizeBytes": size, "ItemCount": size // 1024}

    events = Connection().client("dynamodb").meta.events
    events.register("after-call.dynamodb.DescribeTable", enlarge)
    try:
        yield
    finally:
        events.unregister("after-call.dynamodb.DescribeTable", enlarge)


def on_demand(local_aws: LocalAws, name: str) -> None:
    client = local_aws.client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName=name, Item={"id": {"S": "1"}})


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def test_worker_type_workers_and_timeout_of_the_defs_yaml_are_the_runs(
    local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_demand(local_aws, "Sized")
    lines = "table_name: Sized\njob: {worker_type: G.2X, workers: 4, timeout: 1h30m}"
    yaml_project.write(tmp_path, {"sized": yaml_project.table(lines)})
    monkeypatch.chdir(tmp_path)

    done = command("snapshot", "Sized")

    assert done.exception is None, done.output
    (run,) = [
        run
        for run in local_aws.client("glue").get_job_runs(JobName=JOB)["JobRuns"]
        if run["Arguments"].get("--table_name") == "Sized"
    ]
    assert (run["WorkerType"], run["NumberOfWorkers"], run["Timeout"]) == ("G.2X", 4, 90)
    by_hand = json.loads(command("payload", "Sized").stdout)
    assert (by_hand["WorkerType"], by_hand["NumberOfWorkers"], by_hand["Timeout"]) == ("G.2X", 4, 90)
    planned = json.loads(command("plan", "Sized", "--format", "json").stdout)
    assert planned["methods"]["scan"]["job"] | {"longest_seconds": 0} == {
        "worker_type": "G.2X",
        "workers": 4,
        "longest_seconds": 0,
        "timeout_seconds": 5400.0,
    }


def test_a_terabyte_on_demand_is_refused_before_anything_starts(
    local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """12.4 hours at a quarter of 12,000 read units a second; the job of local AWS has a timeout of eight."""
    on_demand(local_aws, "Terabyte")
    yaml_project.write(tmp_path, {"terabyte": yaml_project.table("table_name: Terabyte")})
    monkeypatch.chdir(tmp_path)

    with as_large_as(TERABYTE):
        snapshot, plan = command("snapshot", "Terabyte"), command("plan", "Terabyte")

    for refused in (snapshot, plan):
        assert isinstance(refused.exception, UserError)
        said = str(refused.exception)
        assert "Terabyte: no snapshot of" in said
        assert "a scan's run would take 12.4 h to " in said
        assert "and be ended after its timeout of 8.0 h" in said
        assert "`job: {timeout: " in said and "`read_percentage`" in said
    shown = " ".join(plan.stdout.split())
    assert "workers G.1X, up to" in shown and "none:" in shown
    assert runs_of(local_aws, "Terabyte") == 0


def test_with_the_time_that_it_needs_it_is_planned(
    local_aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_demand(local_aws, "Longer")
    yaml_project.write(tmp_path, {"longer": yaml_project.table("table_name: Longer\njob: {timeout: 1d}")})
    monkeypatch.chdir(tmp_path)

    with as_large_as(TERABYTE):
        plan = json.loads(command("plan", "Longer", "--format", "json").stdout)

    assert plan["chosen"] == "scan"
    assert plan["job"]["timeout"] == 86_400.0
    assert 2 < plan["methods"]["scan"]["job"]["workers"] < 20
