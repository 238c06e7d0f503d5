"""A table with a past of some hours, of which every instant's items are known, and chains of it."""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from ddb_assets.aws.connection import Connection
from ddb_assets.chain.keys import files_key
from ddb_assets.local import past
from ddb_assets.model.table import CaptureSpec, TableSpec
from ddb_assets.reading.published import find_published
from ddb_snapshot.compare import normal
from ddb_snapshot.names import format_instant
from tests.conftest import Project

Items = Mapping[str, Mapping[str, Any]]
DATABASE = "dynamodb_exports"


@dataclass
class PastTable:
    """A table whose writes are dated: `begun` is when it was created, with point-in-time recovery."""

    name: str
    begun: datetime
    writes: list[tuple[datetime, str, Mapping[str, Any] | None]] = field(default_factory=list)

    @classmethod
    def create(cls, name: str, hours: int, recovery: bool = True) -> "PastTable":
        """A new table of `hours` ago, at the full hour."""
        begun = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
        table = cls(name, begun)
        with past.at(table.client, begun - timedelta(minutes=1)):
            table.client.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            if recovery:
                table.recover(True)
        return table

    @property
    def client(self) -> Any:
        return Connection().client("dynamodb")

    @property
    def arn(self) -> str:
        return str(self.client.describe_table(TableName=self.name)["Table"]["TableArn"])

    def recover(self, on: bool) -> None:
        """Switch point-in-time recovery on or off, now or at `past.at`'s instant."""
        self.client.update_continuous_backups(
            TableName=self.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on}
        )

    def instant(self, hours: float) -> datetime:
        return self.begun + timedelta(hours=hours)

    def key(self, hours: float) -> str:
        return format_instant(self.instant(hours))

    def put(self, hours: float, id: str, **attributes: Any) -> None:
        """Write an item as of `hours` after the beginning."""
        item = {"id": {"S": id}, **attributes}
        with past.at(self.client, self.instant(hours)):
            self.client.put_item(TableName=self.name, Item=item)
        self.writes.append((self.instant(hours), id, item))

    def delete(self, hours: float, id: str) -> None:
        with past.at(self.client, self.instant(hours)):
            self.client.delete_item(TableName=self.name, Key={"id": {"S": id}})
        self.writes.append((self.instant(hours), id, None))

    def items(self, key: str) -> Items:
        """What the table held just before an instant."""
        held: dict[str, Mapping[str, Any]] = {}
        for instant, id, item in sorted(self.writes, key=lambda write: write[0]):
            if format_instant(instant) < key:
                held.pop(id, None)
                if item is not None:
                    held[id] = item
        return {id: copy.deepcopy(item) for id, item in held.items()}

    def spec(self, method: str = "export", cadence: str = "0 * * * *", **options: Any) -> TableSpec:
        """Its chain, from the beginning on."""
        capture = CaptureSpec(method=method, **options.pop("capture", {}))  # type: ignore[arg-type]
        start = options.pop("start", self.begun - timedelta(days=3))
        return TableSpec(self.name, DATABASE, cadence=cadence, start=start, capture=capture, **options)


def chain(project: Project, table: TableSpec, key: str, **config: Any) -> dg.ExecuteInProcessResult:
    """Run the table's job for one partition."""
    ops = {"__".join(files_key(table).path): {"config": config}} if config else {}
    return (
        project.definitions(table)
        .resolve_job_def(table.job_name)
        .execute_in_process(
            partition_key=key,
            instance=project.instance,
            raise_on_error=False,
            run_config={"ops": ops} if ops else None,
        )
    )


def published(table: TableSpec, key: str) -> Items:
    """The items of a published snapshot, read back through the catalog."""
    found = find_published(Connection(), table.database, table.name or table.table_name, key)
    return {str(item["id"]["S"]): item for item in found.items()}


def same(expected: Items, actual: Items) -> None:
    """Both hold the same items, whatever the spelling of their numbers."""
    assert _spelled(actual) == _spelled(expected)


def files_metadata(result: dg.ExecuteInProcessResult, table: TableSpec) -> dict[str, Any]:
    """What the run says of the files."""
    (event,) = [event for event in result.get_asset_materialization_events() if event.asset_key == files_key(table)]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def _spelled(items: Items) -> Sequence[str]:
    return sorted(
        json.dumps({name: normal(value) for name, value in item.items()}, sort_keys=True) for item in items.values()
    )
