"""A native export becomes a snapshot whole, or not at all: its manifest decides, and every file is checked."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot.capture import native_export
from ddb_snapshot.capture.native_export import ExportDamaged, ExportFile, WrongExport, bundles
from ddb_snapshot.spark import TaskFailed
from ddb_snapshot.storage import S3Path
from tests.ddb_snapshot.capture.conftest import BUCKET, Table, in_order
from tests.ddb_snapshot.native_exports import Change, data_keys, write_full, write_incremental
from tests.ddb_snapshot.snapshots import Item
from tests.profiles import cases

T0 = datetime(2026, 11, 24, tzinfo=UTC)
ITEMS: list[Item] = [
    {"pk": {"S": f"item {number}"}, "sk": {"N": str(number)}, "odd" if number % 2 else "even": {"N": f"{number}.5"}}
    for number in range(50)
]


def test_items_of_all_files_are_there_empty_files_included(table: Table) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS[:5], T0, files=8)

    snapshot = table.snapshot(capture="export", exports=(folder,))

    assert table.items(snapshot) == in_order(ITEMS[:5])
    assert snapshot.capture.method == "export"
    (read,) = snapshot.capture.exports
    assert (read.items, read.export_type, read.export_time) == (5, "FULL_EXPORT", "2026-11-24T00:00:00+00:00")


def test_export_of_an_empty_table_is_an_empty_snapshot(table: Table) -> None:
    folder = write_full(table.s3, BUCKET, table.name, [], T0)

    snapshot = table.snapshot(capture="export", exports=(folder,))

    assert (snapshot.row_count, len(snapshot.files)) == (0, 1)
    assert [column.name for column in snapshot.columns] == ["pk", "sk"]


@settings(max_examples=cases(200))
@given(counts=st.lists(st.integers(0, 1000), min_size=1, max_size=40), count=st.integers(1, 9))
def test_bundles_are_of_about_as_many_items_each(counts: list[int], count: int) -> None:
    files = [
        ExportFile(S3Path("b", str(number)), items, "", S3Path("b", "export/")) for number, items in enumerate(counts)
    ]

    made = bundles(files, count)

    assert [file for bundle in made for file in bundle] == files
    assert 1 <= len(made) <= count
    even = sum(counts) / count
    assert all(sum(file.items for file in bundle) <= even + max(counts) for bundle in made)


def test_items_larger_than_a_block_are_read_whole(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_export, "BLOCK_BYTES", 1000)
    large = [item | {"text": {"S": "x" * 5000}} for item in ITEMS[:3]]
    folder = write_full(table.s3, BUCKET, table.name, [*large, *ITEMS[3:]], T0, files=1)

    assert table.items(table.snapshot(capture="export", exports=(folder,))) == in_order([*large, *ITEMS[3:]])


def test_other_files_beside_the_export_are_not_read(table: Table) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    stray = folder.removeprefix(f"s3://{BUCKET}/") + "data/stray.json.gz"
    table.s3.put_object(Bucket=BUCKET, Key=stray, Body=gzip.compress(b'{"Item":{"pk":{"S":"stray"}}}\n'))

    assert table.items(table.snapshot(capture="export", exports=(folder,))) == in_order(ITEMS)


Spoil = Callable[[Any, str], None]
"""Does something to an export's folder, given S3 and the folder's key."""


def edit(name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Spoil:
    """Change a manifest (every line of it), its checksum file left out."""

    def spoil(s3: Any, key: str) -> None:
        lines = s3.get_object(Bucket=BUCKET, Key=f"{key}{name}.json")["Body"].read().splitlines()
        body = b"".join(json.dumps(change(json.loads(line))).encode() + b"\n" for line in lines)
        s3.put_object(Bucket=BUCKET, Key=f"{key}{name}.json", Body=body)
        s3.delete_object(Bucket=BUCKET, Key=f"{key}{name}.md5")

    return spoil


def data(change: Callable[[bytes], bytes | None]) -> Spoil:
    """Change the bytes of the first data file, or remove it."""

    def spoil(s3: Any, key: str) -> None:
        first = data_keys(s3, BUCKET, f"s3://{BUCKET}/{key}")[0]
        changed = change(s3.get_object(Bucket=BUCKET, Key=first)["Body"].read())
        if changed is None:
            s3.delete_object(Bucket=BUCKET, Key=first)
        else:
            s3.put_object(Bucket=BUCKET, Key=first, Body=changed)

    return spoil


def removed(name: str) -> Spoil:
    return lambda s3, key: s3.delete_object(Bucket=BUCKET, Key=f"{key}{name}")


def altered(name: str) -> Spoil:
    def spoil(s3: Any, key: str) -> None:
        body = s3.get_object(Bucket=BUCKET, Key=f"{key}{name}")["Body"].read()
        s3.put_object(Bucket=BUCKET, Key=f"{key}{name}", Body=body + b" ")

    return spoil


SPOILT: dict[str, tuple[Spoil, str]] = {
    "not finished": (removed("manifest-summary.json"), "manifest-summary.json: it isn't there: the export has not"),
    "no list of files": (removed("manifest-files.json"), "manifest-files.json: it isn't there"),
    "summary altered": (altered("manifest-summary.json"), "its checksum file says"),
    "list of files altered": (altered("manifest-files.json"), "its checksum file says"),
    "file missing": (data(lambda _: None), "the manifest names this file, but it isn't there"),
    "file truncated": (data(lambda body: body[: len(body) // 2]), r"its MD5 is \S+, the manifest says"),
    "file altered": (data(lambda body: body[:-9] + b"\0" + body[-8:]), "its MD5 is"),
    "counts disagree": (
        edit("manifest-summary", lambda fields: fields | {"itemCount": 51}),
        "its files have 50 items, manifest-summary.json says 51",
    ),
    "another table": (
        edit("manifest-summary", lambda fields: fields | {"tableArn": "arn:aws:dynamodb:us-east-1:1:table/Other"}),
        "it is of arn:aws:dynamodb:us-east-1:1:table/Other, not of table",
    ),
    "another instant": (
        edit("manifest-summary", lambda fields: fields | {"exportTime": "2026-11-24T00:01:01.000Z"}),
        "more than a minute from the snapshot's 2026-11-24T00:00Z",
    ),
    "another form": (edit("manifest-summary", lambda fields: fields | {"outputFormat": "ION"}), "it is in ION"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_spoilt_export_is_refused_by_name_and_leaves_nothing(table: Table, what: str) -> None:
    spoil, message = SPOILT[what]
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    before = table.below(table.snapshot(capture="export", exports=(folder,)))
    spoil(table.s3, folder.removeprefix(f"s3://{BUCKET}/"))

    with pytest.raises((ExportDamaged, WrongExport, TaskFailed), match=message) as refused:
        table.snapshot(capture="export", exports=(folder,))

    damaged = not isinstance(refused.value, WrongExport)
    assert (f"Delete {folder} and materialize the partition again" in str(refused.value)) == damaged
    kept = table.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"snapshots_{table.name.lower()}/")["Contents"]
    assert {entry["Key"].partition("/")[2] for entry in kept} == before


def test_item_count_of_a_file_that_disagrees_is_refused(table: Table) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0, files=2)
    key = folder.removeprefix(f"s3://{BUCKET}/")
    counts = iter((24, 26))
    edit("manifest-files", lambda fields: fields | {"itemCount": next(counts)})(table.s3, key)

    with pytest.raises(
        ExportDamaged, match=r"has more lines than the 24 items of its export's manifest.*Nothing was .* Delete s3://"
    ):
        table.snapshot(capture="export", exports=(folder,))


def test_incremental_export_is_not_taken_for_a_full_one(table: Table) -> None:
    change = Change({"pk": {"S": "a"}, "sk": {"N": "1"}}, 1, None)
    folder = write_incremental(table.s3, BUCKET, table.name, [change], (T0 - timedelta(hours=1), T0))

    with pytest.raises(WrongExport, match="it is a INCREMENTAL_EXPORT, not a FULL_EXPORT"):
        table.snapshot(capture="export", exports=(folder,))
