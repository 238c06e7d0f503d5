"""What was measured with: the machine, without its name, and the releases."""

import os
import platform
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = (
    "boto3", "botocore", "pyarrow", "numpy", "orjson", "isal", "pyspark", "duckdb", "polars", "pandas", "awswrangler",
)  # fmt: skip


def described() -> str:
    """Two lines of Markdown."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    busy = os.getloadavg()[2] / cores
    beside = "" if busy < 1.2 else f"; other work ran beside (load of the last 15 minutes: {busy:.1f} a core)"
    return (
        f"Machine: {_processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()}; "
        f"{datetime.now(timezone.utc):%Y-%m-%d}{beside}.\n"
        f"Releases: Python {platform.python_version()}, {', '.join(f'{name} {_version(name)}' for name in _PACKAGES)}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
