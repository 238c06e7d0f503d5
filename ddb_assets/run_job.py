"""Run a chain's job in this process, with its progress on standard error."""

import os
from collections.abc import Iterable, Iterator

import dagster as dg

from ddb_assets.chain.table import not_begun
from ddb_assets.errors import UserError
from ddb_assets.run_log import short_lines


def recording_instance() -> dg.DagsterInstance:
    """Dagster's instance of `DAGSTER_HOME`; with none set, one that forgets the run when this process ends."""
    return dg.DagsterInstance.get() if os.environ.get("DAGSTER_HOME") else dg.DagsterInstance.ephemeral()


def run_job(job: dg.JobDefinition, partition_key: str, instance: dg.DagsterInstance) -> None:
    """Run `job` for one partition to its end.

    Raises:
        UserError: there is no such partition, a step failed, or a blocking check did; the message is the step's own.
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
    if not result.success:
        reasons = "\n".join(_reasons(result.all_events))
        raise UserError(reasons or f"{job.name} did not succeed for {partition_key}.")


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


def _reasons(events: Iterable[dg.DagsterEvent]) -> Iterator[str]:
    for event in events:
        if event.is_step_failure:
            failure = event.step_failure_data
            if failure.user_failure_data and failure.user_failure_data.description:
                yield failure.user_failure_data.description
            elif failure.error:
                yield failure.error.message.strip()
