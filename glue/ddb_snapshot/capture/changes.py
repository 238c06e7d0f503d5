"""Incremental exports as changes: of each item that changed the last state, in buckets by key.

An export has one record for each item that changed in its window, with the time of its last write. Records of several
windows are brought together by key, in buckets that fit into memory whatever the number of changes; the latest write
of an item counts. A record without a new image is a deletion.
Source: Amazon DynamoDB developer guide, "DynamoDB table export output format" (incremental exports).
"""

import re
import secrets
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa

from ddb_snapshot import storage, thresholds
from ddb_snapshot.capture.export import require_items
from ddb_snapshot.capture.item_keys import item_key
from ddb_snapshot.capture.native_export import ExportDamaged, ExportFile, NativeExport, bundles, file_blocks
from ddb_snapshot.drafts import Drafted, Drafting, DraftTask
from ddb_snapshot.shown import one_line
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema, read_lines

_LENGTHS: Final = struct.Struct(">QQ")


@dataclass(frozen=True)
class ChangesTask:
    """What a task must know to sort changes into buckets, or to draft a bucket's items."""

    drafts: DraftTask
    buckets: int
    schema: TaggedSchema

    @property
    def folder(self) -> S3Path:
        return self.drafts.staging / "changes/"

    @property
    def key_names(self) -> tuple[str, ...]:
        return tuple(self.drafts.keys)


@dataclass(frozen=True)
class ChangedFiles:
    """Files of one incremental export that one task sorts; `window` counts the exports, oldest first."""

    window: int
    files: tuple[ExportFile, ...]


@dataclass(frozen=True)
class Sorted:
    """Pieces of changes that were stored, by bucket, and the bytes of each bucket's records."""

    pieces: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    bytes: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def add(cls, one: "Sorted", other: "Sorted") -> "Sorted":
        """Both together."""
        buckets = {*one.pieces, *other.pieces}
        return cls(
            {bucket: one.pieces.get(bucket, ()) + other.pieces.get(bucket, ()) for bucket in buckets},
            {bucket: one.bytes.get(bucket, 0) + other.bytes.get(bucket, 0) for bucket in buckets},
        )

    def buckets(self) -> "list[Bucket]":
        """What is to be drafted, one task each."""
        found = []
        for number, pieces in sorted(self.pieces.items()):
            parts = max(1, -(-self.bytes[number] // thresholds.now().part_bytes))
            found += [Bucket(number, pieces, part, parts) for part in range(parts)]
        return found


@dataclass(frozen=True)
class Bucket:
    """The pieces of one bucket, and which part of its keys is meant."""

    number: int
    pieces: tuple[str, ...]
    part: int = 0
    parts: int = 1

    @property
    def name(self) -> str:
        return f"{self.number:05d}-{self.part:05d}"


@dataclass(frozen=True)
class KeyList:
    """An object in S3 that lists keys; `bytes` is what they take in memory."""

    key: str
    bytes: int


@dataclass(frozen=True)
class Changed:
    """What buckets came to: the items written, how many were deleted, and where the keys of all of them are listed."""

    drafted: Drafted = field(default_factory=Drafted)
    deletes: int = 0
    key_lists: tuple[KeyList, ...] = ()

    @classmethod
    def add(cls, one: "Changed", other: "Changed") -> "Changed":
        """Both together."""
        return cls(
            Drafted.add(one.drafted, other.drafted), one.deletes + other.deletes, one.key_lists + other.key_lists
        )


def bucket_count(exports: Sequence[NativeExport], parallel: int) -> int:
    """How many buckets it takes for each to fit into a task's memory, and for all tasks to have work."""
    items = sum(export.facts.items for export in exports)
    size = sum(export.facts.billed_bytes for export in exports)
    limits = thresholds.now()
    return max(
        1,
        min(parallel, items // limits.shared_items),
        -(-items // limits.bucket_items),
        -(-size // limits.bucket_bytes),
    )


def changed_files(exports: Sequence[NativeExport], parallel: int) -> list[ChangedFiles]:
    """The exports' files as the tasks sort them."""
    return [
        ChangedFiles(window, files)
        for window, export in enumerate(exports)
        for files in bundles(export.files, parallel)
    ]


def sort_changes(task: ChangesTask, changed: ChangedFiles) -> Sorted:
    """Store the files' records by bucket.

    Raises:
        ExportDamaged: a file isn't whole, or holds other records than an incremental export's.
    """
    s3 = storage.client("s3", task.drafts.region)
    with tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as disk:
        sorting = _Sorting(task, changed.window, Path(disk))
        for file in changed.files:
            found = 0
            for block in file_blocks(s3, file, Path(disk)):
                for record in block.splitlines():
                    sorting.add(*_record(file, record, task.key_names))
                    found += 1
                sorting.spill()
            require_items(file, found)
        return Sorted({bucket: (sorting.upload(s3, bucket),) for bucket in sorting.buckets}, sorting.bytes)


class _Sorting:
    """Records on their way to their buckets: each bucket's lie in one file on `disk`, which becomes one piece."""

    def __init__(self, task: ChangesTask, window: int, disk: Path) -> None:
        self.buckets: set[int] = set()
        self.bytes: dict[int, int] = {}
        self._task = task
        self._window = window
        self._disk = disk
        self._waiting: dict[int, list[bytes]] = {}

    def add(self, key: str, written_at: int, line: bytes) -> None:
        """One record."""
        head = orjson.dumps([key, self._window, written_at])
        bucket = _bucket(key, self._task.buckets)
        self._waiting.setdefault(bucket, []).extend((head, line))
        self.bytes[bucket] = self.bytes.get(bucket, 0) + len(head) + len(line)

    def spill(self) -> None:
        """Write what waits to the disk."""
        for bucket, records in self._waiting.items():
            with self._file(bucket).open("ab") as file:
                file.write(_packed(b"\n".join(records)))
        self.buckets |= {*self._waiting}
        self._waiting = {}

    def upload(self, s3: Any, bucket: int) -> str:
        """Store the bucket's file as a piece; its key."""
        path = self._task.folder / f"{bucket:05d}/{self._window:04d}-{secrets.token_hex(8)}.jsonl.zst"
        storage.upload(s3, self._file(bucket), path)
        return path.key

    def _file(self, bucket: int) -> Path:
        return self._disk / f"bucket-{bucket:05d}"


def draft_bucket(task: ChangesTask, bucket: Bucket) -> Changed:
    """Draft the items that the bucket's changes have left, and list the keys of all that changed."""
    s3 = storage.client("s3", task.drafts.region)
    latest: dict[str, tuple[int, int, bytes]] = {}
    for piece in bucket.pieces:
        for lines in _unpacked(storage.read(s3, S3Path(task.folder.bucket, piece))):
            for head, line in zip(lines[::2], lines[1::2], strict=True):
                key, window, written_at = orjson.loads(head)
                if _part(key, task.buckets, bucket.parts) != bucket.part:
                    continue
                if key not in latest or (written_at, window) >= latest[key][:2]:
                    latest[key] = (written_at, window, line)
    listed = _list_keys(s3, task.folder / f"keys-{bucket.name}-{secrets.token_hex(4)}.arrow", [*latest])
    written = [line for _, _, line in latest.values() if line]
    schema = task.schema
    with tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as disk:
        drafting = Drafting(task.drafts, s3, task.folder / f"items-{bucket.name}/", Path(disk))
        for block in _blocks(written):
            tagged, schema = read_lines(block, schema)
            drafting.write(tagged, len(block))
        return Changed(drafting.finish(), len(latest) - len(written), (listed,))


def read_keys(s3: Any, bucket: str, lists: Sequence[KeyList]) -> pa.ChunkedArray:
    """The keys that `draft_bucket` listed there, together."""
    tables = (pa.ipc.open_file(storage.read(s3, S3Path(bucket, listed.key))).read_all() for listed in lists)
    return pa.concat_tables(tables).column(0)


def _list_keys(s3: Any, path: S3Path, keys: Sequence[str]) -> KeyList:
    rows = pa.table({"key": pa.array(keys, pa.string())})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(rows)
    storage.put(s3, path, sink.getvalue().to_pybytes())
    return KeyList(path.key, rows.nbytes)


def _record(file: ExportFile, line: bytes, key_names: Sequence[str]) -> tuple[str, int, bytes]:
    """A record's key, the time of its write in microseconds, and the item since then as a line of a full export has it.

    The line is empty when the item is gone.
    """
    try:
        record = orjson.loads(line)
        written_at = _micros(record["Metadata"]["WriteTimestampMicros"])
        item = orjson.dumps({"Item": record["NewImage"]}) if "NewImage" in record else b""
        return item_key(record["Keys"], key_names), written_at, item
    except (ValueError, KeyError, TypeError) as error:
        shown = one_line(line[:80].decode(errors="replace"))
        raise ExportDamaged(
            file.path, f"not a record of an incremental export ({type(error).__name__} {error}): {shown}", file.export
        ) from error


def _micros(said: Any) -> int:
    """Microseconds since 1970, whether they are written as DynamoDB-JSON has a number, as a number, or as a text.

    Source: Amazon DynamoDB developer guide, "DynamoDB table export output format", whose examples have the first.
    """
    number = said["N"] if isinstance(said, Mapping) else said
    if isinstance(number, bool) or not re.fullmatch(r"[0-9]+", str(number), re.ASCII):
        raise ValueError(f"WriteTimestampMicros is {said!r}")
    return int(number)


def _bucket(key: str, buckets: int) -> int:
    return zlib.crc32(key.encode()) % buckets


def _part(key: str, buckets: int, parts: int) -> int:
    """Which part of its bucket a key belongs to."""
    return zlib.crc32(key.encode()) // buckets % parts


def _blocks(items: Sequence[bytes]) -> Iterator[bytes]:
    first, size = 0, 0
    for number, line in enumerate(items, 1):
        size += len(line)
        if size >= thresholds.now().block_bytes or number == len(items):
            yield b"\n".join(items[first:number])
            first, size = number, 0


def _packed(raw: bytes) -> bytes:
    """A frame of a piece: the bytes that `raw` has, those it is packed into, then these."""
    packed: bytes = pa.compress(raw, "zstd", asbytes=True)
    return _LENGTHS.pack(len(raw), len(packed)) + packed


def _unpacked(piece: bytes) -> Iterator[list[bytes]]:
    """The lines of each frame of a piece."""
    position = 0
    while position < len(piece):
        raw, packed = _LENGTHS.unpack_from(piece, position)
        position += _LENGTHS.size + packed
        yield pa.decompress(piece[position - packed : position], raw, "zstd", asbytes=True).split(b"\n")
