"""Athena: run one statement, wait for it, read its rows."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import dagster as dg
from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError

_FIRST_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 2.0


@dataclass(frozen=True)
class ResultColumn:
    name: str
    type: str


@dataclass(frozen=True)
class QueryResult:
    """What a statement gave. Values are Athena's text forms; None is NULL."""

    query_id: str
    columns: tuple[ResultColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    scanned_bytes: int

    def scalar(self) -> str | None:
        """The first value of the first row."""
        return self.rows[0][0]


class Athena(dg.ConfigurableResource[Any]):
    """Runs SQL in the settings' work group. Source: Athena API reference, "StartQueryExecution"."""

    connection: Connection

    def run(self, sql: str, database: str | None = None) -> QueryResult:
        """Run one statement to its end and fetch all of its rows.

        Raises:
            UserError: the query failed or was cancelled; the message is Athena's reason and the query's id.
        """
        client, settings = self.connection.client("athena"), self.connection.settings()
        try:
            query_id = client.start_query_execution(
                QueryString=sql,
                QueryExecutionContext={"Database": database or settings.database},
                WorkGroup=settings.workgroup,
            )["QueryExecutionId"]
        except ClientError as error:
            said = str(error.response["Error"].get("Message", error))
            if "workgroup" in said.lower() and "not found" in said.lower():
                raise UserError(
                    f"Athena has no work group {settings.workgroup!r} in Region {self.connection.region}: create it, "
                    "with a place for its results, or set DDB_ASSETS_WORKGROUP to the name of yours."
                ) from None
            raise UserError(
                f"Athena refused the query in work group {settings.workgroup!r} (DDB_ASSETS_WORKGROUP): {said}"
            ) from None
        execution = _wait(lambda: client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"])
        status = execution["Status"]
        if status["State"] != "SUCCEEDED":
            reason = status.get("StateChangeReason", "no reason given")
            raise UserError(f"Athena query {query_id} ended {status['State']}: {reason}")
        pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
        columns, rows = _read(pages, has_header=execution.get("StatementType") == "DML")
        return QueryResult(query_id, columns, tuple(rows), execution["Statistics"].get("DataScannedInBytes", 0))


def _wait(describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    pause = _FIRST_POLL_SECONDS
    while (execution := describe())["Status"]["State"] in ("QUEUED", "RUNNING"):
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_POLL_SECONDS)
    return execution


def _read(
    pages: Iterator[dict[str, Any]], has_header: bool
) -> tuple[tuple[ResultColumn, ...], list[tuple[str | None, ...]]]:
    columns: tuple[ResultColumn, ...] = ()
    rows: list[tuple[str | None, ...]] = []
    for page in pages:
        result = page["ResultSet"]
        if not columns:
            info = result["ResultSetMetadata"]["ColumnInfo"]
            columns = tuple(ResultColumn(column["Name"], column["Type"]) for column in info)
        rows += [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in result["Rows"]]
    return columns, rows[1:] if has_header else rows
