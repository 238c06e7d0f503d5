"""Which exports were asked for, kept in S3 as empty objects whose keys say it all.

    <prefix>/_asked/full-20261124T000000Z/01732406400000-a1b2c3d4

ListExports gives ids without instants, and each DescribeExport is a call: one listing of these keys finds an export
again. They may be lost at any time; exports are then looked up at DynamoDB, and noted again.
"""

from dataclasses import dataclass
from typing import Any

from ddb_assets.aws.export_request import ExportRequest
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path


@dataclass(frozen=True)
class ExportNotes:
    """`folder` is the prefix below which DynamoDB writes one table's exports."""

    s3: Any
    folder: S3Path

    def all(self) -> frozenset[str]:
        """The ids of every export that was noted."""
        return frozenset(key.rpartition("/")[2] for key in storage.sizes(self.s3, self._asked))

    def of(self, request: ExportRequest) -> tuple[str, ...]:
        """The ids of the exports that were asked for by this request, the newest first."""
        found = storage.sizes(self.s3, self._asked / f"{request.name}/")
        return tuple(sorted((key.rpartition("/")[2] for key in found), reverse=True))

    def add(self, name: str, export_id: str) -> None:
        """Note an export under the name of its request."""
        storage.put(self.s3, self._asked / f"{name}/{export_id}", b"")

    def forget(self, export_id: str) -> None:
        """Remove what was noted of an export."""
        keys = [key for key in storage.sizes(self.s3, self._asked) if key.endswith(f"/{export_id}")]
        storage.delete(self.s3, self.folder.bucket, keys)

    @property
    def _asked(self) -> S3Path:
        return self.folder / "_asked/"
