"""What a way of capture must do, and what it works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ddb_assets.aws.dynamodb import DynamoDB, SourceTable
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.table_exports import TableExports
from ddb_assets.catalog import Catalog
from ddb_assets.chain.partitions import open_window, partitions_of
from ddb_assets.model.capture import Method
from ddb_assets.model.facts import CaptureOptions, JobFacts, Wanted
from ddb_assets.model.table import TableSpec
from ddb_snapshot.names import format_instant, parse_instant


def nothing() -> None:
    """Nothing to refuse."""


@dataclass(frozen=True)
class Need:
    """A snapshot to be captured: of `source`, under the partition `key`.

    `method` is the table's or the run's, `now` tells the time (UTC), `job` is the Glue job that is to read, with what
    the table wants of it.
    """

    table: TableSpec
    key: str
    source: SourceTable
    method: Method
    now: Callable[[], datetime]
    job: JobFacts

    @property
    def instant(self) -> datetime:
        """The instant of which the snapshot is, UTC: nothing else is ever stored under its key."""
        return parse_instant(self.key)

    @property
    def options(self) -> CaptureOptions:
        """The table's `capture` as a plan takes it, with the run's method."""
        spec = self.table.capture
        return CaptureOptions(self.method, self.table.read_percentage, spec.max_rcu, spec.full_every, spec.max_lag)

    def wanted(self) -> Wanted:
        """What a plan is asked for."""
        now, window = self.now(), partitions_of(self.table).time_window_for_partition_key(self.key)
        is_open = self.key == format_instant(open_window(self.table, now).start)
        return Wanted(self.instant, window.end - window.start, is_open, now)


@dataclass(frozen=True)
class Services:
    """What capture reaches; `say` writes into Dagster's log."""

    source: DynamoDB
    exports: TableExports
    store: SnapshotStore
    catalog: Catalog
    say: Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """What the Glue job is told beside the table's own arguments, and Dagster of how the items are obtained.

    `before_start` is called right before a run of the job is started, and may raise to refuse it.
    """

    arguments: Mapping[str, str]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    before_start: Callable[[], None] = nothing


class Capture(Protocol):
    """One way to obtain a table's items as of a partition's instant."""

    def prepare(self, need: Need, services: Services) -> Prepared:
        """Do what must be done before the Glue job reads.

        Raises:
            UserError: the items as of that instant can't be had this way; says which can. Nothing was started then.
            dagster.Failure: what was started has failed.
        """
