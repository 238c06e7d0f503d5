"""The command line: what a person sees when something is wrong, and what the next program reads."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LocalAws


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("ddb-assets")), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "200", **environment}
    )


def refused(*arguments: str, **environment: str) -> str:
    """What is said of a command that can't be done: on standard error, in one message, without a traceback."""
    done = run(*arguments, **environment)
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize(
    ("form", "read"),
    [("csv", lambda text: list(csv.DictReader(io.StringIO(text)))), ("json", json.loads)],
)
def test_query_prints_what_the_next_program_reads(local_aws: LocalAws, form: str, read: object) -> None:
    done = run("query", "SELECT 'a, \"b\"' AS t, 1 AS n", "--format", form)

    assert callable(read)
    assert read(done.stdout) == [{"t": 'a, "b"', "n": "1"}]


def test_query_prints_a_table(local_aws: LocalAws) -> None:
    done = run("query", "SELECT CAST(NULL AS varchar) AS nothing, '[b]' AS text")

    assert "NULL" in done.stdout
    assert "[b]" in done.stdout
    assert "1 rows" in done.stdout


def test_a_wrong_query_gives_athenas_reason(local_aws: LocalAws) -> None:
    assert "no_such_table" in refused("query", "SELECT * FROM no_such_table")


def test_an_unknown_form_is_named(local_aws: LocalAws) -> None:
    assert "--format xml: not one of table, csv, json" in refused("query", "SELECT 1", "--format", "xml")


def test_a_table_without_defs_yaml_is_named_with_those_there_are(local_aws: LocalAws) -> None:
    said = refused("snapshot", "Nope")

    assert "'Nope'" in said
    assert "Customer-Orders, Reviews" in said


def test_a_partition_that_is_not_open_is_refused(local_aws: LocalAws) -> None:
    assert run("seed").returncode == 0

    assert "no snapshot of 2026-02-03T00:00 that tells the truth can be had" in refused(
        "snapshot", "Reviews", "--at", "2026-02-03T00:00"
    )
    assert "no partition 'yesterday'" in refused("snapshot", "Reviews", "--at", "yesterday")


def test_payload_is_the_input_of_start_job_run(local_aws: LocalAws) -> None:
    payload = json.loads(run("payload", "Customer-Orders").stdout)

    assert payload["JobName"] == "ddb-assets-snapshot"
    assert payload["Arguments"]["--table_name"] == "Customer-Orders"
    assert payload["Arguments"]["--read_percentage"] == "0.5"
    assert payload["Arguments"]["--output_prefix"] == "s3://dynamodb-exports/snapshots_customer_orders"


def test_a_bad_setting_is_named(local_aws: LocalAws) -> None:
    assert "DDB_ASSETS_DATABASE='No-Good'" in refused("query", "SELECT 1", DDB_ASSETS_DATABASE="No-Good")


def test_a_workgroup_that_does_not_exist_is_named(local_aws: LocalAws) -> None:
    assert "DDB_ASSETS_WORKGROUP" in refused("query", "SELECT 1", DDB_ASSETS_WORKGROUP="none")


def test_aws_without_credentials_is_one_message(tmp_path: Path) -> None:
    environment = dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "")
    said = refused(
        "query",
        "SELECT 1",
        **environment,
        DDB_ASSETS_DEPLOYMENT="aws",
        DDB_ASSETS_BUCKET="mine",
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true",
        DDB_ASSETS_LOCAL_STATE=str(tmp_path),
    )

    assert "No AWS credentials" in said
    assert not (tmp_path / "server.json").exists()


def test_a_key_of_another_start_is_refused_with_what_to_do(local_aws: LocalAws) -> None:
    said = refused("query", "SELECT 1", AWS_ACCESS_KEY_ID="LKIAAAAAAAAAAAAAAAAA")

    assert "doesn't know the access key 'LKIAAAAAAAAAAAAAAAAA'" in said
    assert 'eval "$(ddb-assets local env)"' in said


def test_env_is_what_a_shell_takes(local_aws: LocalAws) -> None:
    lines = run("local", "env").stdout.splitlines()

    assert dict(line.removeprefix("export ").split("=", 1) for line in lines) == local_aws.environment


def test_status_and_env_say_that_nothing_runs(tmp_path: Path) -> None:
    state = {"DDB_ASSETS_LOCAL_STATE": str(tmp_path)}

    assert run("local", "status", **state).returncode == 1
    assert "ddb-assets local start" in refused("local", "env", **state)
