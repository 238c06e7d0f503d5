"""The previous snapshot's files without the items that have changed since, in the new snapshot's columns.

A file in which nothing has changed is taken as it is. A task reads a file's keys first and looks them up in the lists
of changed keys; then it reads the rows. It holds some of either at a time, so its memory is bounded whatever their
numbers, and a list is read once for many rows.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot import formats, storage, thresholds
from ddb_snapshot.capture.changes import KeyList, read_keys
from ddb_snapshot.capture.export import Read
from ddb_snapshot.capture.item_keys import key_columns, row_keys
from ddb_snapshot.drafts import Draft, Drafted, ItemsLost, Layout
from ddb_snapshot.encode.recolumn import recolumned
from ddb_snapshot.files import DataFiles
from ddb_snapshot.manifest import DataFile
from ddb_snapshot.numbers import Mask
from ddb_snapshot.storage import S3Path


@dataclass(frozen=True)
class MergeTask:
    """What a task must know to merge any of the previous attempt's files. `key_lists` are keys of objects in S3."""

    region: str
    staging: S3Path
    previous: S3Path
    output_format: str
    old: Layout
    new: Layout
    key_names: tuple[str, ...]
    key_lists: tuple[KeyList, ...]


def draft_unchanged(task: MergeTask, file: DataFile) -> Read:
    """The file's items that have not changed.

    Raises:
        ItemsLost: the file holds another number of rows than the previous manifest says.
    """
    s3 = storage.client("s3", task.region)
    with tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as disk:
        local = Path(disk) / "source"
        storage.download(s3, task.previous / file.path, local)
        unchanged = _unchanged(task, s3, local)
        if len(unchanged) != file.rows:
            raise ItemsLost(
                f"{task.previous / file.path} has {len(unchanged):,} rows, its manifest says {file.rows:,}."
            )
        if task.old == task.new and unchanged.all():
            whole = Draft((task.previous / file.path).key, file.rows, file.bytes, 0)
            return Read(1, Drafted((whole,), (task.old,), items=file.rows))
        folder = task.staging / f"unchanged/{file.path.partition('.')[0]}/"
        files = DataFiles(s3, folder, task.output_format, task.new, 0, Path(disk))
        first = 0
        for part in _parts(task, local):
            kept = part.filter(pa.array(unchanged[first : first + part.num_rows]))
            first += part.num_rows
            for batch in recolumned(kept, task.old, task.new):
                files.write(batch)
        drafts = tuple(
            Draft((folder / made.path).key, made.rows, made.bytes, 0) for made in files.finish() if made.rows
        )
        return Read(1, Drafted(drafts, (task.new,), items=sum(draft.rows for draft in drafts)))


def _parts(task: MergeTask, local: Path) -> Iterator[pa.Table]:
    read = formats.stored_parts if task.old == task.new else formats.read_parts
    with local.open("rb") as opened:
        yield from read(task.output_format, opened, task.old)


def _unchanged(task: MergeTask, s3: Any, local: Path) -> Mask:
    """Which of the file's rows have not changed."""
    lists = together(task.key_lists)
    found = [np.zeros(0, np.bool_)]
    for keys in _keys(task, local):
        changed = np.zeros(len(keys), np.bool_)
        for some in lists:
            known = _known(s3, task.staging.bucket, some)
            changed |= pc.is_in(keys, known).to_numpy(zero_copy_only=False)
        found.append(~changed)
    return np.concatenate(found)


@lru_cache(maxsize=1)
def _known(s3: Any, bucket: str, lists: tuple[KeyList, ...]) -> pa.Array:
    """The keys of a group of lists; the last group is kept, which for most increments is the only one."""
    return read_keys(s3, bucket, lists).combine_chunks()


def together(lists: Sequence[KeyList]) -> tuple[tuple[KeyList, ...], ...]:
    """The lists in groups, each to be held in memory at once: rows are looked up once for each group."""
    groups: list[list[KeyList]] = []
    room = 0
    for listed in lists:
        if not groups or listed.bytes > room:
            groups.append([])
            room = thresholds.now().listed_bytes
        groups[-1].append(listed)
        room -= listed.bytes
    return tuple(map(tuple, groups))


def _keys(task: MergeTask, local: Path) -> Iterator[pa.ChunkedArray]:
    """The keys of the file's rows, as many at a time as may be in memory: a list is read once for all of them."""
    columns = key_columns(task.old, task.key_names)
    chunks: list[pa.Array] = []
    size = 0
    with local.open("rb") as opened:
        for part in formats.read_parts(task.output_format, opened, task.old, columns):
            keys = row_keys(part, columns, task.key_names)
            chunks += keys.chunks
            size += keys.nbytes
            if size >= thresholds.now().looked_up_bytes:
                yield pa.chunked_array(chunks)
                chunks, size = [], 0
    if chunks:
        yield pa.chunked_array(chunks)
