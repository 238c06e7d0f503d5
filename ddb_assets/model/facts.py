"""The facts of a snapshot: the table, what is wanted, what was captured before, the job, the options.

Instants are aware datetimes in UTC, sizes are bytes, rates are read units a second.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ddb_assets.model.capture import AUTO, Method, capture_method
from ddb_snapshot.allowed import USUAL_SHARE

GIB: Final = 1024**3
"""What AWS's prices and DynamoDB's quotas call a GB."""


@dataclass(frozen=True)
class RecoveryWindow:
    """Point-in-time recovery that is on: the instants that can be exported. `days` is how far it reaches back."""

    earliest: datetime
    latest: datetime
    days: int = 35


@dataclass(frozen=True)
class TableFacts:
    """A table as DynamoDB describes it. Item count and sizes are DynamoDB's, renewed about every six hours.

    `read_capacity` is what a scan takes its share of, and `capacity_source` where that number comes from.
    """

    name: str
    region: str
    size_bytes: int
    item_count: int
    on_demand: bool
    read_capacity: float
    capacity_source: str
    recovery: RecoveryWindow | None = None
    infrequent_access: bool = False
    local_index_bytes: int = 0
    created: datetime | None = None
    table_id: str = ""

    @property
    def export_bytes(self) -> int:
        """What a full export is billed by: "table data and local secondary indexes".

        Source: Amazon DynamoDB developer guide, "Best practices for understanding your AWS billing and usage reports".
        """
        return self.size_bytes + self.local_index_bytes


@dataclass(frozen=True)
class Wanted:
    """The snapshot that is asked for: its instant, the time between two snapshots, and whether its window is open."""

    instant: datetime
    gap: timedelta
    open: bool
    now: datetime


@dataclass(frozen=True)
class PreviousSnapshot:
    """The finished snapshot before the wanted one: what an incremental export could be merged into.

    `changed_bytes` is what the exports of the latest incremental snapshot were billed for, and `changed_over` the time
    between their ends: the table's measured rate of change. `since_full` counts the incremental snapshots since the
    last full export. `damage` says what is wrong with its files. `table_id` is that of the table that it is of, where
    known: a table that was deleted and made again has another.
    """

    instant: datetime
    method: Method
    bytes: int
    changed_bytes: int | None = None
    changed_over: timedelta | None = None
    since_full: int = 0
    damage: str | None = None
    table_id: str = ""

    @property
    def exact(self) -> bool:
        """Whether it holds the table as of its instant; a scan reads over a stretch of time."""
        return capture_method(self.method).exact


@dataclass(frozen=True)
class JobFacts:
    """The size of the Glue job, or of one run of it. A worker is the driver; each other has four cores for each DPU.

    A run is ended after its `timeout`, which is None where nobody knows it. With `by_size` the number of workers is
    planned by the table's size (`ddb_assets.planning.run_size`).
    Source: AWS Glue developer guide, "Worker types" (G.1X: 1 DPU, 4 vCPUs, 16 GB; G.2X: 2 DPUs, 8 vCPUs; and so on).
    """

    worker_type: str = "G.1X"
    workers: int = 2
    timeout: timedelta | None = None
    by_size: bool = False

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> "JobFacts":
        """From a Job or a JobRun of the Glue API; a job without workers has its MaxCapacity in DPUs."""
        timeout = _timeout(described)
        if described.get("WorkerType") and described.get("NumberOfWorkers"):
            return cls(described["WorkerType"], described["NumberOfWorkers"], timeout, by_size=True)
        return cls("Standard", max(1, math.ceil(described.get("MaxCapacity") or 2)), timeout)

    @property
    def dpus(self) -> float:
        """DPUs of all workers."""
        return dpu_factor(self.worker_type) * self.workers

    @property
    def cores(self) -> int:
        """Cores that read and write, without the driver's."""
        return max(1, int(4 * dpu_factor(self.worker_type)) * max(1, self.workers - 1))


@dataclass(frozen=True)
class CaptureOptions:
    """A table's `capture` options. `read_percentage` is a share in `allowed.SHARE`, `max_rcu` read units a second.

    `max_lag` is how far from the snapshot's instant the items may be.
    """

    method: Method = AUTO
    read_percentage: float = USUAL_SHARE
    max_rcu: float | None = None
    full_every: int | None = None
    max_lag: timedelta | None = None


def recovery_command(table: TableFacts) -> str:
    """The command that turns point-in-time recovery on."""
    return (
        f"aws dynamodb update-continuous-backups --region {table.region} --table-name {table.name} "
        "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
    )


def _timeout(described: Mapping[str, Any]) -> timedelta | None:
    """The timeout that is set, else Glue's default. Source: AWS Glue API reference, "CreateJob" (Timeout)."""
    if minutes := described.get("Timeout"):
        return timedelta(minutes=minutes)
    version = str(described.get("GlueVersion") or "").partition(".")[0]
    return timedelta(minutes=480 if int(version) >= 5 else 2880) if version.isdigit() else None


def dpu_factor(worker_type: str) -> float:
    """DPUs of one worker: 2 of `G.2X`, 0.25 of `G.025X`. Source: AWS Glue developer guide, "Worker types"."""
    size = worker_type.rpartition(".")[2].removesuffix("X")
    if size.startswith("0"):
        return int(size) / 100
    return float(size) if size.isdigit() else 1.0
