"""`ddb-assets plan`: what a person reads and what a program does, asked of a real local AWS."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from ddb_assets import cli
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.in_use import in_use
from ddb_assets.commands.plan import plan_table
from ddb_assets.errors import UserError
from ddb_assets.samples import create, sample_tables
from ddb_snapshot import manifest
from ddb_snapshot.columns import Column
from ddb_snapshot.manifest import Capture, DataFile, Manifest
from ddb_snapshot.names import format_instant
from ddb_snapshot.types import Text
from tests.components.test_dynamodb_table import _project as write_project
from tests.conftest import LocalAws
from tests.test_cli import refused, run


@pytest.fixture
def table(local_aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[str]:
    """A table of its own for the test, which no defs.yaml names."""
    name = "plan-" + re.sub(r"[^a-z]+", "-", request.node.name)[:60]
    local_aws.put(name, [{"id": {"S": str(number)}, "text": {"S": "x" * 1000}} for number in range(30)])
    yield name
    local_aws.client("dynamodb").delete_table(TableName=name)


def turn_recovery_on(local_aws: LocalAws, table: str) -> None:
    local_aws.client("dynamodb").update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def printed(table: str, *arguments: str) -> str:
    """What the command prints, run in this process."""
    done = CliRunner().invoke(cli.app, ["plan", table, *arguments])
    if done.exception is not None:
        raise done.exception
    return done.stdout


def planned(table: str, *arguments: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(printed(table, "--format", "json", *arguments))
    return plan


def test_the_table_fits_a_hundred_columns_and_has_a_column_for_each_method(local_aws: LocalAws, table: str) -> None:
    shown = printed(table)

    # The command to copy is the one line that isn't broken.
    lines = [line for line in shown.splitlines() if "update-continuous-backups" not in line]
    assert max(len(line) for line in lines) <= 100
    assert re.search(r"scan \(chosen\) .* export .* incremental", shown)
    for row in ("possible", "takes", "items are of", "read units", "requests", "dollars, at most", "missing"):
        assert row in shown
    assert f"{table} in us-east-1: 30 items, 29." in " ".join(shown.split())
    assert "0 of 300 exports at once, 0 B of 100 TB in export, 0 of 3 runs of the Glue job" in shown


def test_what_is_missing_comes_with_the_command_to_copy(local_aws: LocalAws, table: str) -> None:
    commands = [line for line in printed(table).splitlines() if "aws dynamodb" in line]

    assert [command.strip() for command in commands] == [
        f"aws dynamodb update-continuous-backups --region us-east-1 --table-name {table} "
        "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
    ]


def test_a_program_reads_the_same_as_json(local_aws: LocalAws, table: str) -> None:
    plan = planned(table)

    assert plan["chosen"] == "scan"
    assert "point-in-time recovery is off" in plan["reason"]
    assert plan["methods"]["export"]["possible"] is False
    assert plan["methods"]["scan"]["read_units"] > 0
    assert plan["methods"]["scan"]["cost"]["dollars"] > 0
    assert plan["methods"]["scan"]["span"]["lag_seconds"] > 0
    midnight = f"{plan['snapshot_timestamp']}:00Z"
    assert plan["methods"]["export"]["span"] == {"from": midnight, "to": midnight, "lag_seconds": 0.0}
    assert plan["job"] == {"worker_type": "G.1X", "workers": 2, "timeout": 8 * 3600.0, "by_size": True}
    assert plan["quotas"]["job_runs"] == {"in_use": 0, "limit": 3}
    assert plan["notes"][0].startswith("No defs.yaml names the table")


def test_the_options_and_the_cadence_are_those_of_the_defs_yaml(local_aws: LocalAws) -> None:
    for sample in sample_tables():
        create(local_aws.client("dynamodb"), sample)

    plan = planned("Customer-Orders")

    assert plan["capture"]["read_percentage"] == 0.5
    assert plan["window"] == {"open": True, "seconds": 3600.0}
    assert not plan["notes"][0].startswith("No defs.yaml")


def test_max_lag_of_the_defs_yaml_leaves_no_scan_that_would_be_too_late(
    local_aws: LocalAws, table: str, tmp_path: Path
) -> None:
    write_project(tmp_path, "capture: {max_lag: 1s}", table)

    refusal = plan_table(table, None, tmp_path)
    turn_recovery_on(local_aws, table)
    mended = plan_table(table, format_instant(datetime.now(UTC).replace(hour=0, minute=0)), tmp_path)

    assert refusal.choice is None
    assert "and `max_lag` is 1s" in refusal.refusal
    assert refusal.to_json()["capture"]["max_lag"] == 1.0
    assert not mended.methods["scan"].possibility.possible


def test_a_closed_window_without_recovery_is_no_error_but_a_plan_that_says_none(
    local_aws: LocalAws, table: str
) -> None:
    plan = planned(table, "--at", "2026-02-03T00:00")

    assert plan["chosen"] is None
    assert "no snapshot of 2026-02-03T00:00 that tells the truth can be had" in plan["reason"]
    assert "none: " in printed(table, "--at", "2026-02-03T00:00")


def test_a_partition_that_the_cadence_has_not_is_refused(local_aws: LocalAws, table: str) -> None:
    for key in ("2026-02-03T00:30", "2030-01-01T00:00", "yesterday"):
        with pytest.raises(
            UserError, match=f"has no partition '{key}': its keys are the instants of its cadence from 2"
        ):
            printed(table, "--at", key)


def test_a_table_that_is_not_there_and_a_form_that_is_none_are_named(local_aws: LocalAws) -> None:
    assert "'No-Such-Table' does not exist" in refused("plan", "No-Such-Table")
    assert "--format csv: not one of table, json" in refused("plan", "Reviews", "--format", "csv")


def test_the_published_snapshot_before_the_wanted_one_is_what_it_could_be_built_on(
    local_aws: LocalAws, table: str
) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = midnight - timedelta(days=1)
    publish(table, yesterday, "export")
    publish(table, midnight, "incremental")
    turn_recovery_on(local_aws, table)

    plan = planned(table, "--at", format_instant(midnight))

    assert plan["previous"]["instant"] == f"{yesterday:%Y-%m-%dT%H:%M:%SZ}"
    assert (plan["previous"]["method"], plan["previous"]["bytes"]) == ("export", 12_345)
    assert plan["methods"]["export"]["bytes"]["written"] == 12_345


def publish(table: str, instant: datetime, method: str) -> None:
    """A published snapshot without its files: its partition and manifest are all that a plan reads."""
    name = table.replace("-", "_")
    folder = f"s3://dynamodb-exports/snapshots_{name}"
    key = format_instant(instant)
    attempt = Manifest(
        table_name=table,
        snapshot_timestamp=key,
        attempt="a-1",
        output_format="parquet",
        location=f"{folder}/snapshot_timestamp={key.replace(':', '%3A')}/a-1/",
        files=(DataFile("part-00000.parquet", 30, 12_345),),
        row_count=30,
        bytes=12_345,
        columns=(Column("id", "id", Text()),),
        capture=Capture(method, instant.isoformat(), instant.isoformat(), 30, 30_000),
    )
    connection = Connection()
    manifest.write(connection.client("s3"), attempt)
    DataCatalog(connection=connection).publish("dynamodb_exports", f"snapshots_{name}", f"{folder}/", attempt)


class TestAnotherRegion:
    """Cape Town is not in the price table, and holds no Glue job."""

    REGION = "af-south-1"

    @pytest.fixture
    def remote(self, local_aws: LocalAws) -> Iterator[str]:
        client = boto3.client("dynamodb", region_name=self.REGION)
        client.create_table(
            TableName="Far",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield "Far"
        client.delete_table(TableName="Far")

    def test_dollars_are_refused_and_all_the_rest_is_said(self, remote: str) -> None:
        done = run("plan", remote, "--format", "json", DDB_ASSETS_REGION=self.REGION)
        plan = json.loads(done.stdout)

        assert plan["prices"] is None
        assert plan["methods"]["scan"]["cost"] is None
        assert plan["methods"]["scan"]["read_units"] > 0
        assert any(
            "No prices are known for af-south-1" in note and "DDB_ASSETS_PRICES=" in note for note in plan["notes"]
        )
        assert any("Glue job 'ddb-assets-snapshot' (EntityNotFoundException" in note for note in plan["notes"])

    def test_a_file_of_ones_own_brings_them(self, remote: str, tmp_path: Path) -> None:
        packaged = json.loads((Path(__file__).parents[2] / "ddb_assets/planning/prices.json").read_text())
        own = tmp_path / "prices.json"
        own.write_text(json.dumps({"as_of": "2026-11-01", "regions": {self.REGION: packaged["regions"]["sa-east-1"]}}))

        done = run("plan", remote, DDB_ASSETS_REGION=self.REGION, DDB_ASSETS_PRICES=str(own))

        assert "af-south-1's list prices of 2026-11-01" in done.stdout


def test_exports_in_progress_and_their_tables_sizes_count(
    local_aws: LocalAws, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = local_aws.client("dynamodb").describe_table(TableName=table)["Table"]["TableArn"]
    pages = [
        {"ExportSummaries": [{"ExportArn": f"{arn}/export/1", "ExportStatus": "IN_PROGRESS"}], "NextToken": "more"},
        {
            "ExportSummaries": [
                {"ExportArn": f"{arn}/export/2", "ExportStatus": "IN_PROGRESS"},
                {"ExportArn": f"{arn}-gone/export/3", "ExportStatus": "IN_PROGRESS"},
                {"ExportArn": f"{arn}/export/4", "ExportStatus": "COMPLETED"},
            ]
        },
    ]
    client = Connection().client("dynamodb")
    monkeypatch.setattr(client, "list_exports", lambda **asked: pages[1 if asked else 0])

    _, used = in_use(Connection(), "ddb-assets-snapshot")

    size = client.describe_table(TableName=table)["Table"]["TableSizeBytes"]
    assert (used.exports, used.export_bytes) == (3, 2 * size)


def test_an_arn_is_refused_by_name(local_aws: LocalAws, table: str) -> None:
    arn = local_aws.client("dynamodb").describe_table(TableName=table)["Table"]["TableArn"]

    with pytest.raises(UserError, match=f"is a table's ARN: write its name, '{table}'"):
        printed(arn)
