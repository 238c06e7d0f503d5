"""Exports that somebody else has written: their manifests must not choose what is read or deleted."""

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.aws import export_files
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.export_request import ExportPlace
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.errors import UserError
from ddb_assets.reading.published import PublishedSnapshot
from ddb_assets.restore.snapshot_items import ExportedItems, snapshot_items
from ddb_snapshot.capture.export_keys import KeyElsewhere, data_file, data_folders, require_list_of_files
from ddb_snapshot.capture.native_export import ExportDamaged
from ddb_snapshot.storage import S3Path
from tests.ddb_snapshot.capture.conftest import BUCKET, Table, in_order
from tests.ddb_snapshot.capture.test_export import edit
from tests.ddb_snapshot.native_exports import Change, data_keys, write_full, write_incremental
from tests.ddb_snapshot.snapshots import Item

T0 = datetime(2026, 11, 24, tzinfo=UTC)
WINDOW = (T0, T0 + timedelta(hours=1))
ITEMS: list[Item] = [{"pk": {"S": str(number)}, "sk": {"N": str(number)}} for number in range(6)]
CHANGES = [Change(item, 1_000_000 + number, item) for number, item in enumerate(ITEMS)]

ELSEWHERE: dict[str, Callable[[str], Any]] = {
    "another bucket": lambda key: f"s3://another-bucket/{key}",
    "another prefix": lambda key: "elsewhere/" + key.rpartition("/")[2],
    "above": lambda key: key.rpartition("/")[0] + "/../" + key.rpartition("/")[2],
    "below": lambda key: key.rpartition("/")[0] + "/folder/" + key.rpartition("/")[2],
    "absolute": lambda key: "/" + key,
    "the folder": lambda key: key.rpartition("/")[0] + "/",
    "dots": lambda key: key.rpartition("/")[0] + "/..",
    "a new line": lambda key: key + "\n",
    "an escape": lambda key: key.rpartition("/")[0] + "/\x1b[31m.json.gz",
    "nothing": lambda key: "",
    "a number": lambda key: 7,
    "null": lambda key: None,
}


def key_of(folder: str) -> str:
    return folder.removeprefix(f"s3://{BUCKET}/")


@pytest.mark.parametrize("prefix", ["", "exports/Some-Table/"])
@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_data_file_elsewhere_is_refused(table: Table, where: str, prefix: str) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0, prefix=prefix)
    change = ELSEWHERE[where]
    edit("manifest-files", lambda entry: entry | {"dataFileS3Key": change(entry["dataFileS3Key"])})(
        table.s3, key_of(folder)
    )

    with pytest.raises(ExportDamaged, match=r"manifest-files\.json: it (names|is not)") as refused:
        table.snapshot(capture="export", exports=(folder,))

    assert f"{folder}data/" in str(refused.value)
    assert "\x1b" not in str(refused.value) and "\n" not in str(refused.value)


def test_another_exports_data_is_refused(table: Table) -> None:
    mine = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    others = write_full(table.s3, BUCKET, "Other", ITEMS, T0)
    theirs = data_keys(table.s3, BUCKET, others)
    edit("manifest-files", lambda entry: entry | {"dataFileS3Key": theirs[0]})(table.s3, key_of(mine))

    with pytest.raises(ExportDamaged, match=r"manifest-files\.json: it names '.*', which is not a file in"):
        table.snapshot(capture="export", exports=(mine,))


def test_a_full_exports_manifest_may_not_name_the_increments_files(table: Table) -> None:
    mine = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    theirs = data_keys(table.s3, BUCKET, write_incremental(table.s3, BUCKET, table.name, CHANGES, WINDOW))
    edit("manifest-files", lambda entry: entry | {"dataFileS3Key": theirs[0]})(table.s3, key_of(mine))

    with pytest.raises(ExportDamaged, match="which is not a file in"):
        table.snapshot(capture="export", exports=(mine,))


def test_a_file_that_is_named_twice_is_refused(table: Table) -> None:
    mine = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    first = data_keys(table.s3, BUCKET, mine)[0]
    edit("manifest-files", lambda entry: entry | {"dataFileS3Key": first})(table.s3, key_of(mine))

    with pytest.raises(ExportDamaged, match="twice"):
        table.snapshot(capture="export", exports=(mine,))


@pytest.mark.parametrize("key", ["elsewhere/manifest-files.json", "s3://other/manifest-files.json", "", None, 7])
def test_a_list_of_files_elsewhere_is_refused(table: Table, key: Any) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    edit("manifest-summary", lambda summary: summary | {"manifestFilesS3Key": key})(table.s3, key_of(folder))

    with pytest.raises(ExportDamaged, match=r"manifest-summary\.json: it names"):
        table.snapshot(capture="export", exports=(folder,))


@pytest.mark.parametrize("text", [b"[]", b"7", b"{}", b'{"manifestFilesS3Key": {}}'])
def test_a_summary_that_is_other_json_is_called_so(table: Table, text: bytes) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    table.s3.put_object(Bucket=BUCKET, Key=f"{key_of(folder)}manifest-summary.json", Body=text)
    table.s3.delete_object(Bucket=BUCKET, Key=f"{key_of(folder)}manifest-summary.md5")

    with pytest.raises(ExportDamaged, match=r"manifest-summary\.json: it (is not a native export's manifest|names)"):
        table.snapshot(capture="export", exports=(folder,))


@pytest.mark.parametrize("prefix", ["", "exports/Some-Table/"])
def test_keys_without_the_exports_prefix_are_the_exports_own(table: Table, prefix: str) -> None:
    """AWS's own manifests name their files now with the export's prefix, now without."""
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0, prefix=prefix)
    edit("manifest-files", lambda entry: entry | {"dataFileS3Key": entry["dataFileS3Key"].removeprefix(prefix)})(
        table.s3, key_of(folder)
    )
    edit(
        "manifest-summary",
        lambda summary: summary | {"manifestFilesS3Key": summary["manifestFilesS3Key"].removeprefix(prefix)},
    )(table.s3, key_of(folder))

    assert table.items(table.snapshot(capture="export", exports=(folder,))) == in_order(ITEMS)


@pytest.mark.parametrize("where", ELSEWHERE)
def test_nothing_elsewhere_is_deleted_with_an_export(table: Table, where: str) -> None:
    """`keep_exports: false` deletes what the manifest names."""
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0, prefix=f"exports/{table.name}/")
    change = ELSEWHERE[where]
    edit("manifest-files", lambda entry: entry | {"dataFileS3Key": change(entry["dataFileS3Key"])})(
        table.s3, key_of(folder)
    )
    place = ExportPlace(BUCKET, f"exports/{table.name}", folder.rstrip("/").rpartition("/")[2])
    before = table.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"]

    with pytest.raises(UserError, match=r"manifest-files\.json"):
        export_files.delete(table.s3, place)

    assert table.s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == before
    assert "manifest-files.json" in str(export_files.trouble(table.s3, place))


@given(st.one_of(st.text(), st.binary().map(lambda text: text.decode("latin-1")), st.none(), st.integers()))
def test_whatever_a_manifest_names_lies_in_its_export(key: Any) -> None:
    export = S3Path("bucket", "exports/T/AWSDynamoDB/01-a/")
    full, shared = data_folders(export)
    for tried in (
        key,
        f"{full.key}{key}",
        f"{shared.key}{key}",
        f"AWSDynamoDB/01-a/data/{key}",
        f"AWSDynamoDB/data/{key}",
    ):
        for folders in ((full,), (shared,), (full, shared)):
            try:
                found = data_file(tried, *folders)
            except KeyElsewhere as error:
                assert str(error).isascii() and str(error).isprintable()
                continue
            folder, _, name = found.key.rpartition("/")
            assert f"{folder}/" in [place.key for place in folders] and name.strip(".")
    if key != f"{export.key}manifest-files.json":
        with pytest.raises(KeyElsewhere):
            require_list_of_files(key, export)


def test_an_attempt_lies_where_its_manifest_was_found(table: Table) -> None:
    """Whatever the manifest says: what is deleted with the attempt must not be chosen by who wrote it."""
    store = SnapshotStore(connection=Connection())
    attempt = table.snapshot(capture="export", exports=(write_full(table.s3, BUCKET, table.name, ITEMS, T0),))
    precious = f"precious-{table.name}/file"
    table.s3.put_object(Bucket=BUCKET, Key=precious, Body=b"")
    hostile = json.loads(attempt.to_json()) | {"location": f"s3://{BUCKET}/precious-{table.name}/"}
    table.s3.put_object(
        Bucket=BUCKET, Key=f"{key_of(attempt.location)}_manifest.json", Body=json.dumps(hostile).encode()
    )

    found = store.manifest(attempt.location)

    assert found == attempt
    store.delete(found)
    assert table.s3.list_objects_v2(Bucket=BUCKET, Prefix=key_of(attempt.location))["KeyCount"] == 0
    table.s3.head_object(Bucket=BUCKET, Key=precious)


def test_items_are_restored_from_the_snapshots_own_bucket_alone(table: Table, tmp_path: Path) -> None:
    """A manifest that names an export elsewhere, in another bucket or on this machine's disk."""
    attempt = table.snapshot(capture="export", exports=(write_full(table.s3, BUCKET, table.name, ITEMS, T0),))
    published = PublishedSnapshot(
        table.s3,
        attempt.record,
        "lake",
        attempt.snapshot_timestamp,
        S3Path.parse(attempt.location),
        "parquet",
        attempt.columns,
    )
    assert isinstance(snapshot_items(Connection(), published, attempt, "auto"), ExportedItems)
    other = f"other-{uuid.uuid4().hex}"
    table.s3.create_bucket(Bucket=other)
    elsewhere = write_full(table.s3, other, table.name, ITEMS, T0)
    (tmp_path / "data").mkdir()
    (tmp_path / "manifest-files.json").write_bytes(
        table.s3.get_object(Bucket=other, Key=elsewhere.removeprefix(f"s3://{other}/") + "manifest-files.json")[
            "Body"
        ].read()
    )
    for key in data_keys(table.s3, other, elsewhere):
        table.s3.download_file(other, key, str(tmp_path / "data" / Path(key).name))

    for location in (elsewhere, f"{tmp_path}/"):
        read = replace(attempt.capture.exports[0], location=location)
        hostile = replace(attempt, capture=replace(attempt.capture, exports=(read,)))
        assert not isinstance(snapshot_items(Connection(), published, hostile, "auto"), ExportedItems)
