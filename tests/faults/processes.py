"""Finding and killing the processes of a Glue job on local AWS, by their ids."""

import contextlib
import os
import signal

import psutil

from ddb_assets.local import process


def job_drivers() -> list[psutil.Process]:
    """The drivers of the jobs that run now."""
    running = process.status()
    assert running is not None
    return [
        child for child in _children(psutil.Process(running.pid)) if "script_runner.py" in " ".join(_command(child))
    ]


def python_workers() -> list[psutil.Process]:
    """The Python workers of the jobs that run now: what Spark's daemon has forked."""
    found = [child for driver in job_drivers() for child in _children(driver, recursive=True)]
    daemons = {child.pid for child in found if "pyspark.daemon" in " ".join(_command(child))}
    return [child for child in found if child.pid in daemons and _parent(child) in daemons]


def kill_jobs() -> None:
    """Kill every driver that runs, with all it has started: a Glue worker that is lost."""
    for driver in job_drivers():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(driver.pid, signal.SIGKILL)


def _children(parent: psutil.Process, recursive: bool = False) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return list(parent.children(recursive=recursive))
    return []


def _command(child: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return list(child.cmdline())
    return []


def _parent(child: psutil.Process) -> int:
    with contextlib.suppress(psutil.NoSuchProcess):
        return int(child.ppid())
    return 0
