"""Where S3 says 403 in place of 404, a listing tells whether an object is there, or the error names the permission."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ddb_assets.aws import export_files
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.export_request import ExportPlace
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.errors import UserError
from ddb_assets.reading.export import export_items
from ddb_assets.restore.journal import Journals
from ddb_snapshot import storage
from ddb_snapshot.absence import Forbidden, is_absent
from ddb_snapshot.capture.native_export import ExportDamaged, file_blocks, read_export
from ddb_snapshot.storage import BucketMissing, S3Path
from tests.aws.hidden import hiding
from tests.aws.refusals import answering
from tests.ddb_snapshot.capture.conftest import BUCKET, Table, in_order
from tests.ddb_snapshot.capture.test_hostile_exports import ITEMS, T0
from tests.ddb_snapshot.native_exports import data_keys, write_full

NOTHING = S3Path(BUCKET, "hidden/nothing")
LIST = f"s3:ListBucket on arn:aws:s3:::{BUCKET}"


@pytest.fixture
def table(local_aws: Any) -> Table:
    return Table(local_aws)


def test_what_is_not_there_is_told_by_a_listing(table: Table) -> None:
    with hiding(table.s3, listing=True):
        assert storage.read_if_there(table.s3, NOTHING) is None


def test_what_nobody_can_tell_names_the_permission(table: Table) -> None:
    with hiding(table.s3, listing=False), pytest.raises(Forbidden) as refused:
        storage.read_if_there(table.s3, NOTHING)

    assert str(refused.value) == (
        f"{NOTHING}: S3 answers 403 Forbidden, and tells nobody who may not list the bucket whether the object is "
        f"there. Allow {LIST}, and s3:GetObject on arn:aws:s3:::{BUCKET}/{NOTHING.key}, to the role that runs this, "
        "then run it again."
    )


@pytest.mark.parametrize("beside", [False, True])
def test_what_is_there_and_may_not_be_read_is_not_taken_for_absent(table: Table, beside: bool) -> None:
    """A listing that begins with another key must not count."""
    path = S3Path(BUCKET, f"hidden/{table.name}")
    storage.put(table.s3, path, b"1")
    storage.put(table.s3, S3Path(BUCKET, f"{path.key}-beside"), b"2")
    asked = S3Path(BUCKET, f"hidden/{table.name}-besid") if beside else path

    with hiding(table.s3, listing=True, forbidden=path.key):
        if beside:
            assert storage.read_if_there(table.s3, asked) is None
            return
        with pytest.raises(Forbidden, match=f"it is there, but may not be read. Allow s3:GetObject on .*{path.key}"):
            storage.read_if_there(table.s3, asked)


def test_another_error_is_neither(table: Table) -> None:
    slow = ClientError({"Error": {"Code": "SlowDown", "Message": ""}}, "GetObject")

    assert not is_absent(table.s3, NOTHING, slow)


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_the_permission_is_named_in_the_partition_of_the_region(region: str, partition: str) -> None:
    client = boto3.client("s3", region_name=region)
    denied = ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")

    with hiding(client, listing=False), pytest.raises(Forbidden, match=f"on arn:{partition}:s3:::bucket,"):
        is_absent(client, S3Path("bucket", "key"), denied)


def test_an_export_is_read_where_its_checksum_of_the_other_name_is_hidden(table: Table) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0)

    with hiding(table.s3, listing=False):
        export = read_export(table.s3, S3Path.parse(folder))

    assert export.facts.items == len(ITEMS)


@pytest.mark.parametrize("listing", [True, False])
def test_an_export_without_its_manifest_is_not_there_or_not_told(table: Table, listing: bool) -> None:
    nowhere = S3Path(BUCKET, "exports/AWSDynamoDB/01-none/")

    said = "the export has not finished" if listing else LIST
    with hiding(table.s3, listing), pytest.raises(ExportDamaged if listing else Forbidden, match=said):
        read_export(table.s3, nowhere)


@pytest.mark.parametrize("listing", [True, False])
def test_a_data_file_that_is_gone(table: Table, listing: bool, tmp_path: Path) -> None:
    prefix = f"exports/{table.name}"
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0, prefix=f"{prefix}/")
    place = ExportPlace(BUCKET, prefix, folder.rstrip("/").rpartition("/")[2])
    file = read_export(table.s3, S3Path.parse(folder)).files[0]
    table.s3.delete_object(Bucket=BUCKET, Key=file.path.key)

    with hiding(table.s3, listing):
        if listing:
            assert export_files.trouble(table.s3, place) == f"{file.path} is gone"
            with pytest.raises(ExportDamaged, match="names this file, but it isn't there"):
                list(file_blocks(table.s3, file, tmp_path))
        else:
            with pytest.raises(Forbidden, match=LIST):
                export_files.trouble(table.s3, place)
            with pytest.raises(Forbidden, match=LIST):
                list(file_blocks(table.s3, file, tmp_path))


def test_verifying_names_the_permission_too(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    gone = data_keys(table.s3, BUCKET, folder)[0]
    table.s3.delete_object(Bucket=BUCKET, Key=gone)
    monkeypatch.setattr(Connection, "client", lambda *_, **__: table.s3)

    with hiding(table.s3, listing=False), pytest.raises(Forbidden, match=f"{gone}: S3 answers 403"):
        list(export_items(Connection(), folder))


@pytest.mark.parametrize("listing", [True, False])
def test_a_journal_that_is_not_there(table: Table, listing: bool) -> None:
    journals = Journals(table.s3, S3Path(BUCKET, "restores/none/"))

    with hiding(table.s3, listing):
        if listing:
            assert journals.read() is None
        else:
            with pytest.raises(Forbidden, match=LIST):
                journals.read()


@pytest.mark.parametrize("listing", [True, False])
def test_a_whole_capture_where_what_is_absent_is_hidden(table: Table, listing: bool) -> None:
    """The job asks for a manifest that may be there, for checksums and for its state."""
    folder = write_full(table.s3, BUCKET, table.name, ITEMS, T0)
    client = storage.client("s3", storage.region())

    with hiding(client, listing):
        if listing:
            assert table.items(table.snapshot(capture="export", exports=(folder,))) == in_order(ITEMS)
        else:
            with pytest.raises((Forbidden, ClientError), match=r"ListBucket|AccessDenied"):
                table.snapshot(capture="export", exports=(folder,))


def test_a_bucket_that_may_not_be_listed_is_said_with_the_permission(table: Table) -> None:
    error = {"Error": {"Code": "403", "Message": "Forbidden"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
    refused: Any = (SimpleNamespace(status_code=403, headers={}), error)
    own = Connection().client("s3")

    with (
        answering(table.s3, "HeadBucket", refused),
        pytest.raises(BucketMissing, match=f"allow this job's role {LIST}"),
    ):
        storage.require_bucket(table.s3, BUCKET)
    with answering(own, "HeadBucket", refused), pytest.raises(UserError, match=f"is not yours to use: .* allow {LIST}"):
        SnapshotStore(connection=Connection()).require_bucket()
