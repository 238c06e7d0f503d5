"""A scan, one segment at a time: pages inside the read budget, decoded and drafted while the next ones are read.

Whenever all that was read is in S3 the segment's state is stored beside its drafts: these, their census, and the key
after which to go on. A task that takes over from a lost one goes on from that state, so that no page is read twice. A
state is complete in itself and drafts have names of their own, so a lost task that is still alive can't mix its pages
in; what counts in the end is what the finished task reports.
"""

import json
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ddb_snapshot import storage, thresholds
from ddb_snapshot.drafts import Drafted, Drafting, DraftTask, ItemsLost
from ddb_snapshot.progress import Counts
from ddb_snapshot.scanning.prefetch import pages
from ddb_snapshot.scanning.read_span import ReadLimit, ReadSpan
from ddb_snapshot.scanning.scanner import Key, Page, Scanner, lines_of
from ddb_snapshot.scanning.share import mark_finished, pacer_of
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema, read_pages

PAGES_AHEAD: Final = 8
"""Pages, of about 1 MB each, that may wait to be drafted."""

_STATE: Final = "state.json"


@dataclass(frozen=True)
class Segment:
    """What one segment has come to, or several together. `next_key` is None when it has been read to its end."""

    drafted: Drafted = field(default_factory=Drafted)
    segments: int = 0
    consumed_rcu: float = 0.0
    retries: int = 0
    throttles: int = 0
    next_key: Key | None = None
    span: ReadSpan | None = None

    def to_json(self) -> str:
        """The state's text."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        nested = {"drafted": self.drafted.to_json(), "span": self.span and asdict(self.span)}
        return json.dumps({**fields, **nested})

    @classmethod
    def from_json(cls, text: bytes) -> "Segment":
        """Read `to_json`'s text again."""
        fields = json.loads(text)
        span = ReadSpan(**fields["span"]) if fields["span"] else None
        return cls(**{**fields, "drafted": Drafted.from_json(fields["drafted"]), "span": span})

    def counts(self) -> Counts:
        return Counts(self.segments, self.drafted.items, self.drafted.raw_bytes)

    @classmethod
    def add(cls, one: "Segment", other: "Segment") -> "Segment":
        """What two segments, read to their ends, have come to together."""
        return cls(
            drafted=Drafted.add(one.drafted, other.drafted),
            segments=one.segments + other.segments,
            consumed_rcu=one.consumed_rcu + other.consumed_rcu,
            retries=one.retries + other.retries,
            throttles=one.throttles + other.throttles,
            span=ReadSpan.together(one.span, other.span),
        )


@dataclass(frozen=True)
class SegmentTask:
    """What a task must know to read any of the job's segments.

    `target_rcu` is read units a second for all `readers` together, which are the tasks that read at the same time.
    """

    drafts: DraftTask
    table_name: str
    total_segments: int
    target_rcu: float
    schema: TaggedSchema
    readers: int = 1
    item_rcu: float | None = None
    limit: ReadLimit | None = None

    def folder(self, segment: int) -> S3Path:
        """The segment's own folder, below the attempt's staging folder."""
        return self.drafts.staging / f"segment-{segment:05d}/"


def draft_segment(task: SegmentTask, segment: int, lost_before: bool) -> Segment:
    """Read one segment to its end and draft its items; `lost_before` looks for the state of a lost task first.

    Raises:
        ScanFailed: a page could not be had.
        ItemsLost: the pages hold another number of items than DynamoDB counted.
        ReadTooLate: a page came after the task's `limit`.
    """
    s3 = storage.client("s3", task.drafts.region)
    scanner = Scanner(_connect(task.drafts.region), task.table_name, segment, task.total_segments)
    saved = storage.read_if_there(s3, task.folder(segment) / _STATE) if lost_before else None
    state = Segment.from_json(saved) if saved else Segment()
    drafts = task.drafts
    pacer = pacer_of(drafts.region, drafts.staging, task.target_rcu, task.readers, task.total_segments, task.item_rcu)
    with (
        tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as disk,
        _Stager(s3, task, segment, Path(disk), state) as stager,
        closing(pages(scanner, pacer, state.next_key, PAGES_AHEAD)) as reading,
    ):
        for page in reading:
            if task.limit is not None:
                task.limit.require(task.table_name, page.answered_at)
            stager.add(page)
        finished = stager.finish()
    mark_finished(s3, drafts.staging, segment)
    return finished


def _connect(region: str) -> Callable[[], Any]:
    """The process's client first; each further call gives a new one, with credentials asked for again."""
    clients = iter([storage.client("dynamodb", region)])
    return lambda: next(clients, None) or storage.new_client("dynamodb", region)


class _Stager:
    """Gathers pages into blocks. While the next block is read, the last one is decoded and written."""

    def __init__(self, s3: Any, task: SegmentTask, segment: int, disk: Path, state: Segment) -> None:
        self._s3 = s3
        self._folder = task.folder(segment)
        self._drafting = Drafting(task.drafts, s3, self._folder, disk, state.drafted)
        self._state = state
        self._schema = task.schema
        self._pages: list[Page] = []
        self._bytes = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="draft")
        self._drafted: Future[None] | None = None

    def __enter__(self) -> "_Stager":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def add(self, page: Page) -> None:
        """Take a page; draft the block when it is large enough."""
        self._pages.append(page)
        self._bytes += len(page.items)
        if self._bytes >= thresholds.now().block_bytes:
            self._close_block()

    def finish(self) -> Segment:
        """The segment, all of it stored."""
        self._close_block()
        self._wait()
        return replace(self._state, segments=1, drafted=self._drafting.finish())

    def _close_block(self) -> None:
        self._wait()
        pages, self._pages, self._bytes = self._pages, [], 0
        self._drafted = self._thread.submit(self._draft, pages)

    def _wait(self) -> None:
        if self._drafted is not None:
            self._drafted.result()
            self._drafted = None

    def _draft(self, pages: list[Page]) -> None:
        count = sum(page.count for page in pages)
        self._state = replace(
            self._state,
            consumed_rcu=self._state.consumed_rcu + sum(page.consumed_rcu for page in pages),
            retries=self._state.retries + sum(page.retries for page in pages),
            throttles=self._state.throttles + sum(page.throttles for page in pages),
            next_key=pages[-1].last_key if pages else None,
            span=ReadSpan.together(self._state.span, ReadSpan.of(pages)),
        )
        if count:
            raw = lines_of(pages)
            pages.clear()
            tagged, self._schema = read_pages(raw, self._schema)
            if tagged.rows != count:
                raise ItemsLost(f"{self._folder}: DynamoDB counted {count} items, {tagged.rows} were decoded.")
            self._drafting.write(tagged, len(raw))
        if self._drafting.close_if_due() and self._state.next_key is not None:
            state = replace(self._state, drafted=self._drafting.state)
            storage.put(self._s3, self._folder / _STATE, state.to_json().encode())
