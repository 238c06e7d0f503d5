"""A restore that is cut off, at whatever call to AWS, is finished by running it again."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_assets.restore import beginning
from ddb_assets.restore.journal import TAG, Journal, Journals
from ddb_assets.restore.table import Table
from ddb_snapshot import storage
from tests.conftest import LocalAws
from tests.ddb_snapshot.native_exports import data_keys
from tests.ddb_snapshot.snapshots import Item, comparable
from tests.properties.history import BUCKET, History, client, create_table
from tests.restore.restored import Told, drop, dropped, exported, in_order, new_name, restore, table_items

ITEMS: list[Item] = [{"id": {"S": f"{number:03d}"}, "n": {"N": str(number)}} for number in range(90)]
CHANGES = ("PutObject", "CreateTable", "BatchWriteItem", "DeleteObjects")


class Cut(Exception):
    """What a test cuts a run off with."""


@contextmanager
def cut_off(operation: str, number: int) -> Iterator[Counter[str]]:
    """Calls to S3 and DynamoDB are counted; that operation's call with that number, and all after it, aren't made."""
    calls: Counter[str] = Counter()
    lock = Lock()
    ended: list[bool] = []

    def count(model: Any, **_: Any) -> None:
        with lock:
            calls[model.name] += 1
            if ended or (model.name == operation and calls[operation] == number):
                ended.append(True)
                raise Cut(model.name)

    events = [client(service).meta.events for service in ("s3", "dynamodb")]
    for one in events:
        one.register("before-call.*.*", count)
    try:
        yield calls
    finally:
        for one in events:
            one.unregister("before-call.*.*", count)


@pytest.fixture
def history(local_aws: LocalAws) -> Iterator[History]:
    with History(local_aws, "parquet") as lived:
        exported(lived, ITEMS, files=3)
        yield lived


def test_a_run_cut_off_at_any_call_is_finished_by_the_next(history: History) -> None:
    whole = new_name()
    with dropped(whole), cut_off("", 0) as calls:
        assert restore(history.table_name, whole).equal
    # 30 items in each of three files: 25 are a batch, and then 5.
    assert calls["BatchWriteItem"] == 6
    # The journal three times, the marks of the files.
    assert calls["PutObject"] == 6

    cuts = [(operation, number + 1) for operation in CHANGES for number in range(calls[operation])]
    for operation, number in [*cuts, ("Scan", 1), ("DescribeTable", 2)]:
        to = new_name()
        with dropped(to):
            with cut_off(operation, number), pytest.raises(Cut):
                restore(history.table_name, to)
            told = Told()

            outcome = restore(history.table_name, to, told)

            assert outcome.equal, (operation, number)
            assert table_items(to) == in_order(comparable(ITEMS)), (operation, number)
            assert "never written into again" in refused(history.table_name, to)
            # What was marked is not written again.
            assert outcome.items in (0, 30, 60, 90)
            assert outcome.items + told.phases[0][2] in (0, 90)


def test_files_that_were_written_before_are_not_written_again(history: History) -> None:
    to = new_name()
    with dropped(to):
        with cut_off("BatchWriteItem", 6), pytest.raises(Cut):
            restore(history.table_name, to, max_wcu=50)
        marked = len(client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"restores/us-east-1/{to}/")["Contents"]) - 1
        told = Told()

        outcome = restore(history.table_name, to, told)

        assert marked == 2
        assert outcome.items == 30
        assert told.said[0].startswith(f"Taking up the restore into {to} that began at ")
        assert told.said[1] == "2 of 3 files were written before"
        assert told.phases[0] == ("Written", 90, 60)


def test_an_export_that_is_gone_when_the_restore_goes_on_is_made_up_for_by_the_snapshots_files(
    history: History,
) -> None:
    to = new_name()
    with dropped(to):
        with cut_off("BatchWriteItem", 4), pytest.raises(Cut):
            restore(history.table_name, to)
        folder = history.taken[0].manifest.capture.exports[0].location
        storage.delete(client("s3"), BUCKET, data_keys(client("s3"), BUCKET, folder))

        assert restore(history.table_name, to).items == 90
        assert table_items(to) == in_order(comparable(ITEMS))


def test_a_table_that_was_deleted_meanwhile_is_begun_anew_with_all_its_files(history: History) -> None:
    to = new_name()
    with dropped(to):
        with cut_off("BatchWriteItem", 6), pytest.raises(Cut):
            restore(history.table_name, to, max_wcu=50)
        drop(to)

        assert restore(history.table_name, to).items == 90


def test_a_table_of_somebody_else_in_its_place_is_not_written_into(history: History) -> None:
    to = new_name()
    with dropped(to):
        with cut_off("BatchWriteItem", 6), pytest.raises(Cut):
            restore(history.table_name, to)
        drop(to)
        create_table(to)

        assert "no restore has created it" in refused(history.table_name, to)
        assert table_items(to) == []


def test_a_table_that_somebody_creates_at_the_same_moment_is_not_written_into(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = new_name()
    create = Table.create

    def create_first(table: Table, request: Any) -> None:
        create_table(to)
        create(table, request)

    monkeypatch.setattr(Table, "create", create_first)
    with dropped(to):
        assert "created by somebody else meanwhile" in refused(history.table_name, to)
        assert table_items(to) == []


@pytest.mark.parametrize("state", ["DELETING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", None])
def test_a_table_that_cannot_be_written_is_said_to_be(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch, state: str | None
) -> None:
    table = Table(Connection(), "Wherever")
    monkeypatch.setattr(Table, "describe", lambda self: state and {"TableStatus": state})

    with pytest.raises(UserError, match=state or "was deleted while"):
        table.wait_until_active(lambda seconds: None)


def test_a_table_is_waited_for_with_its_indexes(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    index = {"IndexStatus": "CREATING"}
    states: list[Any] = [
        None,
        {"TableStatus": "CREATING"},
        {"TableStatus": "ACTIVE", "GlobalSecondaryIndexes": [index]},
        {"TableStatus": "ACTIVE", "GlobalSecondaryIndexes": [{"IndexStatus": "ACTIVE"}], "it": True},
    ]
    monkeypatch.setattr(Table, "describe", lambda self: states.pop(0))
    pauses: list[float] = []

    assert Table(Connection(), "Wherever").wait_until_active(pauses.append)["it"]
    assert len(pauses) == 3


def test_a_table_that_is_being_deleted_is_waited_for_by_the_user(
    local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table(Connection(), "Wherever")
    monkeypatch.setattr(Table, "describe", lambda self: {"TableStatus": "DELETING"})
    journals = Journals.of(Connection(), "Wherever")
    wanted = Journal("id", "Wherever", "T", "T", "d", "2026-01-01T00:00", "s3://b/", "now")

    with pytest.raises(UserError, match="is being deleted: run this again when it is gone"):
        beginning.begin(table, journals, wanted, lambda journal: {})


def test_a_refused_definition_says_why(local_aws: LocalAws) -> None:
    request = {
        "TableName": "Refused",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [],
        "BillingMode": "PAY_PER_REQUEST",
        "SSESpecification": {"Enabled": True},
    }

    with pytest.raises(UserError, match=r"refused to create table Refused: .*definition.*--kms-key \(aws-owned"):
        Table(Connection(), "Refused").create(request)


def test_a_tag_is_found_on_a_later_page(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    class Paged:
        def list_tags_of_resource(self, ResourceArn: str, NextToken: str = "") -> Any:  # noqa: N803
            if not NextToken:
                return {"Tags": [{"Key": "a", "Value": "b"}], "NextToken": "more"}
            return {"Tags": [{"Key": TAG, "Value": "found"}]}

    monkeypatch.setattr(Table, "_client", Paged())

    assert Table(Connection(), "Tagged").restore_id({"TableArn": "arn"}) == "found"


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(UserError) as error:
        restore(*arguments, **options)
    return str(error.value)
