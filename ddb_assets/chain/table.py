"""One table's chain as data: what its defs.yaml says, and every name that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Final, Literal

import dagster as dg

from ddb_assets.errors import UserError
from ddb_assets.planning import RunWishes
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.names import catalog_name, format_instant, snapshots_table

# Partitions before it don't exist; a table whose history matters names its own `start`.
DEFAULT_START = datetime(2026, 1, 1, tzinfo=timezone.utc)

# Many tables share a cadence, and cron is slow to count: what follows from a cadence alone is kept for so many.
_REMEMBERED: Final = 1024

CatalogMethod = Literal["direct", "crawler"]
CaptureMethod = Literal["auto", "scan", "export", "incremental"]
Backfill = Literal["run_per_partition", "single_run"]


@dataclass(frozen=True)
class CaptureSpec:
    """How a table's items are obtained: `capture` in its defs.yaml.

    `max_rcu` is a scan's budget in read units a second, in place of the share; `max_lag` how far from the snapshot's
    instant its items may be. Every `full_every`-th snapshot of an incremental chain is exported in full. Exports are
    kept for `keep_days` (None: for ever; 0: until their snapshot is published and verified).
    """

    method: CaptureMethod = "auto"
    max_rcu: float | None = None
    max_lag: timedelta | None = None
    full_every: int | None = None
    kms_key: str | None = None
    bucket_owner: str | None = None
    keep_days: int | None = None
    export_timeout: timedelta = timedelta(hours=6)


@dataclass(frozen=True)
class TableSpec:
    """A table to be snapshot. Instants are UTC; `read_percentage` is a share, 0.1 to 1.0, of the table's RCUs.

    `name` tells a second chain of the same table from the first, in everything that the chain makes. `member_of` is the
    name of the group that the chain belongs to, `fellows` are the DynamoDB tables that are captured with this one.
    """

    table_name: str
    database: str
    name: str | None = None
    cadence: str = "0 0 * * *"
    start: datetime = DEFAULT_START
    read_percentage: float = 0.25
    output_format: str = "parquet"
    prefix: str | None = None
    catalog: CatalogMethod = "direct"
    capture: CaptureSpec = field(default_factory=CaptureSpec)
    job: RunWishes = field(default_factory=RunWishes)
    backfill: Backfill = "run_per_partition"
    member_of: str | None = None
    fellows: tuple[str, ...] = ()
    column_options: ColumnOptions = field(default_factory=ColumnOptions)
    owners: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def view(self) -> str:
        return self.name or catalog_name(self.table_name)

    @property
    def catalog_table(self) -> str:
        return snapshots_table(self.view)

    @property
    def snapshots_folder(self) -> str:
        """Where its snapshots lie below the prefix; a group's members have the group's folder."""
        return f"{self.member_of}/{self.catalog_table}" if self.member_of else self.catalog_table

    @property
    def group(self) -> str:
        """Dagster's group: one for each chain or group of tables, so that the graph shows it as a whole."""
        return dagster_name(self.member_of or self.view)

    @property
    def source_key(self) -> dg.AssetKey:
        return dg.AssetKey(["dynamodb", self.table_name])

    @property
    def files_key(self) -> dg.AssetKey:
        group = f"{self.member_of}_" if self.member_of else ""
        return dg.AssetKey(["s3", f"{group}{self.view}_files"])

    @property
    def catalog_key(self) -> dg.AssetKey:
        return dg.AssetKey([self.database, self.catalog_table])

    @property
    def view_key(self) -> dg.AssetKey:
        return dg.AssetKey([self.database, self.view])

    @property
    def changed_column_options(self) -> dict[str, Any]:
        """The column options that are not the defaults, as the job takes them."""
        defaults = asdict(ColumnOptions())
        return {name: value for name, value in asdict(self.column_options).items() if value != defaults[name]}

    @property
    def job_name(self) -> str:
        """The Dagster job's name; Dagster allows letters, digits and underscores."""
        return f"snapshot_{'group_' if self.member_of else ''}{self.group}"

    @property
    def backfill_policy(self) -> dg.BackfillPolicy | None:
        """One run for a whole range of partitions, or None: Dagster's own, a run for each."""
        return dg.BackfillPolicy.single_run() if self.backfill == "single_run" else None

    @property
    def partitions(self) -> dg.TimeWindowPartitionsDefinition:
        """Keyed by the instant at which a window opens; the window that is open now is the last."""
        return _partitions(self.start, self.cadence)

    def open_window(self, now: datetime) -> dg.TimeWindow:
        """The window that is open at `now`: its start is the partition's instant, UTC.

        Raises:
            UserError: `start` lies in the future, so that no window is open yet.
        """
        window = window_open_at(self.partitions, now)
        if window is None:
            raise not_begun(self.table_name, self.partitions)
        return window

    def longest_gap(self) -> timedelta:
        """The longest of the next hundred windows: what "one snapshot late" means for this cadence."""
        # Cron knows no seconds: windows open and close at full minutes.
        return _longest_gap_at(self.start, self.cadence, datetime.now(timezone.utc).replace(second=0, microsecond=0))


@lru_cache(maxsize=_REMEMBERED)
def _partitions(start: datetime, cadence: str) -> dg.TimeWindowPartitionsDefinition:
    return dg.TimeWindowPartitionsDefinition(
        start=start, fmt="%Y-%m-%dT%H:%M", cron_schedule=cadence, timezone="UTC", end_offset=1
    )


@lru_cache(maxsize=_REMEMBERED)
def _longest_gap_at(start: datetime, cadence: str, now: datetime) -> timedelta:
    partitions = _partitions(start, cadence)
    window = window_open_at(partitions, now) or first_window(partitions)
    return _longest_gap(cadence, window.start)


@lru_cache(maxsize=_REMEMBERED)
def _longest_gap(cadence: str, first: datetime) -> timedelta:
    """The longest of the window that opens at `first` and the hundred that follow it."""
    partitions = _partitions(first, cadence)
    window: dg.TimeWindow | None = first_window(partitions)
    longest, left = timedelta(0), 101
    while window is not None and left:
        longest, left = max(longest, window.end - window.start), left - 1
        window = partitions.get_next_partition_window(window.end, respect_bounds=False)
    return longest


def window_open_at(partitions: dg.TimeWindowPartitionsDefinition, now: datetime) -> dg.TimeWindow | None:
    """The window that is open at `now`, or None while the first has not begun."""
    with dg.partition_loading_context(effective_dt=now):
        window = partitions.get_last_partition_window()
    # Where `start` lies between two ticks, Dagster's last partition may not have begun.
    while window is not None and window.start > now:
        window = partitions.get_prev_partition_window(window.start, respect_bounds=False)
    return window if window is not None and window.start >= partitions.start else None


def first_window(partitions: dg.TimeWindowPartitionsDefinition) -> dg.TimeWindow:
    """The first window from `start` on, whether it has begun or not."""
    window = partitions.get_next_partition_window(partitions.start, respect_bounds=False)
    if window is None:
        raise ValueError(f"cadence {partitions.cron_schedule!r} never comes after {partitions.start}")
    return window


def not_begun(name: str, partitions: dg.TimeWindowPartitionsDefinition) -> UserError:
    """The error where a partition is asked for before there is any."""
    first = format_instant(first_window(partitions).start)
    return UserError(
        f"{name} has no partition yet: its first begins at {first}, the first of cadence {partitions.cron_schedule!r} "
        "from its `start` on. Wait until then, or set an earlier `start` in its defs.yaml."
    )


def dagster_name(text: str) -> str:
    """`text` with everything that Dagster's names don't allow replaced by an underscore."""
    return "".join(character if character.isascii() and character.isalnum() else "_" for character in text)
