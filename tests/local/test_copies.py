"""An object that was uploaded in parts and copied in one request is read whole by clients that check what they read."""

from pathlib import Path

from ddb_snapshot import storage, thresholds
from ddb_snapshot.storage import S3Path
from tests.conftest import LocalAws


def test_copy_of_an_object_of_parts_is_read_whole(local_aws: LocalAws, tmp_path: Path) -> None:
    s3, body = local_aws.client("s3"), bytes(range(256)) * 10
    parts, copy = S3Path("dynamodb-exports", "copies/parts"), S3Path("dynamodb-exports", "copies/copy")
    (tmp_path / "file").write_bytes(body)
    with thresholds.changed(multipart_bytes=1):
        storage.upload(s3, tmp_path / "file", parts)
    storage.copy(s3, parts, copy)

    assert storage.read(s3, parts) == storage.read(s3, copy) == body
    storage.download(s3, copy, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == body
