"""The wheel: two packages, and the Glue job's files as they are in the repository."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ddb_assets import job_package
from tests.packaging.extras import ROOT

JOB_FILES = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
from ddb_assets import job_package
files = [job_package.job_script().read_bytes(), job_package.build_library()]
print(json.dumps([str(job_package.job_script()), *(hashlib.sha256(file).hexdigest() for file in files)]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


def test_its_top_level_is_the_two_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top = {name.partition("/")[0] for name in archive.namelist()}

    assert {name for name in top if not name.endswith(".dist-info")} == {"ddb_assets", "ddb_snapshot"}


def test_the_job_of_an_installed_wheel_is_the_repositorys(wheel: Path, tmp_path: Path) -> None:
    """Byte for byte: both are uploaded under the same name."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)

    installed, repositorys = _job_files(tmp_path), _job_files(ROOT)

    assert installed[0] == str(tmp_path / "ddb_snapshot" / "snapshot_job.py")
    assert repositorys[0] == str(ROOT / "glue" / "snapshot_job.py") == str(job_package.job_script())
    assert installed[1:] == repositorys[1:]


def _job_files(first_on_path: Path) -> list[str]:
    command = [sys.executable, "-c", JOB_FILES, str(first_on_path)]
    found: list[str] = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=first_on_path).stdout)
    return found
