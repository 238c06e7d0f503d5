"""What a way of publishing must do, and what it works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ddb_assets.aws.crawlers import Crawlers
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.catalog import Catalog, Published, TableChange
from ddb_assets.model.table import TableSpec
from ddb_assets.settings import Settings
from ddb_snapshot.manifest import Manifest


@dataclass(frozen=True)
class Services:
    """What publication reaches; `say` writes into Dagster's log."""

    store: SnapshotStore
    catalog: Catalog
    crawlers: Crawlers
    say: Callable[[str], None]


@dataclass(frozen=True)
class Done:
    """The published snapshot, and what Dagster is told about how."""

    published: Published
    metadata: Mapping[str, Any] = field(default_factory=dict)


def say_adopted(table: TableSpec, change: TableChange, manifest: Manifest, services: Services) -> None:
    """Tell of a table that an earlier version has published without its source's ARN. Happens once: now it has it."""
    if change.adopted:
        services.say(
            f"{table.database}.{table.catalog_table} was published by an earlier version, which recorded only the name "
            f"of its table, {manifest.table_name!r}: it is taken as that of {manifest.table_arn} from now on"
        )


class Publication(Protocol):
    """One way to publish a table's attempts."""

    def attempts(self, settings: Settings) -> str:
        """The s3:// folder below which the job writes attempts, without a slash at its end."""

    def require_ready(self, settings: Settings, catalog: Catalog) -> None:
        """Raises `UserError` where a snapshot should not be planned on the table as it is."""

    def publish(self, manifest: Manifest, services: Services) -> Done:
        """Make the attempt, verified before, the partition of its snapshot. Running it again changes nothing.

        Raises:
            UserError: it can't be; says what to do.
        """
