"""Glue job runs, driven through Dagster Pipes: start one or take up the one already going, follow it to its end.

Unlike `dagster_aws.pipes.PipesGlueClient` this attaches to a run that another process started, crashed or not, so no
table is read twice, and knows every state in which a run has ended.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Final

import dagster as dg
from botocore.exceptions import ClientError
from pydantic import PrivateAttr

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.job_messages import following, tables_at_work
from ddb_assets.aws.job_runs import JobRun, job_run, job_runs, living_since, no_job
from ddb_assets.aws.job_starts import RunOrder, start
from ddb_assets.aws.run_pace import Pace, Say, is_throttled
from ddb_assets.model.capture import CAPTURE_ARGUMENTS
from ddb_assets.model.facts import JobFacts

# AWS Glue API reference, "JobRun": JobRunState. What failed says itself what to do.
_REMEDIES: Final = {
    "TIMEOUT": (
        "Nothing of it is published. In the table's defs.yaml give its runs more time or workers "
        "(`job: {timeout: …, workers: …}`), or a scan a larger `read_percentage` or `capture: {max_rcu: …}`. Then run "
        "it again."
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

    _described: dict[str, JobFacts] = PrivateAttr(default_factory=dict)

    def run(
        self,
        context: dg.AssetExecutionContext,
        job_name: str,
        arguments: Mapping[str, str],
        starter: Starter,
        before_start: Callable[[], None],
        size: Mapping[str, Any] | None = None,
    ) -> FinishedRun:
        """Run the job to its end; progress appears in Dagster's log.

        A run of the same arguments that is still going is taken up, whoever has started it, and one of `starter`'s that
        has succeeded is taken as it is: so neither a crash nor a second start reads the table twice. Only a new run is
        preceded by `before_start`, which may raise to refuse it; it is asked again after each wait for room in Glue.
        `size` are a new run's own WorkerType, NumberOfWorkers and Timeout, where they are not the job's.

        Raises:
            dagster.Failure: the run ended in another state than SUCCEEDED; carries Glue's ErrorMessage.
            UserError: there is no such job.
        """
        pace, size = self._pace(context.log.info), size or {}
        timeout = timedelta(minutes=size["Timeout"]) if "Timeout" in size else None
        while True:
            usable = self._usable(job_name, starter, pace, timeout, lambda run: dict(run.asked) == dict(arguments))
            if usable is None:
                before_start()
            attempt = usable.attempt if usable else starter.new_attempt()
            with following(context, self.connection, job_name, arguments["--table_name"], attempt) as pipes:
                if usable is None:
                    asked = {**arguments, "--attempt": attempt, **pipes.session.get_bootstrap_cli_arguments()}
                    order = RunOrder(job_name, asked, size)
                    run = start(self.connection, order, pace, context.log.info, before_start, pipes.context.renew)
                    named = ", ".join(f"{name} {value}" for name, value in size.items())
                    context.log.info(
                        f"Started Glue job {job_name}, run {run.id}, attempt {attempt}{named and f' ({named})'}"
                    )
                else:
                    run = usable
                    context.log.info(f"Taking up Glue job {job_name}, {_whose(run, starter)}: it is {run.state}")
                pipes.messages.follow(run.id)
                finished = self._follow(context, run, starter, pace)
            if finished.state == "STOPPED" and not starter.started(finished):
                context.log.info(f"Glue run {run.id} was stopped by whoever started it")
                continue
            _require_succeeded(finished)
            results = pipes.session.get_results(implicit_materializations=False)
            metadata = {name: value for result in results for name, value in (result.metadata or {}).items()}
            return FinishedRun(finished, metadata)

    def size(self, job_name: str, say: Say) -> JobFacts:
        """The job's workers and timeout; the smallest job, of unknown timeout, where they may not be read."""
        try:
            return self._pace(say).asked(lambda: self._facts(job_name))
        except ClientError:
            return JobFacts()

    def earlier(
        self,
        job_name: str,
        arguments: Mapping[str, str],
        starter: Starter,
        say: Say,
        timeout: timedelta | None = None,
    ) -> JobRun | None:
        """The run that `run` would take up, given all arguments but those of the capture; None when it would start one.

        `timeout` is that of the table's runs, where it is not the job's.

        Raises:
            UserError: there is no such job.
        """

        def same(run: JobRun) -> bool:
            # How the items are obtained is decided anew for each start.
            asked = {name: value for name, value in run.asked.items() if name not in CAPTURE_ARGUMENTS}
            return asked == dict(arguments)

        return self._usable(job_name, starter, self._pace(say), timeout, same)

    def _pace(self, say: Say) -> Pace:
        return Pace(partial(tables_at_work, self.connection), say)

    def _usable(
        self,
        job_name: str,
        starter: Starter,
        pace: Pace,
        timeout: timedelta | None,
        same: Callable[[JobRun], bool],
    ) -> JobRun | None:
        """The newest run of the same arguments that leads to a result."""

        def look() -> JobRun | None:
            for run in self._runs(job_name, starter.since, timeout):
                # One that is being stopped can't be followed to a result; a new one waits until Glue has room for it.
                leads = (run.alive and run.state != "STOPPING") or (run.state == "SUCCEEDED" and starter.started(run))
                if leads and same(run):
                    return run
            return None

        return pace.asked(look)

    def _runs(self, job_name: str, since: datetime, longer: timedelta | None) -> Iterator[JobRun]:
        """The runs that may be alive, and all since an instant."""
        glue = self.connection.client("glue")
        try:
            timeout = self._facts(job_name).timeout
        except glue.exceptions.EntityNotFoundException:
            raise no_job(job_name, self.connection.region) from None
        except ClientError as error:
            if is_throttled(error):
                raise
            # Whoever may start runs need not be allowed to read the job.
            timeout = None
        return job_runs(glue, job_name, min(since, living_since(timeout, longer, now=datetime.now(timezone.utc))))

    def _facts(self, job_name: str) -> JobFacts:
        """The job as Glue describes it: asked once in a Dagster run, however many tables it is for."""
        if job_name not in self._described:
            described = self.connection.client("glue").get_job(JobName=job_name)["Job"]
            self._described[job_name] = JobFacts.of(described)
        return self._described[job_name]

    def _follow(self, context: dg.AssetExecutionContext, run: JobRun, starter: Starter, pace: Pace) -> JobRun:
        client = self.connection.client("glue")

        def ask() -> JobRun:
            return job_run(client.get_job_run(JobName=run.job_name, RunId=run.id)["JobRun"])

        try:
            while run.alive:
                pace.wait()
                before, run = run.state, pace.asked(ask)
                if run.state != before:
                    context.log.info(f"Glue run {run.id} is {run.state}")
            return run
        except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt):
            if starter.started(run):
                context.log.warning(f"Interrupted: stopping Glue run {run.id}")
                client.batch_stop_job_run(JobName=run.job_name, JobRunIds=[run.id])
            else:
                context.log.warning(f"Interrupted: Glue run {run.id}, which another process started, goes on")
            raise


def _whose(run: JobRun, starter: Starter) -> str:
    named = f"run {run.id}, attempt {run.attempt or run.id}"
    return named if starter.started(run) else f"{named}, which another process started for the same snapshot"


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
