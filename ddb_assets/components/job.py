"""The block `job:` of a table's or a group's defs.yaml, checked: how large the runs of its Glue job are."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from ddb_assets.components import values
from ddb_assets.components.attributes import Attributes
from ddb_assets.model.run_wishes import LEAST_WORKERS, TIMEOUT_LIMIT, WORKER_TYPES, RunWishes
from ddb_assets.model.words import parse_duration


def _worker_type(value: str | None) -> str | None:
    if value is not None and value not in WORKER_TYPES:
        raise ValueError(f"{value!r} is not one of {', '.join(WORKER_TYPES)}")
    return value


def _timeout(value: str | None) -> str | None:
    if value is None:
        return None
    length = parse_duration(value)
    if length % timedelta(minutes=1) or length >= TIMEOUT_LIMIT:
        raise ValueError(f"{value!r} is not a timeout of Glue: whole minutes, and less than 7 days, such as 90m or 12h")
    return value


class Job(Attributes):
    """The size of a table's runs of the Glue job."""

    worker_type: Annotated[str | None, AfterValidator(_worker_type)] = Field(
        default=None, description="Glue's worker type. Default: the job's own.", examples=["G.2X"]
    )
    workers: Annotated[int | None, values.at_least(LEAST_WORKERS, int)] = Field(
        default=None, description="Number of workers, one of them the driver. Default: planned by the table's size."
    )
    timeout: Annotated[str | None, AfterValidator(_timeout)] = Field(
        default=None, description="When Glue ends a run, such as 90m or 12h. Default: the job's own."
    )

    def wishes(self) -> RunWishes:
        """The block as the chain takes it."""
        return RunWishes(self.worker_type, self.workers, None if self.timeout is None else parse_duration(self.timeout))
