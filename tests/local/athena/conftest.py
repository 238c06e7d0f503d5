"""A moto server with the local Athena in it, driven as any client drives AWS: boto3 over HTTP."""

import io
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer

from ddb_assets.local.athena import install

PARQUET = "STORED AS PARQUET"


class QueryFailed(Exception):
    """The execution's StateChangeReason."""


class Athena:
    """One database and one bucket of its own on the server."""

    def __init__(self, athena: Any, glue: Any, s3: Any) -> None:
        self.athena, self.glue, self.s3 = athena, glue, s3
        name = uuid.uuid4().hex[:8]
        self.database, self.bucket = f"db_{name}", f"bucket-{name}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.output = f"s3://{self.bucket}/results/"
        self.glue.create_database(DatabaseInput={"Name": self.database})

    def start(self, sql: str, **more: Any) -> str:
        more.setdefault("QueryExecutionContext", {"Database": self.database})
        more.setdefault("ResultConfiguration", {"OutputLocation": self.output})
        started: str = self.athena.start_query_execution(QueryString=sql, **more)["QueryExecutionId"]
        return started

    def execution(self, query_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        return found

    def wait(self, query_id: str) -> dict[str, Any]:
        while (execution := self.execution(query_id))["Status"]["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.01)
        return execution

    def finish(self, sql: str, **more: Any) -> dict[str, Any]:
        """The execution of a statement that succeeds."""
        execution = self.wait(self.start(sql, **more))
        if execution["Status"]["State"] != "SUCCEEDED":
            raise QueryFailed(execution["Status"].get("StateChangeReason", execution["Status"]["State"]))
        return execution

    def query(self, sql: str, **more: Any) -> list[tuple[str | None, ...]]:
        """All rows of a statement, without the header."""
        execution = self.finish(sql, **more)
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution["QueryExecutionId"])
        rows = [
            tuple(cell.get("VarCharValue") for cell in row["Data"]) for p in pages for row in p["ResultSet"]["Rows"]
        ]
        return rows[1:] if execution["StatementType"] == "DML" else rows

    def lines(self, sql: str) -> list[str | None]:
        return [row[0] for row in self.query(sql)]

    def reason(self, sql: str, **more: Any) -> str:
        """Why a statement fails."""
        with pytest.raises(QueryFailed) as failed:
            self.finish(sql, **more)
        return str(failed.value)

    def scanned(self, sql: str) -> int:
        bytes_read: int = self.finish(sql)["Statistics"]["DataScannedInBytes"]
        return bytes_read

    def put(self, key: str, body: bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def create(self, table: str, columns: str, stored: str = PARQUET, partitioned: bool = False, more: str = "") -> str:
        """An external table at a location of its own name."""
        location = f"s3://{self.bucket}/{table}/"
        keys = "PARTITIONED BY (snapshot_timestamp string)" if partitioned else ""
        self.finish(f"CREATE EXTERNAL TABLE {table} ({columns}) {keys} {stored} LOCATION '{location}' {more}")
        return location

    def add_partition(self, table: str, value: str) -> str:
        """A partition of the table, at the folder that Hive would give it; the folder's key."""
        folder = f"{table}/snapshot_timestamp={value.replace(':', '%3A')}"
        self.finish(
            f"ALTER TABLE {table} ADD PARTITION (snapshot_timestamp='{value}') LOCATION 's3://{self.bucket}/{folder}/'"
        )
        return folder


def parquet(columns: Mapping[str, Sequence[Any] | pa.Array], schema: pa.Schema | None = None) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(columns), schema=schema), sink)
    return sink.getvalue()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    install(lambda: "http://{}:{}".format(*server.get_host_and_port()))
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="session")
def clients(endpoint: str) -> list[Any]:
    session = boto3.session.Session("testing", "testing", region_name="us-east-1")
    return [session.client(service, endpoint_url=endpoint) for service in ("athena", "glue", "s3")]


@pytest.fixture
def aws(clients: list[Any]) -> Athena:
    return Athena(*clients)
