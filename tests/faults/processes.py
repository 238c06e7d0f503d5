"""Finding and killing the processes of a Glue job on local AWS, by their ids."""

import contextlib
import os
import signal
from typing import Any

import psutil

from ddb_assets.local import process


def job_drivers() -> list[psutil.Process]:
    """The drivers of the jobs that run now."""
    running = process.status()
    assert running is not None
    return [
        child for child in _children(psutil.Process(running.pid)) if "script_runner.py" in " ".join(_command(child))
    ]


def jvms_of(driver: psutil.Process) -> list[psutil.Process]:
    """The JVM that serves a run, which is local AWS's own child: the driver knows it by its port."""
    port = int(driver.environ()["PYSPARK_GATEWAY_PORT"])
    server = driver.parent()
    assert server is not None
    return [one for one in _children(server) if any(each.laddr.port == port for each in _listening(one))]


def _listening(process: psutil.Process) -> list[Any]:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return [each for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    return []


def python_workers() -> list[psutil.Process]:
    """The Python workers of the jobs that run now: what Spark's daemon has forked."""
    found = [child for driver in job_drivers() for jvm in jvms_of(driver) for child in _children(jvm, recursive=True)]
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
