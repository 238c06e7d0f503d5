"""What AWS's exports spell in more than one way is one thing to the job and to the orchestrator."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.aws import export_files
from ddb_assets.aws.export_request import ExportPlace
from ddb_snapshot.capture.native_export import ExportDamaged, read_export
from tests.ddb_snapshot.capture.conftest import BUCKET, Table, in_order
from tests.ddb_snapshot.native_exports import Change, write_full, write_incremental
from tests.ddb_snapshot.snapshots import Item

T0 = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Stored:
    """S3 with an export in it, in memory: what the job reads of it and what the orchestrator does."""

    def __init__(self, prefix: str, incremental: bool, spelled: list[bool], list_spelled: bool) -> None:
        self.objects: dict[str, bytes] = {}
        self.place = ExportPlace(BUCKET, prefix, "01700000000000-0a1b2c3d")
        root = f"{prefix}/" if prefix else ""
        own = f"AWSDynamoDB/{self.place.id}/"
        data = "AWSDynamoDB/data/" if incremental else f"{own}data/"
        names = [f"{data}file{number}.json.gz" for number in range(len(spelled))]
        self.data = [root + name for name in names]
        lines = [
            {
                "itemCount": 1,
                "md5Checksum": "x",
                "etag": f"etag-{number}",
                "dataFileS3Key": root + name if whole else name,
            }
            for number, (name, whole) in enumerate(zip(names, spelled, strict=True))
        ]
        listed = f"{own}manifest-files.json"
        summary = {
            "exportArn": "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/Orders/export/01",
            "manifestFilesS3Key": root + listed if list_spelled else listed,
            "itemCount": len(spelled),
            "exportTime": "2026-11-24T00:00:00.000Z",
            "exportType": "INCREMENTAL_EXPORT" if incremental else "FULL_EXPORT",
        }
        self._put(root + listed, "".join(json.dumps(line) + "\n" for line in lines))
        self._put(f"{root}{own}manifest-summary.json", json.dumps(summary))
        for key in self.data:
            self._put(key, key)

    def _put(self, key: str, text: str) -> None:
        self.objects[key] = text.encode()

    def get_object(self, Bucket: str, Key: str) -> Mapping[str, Any]:  # noqa: N803
        assert Bucket == BUCKET
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        return {"Body": BytesIO(self.objects[Key]), "ETag": '"x"'}

    def head_object(self, Bucket: str, Key: str) -> Mapping[str, Any]:  # noqa: N803
        assert Bucket == BUCKET
        return {"ETag": f'"etag-{self.data.index(Key)}"' if Key in self.data else '"x"'} if Key in self.objects else {}


segments = st.text("abc-_.AWSDynamoDB0123", min_size=1, max_size=12) | st.sampled_from(["AWSDynamoDB", "data"])
prefixes = st.lists(segments, max_size=3).map("/".join)


@given(prefixes, st.booleans(), st.lists(st.booleans(), max_size=4), st.booleans())
def test_a_key_with_and_without_the_prefix_is_one_file(
    prefix: str, incremental: bool, spelled: list[bool], list_spelled: bool
) -> None:
    stored = Stored(prefix, incremental, spelled, list_spelled)

    read = read_export(stored, stored.place.folder)

    assert [file.path.key for file in read.files] == stored.data
    assert read.table_arn == "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/Orders"
    assert export_files.trouble(stored, stored.place) is None


@pytest.mark.parametrize(
    "spelled",
    [
        lambda micros: {"N": str(micros)},
        lambda micros: {"N": micros},
        lambda micros: micros,
        lambda micros: str(micros),
    ],
    ids=["DynamoDB-JSON", "a number in it", "a number", "a text"],
)
def test_the_time_of_a_write_is_a_number_or_a_text(table: Table, monkeypatch: pytest.MonkeyPatch, spelled: Any) -> None:
    """Of two changes of an item the later counts, however its time is written."""
    key: Item = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    first = table.snapshot(capture="export", exports=(write_full(table.s3, BUCKET, table.name, [key], T0),))
    spell(monkeypatch, spelled)
    exports = []
    for hour, times in ((1, (999, 1000)), (2, (998, 1001))):
        changes = [Change(key, micros, key | {"at": {"N": str(micros)}}) for micros in times]
        window = (T0 + (hour - 1) * HOUR, T0 + hour * HOUR)
        exports.append(write_incremental(table.s3, BUCKET, table.name, changes, window, files=1))

    merged = table.snapshot(
        at="2026-11-24T02:00", capture="incremental", exports=tuple(exports), previous=first.location
    )

    assert table.items(merged) == in_order([key | {"at": {"N": "1001"}}])


@pytest.mark.parametrize(
    "wrong", [True, None, "", "1.5", 1.5, "-1", "1_0", " 1", "soon", {}, {"N": None}, {"S": "1"}, []]
)
def test_another_time_of_a_write_is_refused(table: Table, monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    key: Item = {"pk": {"S": "a"}, "sk": {"N": "1"}}
    first = table.snapshot(capture="export", exports=(write_full(table.s3, BUCKET, table.name, [key], T0),))
    spell(monkeypatch, lambda _: wrong)
    export = write_incremental(table.s3, BUCKET, table.name, [Change(key, 1, key)], (T0, T0 + HOUR))

    with pytest.raises(ExportDamaged, match="not a record of an incremental export"):
        table.snapshot(at="2026-11-24T01:00", capture="incremental", exports=(export,), previous=first.location)


def spell(monkeypatch: pytest.MonkeyPatch, spelled: Any) -> None:
    """Exports that are written from now on have their times so."""
    own = Change.record

    def record(change: Change) -> Mapping[str, Any]:
        return {**own(change), "Metadata": {"WriteTimestampMicros": spelled(change.written_at)}}

    monkeypatch.setattr(Change, "record", record)
