"""Glue job runs, driven through Dagster Pipes: start one or take up the one already going, follow it to its end.

Unlike `dagster_aws.pipes.PipesGlueClient` this attaches to a run that another process started, crashed or not, so no
table is read twice, and knows every state in which a run has ended.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import dagster as dg
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, IncompleteReadError
from dagster._core.errors import DagsterExecutionInterruptedError

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.job_messages import following
from ddb_assets.aws.job_runs import JobRun, job_run, job_runs, living_since, no_job
from ddb_assets.planning.facts import JobFacts

_FIRST_POLL_SECONDS: Final = 0.25
_LONGEST_POLL_SECONDS: Final = 5.0
_SLOT_POLL_SECONDS: Final = 5.0
# How often a start whose answer was lost is looked for, with so long between, before the job is started again.
_MOST_STARTS: Final = 5
_LOOKS: Final = 4
_LOOK_SECONDS: Final = 2.0

OF_CAPTURE: Final = ("--capture", "--max_rcu", "--max_lag", "--exports", "--previous")
"""The arguments that say how the items are obtained: decided anew for each start."""

# AWS Glue API reference, "JobRun": JobRunState. What failed says itself what to do.
_REMEDIES: Final = {
    "TIMEOUT": (
        "Nothing of it is published. Give the Glue job a longer Timeout or more workers (`aws glue update-job`), or a "
        "scan a larger `read_percentage` or `capture: {max_rcu: …}` in its defs.yaml, then run it again."
    ),
    "STOPPED": "Somebody stopped it, and nothing of it is published. Run it again.",
    "EXPIRED": "It waited too long for a free worker. Run it again when fewer Glue runs are going.",
}


@dataclass(frozen=True)
class FinishedRun:
    """A run that SUCCEEDED, and the metadata that it reported through Pipes."""

    run: JobRun
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Starter:
    """Who starts runs: `stem` names a Dagster run in all of its executions (and a partition where it has several).

    `since` is when the first of these executions began, UTC: no run of theirs is older.
    """

    stem: str
    since: datetime

    def new_attempt(self) -> str:
        """A name that no other start has, by which a run is found again when Glue's answer is lost."""
        return f"{self.stem}-{secrets.token_hex(4)}"

    def started(self, run: JobRun) -> bool:
        """Whether the run is one of these."""
        return run.attempt.rpartition("-")[0] == self.stem


class GlueJobs(dg.ConfigurableResource[Any]):
    """Runs Glue jobs for assets."""

    connection: Connection

    def run(
        self,
        context: dg.AssetExecutionContext,
        job_name: str,
        arguments: Mapping[str, str],
        starter: Starter,
        before_start: Callable[[], None],
    ) -> FinishedRun:
        """Run the job to its end; progress appears in Dagster's log.

        A run of the same arguments that is still going is taken up, whoever has started it, and one of `starter`'s that
        has succeeded is taken as it is: so neither a crash nor a second start reads the table twice. Only a new run is
        preceded by `before_start`, which may raise to refuse it.

        Raises:
            dagster.Failure: the run ended in another state than SUCCEEDED; carries Glue's ErrorMessage.
            UserError: there is no such job.
        """
        while True:
            usable = self._usable(job_name, starter, lambda run: dict(run.asked) == dict(arguments))
            if usable is None:
                before_start()
            attempt = usable.attempt if usable else starter.new_attempt()
            with following(context, self.connection, job_name, arguments["--table_name"], attempt) as pipes:
                if usable is None:
                    asked = {**arguments, "--attempt": attempt, **pipes.session.get_bootstrap_cli_arguments()}
                    run = self._start(context, job_name, asked, pipes.context.renew)
                    context.log.info(f"Started Glue job {job_name}, run {run.id}, attempt {attempt}")
                else:
                    run = usable
                    context.log.info(f"Taking up Glue job {job_name}, {_whose(run, starter)}: it is {run.state}")
                pipes.messages.follow(run.id)
                finished = self._follow(context, run, starter)
            if finished.state == "STOPPED" and not starter.started(finished):
                context.log.info(f"Glue run {run.id} was stopped by whoever started it")
                continue
            _require_succeeded(finished)
            results = pipes.session.get_results(implicit_materializations=False)
            metadata = {name: value for result in results for name, value in (result.metadata or {}).items()}
            return FinishedRun(finished, metadata)

    def size(self, job_name: str) -> JobFacts:
        """The job's workers; the smallest job where they can't be read."""
        try:
            job = self.connection.client("glue").get_job(JobName=job_name)["Job"]
        except ClientError:
            return JobFacts()
        return JobFacts(job.get("WorkerType", "G.1X"), job.get("NumberOfWorkers", 2))

    def earlier(self, job_name: str, arguments: Mapping[str, str], starter: Starter) -> JobRun | None:
        """The run that `run` would take up, given all arguments but those of the capture; None when it would start one.

        Raises:
            UserError: there is no such job.
        """

        def same(run: JobRun) -> bool:
            return {name: value for name, value in run.asked.items() if name not in OF_CAPTURE} == dict(arguments)

        return self._usable(job_name, starter, same)

    def _usable(self, job_name: str, starter: Starter, same: Callable[[JobRun], bool]) -> JobRun | None:
        """The newest run of the same arguments that leads to a result."""
        for run in self._runs(job_name, starter.since):
            # One that is being stopped can't be followed to a result; a new one waits until Glue has room for it.
            leads = (run.alive and run.state != "STOPPING") or (run.state == "SUCCEEDED" and starter.started(run))
            if leads and same(run):
                return run
        return None

    def _runs(self, job_name: str, since: datetime) -> Iterator[JobRun]:
        """The runs that may be alive, and all since an instant."""
        glue = self.connection.client("glue")
        try:
            timeout = glue.get_job(JobName=job_name)["Job"].get("Timeout")
        except glue.exceptions.EntityNotFoundException:
            raise no_job(job_name, self.connection.region) from None
        except ClientError:
            # Whoever may start runs need not be allowed to read the job.
            timeout = None
        return job_runs(glue, job_name, min(since, living_since(timeout, datetime.now(UTC))))

    def _start(
        self,
        context: dg.AssetExecutionContext,
        job_name: str,
        arguments: dict[str, str],
        renew: Callable[[], None],
    ) -> JobRun:
        """Start a run as soon as Glue has room for it; `renew` keeps what the run will read."""
        # Without botocore's repetitions: a start whose answer was lost would be made twice.
        client, lost = self.connection.client("glue", repeats=False), 0
        while True:
            renew()
            try:
                run_id = client.start_job_run(JobName=job_name, Arguments=arguments)["JobRunId"]
                return JobRun(job_name, run_id, "STARTING", arguments)
            except client.exceptions.ConcurrentRunsExceededException:
                context.log.info(f"Glue job {job_name} is at its MaxConcurrentRuns: waiting for one to end")
                time.sleep(_SLOT_POLL_SECONDS)
            except (BotoCoreError, ClientError) as error:
                lost += 1
                if not _may_pass(error) or lost > _MOST_STARTS:
                    raise
                context.log.warning(f"No answer of Glue says that job {job_name} was started ({error}): looking for it")
                if (run := self._started(job_name, arguments["--attempt"])) is not None:
                    context.log.info(f"Glue job {job_name} was started all the same: run {run.id}")
                    return run

    def _started(self, job_name: str, attempt: str) -> JobRun | None:
        """The run of a start whose answer was lost."""
        since = datetime.now(UTC)
        for look in range(_LOOKS):
            if look:
                time.sleep(_LOOK_SECONDS)
            found = job_runs(self.connection.client("glue"), job_name, since)
            if run := next((run for run in found if run.attempt == attempt), None):
                return run
        return None

    def _follow(self, context: dg.AssetExecutionContext, run: JobRun, starter: Starter) -> JobRun:
        client, pause, state = self.connection.client("glue"), _FIRST_POLL_SECONDS, ""
        try:
            while True:
                run = job_run(client.get_job_run(JobName=run.job_name, RunId=run.id)["JobRun"])
                if run.state != state:
                    context.log.info(f"Glue run {run.id} is {run.state}")
                    state = run.state
                if not run.alive:
                    return run
                time.sleep(pause)
                pause = min(pause * 1.3, _LONGEST_POLL_SECONDS)
        except (DagsterExecutionInterruptedError, KeyboardInterrupt):
            if starter.started(run):
                context.log.warning(f"Interrupted: stopping Glue run {run.id}")
                client.batch_stop_job_run(JobName=run.job_name, JobRunIds=[run.id])
            else:
                context.log.warning(f"Interrupted: Glue run {run.id}, which another process started, goes on")
            raise


def _whose(run: JobRun, starter: Starter) -> str:
    named = f"run {run.id}, attempt {run.attempt or run.id}"
    return named if starter.started(run) else f"{named}, which another process started for the same snapshot"


def _may_pass(error: BotoCoreError | ClientError) -> bool:
    """Whether the same call may succeed, or has succeeded: no answer came, or Glue has trouble or too much to do."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        return int(status) >= 500 or "Throttl" in error.response["Error"]["Code"]
    return isinstance(error, HTTPClientError | ConnectionError | IncompleteReadError)


def _require_succeeded(run: JobRun) -> None:
    if run.state != "SUCCEEDED":
        remedy = f" {_REMEDIES[run.state]}" if run.state in _REMEDIES else ""
        raise dg.Failure(
            description=(
                f"Glue job {run.job_name}, run {run.id} ended {run.state}: {(run.error or 'no message').rstrip('.')}."
                f"{remedy}"
            ),
            metadata={"glue_run": run.id, "log_group": run.log_group, "log_stream": run.id},
            allow_retries=run.state in ("FAILED", "ERROR", "TIMEOUT"),
        )
