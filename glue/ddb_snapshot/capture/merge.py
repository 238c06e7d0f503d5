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
from ddb_snapshot.files import FILE_BYTES, OpenFile
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
        storage.download(s3, task.previous / file.path, local)
        drafting = _Unchanged(task, s3, file, Path(disk))
        rows, leading = 0, 0
        for part in _parts(task, local):
            unchanged = _unchanged(task, s3, part)
            rows += part.num_rows
            if task.old == task.new and not drafting.begun and unchanged.all():
                leading += 1
                continue
            for earlier in islice(_parts(task, local), leading):
                drafting.write(earlier)
            leading = 0
            drafting.write(part.filter(pa.array(unchanged)))
        if rows != file.rows:
            raise ItemsLost(f"{task.previous / file.path} has {rows:,} rows, its manifest says {file.rows:,}.")
        if not drafting.begun:
            whole = Draft((task.previous / file.path).key, file.rows, file.bytes, 0)
            return Read(1, Drafted((whole,), (task.old,), items=file.rows))
        return Read(1, drafting.finish())


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


class _Unchanged:
    """Drafts of one file's items that have not changed."""

    def __init__(self, task: MergeTask, s3: Any, file: DataFile, disk: Path) -> None:
        self.begun = False
        self._task = task
        self._s3 = s3
        self._stem = file.path.partition(".")[0]
        self._disk = disk
        self._drafted = Drafted()
        self._file: OpenFile | None = None

    def write(self, rows: pa.Table) -> None:
        """Add rows, which have the old columns."""
        self.begun = True
        for batch in recolumned(rows, self._task.old, self._task.new):
            if self._file is None:
                self._file = self._open()
            self._file.write(batch)
            if self._file.bytes_written >= FILE_BYTES:
                self._close()

    def finish(self) -> Drafted:
        """Close the last draft. There is none where every item has changed."""
        self._close()
        return self._drafted

    @property
    def _folder(self) -> S3Path:
        return self._task.staging / "unchanged/"

    def _open(self) -> OpenFile:
        task, name = self._task, f"{self._stem}-{len(self._drafted.drafts):03d}"
        return OpenFile(self._s3, self._folder, name, task.output_format, task.new, self._disk)

    def _close(self) -> None:
        if self._file is not None:
            written = self._file.close()
            draft = Draft((self._folder / written.path).key, written.rows, written.bytes, 0)
            made = Drafted((draft,), (self._task.new,), items=written.rows)
            self._drafted, self._file = Drafted.add(self._drafted, made), None
