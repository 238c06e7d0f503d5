"""ExportTableToPointInTime, DescribeExport and ListExports on local AWS.

An export is IN_PROGRESS until its thread has written its files, then COMPLETED; or FAILED, when S3 refuses. Its
description outlives the table; ListExports shows it with the table's ARN only while that table is there.
"""

import secrets
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import (
    ERROR_TYPE_PREFIX,
    DynamodbException,
    MockValidationException,
    TableNotFoundException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from ddb_assets.local.clients import client
from ddb_assets.local.point_in_time import clock, recording, request
from ddb_assets.local.point_in_time.export_files import ExportFolder, Line
from ddb_assets.local.point_in_time.history import Change, History
from ddb_assets.local.point_in_time.request import Window

# DynamoDB developer guide, "Quotas": 300 export tasks at once.
_MOST_AT_ONCE = 300
_TOKEN_SECONDS = 8 * 3600
_PAGE = 25
_ECHOED = ("S3BucketOwner", "S3Prefix", "S3SseKmsKeyId", "ExportType")
# An incremental export is billed as 10 MB at least ("Amazon DynamoDB pricing").
_LEAST_BILLED = 10_000_000
# moto's S3 looks at no ExpectedBucketOwner; all buckets are this account's.
_NOT_THE_OWNER = ClientError(
    {"Error": {"Code": "AccessDenied", "Message": "Access Denied"}, "ResponseMetadata": {"HTTPStatusCode": 403}},
    "PutObject",
)
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


def start(backend: DynamoDBBackend, body: Mapping[str, Any], s3: Callable[[], Any]) -> "Export":
    """The export that the request asks for: a new one, or the one that its client token began."""
    request.check_form(body, backend.account_id)
    table = next((table for table in backend.tables.values() if table.table_arn == body["TableArn"]), None)
    if table is None:
        raise TableNotFoundException(body["TableArn"])
    with _starting:
        exports: list[Export] = list(backend.table_exports.values())
        token = body.get("ClientToken") or str(uuid4())
        again = next((export for export in exports if export.answers(token)), None)
        if again is not None:
            if again.parameters != _parameters(body):
                raise ExportConflict
            return again
        if sum(export.status == "IN_PROGRESS" for export in exports) >= _MOST_AT_ONCE:
            raise TooManyExports
        export = Export(table, body, token, s3)
        backend.table_exports[export.arn] = export
    export.start()
    return export


class Export:
    """One export: what was asked, and how far it is.

    Raises:
        DynamodbException: the table can't be exported as asked.
    """

    def __init__(self, table: Table, body: Mapping[str, Any], token: str, s3: Callable[[], Any]) -> None:
        now = clock.now()
        self.parameters = _parameters(body)
        self.export_type = body.get("ExportType", request.FULL)
        self.table = table
        self.status = "IN_PROGRESS"
        self._token, self._s3, self._started = token, s3, now
        self._window: Window | None = None
        self._instant: int | None = None
        if self.export_type == request.INCREMENTAL:
            self._window = request.export_window(body, table, now)
        else:
            self._instant = request.export_instant(body, table, now)
        self._history: History[Item] = table.history
        self._target = request.target(body)
        self._id = f"{now // 1000:014d}-{secrets.token_hex(4)}"
        self.arn = f"{table.table_arn}/export/{self._id}"
        self._ended: int | None = None
        self._outcome: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._run, name=self.arn, daemon=True)

    def start(self) -> None:
        """Begin to write the files."""
        self._thread.start()

    def answers(self, token: str) -> bool:
        """Whether a request with this client token means this export."""
        ended = self._ended or clock.now()
        return self._token == token and clock.now() - ended < _TOKEN_SECONDS * 1_000_000

    def description(self) -> dict[str, Any]:
        """The ExportDescription structure. As on AWS, the type is there only when it was asked for."""
        asked = {name: self.parameters[name] for name in _ECHOED if name in self.parameters}
        described: dict[str, Any] = {
            "ExportArn": self.arn,
            "ExportStatus": self.status,
            "StartTime": clock.to_datetime(self._started),
            "TableArn": self.table.table_arn,
            "TableId": self.table.table_id,
            "ClientToken": self._token,
            "S3Bucket": self._target.bucket,
            "S3SseAlgorithm": self._target.sse_algorithm,
            "ExportFormat": "DYNAMODB_JSON",
            **asked,
            **self._outcome,
        }
        if self._instant is not None:
            described["ExportTime"] = clock.to_datetime(self._instant)
        if self._window is not None:
            described["IncrementalExportSpecification"] = {
                "ExportFromTime": clock.to_datetime(self._window.start),
                "ExportToTime": clock.to_datetime(self._window.end),
                "ExportViewType": self._window.view,
            }
        return described

    def _run(self) -> None:
        try:
            outcome = self._write()
            status = "COMPLETED"
        except ClientError as error:
            outcome, status = _failure(error), "FAILED"
        except Exception as error:
            traceback.print_exc()
            outcome = {"FailureCode": "UNKNOWN", "FailureMessage": f"Local AWS: {type(error).__name__}: {error}"}
            status = "FAILED"
        self._ended = self._ended or clock.now()
        self._outcome = {"EndTime": clock.to_datetime(self._ended), **outcome}
        self.status = status

    def _write(self) -> dict[str, Any]:
        folder = ExportFolder(self._s3(), self._target, self._id)
        if self._target.owner not in (None, self.table.account_id):
            raise _NOT_THE_OWNER
        folder.start()
        if self._window is None:
            lines, billed = self._full()
            files = folder.write_data(lines, f"{self._id}/data")
        else:
            lines, billed = self._incremental(self._window)
            files = folder.write_data(lines, "data")
        self._ended = clock.now()
        folder.finish(files, lambda key: self._summary(key, billed, len(lines)))
        return {"ExportManifest": folder.manifest_key, "BilledSizeBytes": billed, "ItemCount": len(lines)}

    def _full(self) -> tuple[list[Line], int]:
        assert self._instant is not None
        while clock.now() < self._instant:
            time.sleep(0.001)
        with recording.writing:
            items = self._history.items_before(self._instant)
        lines = [Line(_partition_key(item), {"Item": item.attrs}) for item in items]
        return lines, sum(item.size() for item in items)

    def _incremental(self, window: Window) -> tuple[list[Line], int]:
        with recording.writing:
            changes = self._history.changes(window.start, window.end)
        billed = sum(item.size() for change in changes for item in (change.old, change.new) if item is not None)
        return [self._change_line(change, window.view) for change in changes], max(_LEAST_BILLED, billed)

    def _change_line(self, change: Change[Item], view: str) -> Line:
        item = change.new if change.new is not None else change.old
        assert item is not None
        content: dict[str, Any] = {
            "Metadata": {"WriteTimestampMicros": {"N": str(change.instant)}},
            "Keys": {name: item.attrs[name] for name in self.table.table_key_attrs},
        }
        if change.old is not None and view == request.NEW_AND_OLD_IMAGES:
            content["OldImage"] = change.old.attrs
        if change.new is not None:
            content["NewImage"] = change.new.attrs
        return Line(_partition_key(item), content)

    def _summary(self, files_key: str, billed: int, items: int) -> dict[str, Any]:
        """manifest-summary.json; its keys and their order are those of the guide's examples."""
        assert self._ended is not None
        incremental = self._window is not None
        summary: dict[str, Any] = {
            "version": "2023-08-01" if incremental else "2020-06-30",
            "exportArn": self.arn,
            "startTime": _iso(self._started),
            "endTime": _iso(self._ended),
            "tableArn": self.table.table_arn,
            "tableId": self.table.table_id,
        }
        if self._window is not None:
            summary |= {"exportFromTime": _iso(self._window.start), "exportToTime": _iso(self._window.end)}
        else:
            assert self._instant is not None
            summary["exportTime"] = _iso(self._instant)
        summary |= {
            "s3Bucket": self._target.bucket,
            "s3Prefix": self._target.prefix,
            "s3SseAlgorithm": self._target.sse_algorithm,
            "s3SseKmsKeyId": self._target.sse_key,
            "manifestFilesS3Key": files_key,
            "billedSizeBytes": billed,
            "itemCount": items,
            "outputFormat": "DYNAMODB_JSON",
        }
        if self._window is not None:
            summary |= {"outputView": self._window.view, "exportType": self.export_type}
        return summary


def _describe_export(handler: DynamoHandler) -> ActionResult:
    arn = handler.body["ExportArn"]
    if "/export/" not in arn:
        raise MockValidationException("Invalid Export ARN")
    export = handler.dynamodb_backend.table_exports.get(arn)
    if export is None:
        raise ExportNotFound(arn)
    return ActionResult({"ExportDescription": export.description()})


def _list_exports(handler: DynamoHandler) -> ActionResult:
    """Newest first; the token is the ARN that the page before ended with."""
    backend, arn = handler.dynamodb_backend, handler.body.get("TableArn")
    exports: list[Export] = list(reversed(backend.table_exports.values()))
    if arn is not None:
        live = {table.table_id for table in backend.tables.values() if table.table_arn == arn}
        exports = [each for each in exports if each.table.table_id in live]
    after = handler.body.get("NextToken")
    if after is not None:
        if after not in backend.table_exports:
            raise MockValidationException(f"Invalid Request: Provided nextToken is invalid: {after}")
        exports = exports[next((place + 1 for place, each in enumerate(exports) if each.arn == after), len(exports)) :]
    page = exports[: handler.body.get("MaxResults", _PAGE)]
    listed: dict[str, Any] = {
        "ExportSummaries": [
            {"ExportArn": each.arn, "ExportStatus": each.status, "ExportType": each.export_type} for each in page
        ]
    }
    if len(page) < len(exports):
        listed["NextToken"] = page[-1].arn
    return ActionResult(listed)


def _parameters(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "ClientToken"}


def _partition_key(item: Item) -> str:
    return f"{item.hash_key.type}{item.hash_key.value}"


def _failure(error: ClientError) -> dict[str, Any]:
    """FailureCode and FailureMessage of an error of S3, such as `S3NoSuchBucket`."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return {
        "FailureCode": f"S3{code}",
        "FailureMessage": f"{message} (Service: Amazon S3; Status Code: {status}; Error Code: {code})",
    }


def _iso(micros: int) -> str:
    return clock.to_datetime(micros).isoformat(timespec="milliseconds").replace("+00:00", "Z")
