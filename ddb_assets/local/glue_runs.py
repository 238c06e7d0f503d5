"""Glue job runs that really run: moto's StartJobRun, GetJobRun, GetJobRuns and BatchStopJobRun, with processes behind.

States, their order and their words are those of the AWS Glue API reference, "JobRun structure".
"""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import ConcurrentRunsExceededException, InvalidInputException
from moto.glue.models import FakeJob, FakeJobRun
from moto.glue.responses import GlueResponse

from ddb_assets.local.job_files import NotStarted, Script
from ddb_assets.local.job_process import LOG_GROUP, running

_ALIVE = frozenset({"STARTING", "RUNNING", "STOPPING"})
_SECONDS_PER_MINUTE = 60.0
# AWS Glue API reference, "StartJobRun" (Timeout): of Glue up to 4.0, and from 5.0 on.
_TIMEOUT_MINUTES_BEFORE_5 = 2880
_TIMEOUT_MINUTES = 480
_TIMEOUT_LIMIT_MINUTES = 7 * 24 * 60
_LOOK_SECONDS = 0.1
_starting = threading.Lock()


def install(url: Callable[[], str]) -> None:
    """Change moto's Glue in this process. `url` gives the server's own address once it serves."""

    def start_job_run(job: FakeJob, *, arguments: dict[str, str] | None, **options: Any) -> str:
        with _starting:
            alive = [run for run in job.job_runs if run.status in _ALIVE]
            if len(alive) >= job.execution_property.get("MaxConcurrentRuns", 1):
                raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {job.name}")
            run = ExecutedRun(job, arguments or {}, options, url())
            job.job_runs.append(run)
        run.start()
        return str(run.job_run_id)

    def get_job_runs(job: FakeJob) -> list[FakeJobRun]:
        return list(reversed(job.job_runs))

    FakeJob.start_job_run = start_job_run
    FakeJob.get_job_runs = get_job_runs
    GlueResponse.batch_stop_job_run = _batch_stop_job_run


def any_alive(jobs: Sequence[FakeJob]) -> bool:
    """Whether a run of these jobs has not ended."""
    return any(run.status in _ALIVE for job in jobs for run in job.job_runs)


def stop_all(jobs: Sequence[FakeJob]) -> None:
    """End every run of these jobs."""
    runs = [run for job in jobs for run in job.job_runs if run.status in _ALIVE]
    for run in runs:
        run.stop()
    for run in runs:
        run.join()


class ExecutedRun(FakeJobRun):  # type: ignore[misc]
    """A run whose state is that of a real process."""

    def __init__(self, job: FakeJob, arguments: dict[str, str], options: dict[str, Any], url: str) -> None:
        merged = {**job.default_arguments, **arguments, **(job.non_overridable_arguments or {})}
        timeout = options["timeout"] or job.timeout or _default_timeout(job.glue_version)
        if not 1 <= timeout < _TIMEOUT_LIMIT_MINUTES:
            raise InvalidInputException("StartJobRun", "Timeout must be at least one minute, and less than 7 days")
        if options["worker_type"] and not options["number_of_workers"]:
            raise InvalidInputException("StartJobRun", "WorkerType needs NumberOfWorkers")
        if options["worker_type"] and options["max_capacity"]:
            raise InvalidInputException("StartJobRun", "MaxCapacity can't be set with WorkerType and NumberOfWorkers")
        super().__init__(
            job_name=job.name,
            arguments=arguments,
            allocated_capacity=options["allocated_capacity"] or job.allocated_capacity,
            max_capacity=options["max_capacity"] or job.max_capacity,
            timeout=timeout,
            worker_type=options["worker_type"] or job.worker_type,
            security_configuration=options["security_configuration"] or job.security_configuration,
            number_of_workers=options["number_of_workers"] or job.number_of_workers,
            notification_property=options["notification_property"] or job.notification_property,
            job_run_id=options["previous_run_id"],
        )
        self._glue_version = job.glue_version
        self._script = Script(
            job.name,
            self.job_run_id,
            job.command["ScriptLocation"],
            merged,
            url,
            job.backend.region_name,
            job.glue_version,
        )
        self._state = "STARTING"
        self._error = ""
        self._stop_asked = threading.Event()
        self._thread = threading.Thread(target=self._execute, name=self.job_run_id, daemon=True)

    @property
    def status(self) -> str:
        return self._state

    def start(self) -> None:
        """Begin to run the script."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the run to stop; it is STOPPED once its processes have ended."""
        if self._state in _ALIVE:
            self._state = "STOPPING"
            self._stop_asked.set()

    def join(self) -> None:
        """Wait until the run has ended."""
        self._thread.join()

    def as_dict(self) -> dict[str, Any]:
        """The JobRun structure."""
        ended = self._state not in _ALIVE
        until = self.completed_on if ended else datetime.now(timezone.utc).replace(tzinfo=None)
        described: dict[str, Any] = super().as_dict()
        described |= {
            "JobRunState": self._state,
            "ExecutionTime": max(0, round((until - self.started_on).total_seconds())),
            "Timeout": self.timeout,
            "LogGroupName": LOG_GROUP,
            "GlueVersion": self._glue_version,
            "Arguments": self.arguments,
        }
        if not ended:
            del described["CompletedOn"]
        if self._error:
            described["ErrorMessage"] = self._error
        return described

    def _execute(self) -> None:
        try:
            with running(self._script) as process:
                self._enter("RUNNING")
                deadline = time.monotonic() + self.timeout * _SECONDS_PER_MINUTE
                while not process.wait(_LOOK_SECONDS):
                    if self._stop_asked.is_set():
                        process.end()
                        return self._enter("STOPPED")
                    if time.monotonic() > deadline:
                        process.end()
                        return self._enter("TIMEOUT", f"The run took longer than its Timeout of {self.timeout} min.")
                error = process.error
                return self._enter("FAILED" if error else "SUCCEEDED", error or "")
        except NotStarted as error:
            self._enter("FAILED", str(error))
        except Exception as error:
            self._enter("FAILED", f"Local AWS could not run the job: {type(error).__name__}: {error}")
            raise

    def _enter(self, state: str, error: str = "") -> None:
        if state == "RUNNING" and self._stop_asked.is_set():
            return
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        self.modified_on = self.completed_on = now
        self._error = error
        self._state = state


def _default_timeout(glue_version: str | None) -> int:
    """Minutes that a run may take of which neither job nor run says how long."""
    major = (glue_version or "").partition(".")[0]
    return _TIMEOUT_MINUTES if major.isdigit() and int(major) >= 5 else _TIMEOUT_MINUTES_BEFORE_5


def _batch_stop_job_run(response: GlueResponse) -> ActionResult:
    job = response.glue_backend.get_job(response.parameters["JobName"])
    runs = {run.job_run_id: run for run in job.job_runs}
    stopped, errors = [], []
    for run_id in response.parameters["JobRunIds"]:
        address = {"JobName": job.name, "JobRunId": run_id}
        run = runs.get(run_id)
        if run is None:
            errors.append(
                {**address, "ErrorDetail": _detail("EntityNotFoundException", f"Job run {run_id} not found.")}
            )
        elif run.status not in _ALIVE:
            message = f"Job run {run_id} is {run.status}, not running."
            errors.append({**address, "ErrorDetail": _detail("InvalidInputException", message)})
        else:
            run.stop()
            stopped.append(address)
    return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})


def _detail(code: str, message: str) -> dict[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}
