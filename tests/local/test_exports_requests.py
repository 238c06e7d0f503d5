"""What DynamoDB's export API refuses, repeats and remembers, in AWS's words."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ddb_assets.local.point_in_time import exports
from tests.conftest import LocalAws
from tests.local.exported import BUCKET, MINUTE, Table, ago, ended, from_json, make_table

A = {"id": {"S": "a"}}


def refused(table: Table, **options: Any) -> str:
    """Code and message of the refusal."""
    with pytest.raises(ClientError) as caught:
        table.start(**options)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def window(table: Table, start: Any, end: Any = None, **more: Any) -> dict[str, Any]:
    specification = {"ExportFromTime": start, **({"ExportToTime": end} if end else {}), **more}
    return {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": specification}


def test_a_table_without_recovery_is_refused(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1), recover=False)
    said = f"PointInTimeRecoveryUnavailableException: Point in time recovery is not enabled for table '{table.name}'"

    assert refused(table) == said
    assert refused(table, S3Bucket="no-such-bucket") == said
    assert refused(table, **window(table, ago(minutes=30))) == said


def test_a_table_that_is_not_there_is_named(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1))
    missing = f"{table.arn}-no"

    assert refused(table, TableArn=missing) == f"TableNotFoundException: Table not found: {missing}"
    table.client.delete_table(TableName=table.name)
    assert refused(table) == f"TableNotFoundException: Table not found: {table.arn}"


def test_instants_outside_the_recovery_period_are_refused(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=3), recover=False)
    table.recover(at=ago(hours=2))

    assert refused(table, ExportTime=ago(hours=-1)) == "InvalidExportTimeException: Export Time is invalid"
    assert refused(table, ExportTime=ago(hours=4)) == "InvalidExportTimeException: Export Time is invalid"
    assert refused(table, ExportTime=ago(hours=2, minutes=5)) == (
        "InvalidExportTimeException: Point in Time Recovery is not available for specified export time"
    )


def test_the_recovery_window_moves_with_its_period(local_aws: LocalAws) -> None:
    begun = ago(days=3)
    table = make_table(local_aws, at=begun)
    now = ago()

    assert table.recovery()["RecoveryPeriodInDays"] == 35
    assert table.recovery()["EarliestRestorableDateTime"] == begun
    assert now <= table.recovery()["LatestRestorableDateTime"] <= now + MINUTE
    table.recover(RecoveryPeriodInDays=2)
    earliest = table.recovery()["EarliestRestorableDateTime"]
    assert now - timedelta(days=2) <= earliest <= now - timedelta(days=2) + MINUTE
    assert "not available" in refused(table, ExportTime=begun + MINUTE)
    table.recover(RecoveryPeriodInDays=35)
    assert table.recovery()["RecoveryPeriodInDays"] == 35
    # What is forgotten stays forgotten.
    assert table.recovery()["EarliestRestorableDateTime"] >= earliest
    assert "not available" in refused(table, ExportTime=begun + MINUTE)


def test_switching_recovery_off_forgets_the_past(local_aws: LocalAws) -> None:
    begun = ago(hours=3)
    table = make_table(local_aws, at=begun)
    table.put(A, at=begun + MINUTE)
    table.recover(enabled=False)

    assert table.recovery() == {"PointInTimeRecoveryStatus": "DISABLED"}
    table.recover(at=begun + 60 * MINUTE)
    assert table.recovery()["EarliestRestorableDateTime"] == begun + 60 * MINUTE
    assert "not available" in refused(table, ExportTime=begun + 2 * MINUTE)
    assert table.export(ExportTime=begun + 61 * MINUTE).items() == [A]
    assert table.incremental(begun + 60 * MINUTE, begun + 80 * MINUTE).lines() == []


def test_switching_recovery_on_twice_keeps_the_past(local_aws: LocalAws) -> None:
    begun = ago(hours=3)
    table = make_table(local_aws, at=begun)
    table.recover()

    assert table.recovery()["EarliestRestorableDateTime"] == begun


def test_the_earliest_instant_is_never_before_the_history(local_aws: LocalAws) -> None:
    begun = ago(hours=3) + timedelta(milliseconds=1)
    table = make_table(local_aws, at=begun)

    assert table.recovery()["EarliestRestorableDateTime"] == begun.replace(microsecond=0) + timedelta(seconds=1)


def test_a_token_that_comes_again_is_the_same_export(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1))
    asked = {"ClientToken": "token-1", "ExportTime": ago(minutes=10)}
    first = table.start(**asked)

    assert table.start(**asked)["ExportArn"] == first["ExportArn"]
    ended(local_aws, first["ExportArn"])
    again = table.start(**asked)
    assert (again["ExportArn"], again["ExportStatus"]) == (first["ExportArn"], "COMPLETED")
    for other in ({"ExportTime": ago(minutes=11)}, {"S3Prefix": "other"}, {"S3SseAlgorithm": "KMS"}):
        assert refused(table, **asked | other) == (
            "ExportConflictException: Export conflict: Duplicate request detected with conflicting parameters"
        )
    assert table.start(**asked | {"ClientToken": "token-2"})["ExportArn"] != first["ExportArn"]
    assert table.start()["ExportArn"] != table.start()["ExportArn"]


def test_a_token_of_a_failed_export_gives_the_failure_again(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1))
    asked = {"ClientToken": "failing", "S3Bucket": "no-such-bucket"}
    failed = table.export(**asked).description

    assert (failed["ExportStatus"], failed["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert "The specified bucket does not exist" in failed["FailureMessage"]
    assert "ExportManifest" not in failed
    assert table.start(**asked)["ExportArn"] == failed["ExportArn"]
    assert "ExportConflictException" in refused(table, **asked | {"S3Bucket": BUCKET})


def test_a_bucket_of_another_account_fails(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1))

    failed = table.export(S3BucketOwner="999999999999").description
    assert (failed["ExportStatus"], failed["FailureCode"]) == ("FAILED", "S3AccessDenied")
    assert table.export(S3BucketOwner="123456789012").description["ExportStatus"] == "COMPLETED"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"TableArn": "Reviews-of-a-kind"}, "One or more parameter values were invalid: tableArn is not a valid ARN"),
        ({"ExportFormat": "CSV"}, "Value 'CSV' at 'exportFormat' failed to satisfy constraint: Member must satisfy"),
        ({"ExportFormat": "ION"}, "Invalid Request: Local AWS exports DYNAMODB_JSON only, not ION"),
        ({"ExportType": "PARTIAL_EXPORT"}, "Value 'PARTIAL_EXPORT' at 'exportType' failed to satisfy constraint"),
        ({"S3SseAlgorithm": "aws:kms"}, "Value 'aws:kms' at 's3SseAlgorithm' failed to satisfy constraint"),
        ({"S3BucketOwner": "me"}, "Value 'me' at 's3BucketOwner' failed to satisfy constraint"),
        ({"S3Bucket": "arn:aws:s3:::b"}, "Value 'arn:aws:s3:::b' at 's3Bucket' failed to satisfy constraint"),
        ({"S3SseKmsKeyId": "key"}, "Invalid Request: KMS Key Id is not supported for this encryption type"),
        (
            {"ExportType": "INCREMENTAL_EXPORT"},
            "Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export",
        ),
        (
            {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {}},
            "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification",
        ),
        (
            {"IncrementalExportSpecification": {"ExportFromTime": ago(minutes=30)}},
            "Invalid Request: Export Type expected to be Incremental Export when incremental export specification is",
        ),
        (
            {"ExportType": "FULL_EXPORT", "IncrementalExportSpecification": {"ExportFromTime": ago(minutes=30)}},
            "Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be",
        ),
        (
            {
                "ExportType": "INCREMENTAL_EXPORT",
                "IncrementalExportSpecification": {"ExportFromTime": ago(minutes=30), "ExportViewType": "NEW_IMAGES"},
            },
            "Value 'NEW_IMAGES' at 'incrementalExportSpecification.exportViewType' failed to satisfy constraint",
        ),
    ],
)
def test_requests_of_a_wrong_form_are_refused(local_aws: LocalAws, options: dict[str, Any], said: str) -> None:
    table = make_table(local_aws, at=ago(hours=1))

    answer = refused(table, **options)
    assert answer.startswith("ValidationException: ")
    assert said in answer


def test_a_table_of_another_account_is_denied(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1))
    foreign = table.arn.replace("123456789012", "999999999999")

    assert refused(table, TableArn=foreign) == "AccessDeniedException: Access is denied"


def test_windows_of_a_wrong_length_or_place_are_refused(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(days=3), recover=False)
    table.recover(at=ago(days=2))

    def said(start: Any, end: Any = None) -> str:
        code, _, message = refused(table, **window(table, start, end)).partition(": ")
        assert code == "InvalidExportTimeException"
        return message

    difference = "Difference between export period from time and export period to time is"
    assert said(ago(minutes=40), ago(minutes=26)) == f"{difference} less than 15 minutes"
    assert said(ago(minutes=5)) == f"{difference} less than 15 minutes"
    assert said(ago(hours=30), ago(hours=5)) == f"{difference} greater than 24 hours"
    assert said(ago(hours=1), ago(hours=2)).startswith("Incremental export period from time should not be greater")
    assert said(ago(hours=1), ago(hours=-1)).startswith("Incremental export period to time cannot be greater than")
    assert said(ago(days=4), ago(days=1)).startswith("Incremental export period from time cannot be less than the")
    assert said(ago(days=2, hours=1), ago(days=2)) == (
        "Point in Time Recovery is not available for specified export time"
    )


def test_a_description_says_what_was_asked_and_what_came(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1))
    at = ago(minutes=10)
    asked = {"S3SseAlgorithm": "KMS", "S3SseKmsKeyId": "alias/aws/s3", "S3BucketOwner": "123456789012"}
    begun = table.start(ExportTime=at, ExportType="FULL_EXPORT", ClientToken="describe", **asked)
    described = ended(local_aws, begun["ExportArn"]).description
    table_id = table.client.describe_table(TableName=table.name)["Table"]["TableId"]

    assert begun.items() <= (described | {"ExportStatus": "IN_PROGRESS"}).items()
    assert (
        described.items()
        >= {
            "ExportStatus": "COMPLETED",
            "ExportType": "FULL_EXPORT",
            "ExportTime": at,
            "ExportFormat": "DYNAMODB_JSON",
            "TableArn": table.arn,
            "TableId": table_id,
            "ClientToken": "describe",
            "S3Bucket": BUCKET,
            "S3Prefix": f"exports/{table.name}",
            "ItemCount": 0,
            "BilledSizeBytes": 0,
            **asked,
        }.items()
    )
    assert described["StartTime"] <= described["EndTime"]


def test_what_is_not_asked_has_awss_defaults(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1))
    started = table.client.export_table_to_point_in_time(TableArn=table.arn, S3Bucket=BUCKET)["ExportDescription"]
    export = ended(local_aws, started["ExportArn"])

    assert export.description["S3SseAlgorithm"] == "AES256"
    assert export.description["ExportTime"] - export.description["StartTime"] < timedelta(seconds=1)
    assert not {"ExportType", "S3Prefix", "S3BucketOwner", "S3SseKmsKeyId"} & export.description.keys()
    assert export.description["ExportManifest"].startswith("AWSDynamoDB/0")
    assert export.summary()["s3Prefix"] is None


@pytest.mark.parametrize(("prefix", "folder"), [("end/", "end/AWSDynamoDB/"), ("/start", "/start/AWSDynamoDB/")])
def test_a_prefix_is_joined_as_aws_joins_it(local_aws: LocalAws, prefix: str, folder: str) -> None:
    table = make_table(local_aws, at=ago(hours=1))
    table.put(A)

    export = table.export(S3Prefix=prefix)
    assert export.description["ExportManifest"].startswith(folder)
    assert export.description["S3Prefix"] == export.summary()["s3Prefix"] == prefix
    assert [from_json(line["Item"]) for line in export.lines()] == [A]


def test_exports_that_are_not_there_are_refused(local_aws: LocalAws) -> None:
    client = local_aws.client("dynamodb")
    table = make_table(local_aws)
    with pytest.raises(client.exceptions.ExportNotFoundException, match="Export not found"):
        client.describe_export(ExportArn=f"{table.arn}/export/01700000000000-00000000")
    with pytest.raises(ClientError, match="Invalid Export ARN"):
        client.describe_export(ExportArn=table.arn)


def test_exports_are_listed_by_pages_newest_first(local_aws: LocalAws) -> None:
    table, other = make_table(local_aws, at=ago(hours=1)), make_table(local_aws, at=ago(hours=1))
    arns = [table.export().description["ExportArn"] for _ in range(5)]
    foreign = other.export().description["ExportArn"]
    pages = list(paged(table))
    listed = [summary for page in pages for summary in page["ExportSummaries"]]

    assert [len(page["ExportSummaries"]) for page in pages] == [2, 2, 1]
    assert [summary["ExportArn"] for summary in listed] == arns[::-1]
    assert listed[0] == {"ExportArn": arns[-1], "ExportStatus": "COMPLETED", "ExportType": "FULL_EXPORT"}
    assert foreign in {summary["ExportArn"] for summary in table.client.list_exports()["ExportSummaries"]}
    with pytest.raises(ClientError, match=r"ValidationException.*nextToken is invalid"):
        table.client.list_exports(NextToken="nonsense")


def paged(table: Table) -> Any:
    more: dict[str, Any] = {}
    while True:
        page = table.client.list_exports(TableArn=table.arn, MaxResults=2, **more)
        yield page
        if "NextToken" not in page:
            return
        more = {"NextToken": page["NextToken"]}


def test_an_export_outlives_its_table_but_is_not_listed_with_it(local_aws: LocalAws) -> None:
    table = make_table(local_aws, at=ago(hours=1))
    table.put(A)
    export = table.export()
    table.client.delete_table(TableName=table.name)

    assert ended(local_aws, export.description["ExportArn"]).description == export.description
    assert export.items() == [A]
    assert table.client.list_exports(TableArn=table.arn)["ExportSummaries"] == []


def test_more_exports_than_are_allowed_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.dynamodb.models import dynamodb_backends

    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    monkeypatch.setattr(exports, "_MOST_AT_ONCE", 0)
    table = backend.create_table("limited", [], None, [], [], [], None, "PAY_PER_REQUEST", None, [], False, None)
    body = {"TableArn": table.table_arn, "S3Bucket": BUCKET}

    with pytest.raises(exports.TooManyExports) as refusal:
        exports.start(backend, body, lambda: None)
    assert "LimitExceededException" in refusal.value.error_type
    backend.delete_table("limited")
