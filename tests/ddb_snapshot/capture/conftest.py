"""Snapshots by the job's own code, on local AWS over HTTP; the tasks are calls in this process."""

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from ddb_assets.local import past
from ddb_snapshot import formats, job, storage
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.items import canonical, to_items
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.storage import S3Path
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item
from tests.properties.history import HereAndNow, Silent

BUCKET = "dynamodb-exports"


@dataclass
class Table:
    """A DynamoDB table with a partition key and a sort key, and the snapshots taken of it.

    `created` may lie in the past.
    """

    aws: LocalAws
    created: datetime | None = None
    name: str = field(default_factory=lambda: f"T{uuid.uuid4().hex[:12]}")

    def __post_init__(self) -> None:
        self.s3 = self.aws.client("s3")
        client = self.aws.client("dynamodb")
        with past.at(client, self.created or datetime.now(UTC)):
            self._create(client)

    def _create(self, client: Any) -> None:
        client.create_table(
            TableName=self.name,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "N"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )

    def snapshot(self, output_format: str = "parquet", at: str = "2026-11-24T00:00", **options: Any) -> Manifest:
        """Run the job once, as one attempt of its own."""
        arguments = Arguments(
            table_name=self.name,
            read_percentage=1.0,
            output_prefix=f"s3://{BUCKET}/snapshots_{self.name.lower()}",
            output_format=output_format,
            snapshot_timestamp=at,
            attempt=uuid.uuid4().hex[:8],
            **options,
        )
        return job.run(arguments, HereAndNow, Silent())

    def items(self, snapshot: Manifest) -> list[Item]:
        """The snapshot's items from its files, comparable, in the order of their keys."""
        found = [item for file in snapshot.files for item in self._items(snapshot, file.path)]
        return in_order(found)

    def _items(self, snapshot: Manifest, path: str) -> Iterator[Item]:
        data = storage.read(self.s3, S3Path.parse(snapshot.location) / path)
        rows = formats.read(snapshot.output_format, io.BytesIO(data), snapshot.columns)
        yield from to_items(rows, snapshot.columns)

    def below(self, snapshot: Manifest) -> set[str]:
        """Everything that lies in the table's folder, as paths below it."""
        folder = S3Path.parse(snapshot.location.partition("snapshot_timestamp=")[0])
        return {key.removeprefix(folder.key) for key in storage.sizes(self.s3, folder)}


def in_order(items: list[Item]) -> list[Item]:
    """Comparable items by key: equal lists for equal sets of items, duplicates included."""
    return sorted((canonical(item) for item in items), key=lambda item: (item["pk"], item["sk"]))


@pytest.fixture(scope="session")
def table(local_aws: LocalAws) -> Table:
    return Table(local_aws)
