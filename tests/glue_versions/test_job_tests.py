"""The job's own tests, with exactly what Glue has and the wheels that a deployed job brings."""

import ast
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from ddb_assets.job_package.modules import wheels
from tests.glue_versions.environments import ROOT, SAID, VERSIONS, pins, said

JOBS_TESTS = ROOT / "tests" / "ddb_snapshot"
USED_NAMES = Path(__file__).with_name("used_names.py")
ORCHESTRATOR = re.compile(r"(dagster|ddb_assets|moto|tests\.conftest)\b")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_environment_is_glues(version: str) -> None:
    script = "import importlib.metadata as m; print({d.metadata['Name'].lower(): d.version for d in m.distributions()})"
    done = said(version, "-c", script)
    found = ast.literal_eval(done.stdout)

    assert {name: found.get(name.lower().replace("-", "_"), found.get(name.lower())) for name in pins(version)} == pins(
        version
    )
    assert not {"ddb-assets", "dagster", "moto"} & found.keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_name_that_the_job_uses_is_there(version: str, tmp_path: Path) -> None:
    """pyarrow 17 has no `concat_batches`: only a wide table would have shown it."""
    done = said(version, str(USED_NAMES), str(ROOT / "glue"), PYTHONPATH=brought(version, tmp_path))

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.timeout(3600)
def test_the_jobs_tests_pass(version: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    done = said(
        version,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", f"--confcutdir={JOBS_TESTS}", "-o", "addopts="),
        *("-o", "filterwarnings=", "-o", "timeout=1200", *map(str, files())),
        PYTHONPATH=os.pathsep.join([brought(version, tmp_path), str(ROOT / "glue"), str(ROOT)]),
        HYPOTHESIS_PROFILE=os.environ.get("HYPOTHESIS_PROFILE", "brief"),
    )

    record_property(SAID, f"The job's tests under Glue {version}: {done.stdout.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout


def test_what_needs_the_orchestrator_is_left_out_and_no_more() -> None:
    found = {str(file.relative_to(JOBS_TESTS)) for file in files()}

    assert {
        "test_formats.py",
        "test_encode.py",
        "test_spark.py",
        "test_sessions.py",
        "scanning/test_scanner.py",
    } <= found
    assert not {"test_storage.py", "capture/test_export.py"} & found


def brought(version: str, folder: Path) -> str:
    """The modules that a deployed job brings, installed."""
    made = wheels(version)
    for wheel in made:
        (folder / wheel.name).write_bytes(wheel.content)
    files = [str(folder / wheel.name) for wheel in made]
    done = said(version, "-m", "pip", "install", "-q", "--no-index", "--target", str(folder / "modules"), *files)
    assert done.returncode == 0, done.stdout
    return str(folder / "modules")


def files() -> list[Path]:
    """The files of the job's tests that need neither Dagster nor a local AWS."""
    return [file for file in sorted(JOBS_TESTS.rglob("test_*.py")) if not _needs_orchestrator(file)]


def _needs_orchestrator(file: Path) -> bool:
    conftests = [folder / "conftest.py" for folder in file.parents if folder.is_relative_to(JOBS_TESTS)]
    return any(_imports_it(one) for one in (file, *conftests) if one.exists())


@cache
def _imports_it(file: Path) -> bool:
    for name in _imports(file):
        if ORCHESTRATOR.match(name):
            return True
        module = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if name.startswith(("tests.", "benchmarks.")) and module.exists() and _imports_it(module):
            return True
    return False


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
