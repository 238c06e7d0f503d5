"""Runs of the Glue job, as far back as one can live: the newest first, page by page.

Sources: AWS Glue API reference, "GetJobRuns" (newest first, 200 a page at most), "JobRun" and "StartJobRun" (a run's
timeout is less than 7 days; job run history is kept for 90 days or more).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from ddb_assets.errors import UserError
from ddb_assets.model.facts import JobFacts
from ddb_assets.model.run_wishes import TIMEOUT_LIMIT
from ddb_snapshot.names import attempt_folder

LONGEST_LIFE: Final = TIMEOUT_LIMIT
"""No run lives longer."""

ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=timezone.utc)
"""Before any run."""

# AWS Glue API reference, "JobRun": JobRunState.
_ALIVE: Final = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})
_PAGE: Final = 200
# Clocks may differ, and a run waits before its time begins to count.
_MARGIN: Final = timedelta(hours=1)
_PIPES: Final = "--dagster-pipes-"


@dataclass(frozen=True)
class JobRun:
    """One run of the job. `attempt` is the argument that names the start, `folder` the run's own folder.

    `dpu_seconds` is what Glue bills where it counts them: with auto scaling, and in the flexible execution class.
    `size` is not known of one that was just started.
    Source: AWS Glue API reference, "JobRun".
    """

    job_name: str
    id: str
    state: str
    arguments: Mapping[str, str]
    error: str = ""
    log_group: str = ""
    seconds: int = 0
    dpu_seconds: float | None = None
    size: JobFacts | None = None
    started_on: datetime | None = None
    ended_on: datetime | None = None

    @property
    def alive(self) -> bool:
        return self.state in _ALIVE

    @property
    def attempt(self) -> str:
        return self.arguments.get("--attempt", "")

    @property
    def folder(self) -> str:
        """The name of the attempt's folder."""
        return attempt_folder(self.attempt, self.id)

    @property
    def asked(self) -> Mapping[str, str]:
        """The arguments without those that differ with each start."""
        return {
            name: value for name, value in self.arguments.items() if name != "--attempt" and not name.startswith(_PIPES)
        }


def job_runs(glue: Any, job_name: str, since: datetime) -> Iterator[JobRun]:
    """The runs that were started since an instant, the newest first.

    Raises:
        UserError: there is no such job.
    """
    token: dict[str, str] = {}
    while True:
        try:
            page = glue.get_job_runs(JobName=job_name, MaxResults=_PAGE, **token)
        except glue.exceptions.EntityNotFoundException:
            raise no_job(job_name, glue.meta.region_name) from None
        for run in map(job_run, page["JobRuns"]):
            if run.started_on is not None and run.started_on < since - _MARGIN:
                return
            yield run
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def living_since(timeout: timedelta | None, longer: timedelta | None = None, *, now: datetime) -> datetime:
    """Before this instant no run can have been started and still be alive: of a job with that timeout, or the `longer`
    one that some runs have.
    """
    return now - min(max(timeout or LONGEST_LIFE, longer or timedelta(0)), LONGEST_LIFE)


def job_run(raw: Mapping[str, Any]) -> JobRun:
    """From a JobRun of the API."""
    return JobRun(
        job_name=raw["JobName"],
        id=raw["Id"],
        state=raw["JobRunState"],
        arguments=raw.get("Arguments", {}),
        error=raw.get("ErrorMessage", ""),
        log_group=raw.get("LogGroupName", ""),
        seconds=raw.get("ExecutionTime", 0),
        dpu_seconds=raw.get("DPUSeconds"),
        size=JobFacts.of(raw),
        started_on=raw.get("StartedOn"),
        ended_on=raw.get("CompletedOn"),
    )


def no_job(job_name: str, region: str) -> UserError:
    """The error of a job that isn't there."""
    return UserError(
        f"Glue job {job_name!r} does not exist in Region {region}: deploy it, or set DDB_ASSETS_JOB_NAME to the name "
        "of yours."
    )
