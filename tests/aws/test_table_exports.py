"""Native exports: taken up where there is one, never paid twice, and every refusal says what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from ddb_assets.aws import export_files, table_exports
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.export_errors import advice
from ddb_assets.aws.export_request import Destination, Export, ExportRequest, started_at
from ddb_assets.aws.table_exports import TableExports
from ddb_assets.errors import UserError
from ddb_assets.local import past
from ddb_assets.reading.export import export_items
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path
from tests.aws.refusals import answer, answering, refusal
from tests.conftest import LocalAws

BUCKET = "dynamodb-exports"
HOUR = timedelta(hours=1)


@dataclass
class Exported:
    """A table with a history of some hours, and what is said of its exports."""

    name: str
    begun: datetime
    said: list[str] = field(default_factory=list)

    @property
    def client(self) -> Any:
        return Connection().client("dynamodb")

    @property
    def exports(self) -> TableExports:
        return TableExports(connection=Connection())

    def request(self, hours: int, since: int | None = None, **place: Any) -> ExportRequest:
        """An export as of `hours` after the history began."""
        arn = self.client.describe_table(TableName=self.name)["Table"]["TableArn"]
        destination = Destination(BUCKET, f"exports/{self.name}", **place)
        start = None if since is None else self.begun + since * HOUR
        return ExportRequest(self.name, arn, self.begun + hours * HOUR, destination, start)

    def put(self, hours: float, **attributes: dict[str, Any]) -> None:
        with past.at(self.client, self.begun + hours * HOUR):
            self.client.put_item(TableName=self.name, Item=attributes)

    def start(self, request: ExportRequest) -> Export:
        return self.exports.start(request, timedelta(minutes=1), self.said.append)

    def finish(self, request: ExportRequest) -> Export:
        return self.exports.follow(request, self.start(request), timedelta(minutes=1), self.said.append)

    def ids(self) -> Sequence[str]:
        arn = self.request(0).table_arn
        return [summary["ExportArn"] for summary in self.client.list_exports(TableArn=arn)["ExportSummaries"]]

    def forget_notes(self) -> None:
        s3 = Connection().client("s3")
        for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"exports/{self.name}/_asked/").get("Contents", ()):
            s3.delete_object(Bucket=BUCKET, Key=entry["Key"])


@pytest.fixture
def table(local_aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[Exported]:
    name = f"Exp-{abs(hash(request.node.name)):x}"[:40]
    begun = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 8 * HOUR
    made = Exported(name, begun)
    with past.at(made.client, begun):
        made.client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        made.client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    for hour in range(4):
        made.put(hour + 0.5, id={"S": str(hour)}, n={"N": str(hour)})
    yield made
    made.client.delete_table(TableName=name)


def items(export: Export) -> Sequence[str]:
    return sorted(item["id"]["S"] for item in export_items(Connection(), export.location))


def test_an_export_holds_the_table_as_it_was_at_its_instant(table: Exported) -> None:
    export = table.finish(table.request(2))

    assert items(export) == ["0", "1"]
    assert (export.status, export.items, export.export_time) == ("COMPLETED", 2, table.begun + 2 * HOUR)
    assert export.location == f"s3://{BUCKET}/exports/{table.name}/AWSDynamoDB/{export.id}/"
    assert table.said[-1].startswith(f"Export {export.id} ({table.name} at ")
    assert "is COMPLETED: 2 items" in table.said[-1]


@pytest.mark.parametrize("notes_are_lost", [False, True])
def test_an_export_that_exists_is_taken_up_and_not_paid_twice(table: Exported, notes_are_lost: bool) -> None:
    first = table.finish(table.request(2))
    table.finish(table.request(3))
    if notes_are_lost:
        table.forget_notes()

    again = table.finish(table.request(2))

    assert again == first
    assert len(table.ids()) == 2
    assert f"Taking up export {first.id}" in table.said[-2]


def test_a_call_whose_answer_was_lost_is_the_same_export_to_aws(table: Exported) -> None:
    request = table.request(2)
    lost = table.client.export_table_to_point_in_time(**request.parameters(1))["ExportDescription"]
    with answering(table.client, "ListExports", answer({"ExportSummaries": []})):
        export = table.start(request)

    assert export.arn == lost["ExportArn"]
    assert len(table.ids()) == 1


def test_an_increment_holds_what_changed_in_its_window(table: Exported) -> None:
    export = table.finish(table.request(3, since=1))

    assert (export.export_type, export.items) == ("INCREMENTAL_EXPORT", 2)
    assert (export.from_time, export.export_time) == (table.begun + HOUR, table.begun + 3 * HOUR)
    assert table.finish(table.request(3, since=1)) == export


@pytest.mark.parametrize("since", [None, 1])
@pytest.mark.parametrize("harm", ["folder deleted", "deleted", "altered"])
def test_an_export_whose_files_are_not_as_they_were_is_asked_for_again(
    table: Exported, harm: str, since: int | None
) -> None:
    first = table.finish(table.request(3, since))
    s3 = Connection().client("s3")
    keys = [file.path.key for file in export_files._data_files(s3, first.place)]
    if harm == "folder deleted":
        storage.delete_below(s3, S3Path.parse(first.location))
    elif harm == "deleted":
        s3.delete_object(Bucket=BUCKET, Key=keys[-1])
    else:
        s3.put_object(Bucket=BUCKET, Key=keys[-1], Body=b"else")

    second = table.finish(table.request(3, since))

    assert second.arn != first.arn
    assert any(said.startswith(f"Export {first.id} ") and "can't be taken up" in said for said in table.said)
    assert table.finish(table.request(3, since)) == second


def test_a_deleted_export_leaves_nothing_of_its_own_and_all_of_the_others(table: Exported) -> None:
    first, second = table.finish(table.request(2, since=1)), table.finish(table.request(3, since=2))
    s3 = Connection().client("s3")

    export_files.delete(s3, first.place)

    left = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=first.prefix)["Contents"]]
    assert not [key for key in left if f"AWSDynamoDB/{first.id}" in key]
    assert export_files.trouble(s3, first.place) is not None
    assert export_files.trouble(s3, second.place) is None
    assert table.finish(table.request(2, since=1)).arn != first.arn


def test_a_failed_export_says_why_and_what_to_do_and_the_next_run_asks_for_another(table: Exported) -> None:
    request = table.request(2, bucket_owner="999999999999")

    with pytest.raises(dg.Failure) as failed:
        table.finish(request)

    said = str(failed.value.description)
    assert "ended FAILED: S3AccessDenied: Access Denied" in said
    assert f"s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on arn:aws:s3:::{BUCKET}" in said
    assert "account 999999999999" in said
    with pytest.raises(dg.Failure):
        table.finish(request)
    assert len(table.ids()) == 2


def test_without_recovery_the_command_that_enables_it_is_given(table: Exported) -> None:
    table.client.update_continuous_backups(
        TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    with pytest.raises(UserError) as refused:
        table.start(table.request(2))

    assert "aws dynamodb update-continuous-backups --region us-east-1" in str(refused.value)


def test_an_instant_before_the_recovery_window_is_refused_with_the_earliest(table: Exported) -> None:
    with pytest.raises(UserError, match=f"recovery window begins at {table.begun:%Y-%m-%dT%H:%M:%SZ}"):
        table.start(table.request(-1))


def test_an_increment_that_is_too_short_is_refused_with_its_limits(table: Exported) -> None:
    short = replace(table.request(3), since=table.begun + 3 * HOUR - timedelta(minutes=14))

    with pytest.raises(UserError, match=r"spans 0:15:00 to 1 day, 0:00:00; this one would span 0:14:00"):
        table.start(short)


@pytest.mark.parametrize(
    ("code", "waiting"),
    [("LimitExceededException", "300 exports"), ("InvalidExportTimeException", "restorable up to")],
)
def test_what_passes_is_waited_for_and_said(
    table: Exported, monkeypatch: pytest.MonkeyPatch, code: str, waiting: str
) -> None:
    monkeypatch.setattr(table_exports, "_WAIT_SECONDS", 0.0)
    described = table.client.describe_continuous_backups(TableName=table.name)
    described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"] = (
        table.begun + HOUR
    )
    refusals = [refusal(code)] * (8 if code == "LimitExceededException" else 1)
    with (
        answering(table.client, "ExportTableToPointInTime", *refusals),
        answering(table.client, "DescribeContinuousBackups", answer(described)),
        monkeypatch.context() as quick,
    ):
        quick.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
        export = table.finish(table.request(2))

    assert export.status == "COMPLETED"
    assert waiting in table.said[0]


@pytest.mark.parametrize(
    ("operation", "code", "said"),
    [
        ("ExportTableToPointInTime", "AccessDeniedException", "dynamodb:ExportTableToPointInTime on arn:aws:dynamodb"),
        ("ListExports", "AccessDeniedException", "dynamodb:ListExports on arn:aws:dynamodb"),
        ("ExportTableToPointInTime", "ExportConflictException", "wait until it has ended"),
        ("ExportTableToPointInTime", "TableNotFoundException", "does not exist in Region us-east-1"),
        ("ExportTableToPointInTime", "ValidationException", "Correct `capture` in its defs.yaml"),
    ],
)
def test_a_refusal_says_what_to_do(table: Exported, operation: str, code: str, said: str) -> None:
    with answering(table.client, operation, refusal(code)), pytest.raises(UserError) as refused:
        table.start(table.request(2, kms_key="arn:aws:kms:us-east-1:123456789012:key/1"))

    assert said in str(refused.value)
    assert "as AWS says it" in str(refused.value) or code == "TableNotFoundException"
    if code == "AccessDeniedException":
        assert "kms:GenerateDataKey and kms:Decrypt on arn:aws:kms" in str(refused.value)


def test_an_export_that_is_stuck_fails_in_the_end_and_can_be_taken_up_later(table: Exported) -> None:
    request = table.request(2)
    export = table.start(request)
    with pytest.raises(dg.Failure) as failed:
        table.exports.follow(request, replace(export, status="IN_PROGRESS"), timedelta(0), table.said.append)

    assert "is still IN_PROGRESS after 0:00:00. It goes on in AWS" in str(failed.value.description)
    assert "export_timeout_minutes" in str(failed.value.description)
    assert table.finish(request).arn == export.arn


def test_an_interruption_leaves_the_export_running(table: Exported, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    request = table.request(2)
    export = table.start(request)
    with monkeypatch.context() as patch:
        patch.setattr(table_exports.time, "sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            table.exports.follow(request, replace(export, status="IN_PROGRESS"), HOUR, table.said.append)

    assert table.said[-1].startswith(f"Interrupted: export {export.id} ")
    assert table.finish(request).arn == export.arn


def test_an_export_of_a_part_of_the_table_is_none_of_it(table: Exported) -> None:
    request = table.request(2)
    whole = table.finish(request)

    assert whole.answers(request)
    assert not replace(whole, filtered=True).answers(request)
    assert not whole.answers(replace(request, since=table.begun))
    assert not whole.answers(replace(request, until=table.begun + HOUR))


def test_key_and_owner_are_asked_for_as_the_table_says(table: Exported) -> None:
    asked = table.request(2, bucket_owner="123456789012", kms_key="alias/lake").parameters(1)

    assert (asked["S3SseAlgorithm"], asked["S3SseKmsKeyId"]) == ("KMS", "alias/lake")
    assert asked["S3BucketOwner"] == "123456789012"


def test_the_token_is_that_of_the_request_and_its_attempt(table: Exported) -> None:
    def token(hours: int, attempt: int, **options: Any) -> str:
        return str(table.request(hours, **options).parameters(attempt)["ClientToken"])

    assert token(2, 1) == token(2, 1)
    others = [token(2, 1), token(3, 1), token(2, 2), token(2, 1, since=1), token(2, 1, kms_key="alias/lake")]
    assert len(set(others)) == len(others)


def test_the_id_says_when_an_export_was_asked_for() -> None:
    assert started_at("01693685827463-2d8752fd") == datetime(2023, 9, 2, 20, 17, 7, 463000, UTC)
    assert started_at("else") is None


def test_old_exports_are_removed_and_others_stay(table: Exported) -> None:
    first = table.finish(table.request(2))
    second, third = table.finish(table.request(3)), table.finish(table.request(3, since=1))
    place = table.request(0).destination
    began = started_at(second.id)
    assert began is not None

    assert table.exports.remove_older(place, began) == 1
    s3 = Connection().client("s3")
    assert [export_files.trouble(s3, export.place) is None for export in (first, second, third)] == [False, True, True]
    assert table.exports.remove(place, [second.location, "s3://elsewhere/AWSDynamoDB/1/"]) == 1
    assert table.exports.remove(place, [second.location]) == 0
    assert export_files.trouble(s3, third.place) is None


def test_permissions_are_named_in_the_tables_partition() -> None:
    arn = "arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/T"
    request = ExportRequest("T", arn, datetime(2026, 11, 24, tzinfo=UTC), Destination("bucket", "exports/T"))

    assert "s3:AbortMultipartUpload on arn:aws-us-gov:s3:::bucket/exports/T/*" in advice("S3AccessDenied", request)
