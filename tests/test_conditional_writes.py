"""The answer to a conditional PUT is lost: what is there is our own, and the work goes on."""

from collections.abc import Iterator
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.export_notes import ExportNotes
from ddb_assets.errors import UserError
from ddb_assets.restore.journal import Journal, Journals
from ddb_snapshot import manifest, storage
from ddb_snapshot.storage import S3Path, WriteRefused
from tests.aws.refusals import answering, refusal
from tests.conftest import LocalAws
from tests.lost_answers import is_conditional, losing_answers
from tests.rewrite.test_rewrite import NEW, clients_of_this_endpoint, items, partitions, prefix_of, published, rewrite

__all__ = ["clients_of_this_endpoint"]
BUCKET = "dynamodb-exports"


@pytest.fixture
def s3(local_aws: LocalAws) -> Iterator[Any]:
    yield Connection().client("s3")


def test_of_the_manifest(local_aws: LocalAws) -> None:
    """The job's own code, with the client that it uses."""
    with losing_answers([storage.client("s3", "us-east-1")], "PutObject", is_conditional) as lost:
        table = published(local_aws, "Lost-Manifest")

    assert "_manifest.json" in lost[0]
    assert partitions(local_aws, table)[NEW].row_count == 4


def test_of_a_rewritings_manifest_and_journal(local_aws: LocalAws, s3: Any) -> None:
    table = published(local_aws, "Lost-Journal")
    exact = items(local_aws, table)

    with losing_answers([s3], "PutObject", is_conditional, times=3) as lost:
        assert rewrite(table, "csv").partitions == 2

    assert [url.rpartition("/")[2] for url in lost] == ["_manifest.json", "_manifest.json", "_rewrite.json"]
    assert items(local_aws, table) == exact
    assert storage.read_if_there(s3, S3Path.parse(prefix_of(table)) / "_rewrite.json") is None


def test_of_a_restores_journal(local_aws: LocalAws, s3: Any) -> None:
    journals = Journals.of(Connection(), "Lost-Restore")
    journal = Journal("id", "Lost-Restore", "T", "T", "d", "2026-01-01T00:00", "s3://b/", "now")

    with losing_answers([s3], "PutObject", is_conditional) as created:
        begun = journals.write(journal, None)
    with losing_answers([s3], "PutObject", is_conditional) as replaced:
        ended = journals.write(journal, begun)

    assert len(created) == len(replaced) == 1
    found = journals.read()
    assert found is not None
    assert found[1] == ended != begun
    # Another run that says the very same is another run.
    with pytest.raises(UserError, match="Another restore into Lost-Restore was run meanwhile"):
        journals.write(journal, begun)
    with pytest.raises(UserError, match="Another restore"):
        journals.write(journal, None)


def test_of_an_exports_note(local_aws: LocalAws, s3: Any) -> None:
    notes = ExportNotes(s3, S3Path(BUCKET, "lost-notes"))

    with losing_answers([s3], "PutObject"):
        notes.add("full-20261124T000000Z", "01732406400000-a1b2c3d4")

    assert notes.all() == {"01732406400000-a1b2c3d4"}


def test_no_answer_at_all_is_looked_up_too(local_aws: LocalAws, s3: Any) -> None:
    """Each of botocore's own repetitions is lost as well."""
    path = S3Path(BUCKET, "conditional/never-answered")

    with losing_answers([s3], "PutObject", times=99, repetitions=True) as lost:
        etag = storage.put_if(s3, path, b"ours")

    assert len(lost) > 1
    assert etag == s3.head_object(Bucket=BUCKET, Key=path.key)["ETag"]


def test_anothers_object_stays_as_it_is(local_aws: LocalAws, s3: Any) -> None:
    path = S3Path(BUCKET, "conditional/anothers")
    first = storage.put_if(s3, path, b"theirs")

    with pytest.raises(WriteRefused, match=r"conditional/anothers was written or removed by another run meanwhile"):
        storage.put_if(s3, path, b"ours")
    second = storage.put_if(s3, path, b"theirs again", first)
    with pytest.raises(WriteRefused):
        storage.put_if(s3, path, b"ours", first)

    assert storage.read(s3, path) == b"theirs again"
    s3.delete_object(Bucket=BUCKET, Key=path.key)
    with pytest.raises(WriteRefused):
        storage.put_if(s3, path, b"ours", second)


def test_a_conflict_is_tried_again(local_aws: LocalAws, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "_CONFLICT_SECONDS", 0.0)
    path, conflict = S3Path(BUCKET, "conditional/conflict"), refusal("ConditionalRequestConflict")

    with answering(s3, "PutObject", conflict, conflict):
        etag = storage.put_if(s3, path, b"ours")
    with answering(s3, "PutObject", conflict):
        storage.put_if(s3, path, b"ours again", etag)
    assert storage.read(s3, path) == b"ours again"

    with answering(s3, "PutObject", conflict), pytest.raises(WriteRefused):
        storage.put_if(s3, path, b"ours")


def test_a_manifest_that_another_run_wrote_is_no_success(local_aws: LocalAws, s3: Any) -> None:
    table = published(local_aws, "Two-Writers")
    theirs = partitions(local_aws, table)[NEW]

    with pytest.raises(WriteRefused):
        manifest.write(s3, manifest.Manifest(**{**vars(theirs), "run_id": "jr_other"}))
