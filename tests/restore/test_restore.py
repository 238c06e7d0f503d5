"""`ddb-assets restore`: a dropped table comes back equal, from whatever there is, and no other table is touched."""

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.commands.restore import advice, lines
from ddb_assets.errors import UserError
from ddb_assets.restore import Wishes
from ddb_assets.restore.journal import TAG, Journals
from ddb_snapshot import manifest as manifests
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path
from ddb_snapshot.table_definition import table_definition
from tests.conftest import LocalAws
from tests.ddb_snapshot.native_exports import data_keys
from tests.ddb_snapshot.snapshots import Item, comparable
from tests.properties.history import BUCKET, DATABASE, History, client, create_table
from tests.restore.restored import (
    KEY,
    Told,
    captured,
    drop,
    dropped,
    exists,
    exported,
    in_order,
    new_name,
    restore,
    table_items,
)

BYTES = b64encode(b"\x00\xff,\n").decode()
ITEMS: list[Item] = [
    {"id": {"S": "1"}, "n": {"N": "12345678901234567890.123456789012345678"}, "b": {"B": BYTES}, "no": {"NULL": True}},
    {"id": {"S": "2"}, "ns": {"NS": ["2", "1"]}, "bs": {"BS": [BYTES, "AA=="]}, "empty": {"S": ""}, "eb": {"B": ""}},
    {"id": {"S": "é"}, "n": {"S": "text"}, "m": {"M": {"a b": {"L": [{"NULL": True}, {"M": {}}, {"L": []}]}}}},
    *({"id": {"S": f"more-{number}"}, "n": {"N": str(number)}} for number in range(60)),
]


@pytest.fixture
def history(local_aws: LocalAws) -> Iterator[History]:
    with History(local_aws, "parquet") as lived:
        yield lived


@pytest.fixture
def to() -> Iterator[str]:
    name = new_name()
    with dropped(name):
        yield name


def refused(*arguments: Any, **options: Any) -> str:
    with pytest.raises(UserError) as error:
        restore(*arguments, **options)
    return str(error.value)


def source_gone(history: History) -> None:
    """The catastrophe. (What ends the history deletes the table once more, so there is one again.)"""
    drop(history.table_name)


@pytest.fixture
def source_back(history: History) -> Iterator[None]:
    yield
    if not exists(history.table_name):
        create_table(history.table_name)


@pytest.mark.usefixtures("source_back")
def test_a_dropped_and_restored_table_equals_the_original(history: History) -> None:
    history.snapshot(ITEMS)
    original = client("dynamodb").describe_table(TableName=history.table_name)["Table"]
    held = table_items(history.table_name)
    source_gone(history)
    told = Told()

    outcome = restore(history.table_name, history.table_name, told)

    assert (outcome.items, outcome.equal) == (len(ITEMS), True)
    assert outcome.comparison is not None and outcome.comparison.actual == len(ITEMS)
    assert table_items(history.table_name) == held == in_order(comparable(ITEMS))
    restored = client("dynamodb").describe_table(TableName=history.table_name)["Table"]
    assert table_definition(restored) == table_definition(original)
    assert told.phases[0] == ("Written", len(ITEMS), 0)
    assert list(lines(outcome)) == [
        f"{history.table_name}, of {history.table_name} at {KEY}: 63 items written with 63 write units; 63 items, all "
        "equal to the snapshot's",
        "Not restored, as with AWS's own backups: time to live, streams, point-in-time recovery, tags, auto scaling, "
        "replicas, resource policy, deletion protection, alarms. The commands are in docs/restore.md",
    ]


def test_an_older_snapshot_is_restored_as_it_was(history: History, to: str) -> None:
    history.snapshot(ITEMS)
    history.snapshot([{"id": {"S": "1"}, "later": {"BOOL": True}, "m": {"M": {"new": {"S": ""}}}}])

    assert restore(history.table_name, to, at=KEY).equal
    assert table_items(to) == in_order(comparable(ITEMS))


def test_an_empty_snapshot_makes_an_empty_table(history: History, to: str) -> None:
    history.snapshot([])

    outcome = restore(history.table_name, to)

    assert (outcome.items, outcome.equal) == (0, True)
    assert table_items(to) == []


def test_keys_capacity_indexes_class_and_encryption_are_the_sources(local_aws: LocalAws, to: str) -> None:
    with History(local_aws, "parquet") as lived:
        drop(lived.table_name)
        names = [("owner", "B"), ("at", "N"), ("status", "S")]
        capacity = {"ReadCapacityUnits": 900, "WriteCapacityUnits": 800}
        client("dynamodb").create_table(
            TableName=lived.table_name,
            KeySchema=[
                {"AttributeName": "owner", "KeyType": "HASH"},
                {"AttributeName": "at", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": tag} for name, tag in names],
            ProvisionedThroughput=capacity,
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-status",
                    "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]},
                    "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 600},
                }
            ],
            LocalSecondaryIndexes=[
                {
                    "IndexName": "local",
                    "KeySchema": [
                        {"AttributeName": "owner", "KeyType": "HASH"},
                        {"AttributeName": "status", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:aws:kms:us-east-1:1:key/k"},
        )
        items = [
            {
                "owner": {"B": bytes([number % 2])},
                "at": {"N": str(number)},
                "status": {"S": "open"},
                "total": {"N": "1"},
            }
            for number in range(5)
        ]
        for item in items:
            client("dynamodb").put_item(TableName=lived.table_name, Item=item)
        captured(lived, items)
        original = client("dynamodb").describe_table(TableName=lived.table_name)["Table"]
        bare = new_name()

        with dropped(bare):
            told = Told()
            outcome = restore(lived.table_name, to, told)
            restored = client("dynamodb").describe_table(TableName=to)["Table"]
            assert table_definition(restored) == table_definition(original)
            assert outcome.equal
            # One for the item, one for what each index holds of it.
            assert outcome.wcu == 15
            assert (
                "keys owner (B), at (N); 900 RCU and 800 WCU provisioned; with the indexes by-status, local"
                in (told.said[0])
            )
            found = client("dynamodb").query(
                TableName=to,
                IndexName="by-status",
                KeyConditionExpression="#s = :s",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={":s": {"S": "open"}},
            )
            assert found["Count"] == 5

            told = Told()
            wishes = Wishes("on-demand", indexes=False, kms_key="aws-owned")
            assert restore(lived.table_name, bare, told, wishes=wishes).equal
            definition = table_definition(client("dynamodb").describe_table(TableName=bare)["Table"])
            assert definition["BillingMode"] == "PAY_PER_REQUEST"
            assert not {"GlobalSecondaryIndexes", "LocalSecondaryIndexes", "SSESpecification"} & {*definition}
            assert told.said[1] == "Left out as asked: the indexes by-status, local"


def test_a_native_export_that_is_kept_is_what_is_read(history: History, to: str) -> None:
    _, folder = exported(history, ITEMS)
    told = Told()

    outcome = restore(history.table_name, to, told)

    assert outcome.equal
    assert f"Writing 63 items from {folder} at up to 4,000 WCU/s" in told.said[1]
    assert table_items(to) == in_order(comparable(ITEMS))


@pytest.mark.parametrize("gone", ["manifest", "data"])
def test_an_export_of_which_a_file_is_gone_is_not_read(history: History, to: str, gone: str) -> None:
    manifest, folder = exported(history, ITEMS)
    lost = (
        f"{folder}manifest-files.json"
        if gone == "manifest"
        else f"s3://{BUCKET}/{data_keys(client('s3'), BUCKET, folder)[1]}"
    )
    path = S3Path.parse(lost)
    client("s3").delete_object(Bucket=path.bucket, Key=path.key)
    told = Told()

    assert "no full native export of it is in S3 with all of its files" in refused(
        history.table_name, to, items_from="export"
    )
    assert restore(history.table_name, to, told).equal
    assert any(f"from {manifest.location}" in line for line in told.said)
    assert table_items(to) == in_order(comparable(ITEMS))


def test_a_damaged_export_is_named_and_the_snapshots_own_files_are_the_way_out(history: History, to: str) -> None:
    _, folder = exported(history, ITEMS)
    key = data_keys(client("s3"), BUCKET, folder)[1]
    client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"spoilt")

    assert f"data/{key.rpartition('/')[2]} has MD5" in refused(history.table_name, to)
    assert restore(history.table_name, to, items_from="files").equal
    assert table_items(to) == in_order(comparable(ITEMS))


def test_a_damaged_snapshot_is_named(history: History, to: str) -> None:
    taken = history.snapshot(ITEMS).manifest
    storage.put(client("s3"), S3Path.parse(taken.location) / taken.files[0].path, b"PAR1")

    assert "part-00000.parquet can't be read as parquet" in refused(history.table_name, to)


def test_a_file_with_other_rows_than_its_manifest_says_is_named(history: History, to: str) -> None:
    taken = history.snapshot(ITEMS).manifest
    folder, first = S3Path.parse(taken.location), taken.files[0]
    wrong = replace(taken, files=(replace(first, rows=first.rows + 1), *taken.files[1:]))
    storage.put(client("s3"), folder / manifests.NAME, wrong.to_json().encode())

    assert f"holds {first.rows} rows, but its manifest says {first.rows + 1}" in refused(history.table_name, to)


def test_files_that_are_not_the_snapshots_are_not_restored_and_the_comparison_says_so(
    history: History, to: str
) -> None:
    taken = history.snapshot(ITEMS).manifest
    folder = S3Path.parse(taken.location)
    data = storage.read(client("s3"), folder / taken.files[0].path)
    storage.put(client("s3"), folder / "stray.parquet", data)

    outcome = restore(history.table_name, to)

    assert not outcome.equal
    assert table_items(to) == in_order(comparable(ITEMS))
    *differences, summary, _ = lines(outcome)
    assert all(line.startswith("missing: ") for line in differences)
    assert f"63 items, of {63 + taken.files[0].rows} in the snapshot: {taken.files[0].rows} missing" in summary


def test_a_table_that_was_written_meanwhile_is_found_to_differ_and_compared_again_not_written_again(
    history: History, to: str
) -> None:
    history.snapshot(ITEMS)
    assert restore(history.table_name, to, compare=False).comparison is None
    client("dynamodb").put_item(TableName=to, Item={"id": {"S": "mine"}})
    client("dynamodb").delete_item(TableName=to, Key={"id": {"S": "1"}})

    outcome = restore(history.table_name, to)

    assert (outcome.items, outcome.equal) == (0, False)
    said = list(lines(outcome))
    assert said[:2] == ['missing: {"id":{"S":"1"}}', 'extra: {"id":{"S":"mine"}}'] or said[:2] == [
        'extra: {"id":{"S":"mine"}}',
        'missing: {"id":{"S":"1"}}',
    ]
    assert "63 items, of 63 in the snapshot: 1 missing, 1 extra" in said[2]
    assert f"written into {to}" in advice(outcome)
    # What was written into it by others stays.
    assert client("dynamodb").get_item(TableName=to, Key={"id": {"S": "mine"}})["Item"]


def test_a_table_that_exists_is_never_written_into(history: History, to: str) -> None:
    history.snapshot(ITEMS)
    create_table(to)

    assert f"table {to} exists, and no restore has created it" in refused(history.table_name, to)
    assert "exists, and no restore has created it" in refused(history.table_name, history.table_name)
    assert table_items(to) == []


def test_a_restored_table_is_not_written_into_again(history: History, to: str) -> None:
    history.snapshot(ITEMS)
    restore(history.table_name, to)
    client("dynamodb").put_item(TableName=to, Item={"id": {"S": "1"}, "mine": {"BOOL": True}})

    assert "never written into again" in refused(history.table_name, to)
    assert client("dynamodb").get_item(TableName=to, Key={"id": {"S": "1"}})["Item"]["mine"] == {"BOOL": True}
    drop(to)
    assert restore(history.table_name, to).equal


def test_a_restore_of_another_snapshot_is_not_gone_on_with(history: History, to: str) -> None:
    history.snapshot(ITEMS)
    history.snapshot(ITEMS[:1])
    restore(history.table_name, to, at=KEY, compare=False)

    said = refused(history.table_name, to)

    assert f"is restored from {history.table_name} at {KEY}" in said
    assert f"`ddb-assets restore {history.table_name} --at {KEY} --to {to}`" in said


def test_a_restore_whose_journal_is_gone_is_not_gone_on_with(history: History, to: str) -> None:
    history.snapshot(ITEMS)
    restore(history.table_name, to, compare=False)
    journals = Journals.of(Connection(), to)
    storage.delete(client("s3"), journals.path.bucket, [journals.path.key])

    assert "whose journal is gone" in refused(history.table_name, to)
    storage.put(client("s3"), journals.path, b"{}")
    assert "is not a restore's journal" in refused(history.table_name, to)
    storage.put(client("s3"), journals.path, json.dumps({"version": 2}).encode())
    assert "update ddb-assets" in refused(history.table_name, to)
    storage.delete(client("s3"), journals.path.bucket, [journals.path.key])


def test_two_that_begin_at_once_are_told_apart(history: History, to: str) -> None:
    history.snapshot(ITEMS)
    restore(history.table_name, to)
    journals = Journals.of(Connection(), to)
    found = journals.read()
    assert found is not None
    journals.write(found[0], found[1])

    with pytest.raises(UserError, match="Another restore"):
        journals.write(found[0], None)
    with pytest.raises(UserError, match="Another restore"):
        journals.write(replace(found[0], id="other"), '"0"')


def test_the_new_table_says_where_it_comes_from(history: History, to: str) -> None:
    history.snapshot(ITEMS)
    restore(history.table_name, to)

    arn = client("dynamodb").describe_table(TableName=to)["Table"]["TableArn"]
    tags = {tag["Key"]: tag["Value"] for tag in client("dynamodb").list_tags_of_resource(ResourceArn=arn)["Tags"]}
    assert tags.pop(TAG)
    assert tags == {"ddb-assets:restored-from": history.table_name, "ddb-assets:snapshot": KEY}
    # No marks are left.
    folder = Journals.of(Connection(), to).folder
    assert list(storage.sizes(client("s3"), folder)) == [f"{folder.key}restore.json"]


@pytest.mark.usefixtures("source_back")
def test_a_manifest_of_an_earlier_version_takes_the_live_table_or_the_keys_that_are_named(
    history: History, to: str
) -> None:
    taken = history.snapshot(ITEMS).manifest
    storage.put(
        client("s3"),
        S3Path.parse(taken.location) / manifests.NAME,
        replace(taken, source={}).to_json().encode(),
    )
    told = Told()

    assert "says that the table's keys are --key id:S" in refused(history.table_name, to, keys=["ID:S"])
    assert restore(history.table_name, to, told).equal
    assert f"table {history.table_name} is taken as it is now" in told.said[0]

    drop(to)
    source_gone(history)
    said = refused(history.table_name, to)
    assert f"no table {history.table_name} in Region us-east-1: name its key attributes" in said
    told = Told()
    assert restore(history.table_name, to, told, keys=["id:S"]).equal
    assert "its secondary indexes, if it had any, aren't known" in told.said[0]
    assert table_items(to) == in_order(comparable(ITEMS))


@pytest.mark.usefixtures("source_back")
def test_keys_that_no_item_can_have_create_nothing(history: History, to: str) -> None:
    taken = history.snapshot(ITEMS).manifest
    place = S3Path.parse(taken.location) / manifests.NAME
    storage.delete(client("s3"), place.bucket, [place.key])
    source_gone(history)

    for key in ("ID:S", "id:N", "m:S"):
        said = refused(history.table_name, to, keys=[key])
        assert f"--key {key}: the snapshot holds no attribute of that name and type" in said
        assert "--key id:S" in said
    assert not exists(to)
    # Without a manifest nobody knows how many items there are.
    told = Told()
    assert restore(history.table_name, to, told, keys=["id:S"]).equal
    assert told.phases[0] == ("Written", None, 0)


def test_the_command_restores_and_ends_with_status_1_on_differences(history: History, to: str) -> None:
    history.snapshot(ITEMS)
    command = [Path(sys.executable).with_name("ddb-assets"), "restore", history.table_name, "--database", DATABASE]
    restored = subprocess.run([*command, "--to", to, "--no-verify"], capture_output=True, text=True, check=False)
    client("dynamodb").put_item(TableName=to, Item={"id": {"S": "[new]"}})
    different = subprocess.run([*command, "--to", to], capture_output=True, text=True, check=False)
    unknown = subprocess.run([*command, "--to", to, "--from", "tape"], capture_output=True, text=True, check=False)

    assert restored.returncode == 0, restored.stderr
    assert "63 items written with 63 write units, not compared\n" in restored.stdout
    assert "Written: 63/63 items" in restored.stderr
    assert different.returncode == 1
    assert 'extra: {"id":{"S":"[new]"}}' in different.stdout
    assert "Run the same command again to compare once more" in different.stderr
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "--from tape: not one of auto, export, files" in unknown.stderr
