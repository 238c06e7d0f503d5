"""The JVMs of Spark's that wait for a Glue run, so that one needs not begin with starting a JVM.

A run has its JVM to itself. The next has it only if the run has succeeded, and has left nothing behind.
"""

from __future__ import annotations

import threading
import time
from typing import Final

from ddb_assets.local.spark_jvm import Kind, SparkJvm

_MOST_WAITING: Final = 2
_MOST_RUNS: Final = 50
_UNUSED_SECONDS: Final = 60.0


class SparkJvms:
    """Of these JVMs, at most `most_waiting` wait at once, and each serves at most `most_runs`.

    A waiting JVM takes memory, from 250 MB up to the 1 GB of a driver. What runs have loaded into one, it keeps.
    """

    def __init__(self, most_waiting: int = _MOST_WAITING, most_runs: int = _MOST_RUNS) -> None:
        self._most_waiting, self._most_runs = most_waiting, most_runs
        self._waiting: list[SparkJvm] = []
        self._lock = threading.Lock()

    def take(self, kind: Kind) -> SparkJvm:
        """A JVM that no other run has. Raises NoJvm."""
        with self._lock:
            found = next((jvm for jvm in reversed(self._waiting) if jvm.kind == kind), None)
            if found is not None:
                self._waiting.remove(found)
        if found is None:
            return SparkJvm(kind)
        if found.alive():
            return found
        found.end()
        return self.take(kind)

    def give_back(self, jvm: SparkJvm, succeeded: bool) -> None:
        """After a run, which has succeeded or not; the run's output is complete then."""
        if not succeeded or not jvm.release() or jvm.runs >= self._most_runs:
            jvm.end()
            return
        with self._lock:
            self._waiting.append(jvm)
            surplus = [self._waiting.pop(0) for _ in range(len(self._waiting) - self._most_waiting)]
        for one in surplus:
            one.end()

    def end_unused(self, seconds: float = _UNUSED_SECONDS) -> None:
        """End the JVMs that no run has had for so long."""
        with self._lock:
            unused = [jvm for jvm in self._waiting if time.monotonic() - jvm.unused_since >= seconds]
            for jvm in unused:
                self._waiting.remove(jvm)
        for jvm in unused:
            jvm.end()


shared: Final = SparkJvms()
"""Those of this process."""
