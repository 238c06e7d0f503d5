"""Incremental exports: one line for each item written in the window, with its last state."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from ddb_assets.planning.cost import INCREMENTAL_MINIMUM
from tests.conftest import LocalAws
from tests.local.exported import BUCKET, MINUTE, Line, Table, ago, make_table

Image = dict[str, Any]


@pytest.fixture
def begun() -> datetime:
    return ago(hours=3)


@pytest.fixture
def table(local_aws: LocalAws, begun: datetime) -> Table:
    return make_table(local_aws, at=begun)


def image(key: str, number: int) -> Image:
    return {"id": {"S": key}, "n": {"N": str(number)}}


def micros(instant: datetime) -> str:
    return str(int(instant.timestamp() * 1_000_000))


def by_id(lines: list[Line]) -> dict[str, Line]:
    return {line["Keys"]["id"]["S"]: line for line in lines}


def test_each_change_has_the_images_that_it_should(table: Table, begun: datetime) -> None:
    for key in ("kept", "updated", "deleted", "deleted and put again"):
        table.put(image(key, 1), at=begun + MINUTE)
    start, end = begun + 10 * MINUTE, begun + 30 * MINUTE
    table.put(image("updated", 2), at=start + MINUTE)
    table.put(image("updated", 3), at=start + 2 * MINUTE)
    table.put(image("new", 4), at=start + 3 * MINUTE)
    table.delete({"id": {"S": "deleted"}}, at=start + 4 * MINUTE)
    table.delete({"id": {"S": "deleted and put again"}}, at=start + 5 * MINUTE)
    table.put(image("deleted and put again", 5), at=start + 6 * MINUTE)
    table.put(image("came and went", 6), at=start + 7 * MINUTE)
    table.delete({"id": {"S": "came and went"}}, at=start + 8 * MINUTE)
    table.put(image("kept", 7), at=end + MINUTE)

    def line(key: str, minutes: int, **images: Image) -> Line:
        written = {"WriteTimestampMicros": {"N": micros(start + minutes * MINUTE)}}
        return {"Metadata": written, "Keys": {"id": {"S": key}}, **images}

    old = {key: image(key, 1) for key in ("updated", "deleted", "deleted and put again")}
    assert by_id(table.incremental(start, end).lines()) == {
        "updated": line("updated", 2, OldImage=old["updated"], NewImage=image("updated", 3)),
        "new": line("new", 3, NewImage=image("new", 4)),
        "deleted": line("deleted", 4, OldImage=old["deleted"]),
        "deleted and put again": line(
            "deleted and put again",
            6,
            OldImage=old["deleted and put again"],
            NewImage=image("deleted and put again", 5),
        ),
    }
    assert by_id(table.incremental(start, end, "NEW_IMAGE").lines()) == {
        "updated": line("updated", 2, NewImage=image("updated", 3)),
        "new": line("new", 3, NewImage=image("new", 4)),
        "deleted": line("deleted", 4),
        "deleted and put again": line("deleted and put again", 6, NewImage=image("deleted and put again", 5)),
    }


def test_the_window_has_its_start_and_not_its_end(table: Table, begun: datetime) -> None:
    start, end, tick = begun + 10 * MINUTE, begun + 30 * MINUTE, timedelta(microseconds=1)
    for key, instant in {"before": start - tick, "start": start, "last": end - tick, "end": end}.items():
        table.put(image(key, 1), at=instant)

    assert set(by_id(table.incremental(start, end).lines())) == {"start", "last"}


def test_items_from_before_the_history_are_no_change(local_aws: LocalAws) -> None:
    begun = ago(hours=1)
    table = make_table(local_aws, at=ago(hours=2), recover=False)
    table.put(image("there", 1))
    table.put(image("updated", 1))
    table.recover(at=begun)
    table.put(image("updated", 2), at=begun)
    (line,) = table.incremental(begun, begun + 15 * MINUTE).lines()

    assert (line["OldImage"], line["NewImage"]) == (image("updated", 1), image("updated", 2))


def test_keys_are_the_whole_key(local_aws: LocalAws) -> None:
    begun = ago(hours=1)
    table = make_table(local_aws, sort=True, at=begun)
    key = {"id": {"S": "a"}, "sort": {"N": "1.5"}}
    table.put({**key, "sort": {"N": "1.50"}, "binary": {"B": b"\xff"}}, at=begun + MINUTE)
    (line,) = table.incremental(begun, begun + 20 * MINUTE).lines()

    assert line["Keys"] == key
    assert line["NewImage"] == {**key, "binary": {"B": "/w=="}}


def test_writes_at_one_instant_still_have_an_order(table: Table, begun: datetime) -> None:
    for number in range(5):
        table.put(image("a", number), at=begun + MINUTE)
    (line,) = table.incremental(begun, begun + 20 * MINUTE).lines()

    assert line["NewImage"] == image("a", 4)
    assert line["Metadata"]["WriteTimestampMicros"]["N"] == str(int(micros(begun + MINUTE)) + 4)


def test_a_write_dated_before_the_items_last_change_is_refused(table: Table, begun: datetime) -> None:
    table.put(image("a", 1), at=begun + 10 * MINUTE)
    client = table.client
    for instant in (begun + MINUTE, begun - MINUTE, ago(hours=-1)):
        with pytest.raises(client.exceptions.ClientError, match="ValidationException"):
            table.put(image("a", 2), at=instant)
    table.put(image("b", 2), at=begun + MINUTE)

    assert table.export(ExportTime=begun + 5 * MINUTE).items() == [image("b", 2)]


def test_the_data_of_a_prefixs_exports_share_a_folder(local_aws: LocalAws, table: Table, begun: datetime) -> None:
    table.put(image("a", 1), at=begun + MINUTE)
    export = table.incremental(begun, begun + 20 * MINUTE)
    again = table.incremental(begun, begun + 20 * MINUTE)
    export_id = export.description["ExportArn"].rpartition("/")[2]
    root = f"exports/{table.name}/AWSDynamoDB"
    listed = local_aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{root}/{export_id}/")["Contents"]

    assert {found["Key"].removeprefix(f"{root}/{export_id}/") for found in listed} == {
        "_started",
        "manifest-files.json",
        "manifest-files.md5",
        "manifest-summary.json",
        "manifest-summary.md5",
    }
    keys, others = ({file["dataFileS3Key"] for file in each.files()} for each in (export, again))
    assert all(key.startswith(f"{root}/data/") for key in keys | others)
    assert not keys & others
    assert len(keys) == 4


def test_summary_and_description_name_the_window(table: Table, begun: datetime) -> None:
    export = table.incremental(begun, begun + 20 * MINUTE, "NEW_IMAGE")

    assert export.description["IncrementalExportSpecification"] == {
        "ExportFromTime": begun,
        "ExportToTime": begun + 20 * MINUTE,
        "ExportViewType": "NEW_IMAGE",
    }
    assert export.description["ExportType"] == "INCREMENTAL_EXPORT"
    assert "ExportTime" not in export.description
    assert export.description["BilledSizeBytes"] == INCREMENTAL_MINIMUM
    summary = export.summary()
    assert list(summary) == [
        *("version", "exportArn", "startTime", "endTime", "tableArn", "tableId", "exportFromTime", "exportToTime"),
        *("s3Bucket", "s3Prefix", "s3SseAlgorithm", "s3SseKmsKeyId", "manifestFilesS3Key", "billedSizeBytes"),
        *("itemCount", "outputFormat", "outputView", "exportType"),
    ]
    assert summary["version"] == "2023-08-01"
    assert summary["exportFromTime"] == begun.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert summary["exportToTime"] == (begun + 20 * MINUTE).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert (summary["outputView"], summary["exportType"]) == ("NEW_IMAGE", "INCREMENTAL_EXPORT")


def test_a_window_without_end_ends_now(table: Table) -> None:
    start = ago(minutes=20)
    table.put(image("a", 1), at=ago(minutes=1))
    specification = {"ExportFromTime": start}
    export = table.export(ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=specification)
    described = export.description["IncrementalExportSpecification"]

    assert described["ExportViewType"] == "NEW_AND_OLD_IMAGES"
    assert start + 20 * MINUTE <= described["ExportToTime"] <= export.description["StartTime"]
    assert list(by_id(export.lines())) == ["a"]
