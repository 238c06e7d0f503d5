"""A piece of Python in a new process, and what that spends from its start to its end."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Spent:
    """Seconds of one process, and what it has printed."""

    wall_seconds: float
    cpu_seconds: float
    printed: str


def run_apart(program: str, *arguments: str) -> Spent:
    """Run the program once.

    Raises:
        RuntimeError: it failed; what it said.
    """
    before, started = _cpu_seconds(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, env=os.environ
    )
    wall = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Spent(wall, _cpu_seconds() - before, done.stdout.strip())


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
