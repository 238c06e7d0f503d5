"""What ExportTableToPointInTime is asked, checked as AWS checks it.

Sources: Amazon DynamoDB API reference, "ExportTableToPointInTime" and "IncrementalExportSpecification"; the codes and
words of errors are those that callers of AWS have seen. Windows that are too short, too long or outside the recovery
period are InvalidExportTimeException, not ValidationException.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException, MockValidationException
from moto.dynamodb.models.table import Table

from ddb_assets.local.point_in_time import clock

FULL, INCREMENTAL = "FULL_EXPORT", "INCREMENTAL_EXPORT"
NEW_IMAGE, NEW_AND_OLD_IMAGES = "NEW_IMAGE", "NEW_AND_OLD_IMAGES"

_SECOND = 1_000_000
_SHORTEST = 15 * 60 * _SECOND
_LONGEST = 24 * 3600 * _SECOND
_TABLE_ARN = re.compile(r"arn:[^:]+:dynamodb:[^:]+:(?P<account>[^:]*):table/[^/]+")
_PATTERNS = {
    "S3Bucket": r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$",
    "S3BucketOwner": r"[0-9]{12}",
    "ClientToken": r"^[^\$]+$",
    "S3Prefix": r"(?s).{1,1024}",
    "S3SseKmsKeyId": r"(?s).{1,2048}",
}
_ENUMERATIONS = {
    "ExportFormat": ("ION", "DYNAMODB_JSON"),
    "ExportType": (INCREMENTAL, FULL),
    "S3SseAlgorithm": ("AES256", "KMS"),
}


class InvalidExportTime(DynamodbException):  # type: ignore[misc]
    """An instant that can't be exported."""

    def __init__(self, message: str) -> None:
        super().__init__(ERROR_TYPE_PREFIX + "InvalidExportTimeException", message)


class RecoveryUnavailable(DynamodbException):  # type: ignore[misc]
    """The table has no history, since point-in-time recovery is off."""

    def __init__(self, table: str) -> None:
        super().__init__(
            ERROR_TYPE_PREFIX + "PointInTimeRecoveryUnavailableException",
            f"Point in time recovery is not enabled for table '{table}'",
        )


class AccessDenied(DynamodbException):  # type: ignore[misc]
    """Something of another account."""

    def __init__(self) -> None:
        super().__init__("AccessDeniedException", "Access is denied")


@dataclass(frozen=True)
class Window:
    """The writes of [start, end), in microseconds, and which images of them."""

    start: int
    end: int
    view: str


@dataclass(frozen=True)
class Target:
    """Where in S3 an export goes."""

    bucket: str
    prefix: str | None
    owner: str | None
    sse_algorithm: str
    sse_key: str | None

    def key(self, path: str) -> str:
        """The S3 key of a path below the prefix."""
        return path if self.prefix is None else f"{self.prefix.removesuffix('/')}/{path}"


def check_form(body: Mapping[str, Any], account: str) -> None:
    """What can be said of a request without its table.

    Raises:
        MockValidationException: a parameter has a form that is not allowed, or two don't go together.
        AccessDenied: the table is another account's.
    """
    for name, pattern in _PATTERNS.items():
        if name in body and not re.fullmatch(pattern, body[name]):
            raise _unsatisfied(body[name], name, f"Member must satisfy regular expression pattern: {pattern}")
    for name, values in _ENUMERATIONS.items():
        _check_enumeration(body, name, values)
    arn = _TABLE_ARN.fullmatch(body["TableArn"])
    if arn is None:
        raise MockValidationException("One or more parameter values were invalid: tableArn is not a valid ARN")
    if arn["account"] != account:
        raise AccessDenied
    if body.get("ExportFormat") == "ION":
        raise _invalid("Local AWS exports DYNAMODB_JSON only, not ION")
    if "FilterSpecification" in body:
        raise _invalid("Local AWS exports whole tables only: it has no FilterSpecification")
    if "S3SseKmsKeyId" in body and body.get("S3SseAlgorithm") != "KMS":
        raise _invalid("KMS Key Id is not supported for this encryption type")
    _check_incremental(body)


def parameters(body: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same for a client token to mean the same export."""
    return {name: value for name, value in body.items() if name != "ClientToken"}


def target(body: Mapping[str, Any]) -> Target:
    """Where the export goes; AES256 is AWS's default."""
    return Target(
        body["S3Bucket"],
        body.get("S3Prefix"),
        body.get("S3BucketOwner"),
        body.get("S3SseAlgorithm", "AES256"),
        body.get("S3SseKmsKeyId"),
    )


def export_instant(body: Mapping[str, Any], table: Table, now: int) -> int:
    """The instant of a full export, in microseconds: the one that is asked, or now.

    Raises:
        RecoveryUnavailable: the table has no history.
        InvalidExportTime: the instant is to come, or lies before the table's history.
    """
    if table.history is None:
        raise RecoveryUnavailable(table.name)
    asked = _micros(body.get("ExportTime"))
    if asked is None:
        # Rounded up to what a description shows, so that everything written before the call is in.
        return -(-now // 1000) * 1000
    if asked > now or asked < _created(table):
        raise InvalidExportTime("Export Time is invalid")
    if asked < table.recovery_period.earliest(now):
        raise InvalidExportTime("Point in Time Recovery is not available for specified export time")
    return asked


def export_window(body: Mapping[str, Any], table: Table, now: int) -> Window:
    """The window of an incremental export; it ends now when no end is asked.

    Raises:
        RecoveryUnavailable: the table has no history.
        InvalidExportTime: the window is too short or too long, is not in the past, or begins before the history.
    """
    asked = body["IncrementalExportSpecification"]
    start, end = _micros(asked["ExportFromTime"]), _micros(asked.get("ExportToTime"))
    end = now // _SECOND * _SECOND if end is None else end
    assert start is not None
    period = "Incremental export period"
    if start < _created(table):
        raise InvalidExportTime(f"{period} from time cannot be less than the table creation time : {_shown(start)}")
    if table.history is None:
        raise RecoveryUnavailable(table.name)
    if end > now:
        raise InvalidExportTime(f"{period} to time cannot be greater than the current time : {_shown(end)}")
    if start >= end:
        raise InvalidExportTime(
            f"{period} from time should not be greater or equal to incremental export period to time"
        )
    if end - start < _SHORTEST:
        raise InvalidExportTime(
            "Difference between export period from time and export period to time is less than 15 minutes"
        )
    if end - start > _LONGEST:
        raise InvalidExportTime(
            "Difference between export period from time and export period to time is greater than 24 hours"
        )
    if start < table.recovery_period.earliest(now):
        raise InvalidExportTime("Point in Time Recovery is not available for specified export time")
    return Window(start, end, asked.get("ExportViewType", NEW_AND_OLD_IMAGES))


def _check_incremental(body: Mapping[str, Any]) -> None:
    asked, export_type = body.get("IncrementalExportSpecification"), body.get("ExportType")
    if export_type == INCREMENTAL:
        if asked is None:
            raise _invalid("Incremental Export Specification expected when export type is set as Incremental Export")
        if "ExportFromTime" not in asked:
            raise _invalid("ExportFromTime must be provided in IncrementalExportSpecification")
        _check_enumeration(asked, "ExportViewType", (NEW_AND_OLD_IMAGES, NEW_IMAGE), "incrementalExportSpecification.")
    elif asked is not None and export_type == FULL:
        raise _invalid("When Export Type is Full Export , Incremental Export Specification should not be provided")
    elif asked is not None:
        raise _invalid(
            "Export Type expected to be Incremental Export when incremental export specification is provided"
        )


def _check_enumeration(values: Mapping[str, Any], name: str, allowed: Collection[str], path: str = "") -> None:
    if name in values and values[name] not in allowed:
        raise _unsatisfied(values[name], name, f"Member must satisfy enum value set: [{', '.join(allowed)}]", path)


def _unsatisfied(value: str, name: str, constraint: str, path: str = "") -> MockValidationException:
    member = f"{path}{name[0].lower()}{name[1:]}"
    return MockValidationException(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
    )


def _invalid(reason: str) -> MockValidationException:
    return MockValidationException(f"Invalid Request: {reason}")


def _created(table: Table) -> int:
    created = _micros(table.created_at)
    assert created is not None
    return created


def _micros(asked: datetime | None) -> int | None:
    """AWS honours export times to the second. moto's datetimes are UTC without saying so."""
    if asked is None:
        return None
    return clock.to_micros(asked.replace(tzinfo=timezone.utc, microsecond=0))


def _shown(micros: int) -> str:
    return f"{clock.to_datetime(micros):%Y-%m-%dT%H:%M:%SZ}"
