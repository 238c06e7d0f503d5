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
from typing import IO

from ddb_assets.local import access_key, script_runner, spark_jvm, spark_jvms
from ddb_assets.local.clients import client, environment
from ddb_assets.local.job_files import Fetched, NotStarted, Script, fetch
from ddb_assets.local.logs import LogStream, readable

LOG_GROUP = "/aws-glue/jobs"
_TERMINATION_SECONDS = 5


class JobProcess:
    """A running script, with everything that it has started."""

    def __init__(self, script: Script, folder: Path) -> None:
        self._ended = False
        self._error_file = folder / "error.txt"
        fetched = fetch(script, folder)
        variables = _environment(script, fetched)
        self._jvm = _jvm(script, spark_jvm.Kind(fetched.python, spark_jvm.environment(variables)))
        try:
            (output, its_output), (errors, its_errors) = _connected(), _connected()
            self._jvm.begin(variables["PYTHONPATH"], its_output, its_errors)
            program = [str(fetched.python), script_runner.__file__, str(self._error_file), str(fetched.main)]
            self._process = subprocess.Popen(
                [*program, *_command_line(script)],
                cwd=folder,
                env={
                    **variables,
                    "PYSPARK_GATEWAY_PORT": str(self._jvm.port),
                    "PYSPARK_GATEWAY_SECRET": self._jvm.secret,
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                # A group of its own: what the script starts ends with it.
                start_new_session=True,
            )
        except BaseException:
            self._jvm.end()
            raise
        logs = client("logs", script.url, script.region)
        self._output = LogStream(logs, f"{LOG_GROUP}/output", script.run_id, readable(self._process.stdout), output)
        self._errors = LogStream(logs, f"{LOG_GROUP}/error", script.run_id, readable(self._process.stderr), errors)

    def wait(self, seconds: float) -> bool:
        """Whether the script has ended within that time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        if not self._ended:
            # What the script has started and left behind; its output is complete then.
            self._kill(signal.SIGKILL)
            spark_jvms.shared.give_back(self._jvm, succeeded=self._process.returncode == 0)
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
        NotStarted: the script, what it imports, or Spark can't be had.
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


def _environment(script: Script, fetched: Fetched) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPARK_", "PYTHON"))}
    return {
        **inherited,
        **environment(script.url, script.region, access_key.own()),
        "PYSPARK_PYTHON": str(fetched.python),
        "PYSPARK_DRIVER_PYTHON": str(fetched.python),
        "PYTHONPATH": os.pathsep.join(map(str, fetched.import_from)),
        "PYTHONUNBUFFERED": "1",
    }


def _jvm(script: Script, kind: spark_jvm.Kind) -> spark_jvm.SparkJvm:
    try:
        return spark_jvms.shared.take(kind)
    except spark_jvm.NoJvm as error:
        raise NotStarted(f"Job {script.job_name}: {error}") from None


def _connected() -> tuple[IO[str], IO[str]]:
    """The two ends of a pipe: what is written to the second is read from the first."""
    reading, writing = os.pipe()
    return os.fdopen(reading, errors="replace"), os.fdopen(writing, "w")
