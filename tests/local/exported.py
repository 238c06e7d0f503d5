"""Tables with a history, and exports of them as a client reads them: by the manifests, checking everything they say."""

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

import boto3

from ddb_assets.local import past
from tests.conftest import LocalAws

BUCKET = "dynamodb-exports"
MINUTE = timedelta(minutes=1)
_numbers = count()

Line = dict[str, Any]
Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """A DynamoDB table of the test's own. Its key is `id`, and `sort` where it has a sort key."""

    local_aws: LocalAws
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:dynamodb:us-east-1:123456789012:table/{self.name}"

    @property
    def client(self) -> Any:
        return _client(self.local_aws, "dynamodb")

    def recover(self, enabled: bool = True, at: datetime | None = None, **options: Any) -> None:
        """Switch point-in-time recovery on or off."""
        client = self.client
        with past.at(client, at or datetime.now(UTC)):
            client.update_continuous_backups(
                TableName=self.name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled, **options},
            )

    def recovery(self) -> dict[str, Any]:
        backups = self.client.describe_continuous_backups(TableName=self.name)["ContinuousBackupsDescription"]
        return dict(backups["PointInTimeRecoveryDescription"])

    def put(self, item: Attributes, at: datetime | None = None) -> None:
        client = self.client
        with past.at(client, at or datetime.now(UTC)):
            client.put_item(TableName=self.name, Item=item)

    def delete(self, key: Attributes, at: datetime | None = None) -> None:
        client = self.client
        with past.at(client, at or datetime.now(UTC)):
            client.delete_item(TableName=self.name, Key=key)

    def items(self) -> list[Line]:
        return list(self.client.scan(TableName=self.name, ConsistentRead=True)["Items"])

    def start(self, **options: Any) -> dict[str, Any]:
        asked = {"TableArn": self.arn, "S3Bucket": BUCKET, "S3Prefix": f"exports/{self.name}", **options}
        started: dict[str, Any] = self.client.export_table_to_point_in_time(**asked)["ExportDescription"]
        return started

    def export(self, **options: Any) -> "Export":
        return ended(self.local_aws, self.start(**options)["ExportArn"])

    def incremental(self, start: datetime, end: datetime, view: str = "NEW_AND_OLD_IMAGES") -> "Export":
        window = {"ExportFromTime": start, "ExportToTime": end, "ExportViewType": view}
        return self.export(ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=window)


@dataclass(frozen=True)
class Export:
    """An export that has ended."""

    local_aws: LocalAws
    description: dict[str, Any]

    def read(self, key: str) -> bytes:
        body: bytes = _client(self.local_aws, "s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body

    def summary(self) -> dict[str, Any]:
        key = self.description["ExportManifest"]
        return dict(json.loads(self._checked(key, self.read(key.replace(".json", ".md5")).decode())))

    def files(self) -> list[dict[str, Any]]:
        key = self.summary()["manifestFilesS3Key"]
        text = self._checked(key, self.read(key.replace(".json", ".md5")).decode())
        return [json.loads(line) for line in text.splitlines()]

    def lines(self) -> list[Line]:
        lines: list[Line] = []
        for file in self.files():
            found = gzip.decompress(self._checked(file["dataFileS3Key"], file["md5Checksum"])).splitlines()
            assert len(found) == file["itemCount"]
            lines += [json.loads(line) for line in found]
        assert len(lines) == self.summary()["itemCount"] == self.description["ItemCount"]
        return lines

    def items(self) -> list[Line]:
        """The items of a full export, as boto3 gives items."""
        return [from_json(line["Item"]) for line in self.lines()]

    def _checked(self, key: str, md5: str) -> bytes:
        body = self.read(key)
        assert base64.b64encode(hashlib.md5(body).digest()).decode() == md5
        return body


def make_table(
    local_aws: LocalAws, *, sort: bool = False, at: datetime | None = None, recover: bool = True, **options: Any
) -> Table:
    """A new table; `at` dates its creation, and begins its history then unless `recover` says no."""
    table = Table(local_aws, f"exported-{next(_numbers)}")
    names = ["id", "sort"] if sort else ["id"]
    client = table.client
    with past.at(client, at or datetime.now(UTC)):
        client.create_table(
            TableName=table.name,
            KeySchema=[
                {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in zip(names, "SN", strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
            **options,
        )
    if at is not None and recover:
        table.recover(at=at)
    return table


def ended(local_aws: LocalAws, arn: str) -> Export:
    """The export, once it isn't in progress any more."""
    client = _client(local_aws, "dynamodb")
    while (described := client.describe_export(ExportArn=arn)["ExportDescription"])["ExportStatus"] == "IN_PROGRESS":
        time.sleep(0.02)
    return Export(local_aws, described)


def _client(local_aws: LocalAws, service: str) -> Any:
    return _client_at(service, local_aws.url)


@cache
def _client_at(service: str, url: str) -> Any:
    # Made once, since making one takes as long as a dozen requests.
    return boto3.client(service, endpoint_url=url)


def ago(**delta: float) -> datetime:
    """A whole second before now."""
    return (datetime.now(UTC) - timedelta(**delta)).replace(microsecond=0)


def by_key(items: Sequence[Attributes]) -> dict[str, Attributes]:
    """Items by what their key says."""
    return {json.dumps([item["id"], item.get("sort")]): item for item in items}


def from_json(attributes: Attributes) -> Line:
    """DynamoDB-JSON with base64 as boto3 gives it, with bytes."""
    return {name: _from_json(value) for name, value in attributes.items()}


def _from_json(value: Any) -> Any:
    match value:
        case {"B": text}:
            return {"B": base64.b64decode(text)}
        case {"BS": texts}:
            return {"BS": [base64.b64decode(text) for text in texts]}
        case {"M": members}:
            return {"M": from_json(members)}
        case {"L": elements}:
            return {"L": [_from_json(element) for element in elements]}
    return value
