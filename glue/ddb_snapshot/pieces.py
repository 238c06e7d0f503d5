"""Pass 1 of the job, one segment at a time: raw pages staged in S3 as pieces, with a census of the same bytes.

A piece is the pages of one segment, a line each, compressed with Zstandard; it is closed when it holds 32 MiB of them.
After each piece but a segment's last the segment's state is stored beside: its pieces so far, their census, and the key
after which to go on. A task that takes over from a lost one goes on from that state, so that no page is read twice. A
state is complete in itself and pieces have names of their own, so a lost task that is still alive can't mix its pages
in; what counts in the end is what the finished task reports.
"""

import json
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, Final

import pyarrow as pa

from ddb_snapshot import storage
from ddb_snapshot.census import Census
from ddb_snapshot.scan import Key, Page, Scanner
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema, read_pages
from ddb_snapshot.throttle import Pacer

PIECE_BYTES: Final = 32 * 1024 * 1024
"""Bytes of pages, uncompressed, after which a piece is closed."""

_STATE: Final = "state.json"


class ItemsLost(RuntimeError):
    """Fewer or more items were decoded than DynamoDB counted."""


@dataclass(frozen=True)
class Piece:
    """One staged piece: its object's key, its items, its bytes before and after compression."""

    key: str
    items: int
    raw_bytes: int
    stored_bytes: int


@dataclass(frozen=True)
class Segment:
    """What one segment has come to. `next_key` is None when it has been read to its end."""

    pieces: tuple[Piece, ...] = ()
    items: int = 0
    raw_bytes: int = 0
    consumed_rcu: float = 0.0
    retries: int = 0
    census: Census | None = None
    schema: TaggedSchema | None = None
    next_key: Key | None = None

    def to_json(self) -> str:
        """The state's text. The schema is left out: readers find it again."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "schema"}
        census = self.census and self.census.to_json()
        return json.dumps({**fields, "pieces": [asdict(piece) for piece in self.pieces], "census": census})

    @classmethod
    def from_json(cls, text: bytes) -> "Segment":
        """Read `to_json`'s text again."""
        fields = json.loads(text)
        census = Census.from_json(fields["census"]) if fields["census"] else None
        return cls(**{**fields, "pieces": tuple(Piece(**piece) for piece in fields["pieces"]), "census": census})

    @classmethod
    def add(cls, one: "Segment", other: "Segment") -> "Segment":
        """What two segments, read to their ends, have come to together."""
        return cls(
            pieces=one.pieces + other.pieces,
            items=one.items + other.items,
            raw_bytes=one.raw_bytes + other.raw_bytes,
            consumed_rcu=one.consumed_rcu + other.consumed_rcu,
            retries=one.retries + other.retries,
            census=Census.merge(one.census, other.census)
            if one.census and other.census
            else one.census or other.census,
            schema=one.schema.merge(other.schema) if one.schema and other.schema else one.schema or other.schema,
        )


@dataclass(frozen=True)
class SegmentTask:
    """What a task must know to read any of the job's segments.

    `rate` is read units a second for this task alone; `schema` what is known of the items before they are read.
    """

    table_name: str
    region: str
    staging: S3Path
    total_segments: int
    rate: float
    schema: TaggedSchema
    item_rcu: float | None = None

    def folder(self, segment: int) -> S3Path:
        """The segment's own folder, below the attempt's staging folder."""
        return self.staging / f"segment-{segment:05d}/"


def stage_segment(task: SegmentTask, segment: int, resume: bool) -> Segment:
    """Read one segment to its end and stage its pages; `resume` looks for the states of a lost task first.

    Raises:
        ScanFailed: a page could not be had.
        ItemsLost: the pages hold another number of items than DynamoDB counted.
    """
    s3 = storage.client("s3", task.region)
    scanner = Scanner(_connect(task.region), task.table_name, segment, task.total_segments)
    saved = storage.read_if_there(s3, task.folder(segment) / _STATE) if resume else None
    with _Stager(s3, task.folder(segment), task.schema, Segment.from_json(saved) if saved else Segment()) as stager:
        read_segment(scanner, Pacer(task.rate, task.item_rcu), stager.state.next_key, stager.add)
        return stager.finish()


def read_segment(scanner: Scanner, pacer: Pacer, start_after: Key | None, add: Callable[[Page], None]) -> None:
    """Give every page after `start_after` to `add`, at the pacer's pace. A page without items isn't the end."""
    while True:
        pacer.wait()
        page = scanner.page(start_after, pacer.limit())
        pacer.consumed(page.consumed_rcu, page.count, page.retries)
        add(page)
        start_after = page.last_key
        if start_after is None:
            return


def read_piece(s3: Any, bucket: str, piece: Piece) -> bytes:
    """The piece's pages, uncompressed, a line each."""
    raw: bytes = pa.decompress(storage.read(s3, S3Path(bucket, piece.key)), piece.raw_bytes, "zstd", asbytes=True)
    return raw


def _connect(region: str) -> Callable[[], Any]:
    """The process's client first; each further call gives a new one, with credentials asked for again."""
    clients = iter([_scan_client(region)])
    return lambda: next(clients, None) or storage.new_client("dynamodb", region)


@cache
def _scan_client(region: str) -> Any:
    """The process's own client for raw pages: an ordinary Scan must not meet the handler that takes the body away."""
    return storage.new_client("dynamodb", region)


class _Stager:
    """Gathers pages into pieces. While the next piece is read, the last one is compressed, uploaded and decoded."""

    def __init__(self, s3: Any, folder: S3Path, schema: TaggedSchema, state: Segment) -> None:
        self.state = state
        self._s3 = s3
        self._folder = folder
        self._pages: list[Page] = []
        self._bytes = 0
        self._schema = schema
        self._thread = ThreadPoolExecutor(1)
        self._storing: Future[Segment] | None = None

    def __enter__(self) -> "_Stager":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def add(self, page: Page) -> None:
        """Take a page; close the piece when it is large enough."""
        self._pages.append(page)
        self._bytes += len(page.items)
        if self._bytes >= PIECE_BYTES and page.last_key is not None:
            self._close_piece()

    def finish(self) -> Segment:
        """The segment, all of it stored."""
        self._close_piece()
        self._wait()
        return self.state

    def _close_piece(self) -> None:
        self._wait()
        pages, self._pages, self._bytes = self._pages, [], 0
        self._storing = self._thread.submit(self._store, self.state, pages)

    def _wait(self) -> None:
        if self._storing is not None:
            self.state, self._storing = self._storing.result(), None

    def _store(self, state: Segment, pages: list[Page]) -> Segment:
        after = replace(
            state,
            consumed_rcu=state.consumed_rcu + sum(page.consumed_rcu for page in pages),
            retries=state.retries + sum(page.retries for page in pages),
            next_key=pages[-1].last_key if pages else None,
        )
        count = sum(page.count for page in pages)
        if count:
            raw = b"\n".join([*(page.line for page in pages if page.count), b""])
            pages.clear()
            after = self._with_piece(after, raw, count)
        if after.next_key is not None:
            storage.put(self._s3, self._folder / _STATE, after.to_json().encode())
        return after

    def _with_piece(self, state: Segment, raw: bytes, count: int) -> Segment:
        tagged, self._schema = read_pages(raw, self._schema)
        if tagged.rows != count:
            raise ItemsLost(f"{self._folder}: DynamoDB counted {count} items, {tagged.rows} were decoded.")
        census = Census.of(tagged)
        stored = pa.compress(raw, "zstd", asbytes=True)
        key = self._folder / f"{len(state.pieces):05d}-{secrets.token_hex(4)}.ddbjson.zst"
        storage.put(self._s3, key, stored)
        return replace(
            state,
            pieces=(*state.pieces, Piece(key.key, count, len(raw), len(stored))),
            items=state.items + count,
            raw_bytes=state.raw_bytes + len(raw),
            census=Census.merge(state.census, census) if state.census else census,
            schema=self._schema,
        )
