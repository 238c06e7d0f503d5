"""`python -m benchmarks.installed_size`: what an installation takes, and write it into docs/performance.md.

Each is made in a fresh environment of the Python that runs this, with the releases that pip chooses today.
"""

import os
import platform
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from benchmarks import page

_ROOT = Path(__file__).parent.parent
_PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Size:
    """An environment: its megabytes as files lie on the disk, and its packages, without pip and what came with it."""

    megabytes: int
    packages: int


def main() -> None:
    """Measure what Dagster takes, the package, and the package with its extras; fill the page."""
    with tempfile.TemporaryDirectory(prefix="ddb-assets-size-") as name:
        folder = Path(name)
        _run(sys.executable, *_PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(_ROOT))
        wheel = str(next(folder.glob("*.whl")))
        wanted = {
            "`dagster dagster-aws`": ["dagster", "dagster-aws"],
            "`ddb-assets`": [wheel],
            "`ddb-assets[local,ui]`": [f"{wheel}[local,ui]"],
        }
        found = {title: size_of(folder / "environment", requirements) for title, requirements in wanted.items()}
    print(text := _table(found))
    page.put("size", text)
    page.keep("size", {title.strip("`"): size for title, size in found.items()})


def size_of(folder: Path, requirements: Sequence[str]) -> Size:
    """Install into an environment in `folder`, which is made anew, and measure what that adds."""
    venv.create(folder, clear=True, with_pip=True)
    python = str(folder / "bin" / "python")
    empty, before = _megabytes(folder), _packages(folder)
    _run(python, *_PIP, "install", *requirements)
    own = _packages(folder) - before
    return Size(round(_megabytes(folder) - empty), len(own))


def _table(found: dict[str, Size]) -> str:
    base = next(iter(found.values()))
    rows = [[title, str(size.megabytes), str(size.packages), *_beyond(size, base)] for title, size in found.items()]
    measured = page.table(["installed", "MB", "packages", "MB beyond Dagster", "packages beyond Dagster"], rows)
    return f"{measured}\n\nOn {datetime.now(timezone.utc):%Y-%m-%d}, with Python {platform.python_version()}."


def _beyond(size: Size, base: Size) -> Iterator[str]:
    yield str(size.megabytes - base.megabytes)
    yield str(size.packages - base.packages)


def _packages(folder: Path) -> set[str]:
    return {info.name for info in folder.glob("lib/python*/site-packages/*.dist-info")}


def _megabytes(folder: Path) -> float:
    """What the files take on the disk, in units of 2²⁰ bytes, as `du` counts."""
    found = (Path(root, name).lstat() for root, _, names in os.walk(folder) for name in names)
    return sum(file.st_blocks for file in found) * 512 / 2**20


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
