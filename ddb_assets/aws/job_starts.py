"""The start of a Glue run: waited for while Glue has no room, looked for when its answer was lost.

Source: AWS Glue API reference, "StartJobRun" and its errors.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, IncompleteReadError

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.job_runs import JobRun, job_runs
from ddb_assets.aws.run_pace import Pace, Say, is_throttled

# Refused for now, and nothing was started: the job's MaxConcurrentRuns, or the account's runs or DPUs.
_NO_ROOM: Final = {
    "ConcurrentRunsExceededException": "Glue job {job} is at its MaxConcurrentRuns: waiting for one to end",
    "ResourceNumberLimitExceededException": "Glue has no room for a run of job {job} (quota of the account): waiting "
    "for room. {said}",
}
_THROTTLED: Final = "Glue throttles StartJobRun: waiting to start job {job}"
# How often a start whose answer was lost is looked for, with so long between, before the job is started again.
_MOST_STARTS: Final = 5
_LOOKS: Final = 4
_LOOK_SECONDS: Final = 2.0


@dataclass(frozen=True)
class RunOrder:
    """What is asked of Glue: a run of the job with these arguments. `size` are StartJobRun's parameters of its size."""

    job_name: str
    arguments: Mapping[str, str]
    size: Mapping[str, Any] = field(default_factory=dict)

    @property
    def attempt(self) -> str:
        return self.arguments["--attempt"]


def start(
    connection: Connection,
    order: RunOrder,
    pace: Pace,
    say: Say,
    before_again: Callable[[], None],
    renew: Callable[[], None],
) -> JobRun:
    """Start the run, once Glue has room for it.

    After each wait `before_again` is called, which may raise: what was right to start before may no longer be. Before
    each try `renew` keeps what the run will read.
    """
    # Without botocore's repetitions: a start whose answer was lost would be made twice.
    client, lost = connection.client("glue", repeats=False), 0
    while True:
        renew()
        try:
            run_id = client.start_job_run(JobName=order.job_name, Arguments=dict(order.arguments), **order.size)
            return JobRun(order.job_name, run_id["JobRunId"], "STARTING", order.arguments)
        except (BotoCoreError, ClientError) as error:
            if (reason := _reason_to_wait(error, order.job_name)) is not None:
                pace.wait(reason)
                before_again()
                continue
            lost += 1
            if not _may_have_happened(error) or lost > _MOST_STARTS:
                raise
            say(f"No answer of Glue says that job {order.job_name} was started ({error}): looking for it")
            if (run := _started(connection, order, pace)) is not None:
                say(f"Glue job {order.job_name} was started all the same: run {run.id}")
                return run


def _reason_to_wait(error: BotoCoreError | ClientError, job_name: str) -> str | None:
    """Why Glue has not started the run, but may later."""
    if not isinstance(error, ClientError):
        return None
    said = _THROTTLED if is_throttled(error) else _NO_ROOM.get(error.response["Error"]["Code"])
    return None if said is None else said.format(job=job_name, said=error.response["Error"].get("Message", "")).rstrip()


def _may_have_happened(error: BotoCoreError | ClientError) -> bool:
    """Whether the run may have been started, or would be if asked again: no answer came, or Glue has trouble."""
    if isinstance(error, ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)) >= 500
    return isinstance(error, HTTPClientError | ConnectionError | IncompleteReadError)


def _started(connection: Connection, order: RunOrder, pace: Pace) -> JobRun | None:
    """The run of a start whose answer was lost."""
    since = datetime.now(timezone.utc)

    def look() -> JobRun | None:
        found = job_runs(connection.client("glue"), order.job_name, since)
        return next((run for run in found if run.attempt == order.attempt), None)

    for number in range(_LOOKS):
        if number:
            time.sleep(_LOOK_SECONDS)
        if run := pace.asked(look):
            return run
    return None
