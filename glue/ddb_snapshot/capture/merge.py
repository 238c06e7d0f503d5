"""The previous snapshot's files without the items that have changed since, in the new snapshot's columns.

A file in which nothing has changed is taken as it is. A task holds one part of a file and one list of changed keys at a
time, so its memory is bounded whatever their numbers.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot import formats, storage
from ddb_snapshot.capture.changes import read_key_list
from ddb_snapshot.capture.export import Read
from ddb_snapshot.capture.item_keys import key_columns, row_keys
from ddb_snapshot.drafts import Draft, Drafted, ItemsLost, Layout
from ddb_snapshot.encode.recolumn import recolumned
from ddb_snapshot.files import FILE_BYTES, OpenFile
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
    key_lists: tuple[str, ...]


def draft_unchanged(task: MergeTask, file: DataFile) -> Read:
    """The file's items that have not changed.

    Raises:
        ItemsLost: the file holds another number of rows than the previous manifest says.
    """
    s3 = storage.client("s3", task.region)
    with tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as disk:
        local = Path(disk) / "source"
        storage.download(s3, task.previous / file.path, local)
        masks = list(_unchanged(task, s3, local))
        rows = sum(len(mask) for mask in masks)
        if rows != file.rows:
            raise ItemsLost(f"{task.previous / file.path} has {rows:,} rows, its manifest says {file.rows:,}.")
        if all(mask.all() for mask in masks) and task.old == task.new:
            whole = Draft((task.previous / file.path).key, file.rows, file.bytes, 0)
            return Read(1, Drafted((whole,), (task.new,), items=file.rows))
        return Read(1, _rewritten(task, s3, file, local, masks, Path(disk)))


def _unchanged(task: MergeTask, s3: Any, local: Path) -> Iterator[Mask]:
    """For each part of the file which of its rows have not changed. Only the key columns are read."""
    columns = key_columns(task.old, task.key_names)
    with local.open("rb") as opened:
        for part in formats.read_parts(task.output_format, opened, columns):
            keys = row_keys(part, columns, task.key_names)
            changed = np.zeros(len(keys), np.bool_)
            for listed in task.key_lists:
                known = _key_list(s3, S3Path(task.staging.bucket, listed))
                changed |= pc.is_in(keys, known).to_numpy(zero_copy_only=False)
            yield ~changed


@cache
def _cached_list(s3: Any, path: S3Path) -> pa.Array:
    return read_key_list(s3, path)


def _key_list(s3: Any, path: S3Path) -> pa.Array:
    # One list is kept for the next part, or for the next file; of several only the one in use.
    if _cached_list.cache_info().currsize > 1:
        _cached_list.cache_clear()
    return _cached_list(s3, path)


def _rewritten(task: MergeTask, s3: Any, file: DataFile, local: Path, masks: list[Mask], disk: Path) -> Drafted:
    drafted, writing = Drafted(), None
    folder, stem = task.staging / "unchanged/", file.path.partition(".")[0]
    with local.open("rb") as opened:
        parts = formats.read_parts(task.output_format, opened, task.old)
        for mask, part in zip(masks, parts, strict=True):
            kept = part if mask.all() else part.filter(pa.array(mask))
            for batch in recolumned(kept, task.old, task.new):
                if writing is None:
                    name = f"{stem}-{len(drafted.drafts):03d}"
                    writing = OpenFile(s3, folder, name, task.output_format, task.new, disk)
                writing.write(batch)
                if writing.bytes_written >= FILE_BYTES:
                    drafted, writing = _with(drafted, writing, folder, task.new), None
    return drafted if writing is None else _with(drafted, writing, folder, task.new)


def _with(drafted: Drafted, writing: OpenFile, folder: S3Path, columns: Layout) -> Drafted:
    written = writing.close()
    draft = Draft((folder / written.path).key, written.rows, written.bytes, 0)
    return Drafted.add(drafted, Drafted((draft,), (columns,), items=written.rows))
