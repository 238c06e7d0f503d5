"""The environments that the package without extras is tested in: each Python, and the ends of Dagster's range."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from tests.packaging.extras import declared

PYTHONS = ("3.10", "3.11", "3.12", "3.13")


class NoPython(Exception):
    """A Python that the package promises to run on is not on this machine."""


@dataclass(frozen=True)
class Environment:
    """A Python, and what is installed in it besides what pip chooses."""

    python: str
    dagster: str | None = None
    """The release of Dagster; None is the newest."""

    def __str__(self) -> str:
        return f"{self.python}-dagster-{self.dagster or 'newest'}"

    def requirements(self) -> list[str]:
        """What pip is told of Dagster. The newest is what it takes by itself."""
        if self.dagster is None:
            return []
        return [f"dagster=={self.dagster}", f"dagster-aws=={_of_aws(self.dagster)}"]


def environments() -> list[Environment]:
    """Each Python with the newest Dagster, and one with the oldest."""
    (dagster,) = [one for one in declared() if one.name == "dagster"]
    oldest = next(one.version for one in dagster.specifier if one.operator == ">=")
    return [*(Environment(python) for python in PYTHONS), Environment("3.11", oldest)]


def executable(version: str) -> Path:
    """The Python of that version: of `PYTHONS`, of the PATH, or of pyenv.

    Raises:
        NoPython: there is none.
    """
    for candidate in _candidates(version):
        if _version(candidate) == version:
            return candidate
    raise NoPython(
        f"Python {version} is neither on the PATH (python{version}) nor pyenv's: install it, or name all of them, as "
        'in: make test-pythons PYTHONS="/path/to/python3.10 /path/to/python3.11 …"'
    )


def _candidates(version: str) -> Iterator[Path]:
    yield from (Path(named) for named in os.environ.get("PYTHONS", "").split())
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    if pyenv := shutil.which("pyenv"):
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=True).stdout.strip()
        yield from sorted(Path(root).glob(f"versions/{version}.*/bin/python"), reverse=True)


def _version(python: Path) -> str | None:
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _of_aws(dagster: str) -> str:
    """The dagster-aws that belongs to a release of Dagster 1."""
    release = Version(dagster)
    return f"0.{release.minor + 16}.{release.micro}"
