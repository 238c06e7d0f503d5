"""`ddb-assets verify`: a snapshot is proven equal to its source, or shown to differ, and where."""

import gzip
import hashlib
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ddb_assets.commands.verify import advice, summary
from ddb_assets.errors import UserError
from ddb_assets.verify import Proof, verify
from ddb_snapshot import formats, storage
from ddb_snapshot.compare import compare
from ddb_snapshot.storage import S3Path
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item
from tests.properties.history import BUCKET, DATABASE, History, client

ITEMS: list[Item] = [
    {"id": {"S": "1"}, "n": {"N": "1E+2"}, "b": {"B": "gICA"}, "none": {"NULL": True}},
    {"id": {"S": "2"}, "n": {"N": "0.10"}, "ns": {"NS": ["2", "1"]}, "m": {"M": {"a b": {"L": [{"B": "AA=="}]}}}},
    {"id": {"S": "é"}, "n": {"S": "text"}},
]


@pytest.fixture
def history(local_aws: LocalAws) -> Iterator[History]:
    with History(local_aws, "parquet") as lived:
        lived.snapshot(ITEMS)
        yield lived


def prove(history: History, *arguments: str, **options: Any) -> Proof:
    return verify(history.table_name, *arguments, database=DATABASE, **options)


def test_a_snapshot_is_equal_to_its_table(history: History) -> None:
    proof = prove(history)

    assert proof.equal
    assert summary(proof) == f"{history.table_name} at 2026-01-01T00:00: 3 items, all equal"


def test_every_difference_is_named(history: History) -> None:
    table = {"TableName": history.table_name}
    client("dynamodb").put_item(**table, Item={"id": {"S": "3"}})
    client("dynamodb").delete_item(**table, Key={"id": {"S": "2"}})
    client("dynamodb").put_item(**table, Item={"id": {"S": "1"}, "n": {"N": "101"}, "none": {"NULL": True}})

    proof = prove(history)

    assert sorted(map(str, proof.comparison.differences)) == [
        """different: {"id":{"S":"1"}}, attribute 'b': nothing became {"B":"gICA"}""",
        """different: {"id":{"S":"1"}}, attribute 'n': {"N":"101"} became {"N":"100"}""",
        """extra: {"id":{"S":"2"}}""",
        """missing: {"id":{"S":"3"}}""",
    ]
    assert summary(proof).endswith("3 items, of 3 in the source: 1 missing, 1 extra, 1 different")
    assert "since the snapshot was taken" in advice(proof)


def test_a_number_in_text_that_is_spelled_otherwise_is_reported(local_aws: LocalAws) -> None:
    """Queries compare texts: `2.5` and `2.500000000000000000` are two groups to them."""
    with History(local_aws, "parquet", {"numbers": "string"}) as history:
        taken = history.snapshot([{"id": {"S": "1"}, "n": {"N": "2.50"}}, {"id": {"S": "2"}, "m": {"L": []}}]).manifest
        assert prove(history).equal
        place, s3 = S3Path.parse(taken.location) / taken.files[0].path, client("s3")
        rows = history.taken[0].rows(taken.columns)
        at = rows.schema.get_field_index("n")
        texts = [text and "2.500000000000000000" for text in rows.column("n").to_pylist()]
        sink = pa.BufferOutputStream()
        formats.write("parquet", rows.set_column(at, rows.schema.field(at), pa.array(texts)), taken.columns, sink)
        storage.put(s3, place, sink.getvalue().to_pybytes())

        assert [*map(str, prove(history).comparison.differences)] == [
            """different: {"id":{"S":"1"}}, attribute 'n': {"N":"2.5"} became {"N":"2.500000000000000000"}"""
        ]


def test_only_some_differences_are_listed_but_all_are_counted(history: History) -> None:
    client("dynamodb").delete_table(TableName=history.table_name)
    client("dynamodb").create_table(
        TableName=history.table_name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    found = prove(history, listed=2).comparison

    assert (found.extra, len(found.differences)) == (3, 2)


def test_an_older_snapshot_is_read_with_the_newest_columns(history: History) -> None:
    history.snapshot([{"id": {"S": "1"}, "later": {"BOOL": True}, "m": {"M": {"new": {"S": ""}}}}])

    assert prove(history).equal
    client("dynamodb").delete_item(TableName=history.table_name, Key={"id": {"S": "1"}})
    for item in ITEMS:
        client("dynamodb").put_item(TableName=history.table_name, Item=boto3_item(item))
    assert prove(history, "2026-01-01T00:00").equal


def test_an_export_is_compared_without_the_table(history: History, tmp_path: Path) -> None:
    client("dynamodb").delete_table(TableName=history.table_name)
    file = tmp_path / "export.json.gz"
    file.write_bytes(lines(ITEMS))
    try:
        assert prove(history, against=str(file), keys=["id"]).equal
        assert prove(history, against=str(tmp_path), keys=["id"]).equal
        with pytest.raises(UserError, match="--key NAME"):
            prove(history, against=str(file))
        with pytest.raises(UserError, match=r"has no key attribute 'ID'; it has 'id'"):
            prove(history, against=str(file), keys=["ID"])
    finally:
        history.aws.put(history.table_name, [])


def test_a_native_export_is_read_by_its_manifest(history: History) -> None:
    folder = S3Path(BUCKET, f"{history.catalog_table}/AWSDynamoDB/0123-abc")
    data = [lines(ITEMS[:1]), lines(ITEMS[1:])]
    entries = []
    for number, body in enumerate(data):
        key = f"{folder.key}/data/{number}.json.gz"
        storage.put(client("s3"), S3Path(BUCKET, key), body)
        md5 = b64encode(hashlib.md5(body).digest()).decode()
        entries.append({"itemCount": number + 1, "md5Checksum": md5, "etag": "x", "dataFileS3Key": key})
    manifest = folder / "manifest-files.json"
    storage.put(client("s3"), folder / "data/stray.json.gz", lines([{"id": {"S": "stray"}}]))
    storage.put(client("s3"), manifest, "\n".join(map(json.dumps, entries)).encode())

    assert prove(history, against=str(folder)).equal
    entries[1]["itemCount"] = 3
    storage.put(client("s3"), manifest, "\n".join(map(json.dumps, entries)).encode())
    with pytest.raises(UserError, match=r"data/1.json.gz has 2 items, but manifest-files.json says 3"):
        prove(history, against=str(folder))
    entries[0]["md5Checksum"] = "AAAA"
    storage.put(client("s3"), manifest, "\n".join(map(json.dumps, entries)).encode())
    with pytest.raises(UserError, match=r"data/0.json.gz has MD5"):
        prove(history, against=str(folder))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"plain", "after line 0, is not gzip'd DynamoDB-JSON"),
        (gzip.compress(b'{"Item":{"id":{"S":"1"}}}\n{"Item":'), "after line 2, is not"),
        (gzip.compress(b'{"Keys":{"id":{"S":"1"}},"NewImage":{}}\n'), "An incremental export holds changes"),
        (gzip.compress(b'{"Item":{"id":{"S":"1"}}}\n')[:-9], "is not gzip'd DynamoDB-JSON"),
    ],
    # gzip writes the time into its header: as ids, the bodies would differ from one test worker to the next.
    ids=["not gzip", "cut-off line", "incremental", "cut-off gzip"],
)
def test_what_is_no_export_is_named(history: History, tmp_path: Path, body: bytes, said: str) -> None:
    (tmp_path / "bad.json.gz").write_bytes(body)

    with pytest.raises(UserError, match=said) as refused:
        prove(history, against=str(tmp_path))
    assert "bad.json.gz" in str(refused.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"Name":"x","Columns":[]}', "line 1, names no data file: it has no dataFileS3Key"),
        (b'{\n  "a": 1\n}', r"line 1, names no data file: it is '\{', and no JSON object"),
        (b"[1, 2]", r"line 1, names no data file: it is '\[1, 2\]', and no JSON object"),
        (b"\x1f\x8b\x00", "line 1, names no data file: it is .* and no JSON object"),
        (b'{"dataFileS3Key":1,"itemCount":1,"md5Checksum":"x"}', "line 1, names no data file: its dataFileS3Key"),
    ],
    ids=["another object", "a document", "a list", "gzip", "another type"],
)
def test_what_stands_where_an_exports_manifest_is_expected_is_called_what_it_is(
    history: History, tmp_path: Path, body: bytes, said: str
) -> None:
    (tmp_path / "manifest-files.json").write_bytes(body)

    with pytest.raises(UserError, match=f"manifest-files.json, {said}"):
        prove(history, against=str(tmp_path))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("manifest-files.json", "is an export's manifest; name its folder, "),
        ("manifest-summary.json", "is an export's manifest; name its folder, "),
        ("items.json", "is a json file, and no export: neither a file .json.gz"),
        ("part-00000.parquet", "is a parquet file, and no export"),
    ],
)
def test_a_file_that_is_no_export_is_called_what_it_is(history: History, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_text("{}")

    with pytest.raises(UserError, match=said):
        prove(history, against=str(tmp_path / name))


def test_what_is_not_published_is_named(history: History, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no published snapshot 2020-01-01T00:00\. The newest are: 2026-01-01T00:00"):
        prove(history, "2020-01-01T00:00")
    with pytest.raises(UserError, match=r"'Nope'.*--database"):
        verify("Nope", database=DATABASE)
    with pytest.raises(UserError, match="neither a file"):
        prove(history, against=str(tmp_path))


def test_a_damaged_file_is_named(history: History) -> None:
    taken = history.taken[0].manifest
    place = S3Path.parse(taken.location) / taken.files[0].path
    storage.put(client("s3"), place, b"PAR1")

    with pytest.raises(UserError, match=r"part-00000\.parquet can't be read as parquet"):
        prove(history)


def test_rows_that_are_there_twice_are_found(history: History) -> None:
    taken = history.taken[0].manifest
    folder = S3Path.parse(taken.location)
    storage.put(client("s3"), folder / "stray.parquet", storage.read(client("s3"), folder / taken.files[0].path))

    found = prove(history).comparison

    assert (found.extra, found.actual) == (3, 6)
    assert "(there 2 times, not 1)" in str(found.differences[0])


def test_the_command_says_so_and_ends_with_status_1(history: History) -> None:
    command = [Path(sys.executable).with_name("ddb-assets"), "verify", history.table_name, "--database", DATABASE]
    equal = subprocess.run(command, capture_output=True, text=True, check=False)
    client("dynamodb").put_item(TableName=history.table_name, Item={"id": {"S": "[new]"}})
    different = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (equal.returncode, equal.stdout) == (0, f"{history.table_name} at 2026-01-01T00:00: 3 items, all equal\n")
    assert different.returncode == 1
    assert 'missing: {"id":{"S":"[new]"}}' in different.stdout
    assert "The table was read as it is now" in different.stderr


def test_memory_of_a_comparison_is_that_of_a_bucket() -> None:
    def many(changed: int) -> Iterator[Item]:
        for number in range(20_000):
            yield {"id": {"N": str(number)}, "v": {"S": "x" * 100 + ("!" if number == changed else "")}}

    found = compare(many(-1), many(777), ["id"], buckets=7)

    assert (found.expected, found.actual, found.different, found.missing, found.extra) == (20_000, 20_000, 1, 0, 0)
    # Long values are cut around the place where they differ.
    assert str(found.differences[0]).endswith('xxx"} became …' + "x" * 30 + '!"}')


def lines(items: Sequence[Item]) -> bytes:
    return gzip.compress(b"".join(json.dumps({"Item": item}).encode() + b"\n" for item in items))


def boto3_item(item: Item) -> Item:
    from tests.properties.history import sendable

    return sendable(item)
