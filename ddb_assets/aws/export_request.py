"""A native export: what is asked of DynamoDB, and what DynamoDB says of it.

Source: Amazon DynamoDB API reference, "ExportTableToPointInTime" and "DescribeExport".
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final

from ddb_snapshot.storage import S3Path

_STAMP: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Destination:
    """Where exports go: S3 bucket and prefix, the bucket's account (None: ours), the KMS key (None: the bucket's)."""

    bucket: str
    prefix: str
    bucket_owner: str | None = None
    kms_key: str | None = None


@dataclass(frozen=True)
class ExportRequest:
    """The table as it was at `until`; with `since`, what changed in it from `since` up to, not including, `until`."""

    table_name: str
    table_arn: str
    until: datetime
    destination: Destination
    since: datetime | None = None

    @property
    def export_type(self) -> str:
        return "FULL_EXPORT" if self.since is None else "INCREMENTAL_EXPORT"

    @property
    def name(self) -> str:
        """The request without its table, as a part of an S3 key."""
        start = f"{self.since:{_STAMP}}-" if self.since else ""
        return f"{'incremental' if self.since else 'full'}-{start}{self.until:{_STAMP}}"

    def __str__(self) -> str:
        if self.since is None:
            return f"{self.table_name} at {self.until:%Y-%m-%dT%H:%M:%SZ}"
        return f"changes of {self.table_name} from {self.since:%Y-%m-%dT%H:%M:%SZ} to {self.until:%Y-%m-%dT%H:%M:%SZ}"

    def parameters(self, attempt: int) -> dict[str, Any]:
        """The input of ExportTableToPointInTime.

        The client token is made of all of it and of the attempt: asked again within AWS's eight hours, by whatever run,
        the same export answers. A higher attempt asks for another, after one that failed or whose files are gone.
        """
        place = self.destination
        asked: dict[str, Any] = {
            "TableArn": self.table_arn,
            "S3Bucket": place.bucket,
            "S3Prefix": place.prefix,
            "ExportFormat": "DYNAMODB_JSON",
            "ExportType": self.export_type,
        }
        if place.bucket_owner:
            asked["S3BucketOwner"] = place.bucket_owner
        if place.kms_key:
            asked |= {"S3SseAlgorithm": "KMS", "S3SseKmsKeyId": place.kms_key}
        if self.since is None:
            asked["ExportTime"] = self.until
        else:
            # The merge needs an item's last state only; old images would double the files.
            asked["IncrementalExportSpecification"] = {
                "ExportFromTime": self.since,
                "ExportToTime": self.until,
                "ExportViewType": "NEW_IMAGE",
            }
        identity = json.dumps([asked, attempt], sort_keys=True, default=str)
        return {**asked, "ClientToken": hashlib.sha256(identity.encode()).hexdigest()[:36]}


@dataclass(frozen=True)
class Export:
    """One export as DescribeExport has it. `export_time` is the instant, `from_time` that of an increment's start."""

    arn: str
    status: str
    export_type: str
    bucket: str
    prefix: str
    export_time: datetime | None
    from_time: datetime | None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    items: int | None = None
    billed_bytes: int | None = None
    failure_code: str = ""
    failure_message: str = ""
    filtered: bool = False

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def place(self) -> "ExportPlace":
        return ExportPlace(self.bucket, self.prefix, self.id)

    @property
    def location(self) -> str:
        """The export's folder, with a slash at its end: it holds manifest-summary.json."""
        return str(self.place.folder)

    def answers(self, request: ExportRequest) -> bool:
        """Whether it is an export of just what is asked for, into the same bucket."""
        return (
            not self.filtered
            and self.export_type == request.export_type
            and self.bucket == request.destination.bucket
            and self.export_time == request.until
            and self.from_time == request.since
        )


@dataclass(frozen=True)
class ExportPlace:
    """Where an export's files lie: AWS makes `AWSDynamoDB/<id>/` below the prefix."""

    bucket: str
    prefix: str
    id: str

    @property
    def folder(self) -> S3Path:
        """The folder of the manifests, with a slash at its end."""
        return S3Path(self.bucket, self.prefix) / "AWSDynamoDB/" / f"{self.id}/"


def parse_export(description: Mapping[str, Any]) -> Export:
    """From an ExportDescription of the API."""
    increment = description.get("IncrementalExportSpecification", {})
    return Export(
        arn=description["ExportArn"],
        status=description["ExportStatus"],
        export_type=description.get("ExportType", "FULL_EXPORT"),
        bucket=description["S3Bucket"],
        prefix=description.get("S3Prefix", "").strip("/"),
        export_time=_instant(increment.get("ExportToTime", description.get("ExportTime"))),
        from_time=_instant(increment.get("ExportFromTime")),
        started_at=_instant(description.get("StartTime")),
        ended_at=_instant(description.get("EndTime")),
        items=description.get("ItemCount"),
        billed_bytes=description.get("BilledSizeBytes"),
        failure_code=description.get("FailureCode") or "",
        failure_message=description.get("FailureMessage") or "",
        filtered=bool(description.get("FilterSpecification")),
    )


def started_at(export_id: str) -> datetime | None:
    """When an export was asked for: its id begins with it, in milliseconds; None where the id has another form."""
    milliseconds = export_id.partition("-")[0]
    if len(milliseconds) != 14 or not milliseconds.isdigit():
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, timezone.utc)


def _instant(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(timezone.utc).replace(microsecond=0)
