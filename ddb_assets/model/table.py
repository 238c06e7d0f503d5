"""One table's chain as data: what its defs.yaml says, and every name that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Literal

from ddb_assets.model.capture import AUTO, Method
from ddb_assets.model.run_wishes import RunWishes
from ddb_snapshot.allowed import USUAL_SHARE
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.names import catalog_name, snapshots_table

DEFAULT_START: Final = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""Partitions before it don't exist; a table whose history matters names its own `start`."""

DEFAULT_FORMAT: Final = "parquet"

EXPORT_TIMEOUT: Final = timedelta(hours=6)
"""How long an export may be in progress. AWS promises no duration; its size matters less than its time of day."""

CatalogMethod = Literal["direct", "crawler"]
Backfill = Literal["run_per_partition", "single_run"]


@dataclass(frozen=True)
class CaptureSpec:
    """How a table's items are obtained: `capture` in its defs.yaml.

    `max_rcu` is a scan's budget in read units a second, in place of the share; `max_lag` how far from the snapshot's
    instant its items may be. Every `full_every`-th snapshot of an incremental chain is exported in full. Exports are
    kept for `keep_days` (None: for ever; 0: until their snapshot is published and verified).
    """

    method: Method = AUTO
    max_rcu: float | None = None
    max_lag: timedelta | None = None
    full_every: int | None = None
    kms_key: str | None = None
    bucket_owner: str | None = None
    keep_days: int | None = None
    export_timeout: timedelta = EXPORT_TIMEOUT


@dataclass(frozen=True)
class TableNames:
    """What a chain goes by in the Data Catalog.

    `name` tells a second chain of the same table from the first, in everything that the chain makes.
    """

    table_name: str
    database: str
    name: str | None = None

    @property
    def view(self) -> str:
        return self.name or catalog_name(self.table_name)

    @property
    def catalog_table(self) -> str:
        return snapshots_table(self.view)


@dataclass(frozen=True)
class StoredTable(TableNames):
    """What a chain goes by, and the format of its snapshots' files."""

    output_format: str = field(kw_only=True)


@dataclass(frozen=True)
class TableSpec(StoredTable):
    """A table to be snapshot. Instants are UTC; `read_percentage` is a share of the table's RCUs, in `allowed.SHARE`.

    `member_of` is the name of the group that the chain belongs to, `fellows` are the DynamoDB tables that are captured
    with this one.
    """

    cadence: str = "0 0 * * *"
    start: datetime = DEFAULT_START
    read_percentage: float = USUAL_SHARE
    output_format: str = field(default=DEFAULT_FORMAT, kw_only=True)
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
    def snapshots_folder(self) -> str:
        """Where its snapshots lie below the prefix; a group's members have the group's folder."""
        return f"{self.member_of}/{self.catalog_table}" if self.member_of else self.catalog_table

    @property
    def group(self) -> str:
        """Dagster's group: one for each chain or group of tables, so that the graph shows it as a whole."""
        return dagster_name(self.member_of or self.view)

    @property
    def changed_column_options(self) -> dict[str, Any]:
        """The column options that are not the defaults, as the job takes them."""
        defaults = asdict(ColumnOptions())
        return {name: value for name, value in asdict(self.column_options).items() if value != defaults[name]}

    @property
    def job_name(self) -> str:
        """The Dagster job's name; Dagster allows letters, digits and underscores."""
        return f"snapshot_{'group_' if self.member_of else ''}{self.group}"


def dagster_name(text: str) -> str:
    """`text` with everything that Dagster's names don't allow replaced by an underscore."""
    return "".join(character if character.isascii() and character.isalnum() else "_" for character in text)
