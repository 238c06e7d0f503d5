"""How whatever goes wrong in a step is said: in one line, with table, partition and what to do, and as the last line.

Dagster shows an error's message, then its trace, then what caused it, and so on: the last line is that of the deepest
cause. So the line is put there too, below the trace of what was raised.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import dagster as dg

from ddb_assets.dagster_internals import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)
from ddb_assets.errors import UserError
from ddb_snapshot.problems import explain, one_line


class Cause(Exception):
    """The last line that a person sees of a failed step."""


class StepContext(Protocol):
    """What every step of Dagster has."""

    @property
    def run(self) -> dg.DagsterRun: ...


@dataclass
class Doing:
    """What a step is at: the table or group, what is done, and the partition, where it goes through several."""

    of: str
    doing: str
    partition: str | None

    def told(self, said: object) -> str:
        """The message in one line, with what and which partition it is about."""
        line = one_line(said)
        if self.of in line and (self.partition is None or self.partition in line):
            return line
        at = f" at {self.partition}" if self.partition else ""
        return f"{self.of}{at}: {line.removeprefix(f'{self.of}: ')}"


@contextmanager
def failing_clearly(context: StepContext, of: str, doing: str) -> Iterator[Doing]:
    """Turn whatever is raised into the step's failure. A `UserError` isn't tried again: its message says what can help.

    `of` is the table or group, `doing` what is done meanwhile, as in "moving the view".
    """
    step = Doing(of, doing, _partition(context.run.tags))
    try:
        yield step
    except dg.RetryRequested:
        raise
    except dg.Failure as failure:
        said = step.told(failure.description or failure)
        raise dg.Failure(said, failure.metadata, allow_retries=failure.allow_retries) from _last(
            said, below=failure.__cause__
        )
    except UserError as error:
        said = step.told(error)
        raise dg.Failure(said, allow_retries=False) from _last(said, below=error.__cause__)
    except Exception as error:
        said = step.told(f"failed while {doing}: {explain(error)}")
        raise dg.Failure(said) from _last(said, below=error)
    except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt) as interrupted:
        # It stays an interruption: Dagster's run is cancelled then, not failed.
        said = step.told(f"interrupted while {doing}. Run it again: it goes on from what is finished.")
        raise type(interrupted)(said) from _last(said)


def blocking(result: dg.AssetCheckResult) -> Iterator[dg.AssetCheckResult]:
    """What a blocking check yields: its result, and where that is no pass the step's failure, with the description.

    Dagster's own failure of the step says no more than that a blocking check did not pass.
    """
    yield result
    if not result.passed:
        said = one_line(result.description or f"check {result.check_name} of {result.asset_key} did not pass")
        raise dg.Failure(said, allow_retries=False) from Cause(said)


def _partition(tags: Mapping[str, str]) -> str | None:
    if ASSET_PARTITION_RANGE_START_TAG in tags:
        return f"{tags[ASSET_PARTITION_RANGE_START_TAG]} to {tags[ASSET_PARTITION_RANGE_END_TAG]}"
    return tags.get(PARTITION_NAME_TAG)


def _last(said: str, below: BaseException | None = None) -> BaseException:
    """What a failure is raised from, so that `said` is the last line: below the trace of `below`, if there is one."""
    if below is None:
        return Cause(said)
    deepest = below
    while further := deepest.__cause__ or (None if deepest.__suppress_context__ else deepest.__context__):
        deepest = further
    deepest.__cause__ = Cause(said)
    return below
