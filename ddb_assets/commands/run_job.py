"""Run a chain's job in this process, with its progress on standard error."""

import os
import sys

import dagster as dg

from ddb_assets.chain.failures import Cause
from ddb_assets.chain.partitions import not_begun
from ddb_assets.commands.run_log import short_lines
from ddb_assets.dagster_internals import ErrorSource, StepFailureData
from ddb_assets.errors import Interrupted, UserError
from ddb_snapshot.problems import one_line


def recording_instance() -> dg.DagsterInstance:
    """Dagster's instance of `DAGSTER_HOME`; with none set, one that forgets the run when this process ends."""
    return dg.DagsterInstance.get() if os.environ.get("DAGSTER_HOME") else dg.DagsterInstance.ephemeral()


def run_job(job: dg.JobDefinition, partition_key: str, instance: dg.DagsterInstance) -> None:
    """Run `job` for one partition to its end.

    Raises:
        UserError: there is no such partition, a step failed, or a blocking check did; the message is the step's own.
            The trace of an error that nobody foresaw is printed before.
        Interrupted: somebody did.
    """
    try:
        result = job.with_logger_defs({"console": short_lines}).execute_in_process(
            partition_key=partition_key,
            instance=instance,
            raise_on_error=False,
            # Without its name here Dagster takes its own default in place of the job's logger.
            run_config={"loggers": {"console": {}}},
        )
    except dg.DagsterUnknownPartitionError:
        raise no_partition(job.name, partition_key, job.partitions_def) from None
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        raise Interrupted(f"{job.name} at {partition_key}: interrupted between two steps. Run it again.") from None
    if not result.success:
        failed = [event.step_failure_data for event in result.all_events if event.is_step_failure]
        for failure in failed:
            _print_trace(failure)
        reasons = [reason for failure in failed if (reason := _reason(failure))]
        interrupted = any(failure.error_source == ErrorSource.INTERRUPT for failure in failed)
        said = "\n".join(reasons) or f"{job.name} did not succeed for {partition_key}."
        raise Interrupted(said) if interrupted else UserError(said)


def no_partition(name: str, key: str, partitions: dg.PartitionsDefinition[str] | None) -> UserError:
    """The error for a key that is none of `name`'s partitions."""
    if isinstance(partitions, dg.TimeWindowPartitionsDefinition) and partitions.get_last_partition_key() is None:
        return not_begun(name, partitions)
    first, last = (
        (partitions.get_first_partition_key(), partitions.get_last_partition_key()) if partitions else ("", "")
    )
    return UserError(
        f"{name} has no partition {key!r}: its keys are the instants of its cadence from {first}, its `start`, "
        f"to {last}."
    )


def _print_trace(failure: StepFailureData) -> None:
    """What Dagster knows of an error with a trace below the one that the step itself raised."""
    below = failure.error.cause if failure.error else None
    if below is not None and below.stack:
        print(below.to_string(), file=sys.stderr)


def _reason(failure: StepFailureData) -> str | None:
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return None
    # Dagster puts the class before the message.
    return one_line(error.message.partition(": ")[2] if error.cls_name == Cause.__name__ else error.message)
