"""A chain goes by its table, its `name` or its view in every command, and what else has such a name doesn't matter."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ddb_assets import cli
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_assets.verify import verify
from tests.chain.quick_job import QuickJob, quick_job
from tests.components import yaml_project
from tests.components.yaml_project import table
from tests.conftest import LocalAws, Project

__all__ = ["quick_job"]
DATABASE = "dynamodb_exports"


def command(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    program = str(Path(sys.executable).with_name("ddb-assets"))
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def foreign(local_aws: LocalAws, project: Project, quick_job: QuickJob, tmp_path: Path) -> Path:
    """A chain whose `name` is that of another DynamoDB table, and a table whose view has another's name."""
    local_aws.put("Foreign-Named", [{"id": {"S": "1"}}])
    local_aws.put("elsewhere_called", [{"id": {"S": "2"}}, {"id": {"S": "3"}}])
    project.snapshot(TableSpec("Foreign-Named", DATABASE, name="elsewhere_called"))
    yaml_project.write(tmp_path, {"a": table("table_name: Foreign-Named\nname: elsewhere_called")})
    return tmp_path


@pytest.mark.parametrize("name", ["Foreign-Named", "elsewhere_called", "dynamodb_exports.elsewhere_called"])
def test_verify_and_restore_take_every_name_of_a_chain_whose_name_is_another_tables(foreign: Path, name: str) -> None:
    verified = command(foreign, "verify", name)
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.endswith(": 1 items, all equal\n")

    if name != "Foreign-Named":
        return
    restored = command(foreign, "restore", name, "--to", "Restored-Foreign")
    assert restored.returncode == 0, restored.stderr
    assert "1 items, all equal to the snapshot's" in restored.stdout


def test_a_table_whose_name_is_the_view_of_another_is_never_taken_for_it(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, tmp_path: Path
) -> None:
    """With a defs.yaml of the one alone: the other's name is not the chain's, though its view is called so."""
    local_aws.put("Lower-Upper", [{"id": {"S": "upper"}}])
    local_aws.put("lower_upper", [{"id": {"S": "lower"}}])
    project.snapshot(TableSpec("Lower-Upper", DATABASE))
    yaml_project.write(tmp_path, {"a": table("table_name: Lower-Upper")})

    for arguments in (["verify", "lower_upper"], ["restore", "lower_upper", "--to", "Restored-Lower"]):
        refused = command(tmp_path, *arguments)
        assert refused.returncode == 1
        last = refused.stderr.strip().splitlines()[-1]
        assert "table/Lower-Upper" in last and "table/lower_upper" in last, last
    assert "Restored-Lower" not in local_aws.client("dynamodb").list_tables()["TableNames"]
    snapshot = command(tmp_path, "snapshot", "lower_upper")
    assert snapshot.returncode == 1 and "Is `Lower-Upper`" in snapshot.stderr


def test_a_view_is_found_without_a_defs_yaml(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, tmp_path: Path
) -> None:
    local_aws.put("View-Only", [{"id": {"S": "1"}}])
    project.snapshot(TableSpec("View-Only", DATABASE))

    verified = command(tmp_path, "verify", "dynamodb_exports.view_only")

    assert verified.stdout.endswith(": 1 items, all equal\n"), verified.stderr


def test_every_command_says_what_may_be_meant(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(foreign)
    for arguments in (
        ["snapshot", "Foreign-Nmaed"],
        ["payload", "Foreign-Nmaed"],
        ["plan", "Foreign-Nmaed"],
        ["rewrite", "Foreign-Nmaed", "--format", "csv"],
        ["sweep", "Foreign-Nmaed"],
        ["verify", "Foreign-Nmaed"],
        ["restore", "Foreign-Nmaed", "--to", "Restored-New"],
    ):
        refused = CliRunner().invoke(cli.app, arguments)
        assert isinstance(refused.exception, UserError), refused
        assert "Is `Foreign-Named`" in str(refused.exception), arguments


def test_a_chain_that_published_nothing_is_told_so(foreign: Path) -> None:
    chain = TableSpec("elsewhere_called", DATABASE, name="not_yet")
    with pytest.raises(UserError, match=r"snapshots_not_yet is not in the Data Catalog: nothing of 'not_yet' is"):
        verify("not_yet", chain=chain)
