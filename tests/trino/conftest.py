"""A real Trino for the session, beside the local AWS of all tests or behind the Athena of another one.

Its one catalog is of the local AWS that the test's module is about: each module attaches it anew.
At the end of the session it says what was compared, and how often.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from ddb_assets.local import process
from ddb_assets.local.athena.trino_values import renderer, type_of
from ddb_assets.local.engines import TOKEN_VARIABLE
from ddb_assets.local.trino import catalog, client, distribution, server
from ddb_assets.local.trino.client import Address
from ddb_assets.local_aws import start
from tests.conftest import LocalAws

Rows = Sequence[tuple[str | None, ...]]

_compared: Counter[tuple[str, str, str]] = Counter()


class Compared:
    """Counts what was found equal: of what kind, by whom and whom, in what unit."""

    def add(self, what: str, by: str, unit: str, count: int) -> None:
        _compared[what, by, unit] += count


@pytest.fixture(scope="session")
def compared() -> Compared:
    return Compared()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _compared:
        return
    terminalreporter.section("compared with Trino " + distribution.VERSION)
    width = max(len(what) for what, _, _ in _compared)
    between = max(len(by) for _, by, _ in _compared)
    for (what, by, unit), count in sorted(_compared.items()):
        terminalreporter.line(f"{what:<{width}}  {by:<{between}}  {count:>9,} {unit}")


@dataclass(frozen=True)
class Trino:
    """The Trino, asked directly."""

    address: Address

    def query(self, sql: str, schema: str | None = None) -> Rows:
        """A query's rows, as Athena would show them."""
        answer = client.run(self.address, sql, schema=schema)
        renderers = [renderer(type_of(column.signature)) for column in answer.columns]
        return [tuple(render(cell) for render, cell in zip(renderers, row, strict=True)) for row in answer.rows]


@pytest.fixture(scope="session")
def trino_process() -> Iterator[Trino]:
    with server.running(distribution.default_folder()) as address:
        yield Trino(address)


@pytest.fixture(scope="module")
def trino(trino_process: Trino, local_aws: LocalAws) -> Trino:
    """The Trino beside the local AWS of all tests, whose Athena has the embedded engine."""
    running = process.status()
    assert running is not None
    catalog.attach(trino_process.address, local_aws.url, running.region, running.access_key)
    return trino_process


@dataclass(frozen=True)
class EngineAws:
    """A local AWS whose Athena hands its statements to the Trino."""

    url: str
    environment: Mapping[str, str]
    session: boto3.Session = field(repr=False)

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.url)

    def finish(self, sql: str, database: str = "engine", **more: Any) -> dict[str, Any]:
        """The ended execution."""
        athena = self.client("athena")
        query_id = athena.start_query_execution(
            QueryString=sql, WorkGroup="ddb-assets", QueryExecutionContext={"Database": database}, **more
        )["QueryExecutionId"]
        while True:
            execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(0.02)

    def run(self, sql: str, database: str = "engine", **more: Any) -> dict[str, Any]:
        """The execution of a statement that succeeds."""
        execution = self.finish(sql, database, **more)
        assert execution["Status"]["State"] == "SUCCEEDED", f"{sql}: {execution['Status']['StateChangeReason']}"
        return execution

    def query(self, sql: str, database: str = "engine", **more: Any) -> Rows:
        """All rows, without the header of a query."""
        execution = self.run(sql, database, **more)
        pages = self.client("athena").get_paginator("get_query_results")
        rows = [
            tuple(cell.get("VarCharValue") for cell in row["Data"])
            for page in pages.paginate(QueryExecutionId=execution["QueryExecutionId"])
            for row in page["ResultSet"]["Rows"]
        ]
        return rows[1:] if execution["SubstatementType"] == "SELECT" else rows

    def reason(self, sql: str, **more: Any) -> str:
        """Why a statement fails."""
        status = self.finish(sql, **more)["Status"]
        assert status["State"] == "FAILED", sql
        return str(status["StateChangeReason"])

    def lines(self, uri: str) -> list[str]:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        body: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body.decode().splitlines()


@pytest.fixture(scope="module")
def engine_aws(trino_process: Trino, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineAws]:
    """`ddb-assets local start --engine trino --trino URL`; the environment is its own while the module runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("DDB_ASSETS_", "AWS_"))]:
            if name != "AWS_CA_BUNDLE":
                patch.delenv(name)
        patch.setenv("DDB_ASSETS_LOCAL_STATE", str(tmp_path_factory.mktemp("engine-aws")))
        patch.setenv(TOKEN_VARIABLE, trino_process.address.token or "")
        running = start(engine="trino", trino=trino_process.address.url)
        patch.delenv(TOKEN_VARIABLE)
        environment = process.environment(running)
        for name, value in environment.items():
            patch.setenv(name, value)
        key = running.access_key
        aws = EngineAws(running.url, environment, boto3.Session(key.id, key.secret, region_name=running.region))
        try:
            aws.run("CREATE DATABASE engine")
            yield aws
        finally:
            process.stop()
