"""Exports of a few megabytes that unpack to gigabytes: they must not fill memory or disk, and are refused by name."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_assets.reading.export import export_items
from ddb_snapshot import thresholds
from ddb_snapshot.capture.changes import Sorted
from ddb_snapshot.capture.native_export import ExportDamaged
from ddb_snapshot.spark import TaskFailed
from tests.ddb_snapshot.capture.conftest import BUCKET, Table, in_order
from tests.ddb_snapshot.capture.test_export import edit
from tests.ddb_snapshot.capture.test_hostile_exports import CHANGES, ITEMS, T0, WINDOW, key_of
from tests.ddb_snapshot.native_exports import data_keys, write_full, write_incremental
from tests.ddb_snapshot.snapshots import Item

LINE = json.dumps({"Item": ITEMS[0]}).encode() + b"\n"
MEMBERS = 1_000
MEMBER_BYTES = 10_000_000


def repeated(text: bytes) -> bytes:
    """About 10 MB of gzip that become 10 GB: a member of 10 MB, a thousand times."""
    return gzip.compress(text * (MEMBER_BYTES // len(text)), 9) * MEMBERS


BOMBS = {
    "one endless line": (lambda: repeated(b"x"), r"a line of more than [0-9,]+ bytes"),
    "blanks": (lambda: gzip.compress(LINE.rstrip()) + repeated(b" "), r"a line of more than [0-9,]+ bytes"),
    "empty lines": (lambda: repeated(b"\n"), "more lines than the 6 items"),
    "items": (lambda: repeated(LINE), "more lines than the 6 items"),
}


def arm(table: Table, folder: str, bomb: bytes) -> None:
    """Make the export's only data file the bomb, with a manifest that agrees with it."""
    key = data_keys(table.s3, BUCKET, folder)[0]
    table.s3.put_object(Bucket=BUCKET, Key=key, Body=bomb)
    md5 = b64encode(hashlib.md5(bomb).digest()).decode()
    edit("manifest-files", lambda entry: entry | {"md5Checksum": md5})(table.s3, key_of(folder))


@pytest.mark.parametrize("what", BOMBS)
@pytest.mark.parametrize("method", ["export", "incremental"])
def test_a_bomb_is_refused_by_name(table: Table, what: str, method: str) -> None:
    make, message = BOMBS[what]
    full = write_full(table.s3, BUCKET, table.name, ITEMS, T0, files=1)
    exports: dict[str, Any] = {"capture": "export", "exports": (full,)}
    bombed = full
    if method == "incremental":
        before = table.snapshot(**exports)
        bombed = write_incremental(table.s3, BUCKET, table.name, CHANGES, WINDOW, files=1)
        exports = {
            "capture": "incremental",
            "exports": (bombed,),
            "previous": before.location,
            "at": "2026-11-24T01:00",
        }
    arm(table, bombed, make())

    with pytest.raises((ExportDamaged, TaskFailed), match=message) as refused:
        table.snapshot(**exports)

    assert data_keys(table.s3, BUCKET, bombed)[0] in str(refused.value)


def test_a_bucket_is_drafted_in_parts_when_it_holds_more_than_its_exports_say() -> None:
    """They say how large they are, and may not tell the truth."""
    part = thresholds.now().part_bytes
    sizes = {0: 100, 1: part, 2: 3 * part + 1}

    found = Sorted({number: (f"piece {number}",) for number in sizes}, sizes).buckets()

    assert [(bucket.number, bucket.part, bucket.parts) for bucket in found] == [
        (0, 0, 1), (1, 0, 1), (2, 0, 4), (2, 1, 4), (2, 2, 4), (2, 3, 4)
    ]  # fmt: skip


MEASURED = """
import resource, sys
from pathlib import Path
from ddb_snapshot.capture.native_export import ExportDamaged, ExportFile, file_blocks
from ddb_snapshot.storage import S3Path

class S3:
    class exceptions:
        ClientError = KeyError
    def download_file(self, bucket, key, target, Config):
        Path(target).symlink_to(sys.argv[1])

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    for block in file_blocks(S3(), ExportFile(S3Path("b", "k"), 6, sys.argv[2], S3Path("b", "e/")), Path(sys.argv[3])):
        pass
except ExportDamaged as refused:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, refused)
"""


@pytest.mark.parametrize("what", BOMBS)
def test_memory_stays_bounded(tmp_path: Path, what: str) -> None:
    make, message = BOMBS[what]
    bomb = make()
    assert len(bomb) < 30_000_000
    (tmp_path / "bomb").write_bytes(bomb)
    (tmp_path / "disk").mkdir()
    md5 = b64encode(hashlib.md5(bomb).digest()).decode()

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "bomb"), md5, str(tmp_path / "disk")],
        capture_output=True,
        text=True,
        check=True,
    )

    grown, _, said = done.stdout.partition(" ")
    assert int(grown) < 250_000, "KiB"
    assert list((tmp_path / "disk").iterdir()) == []
    assert re.search(message, said)


@thresholds.changed(block_bytes=100_000)
def test_a_line_as_long_as_an_item_may_be_is_read(table: Table) -> None:
    longest: list[Item] = [{"pk": {"S": "a"}, "sk": {"N": "1"}, "text": {"S": "\x01" * 409_000}}]
    folder = write_full(table.s3, BUCKET, table.name, longest, T0, files=1)

    assert table.items(table.snapshot(capture="export", exports=(folder,))) == in_order(longest)


@pytest.mark.parametrize("what", BOMBS)
def test_verify_refuses_a_bomb(table: Table, what: str) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0, files=1)
    arm(table, folder, BOMBS[what][0]())

    with pytest.raises(UserError, match=r"json\.gz"):
        for _ in export_items(Connection(), folder):
            pass
