"""What DynamoDB says when it refuses an export or fails one, as what a person can do about it."""

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from ddb_assets.aws.export_request import ExportRequest
from ddb_assets.errors import UserError
from ddb_assets.model.facts import TableFacts, recovery_command
from ddb_assets.model.windows import LONGEST_INCREMENT, SHORTEST_INCREMENT

QUOTA: Final = "300 exports or 100 TB of tables at a time in an account and Region"
"""Amazon DynamoDB developer guide, "Service, account, and table quotas"."""

_ACCESS: Final = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "NotAuthorized"})
_UNKNOWN_TABLE: Final = frozenset({"TableNotFoundException", "ResourceNotFoundException"})


def refused(error: ClientError, request: ExportRequest, table: TableFacts | None, region: str) -> Exception:
    """The error to raise in place of `error`, which DynamoDB gave; `error` itself when it is not a known one.

    `table` is the table's facts as they are now, where they are known.
    """
    code = error.response["Error"]["Code"]
    said = (error.response["Error"].get("Message") or str(error)).rstrip(".") + "."
    name = request.table_name
    if code == "PointInTimeRecoveryUnavailableException":
        turn_on = f" Turn it on, and later instants can be exported: {recovery_command(table)}" if table else ""
        return UserError(f"{name}: point-in-time recovery is off, so {request} can't be exported.{turn_on}")
    if code == "InvalidExportTimeException":
        return UserError(f"{name}: DynamoDB refused to export {request}: {said} {_reach(request, table)}")
    if code in _UNKNOWN_TABLE:
        return UserError(
            f"DynamoDB table {name!r} does not exist in Region {region}: correct `table_name` in its defs.yaml."
        )
    if code in _ACCESS:
        return UserError(f"{name}: an export of {request} is not allowed: {said} {_permissions(request)}")
    if code in ("ExportConflictException", "IdempotentParameterMismatchException"):
        return UserError(
            f"{name}: DynamoDB refused to export {request}: {said} Another export writes to the same place, or was "
            "asked for with the same token: wait until it has ended, then materialize the partition again."
        )
    if code in ("ValidationException", "S3NoSuchBucket"):
        return UserError(
            f"{name}: DynamoDB refused to export {request} to s3://{request.destination.bucket}/"
            f"{request.destination.prefix}: {said} Correct `capture` in its defs.yaml (kms_key, bucket_owner), or "
            "DDB_ASSETS_BUCKET."
        )
    unknown: Exception = error
    return unknown


def advice(code: str, request: ExportRequest) -> str:
    """What to do about an export that has FAILED with a FailureCode."""
    if "NoSuchBucket" in code:
        return "Create the bucket, or set DDB_ASSETS_BUCKET to the name of yours."
    if "AccessDenied" in code or "KMS" in code.upper():
        return _permissions(request)
    return "Materialize the partition again: a failed export is not taken up, another is asked for."


def _reach(request: ExportRequest, table: TableFacts | None) -> str:
    if table is None or table.recovery is None:
        return "Point-in-time recovery is off."
    earliest = table.recovery.earliest
    lines = f"Its recovery window begins at {earliest:%Y-%m-%dT%H:%M:%SZ}: no earlier instant can be had."
    if request.since is not None and request.since >= earliest:
        length = request.until - request.since
        lines += (
            f" An incremental export spans {SHORTEST_INCREMENT} to {LONGEST_INCREMENT}; this one would span {length}."
        )
    return lines


def _permissions(request: ExportRequest) -> str:
    place, partition = request.destination, request.table_arn.split(":")[1]
    needed = [
        f"dynamodb:ExportTableToPointInTime on {request.table_arn}",
        f"dynamodb:DescribeExport and dynamodb:ListExports on {request.table_arn}/export/*",
        f"s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on arn:{partition}:s3:::{place.bucket}/"
        f"{place.prefix}/*",
    ]
    if place.kms_key:
        needed.append(f"kms:GenerateDataKey and kms:Decrypt on {place.kms_key}")
    if place.bucket_owner:
        needed.append(f"and a policy of the bucket in account {place.bucket_owner} that lets this account write")
    return f"Needed are {'; '.join(needed)}."


def failure_metadata(export_arn: str, location: str, code: str, message: str) -> Mapping[str, Any]:
    """What Dagster is told of an export that failed."""
    return {"export": export_arn, "location": location, "failure_code": code, "failure_message": message}
