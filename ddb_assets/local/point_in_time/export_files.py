"""The files of an export: gzip'd JSON lines, two manifests and their checksums.

Source: Amazon DynamoDB developer guide, "DynamoDB table export output format". The guide names the checksum files
`manifest-….checksum`; AWS writes `manifest-….md5`, the base64 of the manifest's MD5, and so does this. A full export's
data files lie in its own folder, those of all incremental exports under one prefix share `AWSDynamoDB/data/`. There is
at least one file for each partition, and one of no lines for a partition that holds nothing.
"""

import base64
import gzip
import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ddb_assets.local.point_in_time.export_lines import Line
from ddb_assets.local.point_in_time.request import Target

_PARTITIONS = 4
_ITEMS_OF_A_FILE = 25_000
_FAST = 3


@dataclass(frozen=True)
class ExportFolder:
    """Writes one export's files through an S3 client. `id` is the last part of the export's ARN."""

    s3: Any
    target: Target
    id: str

    @property
    def manifest_key(self) -> str:
        """The key of manifest-summary.json."""
        return self._key("manifest-summary.json")

    def start(self) -> None:
        """Write `_started`, which shows that the bucket can be written."""
        self._put("_started", b"")

    def write_data(self, lines: Sequence[Line], folder: str) -> list[dict[str, Any]]:
        """Write the data files below the prefix's `AWSDynamoDB/<folder>`; their lines of the files manifest."""
        files = max(_PARTITIONS, -(-len(lines) // _ITEMS_OF_A_FILE))
        partitions: list[list[Line]] = [[] for _ in range(files)]
        for line in lines:
            partitions[_partition(line.partition_key, files)].append(line)
        return [self._write_partition(partition, folder) for partition in partitions]

    def finish(self, files: Iterable[Mapping[str, Any]], summary: Callable[[str], Mapping[str, Any]]) -> None:
        """Write the manifests; `summary` is told the key of the files manifest."""
        self._put_manifest("manifest-files", b"".join(orjson.dumps(file) + b"\n" for file in files))
        self._put_manifest("manifest-summary", orjson.dumps(summary(self._key("manifest-files.json"))))

    def _write_partition(self, lines: Sequence[Line], folder: str) -> dict[str, Any]:
        name = base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
        key = self.target.key(f"AWSDynamoDB/{folder}/{name}.json.gz")
        text = b"".join(orjson.dumps(line.content, default=_attribute) + b"\n" for line in lines)
        packed = gzip.compress(text, _FAST)
        return {
            "itemCount": len(lines),
            "md5Checksum": _md5(packed),
            "etag": self._upload(key, packed),
            "dataFileS3Key": key,
        }

    def _upload(self, key: str, body: bytes) -> str:
        """As AWS does, in parts: such an ETag isn't the MD5 of the content."""
        address = {"Bucket": self.target.bucket, "Key": key}
        upload = address | {"UploadId": self.s3.create_multipart_upload(**address, **self._options())["UploadId"]}
        part = self.s3.upload_part(**upload, PartNumber=1, Body=body)
        parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
        done = self.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        return str(done["ETag"]).strip('"')

    def _put_manifest(self, name: str, body: bytes) -> None:
        self._put(f"{name}.json", body)
        self._put(f"{name}.md5", _md5(body).encode())

    def _put(self, name: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.target.bucket, Key=self._key(name), Body=body, **self._options())

    def _key(self, name: str) -> str:
        return self.target.key(f"AWSDynamoDB/{self.id}/{name}")

    def _options(self) -> dict[str, str]:
        options = {"ServerSideEncryption": "aws:kms" if self.target.sse_algorithm == "KMS" else "AES256"}
        if self.target.sse_key:
            options["SSEKMSKeyId"] = self.target.sse_key
        if self.target.owner:
            options["ExpectedBucketOwner"] = self.target.owner
        return options


def _partition(partition_key: str, partitions: int) -> int:
    return int.from_bytes(hashlib.blake2s(partition_key.encode(), digest_size=8).digest(), "big") % partitions


def _attribute(value: Any) -> Any:
    """moto's attribute value as DynamoDB-JSON; orjson comes back for what is inside it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return {value.type: value.value}


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
