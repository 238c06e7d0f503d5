"""The previous snapshot's files without the items that have changed since, in the new snapshot's columns.

A file in which nothing has changed is taken as it is. A task holds one part of a file and a few lists of changed keys
at a time, so its memory is bounded whatever their numbers.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot import formats, storage
from ddb_snapshot.capture.changes import read_key_list
from ddb_snapshot.capture.export import Read
from ddb_snapshot.capture.item_keys import key_columns, row_keys
from ddb_snapshot.drafts import Draft, Drafted, ItemsLost, Layout
from ddb_snapshot.encode.recolumn import recolumned
from ddb_snapshot.files import DataFiles
from ddb_snapshot.formats.conform import conform, schema
from ddb_snapshot.manifest import DataFile
from ddb_snapshot.numbers import Mask
from ddb_snapshot.storage import S3Path

# They are as long as a bucket has changes: a few for the parts to come, whatever their number.
_LISTS_KEPT: Final = 4


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
        folder = task.staging / f"unchanged/{file.path.partition('.')[0]}/"
        storage.download(s3, task.previous / file.path, local)
        files: DataFiles | None = None
        rows, leading = 0, 0
        for part in _parts(task, local):
            unchanged = _unchanged(task, s3, part)
            rows += part.num_rows
            if files is None:
                if task.old == task.new and unchanged.all():
                    leading += 1
                    continue
                files = DataFiles(s3, folder, task.output_format, task.new, 0, Path(disk))
                for earlier in islice(_parts(task, local), leading):
                    _write(task, files, earlier)
            _write(task, files, part.filter(pa.array(unchanged)))
        if rows != file.rows:
            raise ItemsLost(f"{task.previous / file.path} has {rows:,} rows, its manifest says {file.rows:,}.")
        if files is None:
            whole = Draft((task.previous / file.path).key, file.rows, file.bytes, 0)
            return Read(1, Drafted((whole,), (task.old,), items=file.rows))
        drafts = tuple(
            Draft((folder / made.path).key, made.rows, made.bytes, 0) for made in files.finish() if made.rows
        )
        return Read(1, Drafted(drafts, (task.new,), items=sum(draft.rows for draft in drafts)))


def _parts(task: MergeTask, local: Path) -> Iterator[pa.Table]:
    read = formats.stored_parts if task.old == task.new else formats.read_parts
    with local.open("rb") as opened:
        yield from read(task.output_format, opened, task.old)


def _unchanged(task: MergeTask, s3: Any, part: pa.Table) -> Mask:
    """Which rows have not changed."""
    columns = key_columns(task.old, task.key_names)
    keys = row_keys(conform(part, schema(columns)), columns, task.key_names)
    changed = np.zeros(len(keys), np.bool_)
    for listed in task.key_lists:
        known = _key_list(s3, S3Path(task.staging.bucket, listed))
        changed |= pc.is_in(keys, known).to_numpy(zero_copy_only=False)
    return ~changed


@lru_cache(maxsize=_LISTS_KEPT)
def _key_list(s3: Any, path: S3Path) -> pa.Array:
    return read_key_list(s3, path)


def _write(task: MergeTask, files: DataFiles, rows: pa.Table) -> None:
    for batch in recolumned(rows, task.old, task.new):
        files.write(batch)
