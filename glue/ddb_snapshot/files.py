"""Pass 2 of the job: staged pieces become data files, all with the same columns.

A task decodes one piece at a time and writes its rows on, so its memory is that of a piece, whatever the table's size.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ddb_snapshot import formats, storage
from ddb_snapshot.columns import Column
from ddb_snapshot.encode import encode_parts
from ddb_snapshot.manifest import DataFile
from ddb_snapshot.pieces import ItemsLost, Piece, read_piece
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema, read_pages

FILE_BYTES: Final = 128 * 1024 * 1024
"""Size at which a data file is closed and the next one begun."""

_GROUP_RAW_BYTES: Final = 1024 * 1024 * 1024
_SMALL_RAW_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class Group:
    """Pieces that one task turns into files, and the number in those files' names."""

    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class FilesTask:
    """What a task must know to write any group's files.

    `location` is the attempt's folder; `schema` what the first pass has learnt of the items.
    """

    region: str
    location: S3Path
    output_format: str
    columns: tuple[Column, ...]
    schema: TaggedSchema


def group_pieces(pieces: Sequence[Piece], parallel: int) -> tuple[Group, ...]:
    """Pieces in groups of at most 1 GiB of pages, enough groups for every task; a small table is one group.

    Even a table without items has one group: a snapshot has at least one file, so that Athena knows its columns.
    """
    total = sum(piece.raw_bytes for piece in pieces)
    wanted = 1 if total <= _SMALL_RAW_BYTES else max(min(parallel, len(pieces)), -(-total // _GROUP_RAW_BYTES))
    share = total / wanted
    groups: list[list[Piece]] = [[] for _ in range(wanted)]
    before = 0
    for piece in pieces:
        groups[min(int(before / share), wanted - 1) if share else 0].append(piece)
        before += piece.raw_bytes
    filled = [group for group in groups if group] or [[]]
    return tuple(Group(number, tuple(group)) for number, group in enumerate(filled))


def write_group(task: FilesTask, group: Group) -> tuple[DataFile, ...]:
    """Write one group's files. Running it again writes the same files under the same names.

    Raises:
        ItemsLost: a piece doesn't hold the items that it was staged with.
    """
    s3 = storage.client("s3", task.region)
    schema = task.schema
    with tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as folder:
        files = DataFiles(s3, task.location, task.output_format, task.columns, group.number, Path(folder))
        for piece in group.pieces:
            raw = read_piece(s3, task.location.bucket, piece)
            tagged, schema = read_pages(raw, schema)
            if tagged.rows != piece.items:
                raise ItemsLost(f"{piece.key}: {piece.items} items were staged, {tagged.rows} rows were decoded.")
            for rows in encode_parts(tagged, task.columns):
                files.write(rows)
        return files.finish()


class DataFiles:
    """Data files with one number in their names, one after another: each is closed when it is large enough."""

    def __init__(
        self, s3: Any, location: S3Path, output_format: str, columns: Sequence[Column], number: int, folder: Path
    ) -> None:
        self._s3 = s3
        self._location = location
        self._format = formats.by_name(output_format)
        self._columns = columns
        self._number = number
        self._folder = folder
        self._finished: list[DataFile] = []
        self._open()

    def write(self, rows: pa.RecordBatch) -> None:
        """Write rows; close the file when it is large enough."""
        if self._sink.tell() >= FILE_BYTES:
            self._close()
            self._open()
        self._writer.write(rows)
        self._rows += rows.num_rows

    def finish(self) -> tuple[DataFile, ...]:
        """Close the last file. There is at least one."""
        self._close()
        return tuple(self._finished)

    def _open(self) -> None:
        following = f"-{len(self._finished)}" if self._finished else ""
        self._path = self._folder / f"part-{self._number:05d}{following}{self._format.EXTENSION}"
        self._sink = pa.OSFile(str(self._path), "wb")
        self._writer = self._format.Writer(self._sink, self._columns)
        self._rows = 0

    def _close(self) -> None:
        self._writer.close()
        self._sink.close()
        storage.upload(self._s3, self._path, self._location / self._path.name)
        self._finished.append(DataFile(self._path.name, self._rows, self._path.stat().st_size))
        self._path.unlink()
