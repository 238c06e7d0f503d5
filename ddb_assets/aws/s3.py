"""Snapshots in S3: where a table's attempts live, and reading an attempt's manifest."""

from typing import Any
from urllib.parse import unquote

import dagster as dg
from botocore.exceptions import ClientError
from pydantic import PrivateAttr

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.rewrite_journal import refuse_during_switch
from ddb_assets.aws.source import OtherSource
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings
from ddb_snapshot import storage
from ddb_snapshot.manifest import NAME, Manifest, ManifestMissing, read
from ddb_snapshot.names import PARTITION_COLUMN, partition_folder
from ddb_snapshot.source_identity import OWN_PREFIX, Source
from ddb_snapshot.storage import S3Path


def output_prefix(settings: Settings, catalog_table: str, prefix: str | None) -> str:
    """`s3://bucket/[prefix/]snapshots_<table>`: the original's "export destination", without a slash at its end."""
    parts = [settings.bucket, (settings.prefix if prefix is None else prefix).strip("/"), catalog_table]
    return "s3://" + "/".join(part for part in parts if part)


def attempt_location(output_prefix: str, snapshot_timestamp: str, attempt: str) -> str:
    """The folder of one attempt at one snapshot, with a slash at its end."""
    return f"{output_prefix}/{partition_folder(snapshot_timestamp)}/{attempt}/"


class SnapshotStore(dg.ConfigurableResource[Any]):
    """The bucket that holds the snapshots, laid out as docs/design.md shows."""

    connection: Connection

    _seen: set[str] = PrivateAttr(default_factory=set)

    def require_bucket(self) -> None:
        """Raises `UserError` when the settings' bucket is not there or not ours. Asked once in a Dagster run."""
        bucket, s3 = self.connection.settings().bucket, self.connection.client("s3")
        if bucket in self._seen:
            return
        try:
            s3.head_bucket(Bucket=bucket)
            self._seen.add(bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] != "403":
                raise UserError(f"S3 bucket {bucket!r} does not exist: create it, or set DDB_ASSETS_BUCKET.") from None
            raise UserError(
                f"S3 bucket {bucket!r} is not yours to use: set DDB_ASSETS_BUCKET to yours; where it is yours, allow "
                f"s3:ListBucket on arn:{s3.meta.partition}:s3:::{bucket} to who runs this."
            ) from None

    def manifest(self, location: str) -> Manifest | None:
        """The manifest of the attempt at `location`, or None: without one the attempt does not exist."""
        try:
            return read(self.connection.client("s3"), location)
        except ManifestMissing:
            return None

    def snapshot_keys(self, output_prefix: str) -> tuple[str, ...]:
        """The snapshots of which there is any attempt, finished or not."""
        folders = self._folders(f"{output_prefix}/{PARTITION_COLUMN}=")
        return tuple(unquote(folder.rstrip("/").rpartition(f"{PARTITION_COLUMN}=")[2]) for folder in folders)

    def newest_attempt(
        self, output_prefix: str, snapshot_timestamp: str, output_format: str, source: Source
    ) -> Manifest | None:
        """The source's finished attempt at one snapshot in one format that ended last, or None when there is none.

        Another table's attempts may lie beside them, where projects share a bucket: they are left alone.
        """
        finished = [one for one in self._finished(output_prefix, snapshot_timestamp) if one.record.is_of(source)]
        # A rewritten attempt is as old as the one that it was made from; of both the rewritten one is newer.
        return max(
            (manifest for manifest in finished if manifest.output_format == output_format),
            key=lambda manifest: (manifest.capture.finished_at, manifest.rewritten.at if manifest.rewritten else ""),
            default=None,
        )

    def require_own(self, output_prefix: str, snapshot_timestamp: str, source: Source) -> None:
        """Raises `OtherSource` when the folder is another table's: all attempts at this snapshot, or at the newest."""
        newest = max(self.snapshot_keys(output_prefix), default=snapshot_timestamp)
        found = [one for key in {snapshot_timestamp, newest} for one in self._finished(output_prefix, key)]
        if found and not any(manifest.record.is_of(source) for manifest in found):
            raise OtherSource(f"What lies in {output_prefix}/", found[0].record, source, OWN_PREFIX)

    def _finished(self, output_prefix: str, snapshot_timestamp: str) -> list[Manifest]:
        """The finished attempts at one snapshot, whoever's."""
        attempts = self._folders(f"{output_prefix}/{partition_folder(snapshot_timestamp)}/")
        return [manifest for attempt in attempts if (manifest := self.manifest(attempt))]

    def _folders(self, prefix: str) -> list[str]:
        """The s3:// folders whose names begin with `prefix`, with a slash at their ends."""
        return [str(folder) for folder in storage.folders(self.connection.client("s3"), S3Path.parse(prefix))]

    def refuse_during_switch(self, output_prefix: str) -> None:
        """Raises `UserError` while the format of the table whose snapshots lie there is being switched."""
        refuse_during_switch(self.connection.client("s3"), output_prefix)

    def delete(self, manifest: Manifest) -> None:
        """Remove an attempt: first it no longer exists, then its files are gone."""
        s3, folder = self.connection.client("s3"), S3Path.parse(manifest.location)
        s3.delete_object(Bucket=folder.bucket, Key=(folder / NAME).key)
        storage.delete_below(s3, folder)

    def verify(self, manifest: Manifest) -> None:
        """Compare the manifest with what is in S3, before anything is published.

        Raises:
            UserError: a file is missing or has another size, or the rows of the files don't add up.
        """
        damage = self.damage(manifest)
        if damage is not None:
            raise UserError(f"{damage}: materialize the partition again; nothing was published.")

    def damage(self, manifest: Manifest) -> str | None:
        """How the files in S3 differ from what the manifest says, by their sizes; None when they don't."""
        folder = S3Path.parse(manifest.location)
        listed = storage.sizes(self.connection.client("s3"), folder)
        sizes = {key.removeprefix(folder.key): size for key, size in listed.items()}
        for file in manifest.files:
            if sizes.get(file.path) != file.bytes:
                found = "is missing" if file.path not in sizes else f"has {sizes[file.path]} bytes"
                return f"{manifest.location}{file.path} {found}, but its manifest says {file.bytes} bytes"
        if sum(file.rows for file in manifest.files) != manifest.row_count:
            return f"{manifest.location}: the files' rows don't add up to {manifest.row_count}"
        return None
