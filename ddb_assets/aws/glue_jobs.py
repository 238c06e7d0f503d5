"""Glue job runs, driven through Dagster Pipes: start one or adopt the one already going, follow it to its end.

Unlike `dagster_aws.pipes.PipesGlueClient` this attaches to a run that a crashed Dagster process left behind, so no
table is read twice, and knows every state in which a run has ended.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
from botocore.exceptions import ClientError
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster_aws.pipes import PipesS3ContextInjector, PipesS3MessageReader

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_assets.planning.facts import JobFacts
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path

# AWS Glue API reference, "JobRun": JobRunState.
_ALIVE = frozenset({"STARTING", "RUNNING", "STOPPING", "WAITING"})
_FIRST_POLL_SECONDS = 0.25
_LONGEST_POLL_SECONDS = 5.0
_SLOT_POLL_SECONDS = 5.0


@dataclass(frozen=True)
class JobRun:
    """One run of the job. `attempt` is the argument that names the snapshot's folder.

    `dpu_seconds` is what Glue bills where it counts them: with auto scaling, and in the flexible execution class.
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

    @property
    def alive(self) -> bool:
        return self.state in _ALIVE

    @property
    def attempt(self) -> str:
        return self.arguments.get("--attempt", "")


@dataclass(frozen=True)
class FinishedRun:
    """A run that SUCCEEDED, and the metadata that it reported through Pipes."""

    run: JobRun
    metadata: Mapping[str, Any]


class GlueJobs(dg.ConfigurableResource[Any]):
    """Runs Glue jobs for assets."""

    connection: Connection

    def run(
        self,
        context: dg.AssetExecutionContext,
        job_name: str,
        arguments: Mapping[str, str],
        attempt_stem: str,
        before_start: Callable[[], None],
    ) -> FinishedRun:
        """Run the job to its end, under an attempt of its own; progress appears in Dagster's log.

        A run of the same arguments and stem that is still going is adopted, and one that has succeeded is taken as it
        is: the stem is stable over Dagster's re-executions, so a crash never reads the table twice. Only a new run is
        preceded by `before_start`, which may raise to refuse it.

        Raises:
            dagster.Failure: the run ended in another state than SUCCEEDED; carries Glue's ErrorMessage.
            UserError: there is no such job.
        """
        runs = self._recent_runs(job_name)
        usable = _usable([run for run in runs if _is_attempt(run, arguments, attempt_stem)])
        if usable is None:
            before_start()
        attempt = usable.attempt if usable else _next_attempt(runs, arguments, attempt_stem)
        with _pipes_session(context, self.connection, arguments["--table_name"], attempt) as session:
            if usable is None:
                run = self._start(
                    context, job_name, {**arguments, "--attempt": attempt, **session.get_bootstrap_cli_arguments()}
                )
                context.log.info(f"Started Glue job {job_name}, run {run.id}, attempt {attempt}")
            else:
                run = usable
                context.log.info(f"Taking up Glue job {job_name}, run {run.id}, attempt {attempt}: it is {run.state}")
            finished = self._follow(context, run)
        results = session.get_results(implicit_materializations=False)
        metadata = {name: value for result in results for name, value in (result.metadata or {}).items()}
        return FinishedRun(finished, metadata)

    def size(self, job_name: str) -> JobFacts:
        """The job's workers; the smallest job where they can't be read."""
        try:
            job = self.connection.client("glue").get_job(JobName=job_name)["Job"]
        except ClientError:
            return JobFacts()
        return JobFacts(job.get("WorkerType", "G.1X"), job.get("NumberOfWorkers", 2))

    def earlier(self, job_name: str, arguments: Mapping[str, str], attempt_stem: str) -> JobRun | None:
        """The run that `run` would take up, given a part of its arguments; None when it would start one.

        Raises:
            UserError: there is no such job.
        """
        return _usable([run for run in self._recent_runs(job_name) if _is_attempt(run, arguments, attempt_stem)])

    def _recent_runs(self, job_name: str) -> Sequence[JobRun]:
        try:
            page = self.connection.client("glue").get_job_runs(JobName=job_name, MaxResults=200)
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise
            raise UserError(
                f"Glue job {job_name!r} does not exist in Region {self.connection.region}: deploy it, or set "
                "DDB_ASSETS_JOB_NAME to the name of yours."
            ) from None
        return [_job_run(raw) for raw in page["JobRuns"]]

    def _start(self, context: dg.AssetExecutionContext, job_name: str, arguments: dict[str, str]) -> JobRun:
        client = self.connection.client("glue")
        while True:
            try:
                run_id = client.start_job_run(JobName=job_name, Arguments=arguments)["JobRunId"]
                return JobRun(job_name, run_id, "STARTING", arguments)
            except client.exceptions.ConcurrentRunsExceededException:
                context.log.info(f"Glue job {job_name} is at its MaxConcurrentRuns: waiting for one to end")
                time.sleep(_SLOT_POLL_SECONDS)

    def _follow(self, context: dg.AssetExecutionContext, run: JobRun) -> JobRun:
        client, pause, state = self.connection.client("glue"), _FIRST_POLL_SECONDS, ""
        try:
            while True:
                run = _job_run(client.get_job_run(JobName=run.job_name, RunId=run.id)["JobRun"])
                if run.state != state:
                    context.log.info(f"Glue run {run.id} is {run.state}")
                    state = run.state
                if not run.alive:
                    break
                time.sleep(pause)
                pause = min(pause * 1.3, _LONGEST_POLL_SECONDS)
        except (DagsterExecutionInterruptedError, KeyboardInterrupt):
            context.log.warning(f"Interrupted: stopping Glue run {run.id}")
            client.batch_stop_job_run(JobName=run.job_name, JobRunIds=[run.id])
            raise
        if run.state != "SUCCEEDED":
            raise dg.Failure(
                description=f"Glue job {run.job_name}, run {run.id} ended {run.state}: {run.error or 'no message'}",
                metadata={"glue_run": run.id, "log_group": run.log_group, "log_stream": run.id},
                allow_retries=run.state in ("FAILED", "ERROR", "TIMEOUT"),
            )
        return run


def _usable(earlier: Sequence[JobRun]) -> JobRun | None:
    # One that is being stopped can't be followed to a result; a new one waits until Glue has room for it.
    return next((run for run in earlier if run.state == "SUCCEEDED" or (run.alive and run.state != "STOPPING")), None)


def _is_attempt(run: JobRun, arguments: Mapping[str, str], stem: str) -> bool:
    same = all(run.arguments.get(name) == value for name, value in arguments.items())
    return same and run.attempt.rpartition("-")[0] == stem


def _next_attempt(runs: Sequence[JobRun], arguments: Mapping[str, str], stem: str) -> str:
    """A name that no run there has, whatever its other arguments: two in one folder would delete each other's files."""
    place = {name: arguments[name] for name in ("--output_prefix", "--snapshot_timestamp") if name in arguments}
    return f"{stem}-{sum(_is_attempt(run, place, stem) for run in runs) + 1}"


def _job_run(raw: Mapping[str, Any]) -> JobRun:
    return JobRun(
        job_name=raw["JobName"],
        id=raw["Id"],
        state=raw["JobRunState"],
        arguments=raw.get("Arguments", {}),
        error=raw.get("ErrorMessage", ""),
        log_group=raw.get("LogGroupName", ""),
        seconds=raw.get("ExecutionTime", 0),
        dpu_seconds=raw.get("DPUSeconds"),
    )


class _AttemptMessages(PipesS3MessageReader):  # type: ignore[misc]
    """Reads messages below a key that the attempt names, so that a second process can read on; removes them at the end.

    Polls about once a second (an interval of 0 leaves only Dagster's own pause between polls).
    """

    def __init__(self, bucket: str, key_prefix: str, client: Any) -> None:
        super().__init__(bucket=bucket, client=client, interval=0)
        self._key_prefix = key_prefix

    def download_messages_chunk(self, index: int, params: dict[str, Any]) -> str | None:
        try:
            text = storage.read_if_there(self.client, S3Path(self.bucket, f"{self._key_prefix}/{index}.json"))
        except ClientError:
            return None
        return text.decode() if text is not None else None

    @contextmanager
    def get_params(self) -> Iterator[dict[str, Any]]:
        yield {"bucket": self.bucket, "key_prefix": self._key_prefix, "include_stdio_in_messages": False}
        for index in range(1, self.counter):
            self.client.delete_object(Bucket=self.bucket, Key=f"{self._key_prefix}/{index}.json")


def _pipes_session(context: dg.AssetExecutionContext, connection: Connection, table: str, attempt: str) -> Any:
    settings, client = connection.settings(), connection.client("s3")
    key_prefix = "/".join(part for part in (settings.prefix.strip("/"), "pipes", table, attempt) if part)
    return dg.open_pipes_session(
        context=context,
        context_injector=PipesS3ContextInjector(bucket=settings.bucket, client=client, key_prefix=f"{key_prefix}/"),
        message_reader=_AttemptMessages(settings.bucket, key_prefix, client),
    )
