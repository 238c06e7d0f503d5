"""One table's history: snapshots taken by the job's own code, published, and read back from the files and by Athena.

Everything is real but Spark: DynamoDB, S3, Glue and Athena are local AWS over HTTP, tasks are calls in this process.
"""

import io
import time
import uuid
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar
from unittest.mock import patch

import pyarrow as pa

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_snapshot import formats, job, storage
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.columns import Column, check_stable
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.items import to_items
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import snapshots_table
from ddb_snapshot.storage import S3Path
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item, comparable
from tests.properties.cells import comparable as comparable_cell
from tests.properties.cells import shown

DATABASE = "histories"
BUCKET = "dynamodb-exports"

Input = TypeVar("Input")
Result = TypeVar("Result")


class HereAndNow:
    """Tasks as plain calls, one after another."""

    parallel = 1

    def fold(
        self,
        function: Callable[[Input, bool], Result],
        inputs: Sequence[Input],
        add: Callable[[Result, Result], Result],
        zero: Result,
        seen: Callable[[Result], None],
    ) -> Result:
        total = zero
        for one in inputs:
            total = add(total, function(one, False))
            seen(total)
        return total


class Silent:
    """Progress that nobody follows."""

    def say(self, message: str) -> None: ...
    def report(self, metadata: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True)
class Taken:
    """One published snapshot, the items that were in the table then, and its files' bytes."""

    items: Sequence[Item]
    manifest: Manifest
    files: Sequence[bytes]

    @classmethod
    def of(cls, items: Sequence[Item], manifest: Manifest) -> "Taken":
        """With the files as they lie in S3."""
        s3, location = client("s3"), S3Path.parse(manifest.location)
        return cls(items, manifest, [storage.read(s3, location / file.path) for file in manifest.files])

    def rows(self, columns: Sequence[Column]) -> pa.Table:
        """All rows of the files, read with these columns."""
        tables = [formats.read(self.manifest.output_format, io.BytesIO(body), columns) for body in self.files]
        return pa.concat_tables([schema(columns).empty_table(), *tables])


def client(service: str) -> Any:
    """This process's client: making one takes longer than most calls do."""
    return Connection().client(service)


@dataclass
class History:
    """A table in one format, and its snapshots so far."""

    aws: LocalAws
    output_format: str
    options: Mapping[str, Any] = field(default_factory=dict)
    table_name: str = field(default_factory=lambda: f"History-{uuid.uuid4().hex[:12]}")
    taken: list[Taken] = field(default_factory=list)

    def __enter__(self) -> "History":
        create_table(self.table_name)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing in local AWS, whose memory holds it all."""
        client("dynamodb").delete_table(TableName=self.table_name)
        if self.taken:
            client("glue").delete_table(DatabaseName=DATABASE, Name=self.catalog_table)
        storage.delete_below(client("s3"), S3Path(BUCKET, f"{self.catalog_table}/"))

    @property
    def catalog_table(self) -> str:
        return snapshots_table(self.table_name)

    @property
    def catalog(self) -> DataCatalog:
        return DataCatalog(connection=Connection())

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the published table, as the catalog tells them."""
        return self.catalog.columns(DATABASE, self.catalog_table)

    def snapshot(self, items: Sequence[Item]) -> Taken:
        """Let the table hold exactly these items, take a snapshot of it, and publish it."""
        replace_items(self.table_name, self.taken[-1].items if self.taken else (), items)
        number = len(self.taken)
        prefix = f"s3://{BUCKET}/{self.catalog_table}"
        arguments = Arguments(
            table_name=self.table_name,
            read_percentage=1.0,
            output_prefix=prefix,
            output_format=self.output_format,
            snapshot_timestamp=f"2026-01-{number + 1:02d}T00:00",
            attempt=f"a{number}",
            database=DATABASE,
            catalog_table=self.catalog_table,
            column_options=self.options,
        )
        with patch.object(storage, "region", lambda: "us-east-1"):  # a new session is a quarter of a small job's work
            manifest = job.run(arguments, HereAndNow, Silent())
        self.catalog.publish(DATABASE, self.catalog_table, prefix + "/", manifest)
        self.taken.append(Taken.of(items, manifest))
        return self.taken[-1]

    def versions(self) -> Iterator[tuple[Column, ...]]:
        """The columns of each version of the catalog's table, oldest first."""
        found = client("glue").get_table_versions(DatabaseName=DATABASE, TableName=self.catalog_table)["TableVersions"]
        for version in sorted(found, key=lambda version: int(version["VersionId"])):
            yield formats.columns_from_catalog(version["Table"]["StorageDescriptor"]["Columns"], self.output_format)

    def query_all(self) -> list[dict[str, str | None]]:
        """`SELECT *` through Athena's API: each row's cells by column."""
        rows = query(f'SELECT * FROM "{self.catalog_table}"')
        names = [*(column.name for column in self.columns), "snapshot_timestamp"]
        return [dict(zip(names, row, strict=True)) for row in rows]


def check(history: History) -> None:
    """Everything that must hold of a history, whatever items it is of."""
    newest = history.columns
    versions = [*history.versions()]
    for older, newer in pairwise(versions):
        check_stable(older, newer)
    assert versions[-1] == newest
    for taken in history.taken:
        put = by_id(comparable(taken.items))
        for columns in (taken.manifest.columns, newest):
            # `to_items` refuses a row in which two columns hold one attribute.
            assert by_id(comparable(to_items(taken.rows(columns), columns))) == put
    check_cells(history, newest)


def check_cells(history: History, columns: Sequence[Column]) -> None:
    """Every cell that Athena shows is the text of the value in the files."""
    cells: dict[str | None, list[dict[str, str | None]]] = {}
    for row in history.query_all():
        cells.setdefault(row.pop("snapshot_timestamp"), []).append(row)
    output_format = history.output_format
    for taken in history.taken:
        expected = [
            [
                comparable_cell(shown(row[column.name], column.type, output_format), column.type, output_format)
                for column in columns
            ]
            for row in taken.rows(columns).to_pylist()
        ]
        found = [
            [comparable_cell(row[column.name], column.type, output_format) for column in columns]
            for row in cells.get(taken.manifest.snapshot_timestamp, [])
        ]
        assert sorted(found, key=repr) == sorted(expected, key=repr)


def query(sql: str) -> list[tuple[str | None, ...]]:
    """A query's rows, asked for more often than a user's client does."""
    athena = client("athena")
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": DATABASE},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/athena-results/"},
    )
    address = {"QueryExecutionId": started["QueryExecutionId"]}
    while (found := athena.get_query_execution(**address)["QueryExecution"]["Status"])["State"] in (
        "QUEUED",
        "RUNNING",
    ):
        time.sleep(0.01)
    assert found["State"] == "SUCCEEDED", found["StateChangeReason"]
    pages = athena.get_paginator("get_query_results").paginate(**address)
    rows = [
        tuple(cell.get("VarCharValue") for cell in row["Data"]) for page in pages for row in page["ResultSet"]["Rows"]
    ]
    return rows[1:]


def by_id(items: Sequence[Item]) -> dict[Any, Item]:
    found = {item["id"]: item for item in items}
    assert len(found) == len(items)
    return found


def create_table(table_name: str) -> None:
    """A table keyed by the string `id`."""
    client("dynamodb").create_table(
        TableName=table_name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def replace_items(table_name: str, old: Sequence[Item], items: Sequence[Item]) -> None:
    """Let the table, which holds the old items, hold exactly these."""
    gone = {item["id"]["S"] for item in old} - {item["id"]["S"] for item in items}
    requests: list[dict[str, Any]] = [{"DeleteRequest": {"Key": {"id": {"S": key}}}} for key in sorted(gone)]
    requests += [{"PutRequest": {"Item": sendable(item)}} for item in items]
    for start in range(0, len(requests), 25):
        client("dynamodb").batch_write_item(RequestItems={table_name: requests[start : start + 25]})


def sendable(item: Item) -> Item:
    """The item as boto3 takes it: it makes base64 of bytes itself."""
    return {name: _sendable(value) for name, value in item.items()}


def _sendable(value: Mapping[str, Any]) -> dict[str, Any]:
    ((tag, inner),) = value.items()
    match tag:
        case "B":
            return {tag: b64decode(inner)}
        case "BS":
            return {tag: [b64decode(element) for element in inner]}
        case "L":
            return {tag: [_sendable(element) for element in inner]}
        case "M":
            return {tag: {key: _sendable(member) for key, member in inner.items()}}
    return {tag: inner}
