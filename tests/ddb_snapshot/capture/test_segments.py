"""A segment that a lost task has begun is finished by another one: no page is read twice, no item lost or doubled."""

import io
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ddb_snapshot import formats, storage, thresholds
from ddb_snapshot.capture.segments import Segment, SegmentTask, draft_segment
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.drafts import DraftTask
from ddb_snapshot.items import canonical, to_items
from ddb_snapshot.scanning.read_span import ReadLimit, ReadTooLate
from ddb_snapshot.scanning.scanner import ScanFailed
from ddb_snapshot.scanning.share import count_finished
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item, comparable
from tests.glue.fake_dynamodb import FakeDynamoDB, serving

BUCKET = "dynamodb-exports"
ITEMS: list[Item] = [
    {"id": {"S": f"item {number}"}, "n": {"N": str(number)}, **({"rare": {"BOOL": True}} if number == 17 else {})}
    for number in range(30)
]


@pytest.fixture
def endpoint(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDynamoDB]:
    with serving(FakeDynamoDB(ITEMS, page_items=3)) as fake:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", fake.url)
        storage.client.cache_clear()
        yield fake
    storage.client.cache_clear()


def segment_task(name: str) -> SegmentTask:
    staging = S3Path(BUCKET, f"segments/{name}/")
    drafting = DraftTask("us-east-1", staging, "parquet", (), ColumnOptions(), {"id": "S"})
    return SegmentTask(drafting, "T", 2, 1e6, TaggedSchema())


def read_back(local_aws: LocalAws, segment: Segment) -> list[Item]:
    found: list[Item] = []
    for draft in segment.drafted.drafts:
        columns = segment.drafted.layouts[draft.layout]
        data = storage.read(local_aws.client("s3"), S3Path(BUCKET, draft.key))
        found += to_items(formats.read("parquet", io.BytesIO(data), columns), columns)
    return [canonical(item) for item in found]


def test_segment_is_read_to_its_end(local_aws: LocalAws, endpoint: FakeDynamoDB) -> None:
    both = [draft_segment(segment_task("whole"), number, False) for number in range(2)]

    assert [read_back(local_aws, segment) for segment in both] == [comparable(ITEMS[0::2]), comparable(ITEMS[1::2])]
    assert sum(segment.consumed_rcu for segment in both) == 0.5 * len(ITEMS)


def test_segments_that_are_finished_are_counted_by_the_others(local_aws: LocalAws, endpoint: FakeDynamoDB) -> None:
    s3, task = local_aws.client("s3"), segment_task("counted")
    counts = []
    for number in range(2):
        counts.append(count_finished(s3, task.drafts.staging))
        draft_segment(task, number, False)

    assert counts == [0, 1]
    assert count_finished(s3, task.drafts.staging) == 2
    assert count_finished(s3, S3Path("no-such-bucket", "staging/")) == 0


def test_throttles_are_counted_apart_from_other_retries(local_aws: LocalAws, endpoint: FakeDynamoDB) -> None:
    endpoint.fault = lambda number, request: {1: "throttle", 3: "500"}.get(number)

    read = draft_segment(segment_task("throttled"), 0, False)

    assert (read.throttles, read.retries) == (1, 1)
    assert read_back(local_aws, read) == comparable(ITEMS[0::2])


@pytest.mark.parametrize("lost_at", range(1, 5))
@thresholds.changed(durable_seconds=0.0, block_bytes=1)
def test_lost_task_s_segment_goes_on_where_its_last_durable_draft_ends(
    local_aws: LocalAws, endpoint: FakeDynamoDB, lost_at: int
) -> None:
    task = segment_task(f"lost-{lost_at}")
    endpoint.fault = lambda number, request: "gone" if number == lost_at else None
    with pytest.raises(ScanFailed, match="deleted during the scan"):
        draft_segment(task, 0, False)
    endpoint.fault = lambda number, request: None
    asked = len(endpoint.requests)

    finished = draft_segment(task, 0, True)

    assert read_back(local_aws, finished) == comparable(ITEMS[0::2])
    assert finished.drafted.items == 15
    assert finished.consumed_rcu == 0.5 * 15
    # The page that was lost with the task, and the one before, whose draft was not stored yet, are read again at most.
    assert len(endpoint.requests) - asked <= 5 - lost_at + 1
    assert finished.drafted.census is not None
    assert finished.drafted.census.rows == 15


@thresholds.changed(durable_seconds=0.0, block_bytes=1)
def test_a_segments_span_begins_with_the_task_that_was_lost(local_aws: LocalAws, endpoint: FakeDynamoDB) -> None:
    task, begun = segment_task("span"), time.time()
    endpoint.fault = lambda number, request: "gone" if number == 4 else None
    with pytest.raises(ScanFailed):
        draft_segment(task, 0, False)
    lost = time.time()
    endpoint.fault = lambda number, request: None

    finished = draft_segment(task, 0, True)

    assert finished.span is not None
    assert begun <= finished.span.start <= lost <= finished.span.end <= time.time()
    assert Segment.from_json(finished.to_json().encode()).span == finished.span


def test_a_page_that_comes_after_the_limit_ends_the_segment(local_aws: LocalAws, endpoint: FakeDynamoDB) -> None:
    over = replace(segment_task("late"), limit=ReadLimit("2026-01-01T00:00", 60))

    with pytest.raises(ReadTooLate, match="Nothing was published"):
        draft_segment(over, 0, False)

    in_time = replace(segment_task("in-time"), limit=ReadLimit("2026-01-01T00:00", 1e9))
    assert draft_segment(in_time, 0, False).drafted.items == 15


def test_state_of_a_lost_task_is_left_alone_by_a_first_one(local_aws: LocalAws, endpoint: FakeDynamoDB) -> None:
    task = segment_task("fresh")
    stale: Any = Segment(consumed_rcu=99.0).to_json()
    storage.put(local_aws.client("s3"), task.folder(0) / "state.json", stale.encode())

    assert draft_segment(task, 0, False).consumed_rcu == 0.5 * 15
