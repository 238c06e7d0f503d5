"""ExportTableToPointInTime, DescribeExport and ListExports on local AWS.

A description outlives its table; ListExports shows it with the table's ARN only while that very table is there.
"""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import (
    ERROR_TYPE_PREFIX,
    DynamodbException,
    MockValidationException,
    TableNotFoundException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from ddb_assets.local.clients import client
from ddb_assets.local.point_in_time import request
from ddb_assets.local.point_in_time.export_task import ExportTask

# DynamoDB developer guide, "Quotas": 300 export tasks at once.
_MOST_AT_ONCE = 300
_PAGE = 25
_starting = threading.Lock()


class ExportConflict(DynamodbException):  # type: ignore[misc]
    """A client token came again with other parameters."""

    def __init__(self) -> None:
        super().__init__(
            ERROR_TYPE_PREFIX + "ExportConflictException",
            "Export conflict: Duplicate request detected with conflicting parameters",
        )


class ExportNotFound(DynamodbException):  # type: ignore[misc]
    """There is no such export."""

    def __init__(self, arn: str) -> None:
        super().__init__(ERROR_TYPE_PREFIX + "ExportNotFoundException", f"Export not found: {arn}")


class TooManyExports(DynamodbException):  # type: ignore[misc]
    """As many exports are going on as may at once."""

    def __init__(self) -> None:
        super().__init__(
            ERROR_TYPE_PREFIX + "LimitExceededException",
            f"Subscriber limit exceeded: There is a limit of {_MOST_AT_ONCE} concurrent export tasks",
        )


def install(url: Callable[[], str]) -> None:
    """Change moto's DynamoDB in this process. `url` gives the server's own address once it serves."""

    def export_table_to_point_in_time(handler: DynamoHandler) -> ActionResult:
        s3 = partial(client, "s3", url(), handler.region)
        return ActionResult({"ExportDescription": start(handler.dynamodb_backend, handler.body, s3).description()})

    DynamoHandler.export_table_to_point_in_time = export_table_to_point_in_time
    DynamoHandler.describe_export = _describe_export
    DynamoHandler.list_exports = _list_exports


def start(backend: DynamoDBBackend, body: Mapping[str, Any], s3: Callable[[], Any]) -> ExportTask:
    """The export that the request asks for: a new one, or the one that its client token began.

    Raises:
        DynamodbException: AWS's refusal.
    """
    request.check_form(body, backend.account_id)
    table = next((table for table in backend.tables.values() if table.table_arn == body["TableArn"]), None)
    if table is None:
        raise TableNotFoundException(body["TableArn"])
    with _starting:
        tasks: list[ExportTask] = list(backend.table_exports.values())
        token = body.get("ClientToken") or str(uuid4())
        again = next((task for task in tasks if task.answers(token)), None)
        if again is not None:
            if again.parameters != request.parameters(body):
                raise ExportConflict
            return again
        if sum(task.status == "IN_PROGRESS" for task in tasks) >= _MOST_AT_ONCE:
            raise TooManyExports
        task = ExportTask(table, body, token, s3)
        backend.table_exports[task.arn] = task
    task.start()
    return task


def _describe_export(handler: DynamoHandler) -> ActionResult:
    arn = handler.body["ExportArn"]
    if "/export/" not in arn:
        raise MockValidationException("Invalid Export ARN")
    task: ExportTask | None = handler.dynamodb_backend.table_exports.get(arn)
    if task is None:
        raise ExportNotFound(arn)
    return ActionResult({"ExportDescription": task.description()})


def _list_exports(handler: DynamoHandler) -> ActionResult:
    """Newest first; the token is the ARN that the page before ended with."""
    backend, arn = handler.dynamodb_backend, handler.body.get("TableArn")
    tasks: list[ExportTask] = list(reversed(backend.table_exports.values()))
    if arn is not None:
        live = {table.table_id for table in backend.tables.values() if table.table_arn == arn}
        tasks = [task for task in tasks if task.source.table_id in live]
    after = handler.body.get("NextToken")
    if after is not None:
        places = [place for place, task in enumerate(tasks) if task.arn == after]
        if not places:
            raise MockValidationException(f"Invalid Request: Provided nextToken is invalid: {after}")
        tasks = tasks[places[0] + 1 :]
    page = tasks[: handler.body.get("MaxResults", _PAGE)]
    listed: dict[str, Any] = {
        "ExportSummaries": [
            {"ExportArn": task.arn, "ExportStatus": task.status, "ExportType": task.export_type} for task in page
        ]
    }
    if len(page) < len(tasks):
        listed["NextToken"] = page[-1].arn
    return ActionResult(listed)
