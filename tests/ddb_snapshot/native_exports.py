"""Native exports as AWS lays them out, made from items by hand, so that any of their files can be spoilt."""

import gzip
import hashlib
import json
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.ddb_snapshot.snapshots import Item

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """What became of an item: its key, the time of the write in microseconds, the item, or None when it is gone."""

    key: Item
    written_at: int
    item: Item | None

    def record(self) -> Record:
        image = {} if self.item is None else {"NewImage": self.item}
        return {"Metadata": {"WriteTimestampMicros": {"N": str(self.written_at)}}, "Keys": self.key, **image}


def write_full(
    s3: Any, bucket: str, table_name: str, items: Sequence[Item], at: datetime, files: int = 3, prefix: str = ""
) -> str:
    """A full export of these items; its folder."""
    return _write(
        s3, bucket, prefix, table_name, [{"Item": item} for item in items], files, {"exportTime": _iso(at, 28)}
    )


def write_incremental(
    s3: Any,
    bucket: str,
    table_name: str,
    changes: Sequence[Change],
    window: tuple[datetime, datetime],
    files: int = 2,
    prefix: str = "",
) -> str:
    """An incremental export of these changes; its folder."""
    facts = {
        "exportType": "INCREMENTAL_EXPORT",
        "exportFromTime": _iso(window[0]),
        "exportToTime": _iso(window[1]),
        "outputView": "NEW_IMAGE",
    }
    return _write(s3, bucket, prefix, table_name, [change.record() for change in changes], files, facts)


def data_keys(s3: Any, bucket: str, folder: str) -> list[str]:
    """The data files that the export's manifest names."""
    key = folder.removeprefix(f"s3://{bucket}/") + "manifest-files.json"
    lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()
    return [json.loads(line)["dataFileS3Key"] for line in lines]


def _write(
    s3: Any, bucket: str, prefix: str, table_name: str, records: Sequence[Record], files: int, facts: dict[str, Any]
) -> str:
    export_id = f"01700000000000-{uuid.uuid4().hex[:8]}"
    folder = f"{prefix}AWSDynamoDB/{export_id}/"
    # The data files of all incremental exports lie in one folder.
    data_folder = f"{prefix}AWSDynamoDB/data/" if "exportType" in facts else f"{folder}data/"
    entries = []
    for number in range(files):
        own = records[number::files]
        lines = b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in own)
        # What an empty file holds isn't documented: nothing, or gzip of nothing.
        data = gzip.compress(lines) if own or number % 2 else b""
        key = f"{data_folder}{uuid.uuid4().hex}.json.gz"
        s3.put_object(Bucket=bucket, Key=key, Body=data)
        md5 = b64encode(hashlib.md5(data).digest()).decode()
        entries.append({"itemCount": len(own), "md5Checksum": md5, "etag": "x-1", "dataFileS3Key": key})
    listed = "".join(json.dumps(entry) + "\n" for entry in entries).encode()
    summary = {
        "version": "2020-06-30",
        "exportArn": f"arn:aws:dynamodb:us-east-1:123456789012:table/{table_name}/export/{export_id}",
        "tableArn": f"arn:aws:dynamodb:us-east-1:123456789012:table/{table_name}",
        "s3Bucket": bucket,
        "manifestFilesS3Key": f"{folder}manifest-files.json",
        "billedSizeBytes": 1000,
        "itemCount": len(records),
        "outputFormat": "DYNAMODB_JSON",
        **facts,
    }
    for name, data in (("manifest-files", listed), ("manifest-summary", json.dumps(summary).encode())):
        s3.put_object(Bucket=bucket, Key=f"{folder}{name}.json", Body=data)
        checksum = b64encode(hashlib.md5(data).digest())
        s3.put_object(Bucket=bucket, Key=f"{folder}{name}.md5", Body=checksum)
    return f"s3://{bucket}/{folder}"


def _iso(instant: datetime, milliseconds: int = 0) -> str:
    """As a manifest has it; the guide's example of a full export has milliseconds."""
    return instant.strftime(f"%Y-%m-%dT%H:%M:%S.{milliseconds:03}Z")
