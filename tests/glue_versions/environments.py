"""The environments of `make test-glue`: what a script finds on each version of Glue."""

import os
import subprocess
from pathlib import Path

from ddb_assets.job_package.modules import MODULES
from ddb_assets.local import glue_versions

ROOT = Path(__file__).parents[2]
VERSIONS = tuple(MODULES)
SAID = "said"
"""The property of a test that has a line for the end."""


def python_of(version: str) -> Path:
    """The Python of the environment; the tests are nothing without it."""
    python = glue_versions.python_of(version)
    assert python is not None, f"There is no environment of Glue {version} in {glue_versions.VARIABLE}: make test-glue"
    return python


def pins(version: str) -> dict[str, str]:
    """Glue's own releases, by package."""
    lines = (ROOT / f"requirements-glue-{version}.in").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def said(version: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a program of the environment says, in both streams."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "PYTEST"))}
    return subprocess.run(
        [str(python_of(version)), *arguments],
        cwd=ROOT,
        env={**clean, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
