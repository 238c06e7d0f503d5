"""Changes merged into the previous snapshot give the table as a full export has it, whatever changed and how."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddb_snapshot import formats, storage
from ddb_snapshot.capture import changes, merge, native_export
from ddb_snapshot.capture.changes import KeyList, read_keys
from ddb_snapshot.capture.incremental import ChainBroken
from ddb_snapshot.capture.native_export import ExportDamaged, NativeExport
from ddb_snapshot.columns import check_stable
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.storage import S3Path
from tests.ddb_snapshot.capture.conftest import BUCKET, Table, in_order
from tests.ddb_snapshot.native_exports import Change, write_full, write_incremental
from tests.ddb_snapshot.snapshots import Item, few_names, values
from tests.profiles import cases

T0 = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)

# Keys that are alike: lengths and separators inside them, numbers in several spellings.
partition_keys = st.sampled_from(["a", "b", "1:a", "a1:1", "é", "a b", "📦"])
sort_keys = st.sampled_from(["0", "1", "10", "1.5", "-2", "1E+30", "0.1", "12345678901234567890123456789012345678"])
keys = st.builds(lambda pk, sk: (pk, sk), partition_keys, sort_keys)
bodies = st.dictionaries(few_names, values, max_size=3)
states = st.dictionaries(keys, bodies, max_size=6)
# What happens to some keys in a window; None is a deletion, also of what isn't there.
windows = st.lists(st.dictionaries(keys, st.none() | bodies, max_size=4), min_size=1, max_size=3)

State = dict[tuple[str, str], Item]


def key_of(key: tuple[str, str]) -> Item:
    return {"pk": {"S": key[0]}, "sk": {"N": key[1]}}


def items_of(state: State) -> list[Item]:
    return [body | key_of(key) for key, body in state.items()]


def changes_of(happened: dict[tuple[str, str], Item | None], hour: int) -> list[Change]:
    return [
        Change(key_of(key), hour * 3_600_000_000 + number, None if body is None else body | key_of(key))
        for number, (key, body) in enumerate(happened.items())
    ]


def applied(state: State, happened: dict[tuple[str, str], Item | None]) -> State:
    after = {key: body for key, body in state.items() if key not in happened}
    return after | {key: body for key, body in happened.items() if body is not None}


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
@settings(max_examples=cases(12), deadline=None, suppress_health_check=[*HealthCheck])
@given(state=states, happened=windows, apart=st.booleans())
def test_merged_snapshots_hold_the_table_at_every_instant(
    table: Table, output_format: str, state: State, happened: list[dict[Any, Any]], apart: bool
) -> None:
    full = write_full(table.s3, BUCKET, table.name, items_of(state), T0)
    snapshot = table.snapshot(output_format, capture="export", exports=(full,))
    assert table.items(snapshot) == in_order(items_of(state))
    waiting: list[str] = []
    for hour, changed in enumerate(happened, 1):
        state = applied(state, changed)
        window = (T0 + (hour - 1) * HOUR, T0 + hour * HOUR)
        waiting.append(write_incremental(table.s3, BUCKET, table.name, changes_of(changed, hour), window))
        if not apart and hour < len(happened):
            continue
        before, at = snapshot, f"2026-11-24T{hour:02}:00"
        snapshot = table.snapshot(
            output_format, at, capture="incremental", exports=tuple(waiting), previous=before.location
        )
        waiting = []
        assert table.items(snapshot) == in_order(items_of(state))
        assert snapshot.row_count == len(state)
        check_stable(before.columns, snapshot.columns)


@pytest.mark.parametrize("part_bytes", [changes._PART_BYTES, 300])
@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_changes_in_many_buckets_are_merged_alike(
    table: Table, output_format: str, part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several lists of keys are looked up in several groups, for some of a file's rows at a time. A bucket that holds
    more than its exports said is drafted in parts.
    """
    monkeypatch.setattr(changes, "_PART_BYTES", part_bytes)
    monkeypatch.setattr(changes, "_BUCKET_ITEMS", 7)
    monkeypatch.setattr(merge, "_LISTED_BYTES", 150)
    monkeypatch.setattr(merge, "_KEYS_BYTES", 300)
    monkeypatch.setattr(native_export, "BLOCK_BYTES", 200)
    monkeypatch.setattr(formats.by_name("parquet"), "_ROWS_AT_ONCE", 10)
    state: State = {(f"k{number}", "1"): {"n": {"N": str(number)}} for number in range(100)}
    happened: dict[tuple[str, str], Item | None] = {
        (f"k{number}", "1"): None if number % 3 else {"n": {"N": f"{number}.5"}} for number in range(0, 100, 4)
    }
    full = write_full(table.s3, BUCKET, table.name, items_of(state), T0)
    first = table.snapshot(output_format, capture="export", exports=(full,))
    folder = write_incremental(table.s3, BUCKET, table.name, changes_of(happened, 1), (T0, T0 + HOUR), files=4)

    merged = table.snapshot(
        output_format, "2026-11-24T01:00", capture="incremental", exports=(folder,), previous=first.location
    )

    assert table.items(merged) == in_order(items_of(applied(state, happened)))
    assert (merged.capture.upserts, merged.capture.deletes) == (9, 16)


def test_list_of_keys_is_read_once_for_a_file_whatever_parts_it_has(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_BUCKET_ITEMS", 2)
    monkeypatch.setattr(merge, "_LISTED_BYTES", 1)
    monkeypatch.setattr(formats.by_name("parquet"), "_ROWS_AT_ONCE", 10)
    state: State = {(f"k{number}", "1"): {} for number in range(100)}
    happened: dict[tuple[str, str], Item | None] = {(f"k{number}", "1"): None for number in range(12)}
    full = write_full(table.s3, BUCKET, table.name, items_of(state), T0, files=1)
    first = table.snapshot(capture="export", exports=(full,))
    folder = write_incremental(table.s3, BUCKET, table.name, changes_of(happened, 1), (T0, T0 + HOUR))
    read: list[str] = []

    def reading(s3: Any, bucket: str, lists: Sequence[KeyList]) -> Any:
        read.extend(listed.key for listed in lists)
        return read_keys(s3, bucket, lists)

    monkeypatch.setattr(merge, "read_keys", reading)

    merged = table.snapshot(
        "parquet", "2026-11-24T01:00", capture="incremental", exports=(folder,), previous=first.location
    )

    assert merged.row_count == 88
    assert len(read) == len({*read}) > 1


@given(st.lists(st.integers(1, 2 * merge._LISTED_BYTES), max_size=8))
def test_lists_are_held_together_as_far_as_memory_goes(sizes: list[int]) -> None:
    lists = [KeyList(str(number), size) for number, size in enumerate(sizes)]

    groups = merge.together(lists)

    assert [listed for group in groups for listed in group] == lists
    held = [sum(listed.bytes for listed in group) for group in groups]
    assert all(size <= merge._LISTED_BYTES for size, group in zip(held, groups, strict=True) if len(group) > 1)
    assert all(size + after[0].bytes > merge._LISTED_BYTES for size, after in zip(held, groups[1:], strict=False))


@pytest.mark.parametrize(
    ("items", "billed", "parallel", "buckets"),
    [
        (0, 0, 8, 1),
        (9_999, 1_000, 8, 1),
        (30_000, 1_000, 8, 3),
        (90_000, 1_000, 8, 8),
        (4_000_001, 1_000, 8, 11),
        (30_000, 2**31, 8, 16),
    ],
)
def test_changes_are_dealt_to_all_tasks_once_there_are_enough_of_them(
    items: int, billed: int, parallel: int, buckets: int
) -> None:
    export = SimpleNamespace(facts=SimpleNamespace(items=items, billed_bytes=billed))

    assert changes.bucket_count([cast(NativeExport, export)], parallel) == buckets


def test_latest_write_of_an_item_counts_in_whatever_order_records_come(table: Table) -> None:
    full = write_full(table.s3, BUCKET, table.name, [], T0)
    first = table.snapshot(capture="export", exports=(full,))
    key = key_of(("a", "1"))
    records = [Change(key, 20, key | {"v": {"S": "last"}}), Change(key, 10, key | {"v": {"S": "first"}})]
    folder = write_incremental(table.s3, BUCKET, table.name, records, (T0, T0 + HOUR), files=1)

    merged = table.snapshot(
        "parquet", "2026-11-24T01:00", capture="incremental", exports=(folder,), previous=first.location
    )

    assert table.items(merged) == in_order([key | {"v": {"S": "last"}}])


def test_damaged_increment_names_the_folder_of_its_own_manifests(table: Table) -> None:
    """The data files of all incremental exports lie in one folder, which must not be deleted."""
    full = write_full(table.s3, BUCKET, table.name, [], T0)
    first = table.snapshot(capture="export", exports=(full,))
    folder = write_incremental(table.s3, BUCKET, table.name, [Change(key_of(("a", "1")), 1, None)], (T0, T0 + HOUR))
    manifest = storage.read(table.s3, S3Path.parse(folder) / "manifest-files.json")
    for entry in map(json.loads, manifest.splitlines()):
        table.s3.put_object(Bucket=BUCKET, Key=entry["dataFileS3Key"], Body=b"else")

    with pytest.raises(ExportDamaged) as refused:
        table.snapshot("parquet", "2026-11-24T01:00", capture="incremental", exports=(folder,), previous=first.location)

    assert "/AWSDynamoDB/data/" in str(refused.value)
    assert f"Delete {folder} and materialize" in str(refused.value)


@pytest.mark.parametrize("files", [0, 2])
@pytest.mark.parametrize("items", [0, 1])
@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_nothing_changed_copies_the_files_as_they_are(table: Table, output_format: str, items: int, files: int) -> None:
    """Whether the exports list files without lines, or none."""
    state: State = {("a", str(n)): {} for n in range(items)}
    full = write_full(table.s3, BUCKET, table.name, items_of(state), T0, files=max(files, items))
    first = table.snapshot(output_format, capture="export", exports=(full,))
    folder = write_incremental(table.s3, BUCKET, table.name, [], (T0, T0 + HOUR), files=files)

    merged = table.snapshot(
        output_format, "2026-11-24T01:00", capture="incremental", exports=(folder,), previous=first.location
    )

    assert table.items(merged) == table.items(first) == in_order(items_of(state))
    assert [file.bytes for file in merged.files] == [file.bytes for file in first.files]
    assert (merged.capture.upserts, merged.capture.deletes) == (0, 0)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_changes_behind_parts_without_any_are_merged_into_the_same_file(
    table: Table, output_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats.by_name("parquet"), "_ROWS_AT_ONCE", 10)
    state: State = {(f"k{number:02}", "1"): {"n": {"N": str(number)}} for number in range(60)}
    full = write_full(table.s3, BUCKET, table.name, items_of(state), T0, files=1)
    first = table.snapshot(output_format, capture="export", exports=(full,))
    happened: dict[tuple[str, str], Item | None] = {("k45", "1"): None, ("k51", "1"): {"n": {"N": "7"}}}
    folder = write_incremental(table.s3, BUCKET, table.name, changes_of(happened, 1), (T0, T0 + HOUR))

    merged = table.snapshot(
        output_format, "2026-11-24T01:00", capture="incremental", exports=(folder,), previous=first.location
    )

    assert table.items(merged) == in_order(items_of(applied(state, happened)))


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_keys_of_two_columns_are_told_apart_wherever_these_stand(table: Table, output_format: str) -> None:
    """A whole number's column can't hold 1.5: the sort key's second column comes behind all others."""
    state: State = {("a", "1"): {"v": {"S": "x"}}, ("a", "2"): {"v": {"S": "y"}}}
    full = write_full(table.s3, BUCKET, table.name, items_of(state), T0)
    snapshot = table.snapshot(output_format, capture="export", exports=(full,))
    hours: list[dict[tuple[str, str], Item | None]] = [
        {("a", "1.5"): {"v": {"S": "between"}}},
        {("a", "1.5"): {"v": {"S": "changed"}}, ("a", "2"): None},
    ]
    for hour, happened in enumerate(hours, 1):
        state = applied(state, happened)
        window = (T0 + (hour - 1) * HOUR, T0 + hour * HOUR)
        folder = write_incremental(table.s3, BUCKET, table.name, changes_of(happened, hour), window)
        snapshot = table.snapshot(
            output_format,
            f"2026-11-24T0{hour}:00",
            capture="incremental",
            exports=(folder,),
            previous=snapshot.location,
        )
        assert table.items(snapshot) == in_order(items_of(state))
    assert [column.attribute for column in snapshot.columns] == ["pk", "sk", "v", "sk"]


@pytest.mark.parametrize("begins", [HOUR, -HOUR])
def test_changes_that_begin_later_or_earlier_than_the_previous_snapshot_are_refused(
    table: Table, begins: timedelta
) -> None:
    """Later, some are missing; earlier, an item of the previous snapshot may have gone without a record."""
    full = write_full(table.s3, BUCKET, table.name, [], T0)
    first = table.snapshot(capture="export", exports=(full,))
    folder = write_incremental(table.s3, BUCKET, table.name, [], (T0 + begins, T0 + 2 * HOUR))

    with pytest.raises(
        ChainBroken, match=r"its changes begin at 2026-11-2\S+, but what comes before ends at 2026-11-24"
    ):
        table.snapshot("parquet", "2026-11-24T02:00", capture="incremental", exports=(folder,), previous=first.location)


def test_scanned_snapshot_is_not_built_on(table: Table) -> None:
    scanned = table.snapshot()
    folder = write_incremental(table.s3, BUCKET, table.name, [], (T0, T0 + HOUR))

    with pytest.raises(ChainBroken, match="it was captured by scan, and so is of no exact instant"):
        table.snapshot(
            "parquet", "2026-11-24T01:00", capture="incremental", exports=(folder,), previous=scanned.location
        )


def test_previous_attempt_that_is_not_there_is_refused(table: Table) -> None:
    folder = write_incremental(table.s3, BUCKET, table.name, [], (T0, T0 + HOUR))

    with pytest.raises(ChainBroken, match="no attempt has finished there"):
        table.snapshot(
            "parquet",
            "2026-11-24T01:00",
            capture="incremental",
            exports=(folder,),
            previous=f"s3://{BUCKET}/snapshots_{table.name.lower()}/nowhere/",
        )
