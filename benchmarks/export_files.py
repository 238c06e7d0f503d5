"""Native exports on disk: gzip'd lines of DynamoDB-JSON in several files, with both manifests.

Source: Amazon DynamoDB developer guide, "DynamoDB table export output format".
"""

import gzip
import hashlib
import json
import random
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.endpoint import Table

# AWS doesn't say which level it uses; this is zlib's own default.
_GZIP_LEVEL = 6
_EXPORT_ID = "01767225600000-0a1b2c3d"
_INCREMENT_ID = "01767229200000-0a1b2c3d"
_SEED = 20190101

Facts = Mapping[str, object]

EXPORT_INSTANT = "2026-01-01T00:00"
"""The instant of every full export here."""

INCREMENT_INSTANT = "2026-01-01T01:00"
"""The instant at which every incremental export here ends."""


def write_export(table: Table, table_name: str, root: Path, files: int) -> Path:
    """Write the table's items to so many files below `root`, which stands for a bucket, and the prefix `table_name`.

    Gives the folder that has `manifest-summary.json`.
    """
    segments = [range(*table.segment(number, files)) for number in range(files)]
    contents = [[b'{"Item":%b}\n' % bytes(table.slice(index, index + 1)) for index in own] for own in segments]
    return _write(table, table_name, root, _EXPORT_ID, contents, {"exportTime": _iso(EXPORT_INSTANT)})


def write_increment(table: Table, table_name: str, root: Path, files: int, share: float) -> Path:
    """Write an incremental export of the hour after `EXPORT_INSTANT`, in which a share of the items was written again.

    Its data files lie in its own folder, where AWS has one folder for all: the manifest says where.
    """
    changed = random.Random(_SEED).sample(range(len(table)), int(len(table) * share))
    lines = [_record(table, index) for index in changed]
    facts = {
        "exportType": "INCREMENTAL_EXPORT",
        "exportFromTime": _iso(EXPORT_INSTANT),
        "exportToTime": _iso(INCREMENT_INSTANT),
        "outputView": "NEW_IMAGE",
    }
    return _write(table, table_name, root, _INCREMENT_ID, [lines[number::files] for number in range(files)], facts)


def _record(table: Table, index: int) -> bytes:
    keys = json.dumps(table.key_of(index)).encode()
    metadata = b'{"WriteTimestampMicros":{"N":"1767226000000000"}}'
    image = bytes(table.slice(index, index + 1))
    return b'{"Metadata":%b,"Keys":%b,"NewImage":%b}\n' % (metadata, keys, image)


def _write(
    table: Table, table_name: str, root: Path, export_id: str, contents: Sequence[Sequence[bytes]], facts: Facts
) -> Path:
    prefix = f"{table_name}/AWSDynamoDB/{export_id}"
    export = root / prefix
    (export / "data").mkdir(parents=True)
    entries = []
    for number, lines in enumerate(contents):
        content = gzip.compress(b"".join(lines), _GZIP_LEVEL, mtime=0)
        name = f"data/{number:026d}.json.gz"
        (export / name).write_bytes(content)
        entries.append(
            {
                "itemCount": len(lines),
                "md5Checksum": b64encode(hashlib.md5(content).digest()).decode(),
                "etag": hashlib.md5(content).hexdigest() + "-1",
                "dataFileS3Key": f"{prefix}/{name}",
            }
        )
    items = sum(map(len, contents))
    manifest = "".join(json.dumps(entry) + "\n" for entry in entries)
    (export / "manifest-files.json").write_text(manifest)
    summary = _summary(table, table_name, prefix, export_id, items)
    (export / "manifest-summary.json").write_text(json.dumps({**summary, **facts}))
    for name in ("manifest-files", "manifest-summary"):
        digest = hashlib.md5((export / f"{name}.json").read_bytes()).digest()
        (export / f"{name}.md5").write_text(b64encode(digest).decode())
    return export


def data_files(export: str) -> Sequence[str]:
    """The paths of the export's data files, from its manifest."""
    folder = Path(export)
    entries = map(json.loads, (folder / "manifest-files.json").read_text().splitlines())
    root = folder.parents[2]
    return [str(root / entry["dataFileS3Key"]) for entry in entries]


def upload_export(export: Path, s3: Any, bucket: str) -> str:
    """Put the export's files into a bucket, under the keys that its manifest names; its folder there."""
    root = export.parents[2]
    for path in sorted(export.rglob("*.*")):
        s3.put_object(Bucket=bucket, Key=str(path.relative_to(root)), Body=path.read_bytes())
    return f"s3://{bucket}/{export.relative_to(root)}/"


def _summary(table: Table, table_name: str, prefix: str, export_id: str, items: int) -> Facts:
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table_name}"
    return {
        "version": "2020-06-30",
        "exportArn": f"{arn}/export/{export_id}",
        "startTime": "2026-01-01T00:00:10.000Z",
        "endTime": "2026-01-01T00:05:10.000Z",
        "tableArn": arn,
        "tableId": "00000000-0000-0000-0000-000000000000",
        "s3Bucket": "bench",
        "s3Prefix": table_name,
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{prefix}/manifest-files.json",
        "billedSizeBytes": table.bytes * items // len(table),
        "itemCount": items,
        "outputFormat": "DYNAMODB_JSON",
    }


def _iso(instant: str) -> str:
    return f"{instant}:00.000Z"
