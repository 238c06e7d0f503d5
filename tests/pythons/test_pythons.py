"""The wheel without extras, in environments of its own: it loads, plans and runs a chain against an AWS elsewhere.

That AWS is local AWS, which runs in the environment of these tests.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from ddb_assets import samples
from tests.conftest import LocalAws
from tests.packaging.extras import ROOT
from tests.pythons.environments import PYTHONS, Environment, environments, executable

LOADS = """
import json
import ddb_assets, ddb_assets.components
from ddb_assets.definitions import defs
print(json.dumps(sorted(defs().get_repository_def().job_names)))
"""

GLUES_PYTHON = "3.11"


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, on a deployment `aws` of its own."""

    environment: Environment
    folder: Path
    variables: Mapping[str, str]

    def python(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self._run("python", *arguments)

    def ddb_assets(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self._run("ddb-assets", *arguments)

    def without_deployment(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        kept = {name: value for name, value in self.variables.items() if not name.startswith(("AWS_", "DDB_"))}
        return self._run("ddb-assets", *arguments, variables=kept)

    def _run(
        self, program: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        command = [str(self.folder / "environment" / "bin" / program), *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=variables or self.variables, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session", params=environments(), ids=str)
def installed(
    request: pytest.FixtureRequest, wheel: Path, local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installed]:
    environment: Environment = request.param
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "environment" / "bin" / "python"
    subprocess.run([str(executable(environment.python)), "-m", "venv", str(folder / "environment")], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, str(wheel), *environment.requirements()], check=True)
    name = str(environment).replace(".", "_").replace("-", "_")
    s3, glue = local_aws.client("s3"), local_aws.client("glue")
    s3.create_bucket(Bucket=name.replace("_", "-"))
    glue.create_database(DatabaseInput={"Name": f"python_{name}"})
    samples.create(local_aws.client("dynamodb"), samples.sample_tables()[0])
    own = {"DEPLOYMENT": "aws", "BUCKET": name.replace("_", "-"), "DATABASE": f"python_{name}"}
    inherited = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    yield Installed(environment, folder, inherited | {f"DDB_ASSETS_{key}": value for key, value in own.items()})
    # Half a gigabyte each.
    shutil.rmtree(folder)


def test_every_python_that_the_package_takes_is_here() -> None:
    assert {environment.python for environment in environments()} == set(PYTHONS)
    assert all(executable(version).exists() for version in PYTHONS)


def test_it_imports_and_its_definitions_load(installed: Installed) -> None:
    done = installed.python("-W", "ignore", "-c", LOADS)

    assert done.returncode == 0, done.stderr
    assert {"snapshot_reviews", "snapshot_customer_orders"} <= set(json.loads(done.stdout.splitlines()[-1]))


def test_what_dagster_does_not_document_works(installed: Installed) -> None:
    done = installed.python("-W", "ignore", str(ROOT / "tests" / "packaging" / "internals.py"))

    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert f"Dagster {installed.environment.dagster or ''}" in done.stdout


def test_it_plans_and_runs_a_chain(installed: Installed) -> None:
    planned = installed.ddb_assets("plan", "Reviews", "--format", "json")
    snapshot = installed.ddb_assets("snapshot", "Reviews")
    counted = installed.ddb_assets("query", "SELECT count(*) AS n FROM reviews", "--format", "json")
    verified = installed.ddb_assets("verify", "Reviews")

    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["chosen"] == "scan"
    assert snapshot.returncode == 0, snapshot.stderr
    assert json.loads(counted.stdout) == [{"n": "2"}], counted.stderr
    assert "2 items, all equal" in verified.stdout, verified.stderr


def test_the_job_is_uploaded_from_glues_python_alone(installed: Installed) -> None:
    done = installed.ddb_assets("upload-job")

    if installed.environment.python == GLUES_PYTHON:
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["Command"]["ScriptLocation"].endswith("/snapshot_job.py")
    else:
        assert done.returncode == 1, done
        assert "Glue is Linux on x86_64 with Python 3.11" in done.stderr


@pytest.mark.parametrize("command", [["demo"], ["seed"], ["local", "start"]], ids=" ".join)
def test_what_needs_local_aws_says_so(installed: Installed, command: list[str]) -> None:
    done = installed.without_deployment(*command)

    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    assert 'pip install "ddb-assets[local]"' in done.stderr.replace("\n", " ")
