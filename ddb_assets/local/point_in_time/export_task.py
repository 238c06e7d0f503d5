"""One export: IN_PROGRESS until its thread has written its files, then COMPLETED; or FAILED, when S3 refuses."""

import secrets
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from ddb_assets.local.point_in_time import clock, export_lines, request
from ddb_assets.local.point_in_time.export_files import ExportFolder
from ddb_assets.local.point_in_time.export_lines import Contents
from ddb_assets.local.point_in_time.history import History
from ddb_assets.local.point_in_time.request import Window

# API reference, "ExportTableToPointInTime": a client token is valid for 8 hours after the first request has completed.
_TOKEN_MICROS = 8 * 3600 * 1_000_000
_ECHOED = ("S3BucketOwner", "S3Prefix", "S3SseKmsKeyId", "ExportType")
# moto's S3 looks at no ExpectedBucketOwner; all buckets are this account's.
_NOT_THE_OWNER = ClientError(
    {"Error": {"Code": "AccessDenied", "Message": "Access Denied"}, "ResponseMetadata": {"HTTPStatusCode": 403}},
    "PutObject",
)


@dataclass(frozen=True)
class Source:
    """The exported table, of which an export remembers no more, since it outlives it."""

    arn: str
    table_id: str
    account: str
    keys: tuple[str, ...]


class ExportTask:
    """An export. What was asked never changes; status and outcome are its thread's.

    Raises:
        DynamodbException: the table can't be exported as asked.
    """

    def __init__(self, table: Table, body: Mapping[str, Any], token: str, s3: Callable[[], Any]) -> None:
        now = clock.now()
        self.export_type = body.get("ExportType", request.FULL)
        self._window: Window | None = None
        self._instant: int | None = None
        if self.export_type == request.INCREMENTAL:
            self._window = request.export_window(body, table, now)
        else:
            self._instant = request.export_instant(body, table, now)
        self.parameters = request.parameters(body)
        self.source = Source(table.table_arn, table.table_id, table.account_id, tuple(table.table_key_attrs))
        self._id = f"{now // 1000:014d}-{secrets.token_hex(4)}"
        self.arn = f"{table.table_arn}/export/{self._id}"
        self.status = "IN_PROGRESS"
        self._outcome: dict[str, Any] = {}
        self._target, self._token, self._started, self._ended = request.target(body), token, now, 0
        self._thread = threading.Thread(target=self._run, args=(table.history, s3), name=self.arn, daemon=True)

    def start(self) -> None:
        """Begin to write the files."""
        self._thread.start()

    def answers(self, token: str) -> bool:
        """Whether a request with this client token means this export."""
        valid = self.status == "IN_PROGRESS" or clock.now() - self._ended < _TOKEN_MICROS
        return self._token == token and valid

    def description(self) -> dict[str, Any]:
        """The ExportDescription structure. As on AWS, the type is there only when it was asked for."""
        described: dict[str, Any] = {
            "ExportArn": self.arn,
            "ExportStatus": self.status,
            "StartTime": clock.to_datetime(self._started),
            "TableArn": self.source.arn,
            "TableId": self.source.table_id,
            "ClientToken": self._token,
            "S3Bucket": self._target.bucket,
            "S3SseAlgorithm": self._target.sse_algorithm,
            "ExportFormat": "DYNAMODB_JSON",
            **{name: self.parameters[name] for name in _ECHOED if name in self.parameters},
        }
        if described["ExportStatus"] != "IN_PROGRESS":
            described |= self._outcome
        if self._instant is not None:
            described["ExportTime"] = clock.to_datetime(self._instant)
        if self._window is not None:
            described["IncrementalExportSpecification"] = {
                "ExportFromTime": clock.to_datetime(self._window.start),
                "ExportToTime": clock.to_datetime(self._window.end),
                "ExportViewType": self._window.view,
            }
        return described

    def _run(self, history: History[Item], s3: Callable[[], Any]) -> None:
        try:
            outcome, status = self._write(history, s3()), "COMPLETED"
        except ClientError as error:
            outcome, status = _failure(error), "FAILED"
        except Exception as error:
            traceback.print_exc()
            outcome = {"FailureCode": "UNKNOWN", "FailureMessage": f"Local AWS: {type(error).__name__}: {error}"}
            status = "FAILED"
        self._ended = self._ended or clock.now()
        self._outcome = {"EndTime": clock.to_datetime(self._ended), **outcome}
        self.status = status

    def _write(self, history: History[Item], s3: Any) -> dict[str, Any]:
        if self._target.owner not in (None, self.source.account):
            raise _NOT_THE_OWNER
        folder = ExportFolder(s3, self._target, self._id)
        folder.start()
        contents = self._contents(history)
        files = folder.write_data(contents.lines, f"{self._id}/data" if self._window is None else "data")
        self._ended = clock.now()
        folder.finish(files, lambda key: self._summary(key, contents))
        return {
            "ExportManifest": folder.manifest_key,
            "BilledSizeBytes": contents.billed,
            "ItemCount": len(contents.lines),
        }

    def _contents(self, history: History[Item]) -> Contents:
        if self._window is not None:
            return export_lines.incremental(history, self._window, self.source.keys)
        assert self._instant is not None
        # "Now" was rounded up.
        while clock.now() < self._instant:
            time.sleep(0.001)
        return export_lines.full(history, self._instant)

    def _summary(self, files_key: str, contents: Contents) -> dict[str, Any]:
        """manifest-summary.json; its keys and their order are those of the guide's examples."""
        if self._window is None:
            assert self._instant is not None
            times = {"exportTime": _iso(self._instant)}
            kind = {}
        else:
            times = {"exportFromTime": _iso(self._window.start), "exportToTime": _iso(self._window.end)}
            kind = {"outputView": self._window.view, "exportType": self.export_type}
        return {
            "version": "2020-06-30" if self._window is None else "2023-08-01",
            "exportArn": self.arn,
            "startTime": _iso(self._started),
            "endTime": _iso(self._ended),
            "tableArn": self.source.arn,
            "tableId": self.source.table_id,
            **times,
            "s3Bucket": self._target.bucket,
            "s3Prefix": self._target.prefix,
            "s3SseAlgorithm": self._target.sse_algorithm,
            "s3SseKmsKeyId": self._target.sse_key,
            "manifestFilesS3Key": files_key,
            "billedSizeBytes": contents.billed,
            "itemCount": len(contents.lines),
            "outputFormat": "DYNAMODB_JSON",
            **kind,
        }


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
