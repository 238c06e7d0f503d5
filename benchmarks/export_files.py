"""A native full export on disk: gzip'd lines of DynamoDB-JSON in several files, with both manifests.

Source: Amazon DynamoDB developer guide, "DynamoDB table export output format".
"""

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.endpoint import Table

# AWS doesn't say which level it uses; this is zlib's own default.
_GZIP_LEVEL = 6
_EXPORT_ID = "01767225600000-0a1b2c3d"

EXPORT_INSTANT = "2026-01-01T00:00"
"""The instant of every export here."""


def write_export(table: Table, table_name: str, root: Path, files: int) -> Path:
    """Write the table's items to so many files below `root`, which stands for a bucket, and the prefix `table_name`.

    Gives the folder that has `manifest-summary.json`.
    """
    prefix = f"{table_name}/AWSDynamoDB/{_EXPORT_ID}"
    export = root / prefix
    (export / "data").mkdir(parents=True)
    entries = []
    for number in range(files):
        start, end = table.segment(number, files)
        lines = b"".join([b'{"Item":%b}\n' % bytes(table.slice(index, index + 1)) for index in range(start, end)])
        content = gzip.compress(lines, _GZIP_LEVEL, mtime=0)
        name = f"data/{number:026d}.json.gz"
        (export / name).write_bytes(content)
        entries.append(
            {
                "itemCount": end - start,
                "md5Checksum": b64encode(hashlib.md5(content).digest()).decode(),
                "etag": hashlib.md5(content).hexdigest() + "-1",
                "dataFileS3Key": f"{prefix}/{name}",
            }
        )
    manifest = "".join(json.dumps(entry) + "\n" for entry in entries)
    (export / "manifest-files.json").write_text(manifest)
    (export / "manifest-summary.json").write_text(json.dumps(_summary(table, table_name, prefix)))
    for name in ("manifest-files", "manifest-summary"):
        digest = hashlib.md5((export / f"{name}.json").read_bytes()).digest()
        (export / f"{name}.checksum").write_text(b64encode(digest).decode())
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


def _summary(table: Table, table_name: str, prefix: str) -> dict[str, object]:
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table_name}"
    return {
        "version": "2020-06-30",
        "exportArn": f"{arn}/export/{_EXPORT_ID}",
        "startTime": "2026-01-01T00:00:10.000Z",
        "endTime": "2026-01-01T00:05:10.000Z",
        "tableArn": arn,
        "tableId": "00000000-0000-0000-0000-000000000000",
        "exportTime": f"{EXPORT_INSTANT}:00.000Z",
        "s3Bucket": "bench",
        "s3Prefix": table_name,
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": f"{prefix}/manifest-files.json",
        "billedSizeBytes": table.bytes,
        "itemCount": len(table),
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }
