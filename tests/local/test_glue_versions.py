"""Which Python a job's script runs with: that of its GlueVersion, where it is there."""

import subprocess
import sys
from pathlib import Path

import pytest

from ddb_assets.local import glue_versions, job_files
from ddb_assets.local.job_files import NotStarted, Script, fetch
from tests.conftest import LocalAws

BUCKET = "dynamodb-exports"


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an environment of version 9.9."""
    folder = tmp_path / "environments"
    (folder / "9.9" / "bin").mkdir(parents=True)
    (folder / "9.9" / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setenv(glue_versions.VARIABLE, str(folder))
    return folder


def test_the_environment_of_the_version_where_it_is_there(environments: Path) -> None:
    assert glue_versions.python_of("9.9") == environments / "9.9" / "bin" / "python"


@pytest.mark.parametrize("version", ["9.8", "", None, "../environments/9.9", "9.9/"])
def test_no_environment_where_there_is_none(environments: Path, version: str | None) -> None:
    assert glue_versions.python_of(version) is None


def test_no_environment_where_nothing_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(glue_versions.VARIABLE, raising=False)

    assert glue_versions.python_of("5.0") is None


def test_the_server_is_given_an_absolute_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert glue_versions.for_the_server({glue_versions.VARIABLE: ".glue"}) == {
        glue_versions.VARIABLE: str(tmp_path / ".glue")
    }
    assert glue_versions.for_the_server({}) == {}


@pytest.mark.parametrize(("version", "installs"), [("9.9", True), ("9.8", False)])
def test_modules_are_installed_in_the_versions_environment_alone(
    local_aws: LocalAws,
    environments: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    installs: bool,
) -> None:
    monkeypatch.setattr(job_files, "client", lambda service, url, region: local_aws.client(service))
    for key in ("scripts/fetched.py", "modules/none-1-py3-none-any.whl"):
        local_aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"")
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    arguments = {
        "--additional-python-modules": f"s3://{BUCKET}/modules/none-1-py3-none-any.whl, other==2",
        "--python-modules-installer-option": "--no-index --no-deps",
    }
    folder = tmp_path / "run"
    folder.mkdir()
    script = Script("job", "jr_1", f"s3://{BUCKET}/scripts/fetched.py", arguments, "", "", version)

    fetched = fetch(script, folder)

    assert fetched.main.read_bytes() == b""
    assert fetched.import_from == ((folder / "modules",) if installs else ())
    assert [command[-4:] for command in asked] == (
        [["--no-index", "--no-deps", str(folder / "wheels" / "none-1-py3-none-any.whl"), "other==2"]]
        if installs
        else []
    )


def test_what_pip_said_ends_the_run(
    local_aws: LocalAws, environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_files, "client", lambda service, url, region: local_aws.client(service))
    local_aws.client("s3").put_object(Bucket=BUCKET, Key="scripts/fetched.py", Body=b"")
    arguments = {"--additional-python-modules": "none-such==1", "--python-modules-installer-option": "--no-index"}
    script = Script("job", "jr_1", f"s3://{BUCKET}/scripts/fetched.py", arguments, "", "", "9.9")

    with pytest.raises(NotStarted, match="Job job: pip can't install none-such==1: ERROR: No matching distribution"):
        fetch(script, tmp_path)
