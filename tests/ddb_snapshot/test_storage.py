"""What S3 says in answers that are successes is not passed over."""

import pytest

from ddb_snapshot import storage
from ddb_snapshot.storage import NotDeleted, S3Path
from tests.aws.refusals import answer, answering
from tests.conftest import LocalAws

BUCKET = "dynamodb-exports"


def test_objects_that_s3_would_not_delete_are_an_error(local_aws: LocalAws) -> None:
    s3 = local_aws.client("s3")
    storage.put(s3, S3Path(BUCKET, "kept/one"), b"1")
    refused = answer({"Errors": [{"Key": "kept/one", "Code": "AccessDenied", "Message": "Access Denied"}]})

    with (
        answering(s3, "DeleteObjects", refused),
        pytest.raises(NotDeleted, match=f"s3://{BUCKET}/kept/one could not be deleted: AccessDenied"),
    ):
        storage.delete_below(s3, S3Path(BUCKET, "kept/"))

    storage.delete_below(s3, S3Path(BUCKET, "kept/"))
    assert not storage.sizes(s3, S3Path(BUCKET, "kept/"))
