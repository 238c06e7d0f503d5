"""The wheels of the modules that Glue lacks: made of what is installed, and installed from the bucket alone."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ddb_assets import job_package
from ddb_assets.cli import app
from ddb_assets.errors import UserError
from ddb_assets.job_package import modules as job_modules
from ddb_assets.job_package.modules import Wheel
from tests.conftest import LocalAws


def test_a_wheel_is_the_same_bytes_each_time() -> None:
    assert job_modules.wheel("orjson") == job_modules.wheel("orjson")


@pytest.mark.parametrize("module", ["fastavro", "isal", "orjson"])
def test_pip_installs_a_wheel_without_an_index(module: str, tmp_path: Path) -> None:
    made = job_modules.wheel(module)
    (tmp_path / made.name).write_bytes(made.content)
    options = ["--quiet", "--no-index", "--disable-pip-version-check", "--target", str(tmp_path / "to")]

    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(tmp_path / made.name)], check=True)

    script = f"import sys; sys.path.insert(0, {str(tmp_path / 'to')!r}); import {module}; print({module}.__file__)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(tmp_path))
    assert (tmp_path / "to" / f"{module}-{version(module)}.dist-info").is_dir()


def test_whether_a_wheel_runs_on_glue_is_in_its_name() -> None:
    names = {
        "orjson-3.11-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl": True,
        "dagster_pipes-1.13-py3-none-any.whl": True,
        "orjson-3.11-cp311-cp311-macosx_11_0_arm64.whl": False,
        "orjson-3.11-cp311-cp311-manylinux_2_17_aarch64.whl": False,
        "orjson-3.11-cp313-cp313-manylinux_2_17_x86_64.whl": False,
        "orjson-3.11-cp310-cp310-manylinux_2_17_x86_64.whl": False,
        "isal-1.9-cp39-abi3-manylinux_2_17_x86_64.whl": True,
        "isal-1.9-cp312-abi3-manylinux_2_17_x86_64.whl": False,
        "six-1.17-py2.py3-none-any.whl": True,
    }

    assert {name: Wheel(name, b"").runs_on_glue for name in names} == names


def test_another_version_of_glue_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"Glue 4.0 is none of the versions that the job is tested with: take 5.0 or"):
        job_modules.wheels("4.0")


def test_the_deployed_job_asks_no_package_index(local_aws: LocalAws) -> None:
    s3 = local_aws.client("s3")
    job = local_aws.client("glue").get_job(JobName="ddb-assets-snapshot")["Job"]
    modules = job["DefaultArguments"]["--additional-python-modules"].split(",")

    assert job["GlueVersion"] == job_package.GLUE_VERSION
    assert len(modules) == len(job_modules.MODULES[job["GlueVersion"]])
    assert job["DefaultArguments"]["--python-modules-installer-option"] == "--no-index"
    for uri in modules:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        assert key.endswith(".whl")
        assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 0


def test_upload_job_prints_what_create_job_is_told(local_aws: LocalAws) -> None:
    result = CliRunner().invoke(app, ["upload-job", "--glue-version", "5.1"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)

    local_aws.client("glue").create_job(Name="uploaded", Role="role", **told)
    made = local_aws.client("glue").get_job(JobName="uploaded")["Job"]
    assert made["GlueVersion"] == "5.1"
    assert "orjson" not in made["DefaultArguments"]["--additional-python-modules"]


def test_modules_of_another_machine_are_not_uploaded(monkeypatch: pytest.MonkeyPatch) -> None:
    mac = Wheel("isal-1-cp311-cp311-macosx_11_0_arm64.whl", b"")
    monkeypatch.setattr(job_package, "wheels", lambda version: [mac])

    with pytest.raises(
        UserError, match=r"isal-1-.*arm64.whl was made for this machine and its Python, and Glue is Linux on x86_64"
    ):
        job_package.require_glues_machine("5.0")
