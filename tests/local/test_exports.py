"""Full exports: the table as it was at an instant, in AWS's layout, whatever wrote it."""

import gzip
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ddb_assets.local import past
from tests.conftest import LocalAws
from tests.local.exported import BUCKET, MINUTE, ago, by_key, make_table

ALL_TYPES = {
    "id": {"S": "all"},
    "text": {"S": 'zwei\nZeilen, "größer" 📦'},
    "empty": {"S": ""},
    "number": {"N": "-12345678901234567890.123456789012345678"},
    "binary": {"B": b"\x00\xff\n"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
    "binaries": {"BS": [b"\x01", b""]},
    "list": {"L": [{"S": "a"}, {"N": "1"}, {"L": [{"B": b"\x02"}]}, {"M": {}}]},
    "map": {"M": {"a b": {"BOOL": False}, "inner": {"M": {"n": {"N": "0.1"}}}}},
}


def test_an_export_is_the_table_at_its_instant(local_aws: LocalAws) -> None:
    begun = ago(hours=3)
    table = make_table(local_aws, at=begun)
    table.put({"id": {"S": "a"}, "n": {"N": "1"}}, at=begun + 10 * MINUTE)
    table.put({"id": {"S": "b"}}, at=begun + 20 * MINUTE)
    table.put({"id": {"S": "a"}, "n": {"N": "2"}}, at=begun + 30 * MINUTE)
    table.delete({"id": {"S": "b"}}, at=begun + 40 * MINUTE)

    def exported(minutes: float) -> list[Any]:
        items = table.export(ExportTime=begun + minutes * MINUTE).items()
        return sorted((item["id"]["S"], item.get("n", {}).get("N")) for item in items)

    assert exported(5) == []
    assert exported(15) == [("a", "1")]
    assert exported(25) == [("a", "1"), ("b", None)]
    assert exported(35) == [("a", "2"), ("b", None)]
    assert exported(45) == [("a", "2")]


def test_a_write_at_the_very_instant_is_not_in_it(local_aws: LocalAws) -> None:
    begun = ago(hours=1)
    table = make_table(local_aws, at=begun)
    table.put({"id": {"S": "before"}}, at=begun + MINUTE - timedelta(microseconds=1))
    table.put({"id": {"S": "then"}}, at=begun + MINUTE)

    assert [item["id"]["S"] for item in table.export(ExportTime=begun + MINUTE).items()] == ["before"]


def test_items_from_before_the_history_are_in_it(local_aws: LocalAws) -> None:
    table = make_table(local_aws, sort=True)
    items = [{"id": {"S": "a"}, "sort": {"N": str(number)}} for number in range(3)]
    for item in items:
        table.put(item)
    table.recover()
    table.delete(items[0])

    assert by_key(table.export().items()) == by_key(items[1:])


def test_an_export_without_time_has_all_that_was_written_before_it(local_aws: LocalAws) -> None:
    table = make_table(local_aws)
    table.recover()
    for number in range(5):
        item = {"id": {"S": "a"}, "n": {"N": str(number)}}
        table.put(item)
        assert table.export().items() == [item]


def test_all_types_come_out_as_they_went_in(local_aws: LocalAws) -> None:
    table = make_table(local_aws)
    table.put(ALL_TYPES)
    table.recover()

    assert table.export().items() == table.items() == [ALL_TYPES]


def test_numbers_are_spelled_as_dynamodb_spells_them(local_aws: LocalAws) -> None:
    table = make_table(local_aws)
    table.put({"id": {"S": "a"}, "list": {"L": [{"N": "0100"}, {"N": "-0"}]}, "set": {"NS": ["1E+3", "2.50"]}})
    table.recover()
    table.client.update_item(
        TableName=table.name,
        Key={"id": {"S": "a"}},
        UpdateExpression="SET n = :n, m = :m",
        ExpressionAttributeValues={":n": {"N": "1.0E-4"}, ":m": {"M": {"x": {"N": "+7.0"}}}},
    )
    plain = {
        "id": {"S": "a"},
        "list": {"L": [{"N": "100"}, {"N": "0"}]},
        "set": {"NS": ["1000", "2.5"]},
        "n": {"N": "0.0001"},
        "m": {"M": {"x": {"N": "7"}}},
    }

    assert table.export().items() == table.items() == [plain]


def test_the_layout_is_that_of_aws(local_aws: LocalAws) -> None:
    table = make_table(local_aws)
    table.recover()
    for number in range(30):
        table.put({"id": {"S": str(number)}})
    export = table.export()
    described, summary = export.description, export.summary()
    folder = f"exports/{table.name}/AWSDynamoDB/{described['ExportArn'].rpartition('/')[2]}"
    listed = local_aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"exports/{table.name}/")["Contents"]
    data = {file["dataFileS3Key"] for file in export.files()}

    assert re.fullmatch(rf"{table.arn}/export/0[0-9]{{13}}-[0-9a-f]{{8}}", described["ExportArn"])
    assert {found["Key"] for found in listed} == data | {
        f"{folder}/{name}"
        for name in (
            "_started",
            "manifest-files.json",
            "manifest-files.md5",
            "manifest-summary.json",
            "manifest-summary.md5",
        )
    }
    assert all(re.fullmatch(rf"{folder}/data/[a-z2-7]{{26}}\.json\.gz", key) for key in data)
    assert len(data) >= 4
    assert len(export.lines()) == 30
    assert export.read(f"{folder}/_started") == b""
    heads = {key: local_aws.client("s3").head_object(Bucket=BUCKET, Key=key) for key in data}
    assert all(heads[file["dataFileS3Key"]]["ETag"] == f'"{file["etag"]}"' for file in export.files())
    assert summary == {
        "version": "2020-06-30",
        "exportArn": described["ExportArn"],
        "startTime": iso(described["StartTime"]),
        "endTime": iso(described["EndTime"]),
        "tableArn": table.arn,
        "tableId": table.client.describe_table(TableName=table.name)["Table"]["TableId"],
        "exportTime": iso(described["ExportTime"]),
        "s3Bucket": BUCKET,
        "s3Prefix": f"exports/{table.name}",
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{folder}/manifest-files.json",
        "billedSizeBytes": described["BilledSizeBytes"],
        "itemCount": 30,
        "outputFormat": "DYNAMODB_JSON",
    }


def test_partitions_without_items_have_files_without_lines(local_aws: LocalAws) -> None:
    table = make_table(local_aws)
    table.put({"id": {"S": "only"}})
    table.recover()
    export = table.export()

    assert sorted(file["itemCount"] for file in export.files()) == [0, 0, 0, 1]
    empty = next(file for file in export.files() if not file["itemCount"])
    assert gzip.decompress(export.read(empty["dataFileS3Key"])) == b""


def test_items_of_one_partition_key_are_in_one_file(local_aws: LocalAws) -> None:
    table = make_table(local_aws, sort=True)
    table.recover()
    for number in range(40):
        table.put({"id": {"S": str(number % 4)}, "sort": {"N": str(number)}})
    export = table.export()
    keys = [
        set(re.findall(rb'"id":{"S":"(.)"}', gzip.decompress(export.read(file["dataFileS3Key"]))))
        for file in export.files()
    ]

    assert sum(len(found) for found in keys) == 4


Write = Callable[[Any, str], Any]
A, B = {"id": {"S": "a"}}, {"id": {"S": "b"}}
ONE = {":one": {"N": "1"}}
WRITES: dict[str, Write] = {
    "put": lambda client, name: client.put_item(TableName=name, Item=A | {"new": {"S": "x"}}),
    "delete": lambda client, name: client.delete_item(TableName=name, Key=A),
    "update": lambda client, name: client.update_item(
        TableName=name, Key=A, UpdateExpression="SET n = n + :one REMOVE gone", ExpressionAttributeValues=ONE
    ),
    "update of a list": lambda client, name: client.update_item(
        TableName=name, Key=A, UpdateExpression="SET #l[0] = :one", ExpressionAttributeValues=ONE,
        ExpressionAttributeNames={"#l": "list"},
    ),
    "add to a set": lambda client, name: client.update_item(
        TableName=name, Key=A, UpdateExpression="ADD tags :t", ExpressionAttributeValues={":t": {"SS": ["z"]}}
    ),
    "delete from a set": lambda client, name: client.update_item(
        TableName=name, Key=A, UpdateExpression="DELETE tags :t", ExpressionAttributeValues={":t": {"SS": ["x"]}}
    ),
    "update of a new item": lambda client, name: client.update_item(
        TableName=name, Key=B, UpdateExpression="SET n = :one", ExpressionAttributeValues=ONE
    ),
    "attribute updates": lambda client, name: client.update_item(
        TableName=name, Key=A, AttributeUpdates={"n": {"Action": "ADD", "Value": {"N": "1"}}}
    ),
    "batch": lambda client, name: client.batch_write_item(
        RequestItems={name: [{"DeleteRequest": {"Key": A}}, {"PutRequest": {"Item": B}}]}
    ),
    "transaction": lambda client, name: client.transact_write_items(
        TransactItems=[
            {"Update": {"TableName": name, "Key": A, "UpdateExpression": "SET n = :one",
                        "ExpressionAttributeValues": ONE}},
            {"Put": {"TableName": name, "Item": B}},
        ]
    ),
    "statement that inserts": lambda client, name: client.execute_statement(
        Statement=f"INSERT INTO \"{name}\" VALUE {{'id': 'b', 'n': 5}}"
    ),
    "statement that updates": lambda client, name: client.execute_statement(
        Statement=f"UPDATE \"{name}\" SET n = ? WHERE id = 'a'", Parameters=[{"N": "9"}]
    ),
    "statement that deletes": lambda client, name: client.execute_statement(
        Statement=f"DELETE FROM \"{name}\" WHERE id = 'a'"
    ),
    "batch of statements": lambda client, name: client.batch_execute_statement(
        Statements=[{"Statement": f"UPDATE \"{name}\" SET n = ? WHERE id = 'a'", "Parameters": [{"N": "9"}]}]
    ),
    "transaction of statements": lambda client, name: client.execute_transaction(
        TransactStatements=[{"Statement": f"DELETE FROM \"{name}\" WHERE id = 'a'"}]
    ),
}  # fmt: skip
FIRST = A | {
    "n": {"N": "1"},
    "gone": {"S": "x"},
    "tags": {"SS": ["x", "y"]},
    "list": {"L": [{"S": "first"}, {"N": "2"}]},
}


@pytest.mark.parametrize("write", WRITES)
def test_every_kind_of_write_is_in_the_history(local_aws: LocalAws, write: str) -> None:
    begun = ago(hours=1)
    table = make_table(local_aws, at=begun)
    table.put(FIRST, at=begun + MINUTE)
    client = table.client
    with past.at(client, begun + 3 * MINUTE):
        WRITES[write](client, table.name)

    assert table.items() != [FIRST]
    assert by_key(table.export(ExportTime=begun + 4 * MINUTE).items()) == by_key(table.items())
    assert table.export(ExportTime=begun + 2 * MINUTE).items() == [FIRST]


@pytest.mark.parametrize("base", [True, False], ids=["from before the history", "put during it"])
def test_an_update_changes_no_past(local_aws: LocalAws, base: bool) -> None:
    begun = ago(hours=1)
    table = make_table(local_aws, at=begun, recover=not base)
    table.put(FIRST, at=begun)
    table.recover(at=begun)
    client = table.client
    with past.at(client, begun + 2 * MINUTE):
        client.update_item(
            TableName=table.name,
            Key=A,
            UpdateExpression="SET #l[0] = :n ADD tags :t",
            ExpressionAttributeNames={"#l": "list"},
            ExpressionAttributeValues={":n": {"N": "7"}, ":t": {"SS": ["z"]}},
        )

    assert table.export(ExportTime=begun + MINUTE).items() == [FIRST]
    assert table.export(ExportTime=begun + 3 * MINUTE).items() == table.items() != [FIRST]


def test_what_fails_leaves_no_trace(local_aws: LocalAws) -> None:
    table = make_table(local_aws)
    table.put(FIRST)
    table.recover()
    client = table.client
    conditional = {"ConditionExpression": "attribute_exists(nope)"}
    twice = {"UpdateExpression": "SET n = :n ADD gone :n", "ExpressionAttributeValues": {":n": {"N": "2"}}}
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.put_item(TableName=table.name, Item=B, **conditional)
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        client.delete_item(TableName=table.name, Key=A, **conditional)
    with pytest.raises(client.exceptions.ClientError, match="ValidationException"):
        client.update_item(TableName=table.name, Key=A, **twice)
    with pytest.raises(client.exceptions.ClientError):
        client.update_item(TableName=table.name, Key=B, UpdateExpression="SET n = nope")
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table.name, "Item": B}},
                {"Delete": {"TableName": table.name, "Key": A, **conditional}},
            ]
        )

    assert table.items() == [FIRST]
    assert table.export().items() == [FIRST]
    table.put(B)
    assert by_key(table.export().items()) == by_key([FIRST, B])


@pytest.mark.parametrize("key", [{"L": []}, {"M": {}}, {"N": "1"}, {"NS": ["1"]}])
def test_keys_of_a_wrong_type_are_refused_as_before(local_aws: LocalAws, key: Any) -> None:
    table = make_table(local_aws, at=ago(hours=1))

    with pytest.raises(table.client.exceptions.ClientError, match="ValidationException"):
        table.put({"id": key})


def test_a_transaction_happens_at_one_instant(local_aws: LocalAws) -> None:
    begun = ago(hours=1)
    tables = [make_table(local_aws, at=begun) for _ in range(2)]
    client = tables[0].client
    with past.at(client, begun + MINUTE):
        client.transact_write_items(TransactItems=[{"Put": {"TableName": table.name, "Item": A}} for table in tables])
    written = [
        line["Metadata"]["WriteTimestampMicros"]["N"]
        for table in tables
        for line in table.incremental(begun, begun + 20 * MINUTE).lines()
    ]

    assert written == [str(int((begun + MINUTE).timestamp()) * 1_000_000)] * 2


def test_writers_at_once_make_one_history(local_aws: LocalAws) -> None:
    table = make_table(local_aws)
    table.recover()
    client = table.client

    def count(_: int) -> None:
        client.update_item(TableName=table.name, Key=A, UpdateExpression="ADD n :one", ExpressionAttributeValues=ONE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(80)))

    assert table.export().items() == table.items() == [A | {"n": {"N": "80"}}]


def test_a_table_says_how_large_it_is(local_aws: LocalAws) -> None:
    table = make_table(local_aws)

    def size() -> int:
        return int(table.client.describe_table(TableName=table.name)["Table"]["TableSizeBytes"])

    assert size() == 0
    table.put({"id": {"S": "a"}, "text": {"S": "x" * 1000}})
    assert size() == 2 + 1 + 4 + 1000
    table.client.update_item(
        TableName=table.name, Key=A, UpdateExpression="REMOVE #t", ExpressionAttributeNames={"#t": "text"}
    )
    assert size() == 3
    table.recover()
    assert table.export().description["BilledSizeBytes"] == 3
    table.delete(A)
    assert size() == 0


def iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
