"""Data files: written on the worker's disk in an output format, uploaded when they are closed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ddb_snapshot import formats, storage, thresholds
from ddb_snapshot.columns import Column
from ddb_snapshot.manifest import DataFile
from ddb_snapshot.storage import S3Path


class OpenFile:
    """One file that is being written; `stem` is its name without the format's extension."""

    def __init__(
        self, s3: Any, location: S3Path, stem: str, output_format: str, columns: Sequence[Column], folder: Path
    ) -> None:
        chosen = formats.by_name(output_format)
        self._s3 = s3
        self._location = location
        self._path = folder / f"{stem}{chosen.EXTENSION}"
        self._sink = pa.OSFile(str(self._path), "wb")
        self._writer = chosen.Writer(self._sink, columns)
        self.rows = 0

    @property
    def bytes_written(self) -> int:
        """What is on disk by now; a format may hold rows back until a row group is full."""
        return int(self._sink.tell())

    def write(self, rows: pa.RecordBatch) -> None:
        """Add rows."""
        self._writer.write(rows)
        self.rows += rows.num_rows

    def close(self) -> DataFile:
        """Finish the file and upload it."""
        self._writer.close()
        self._sink.close()
        storage.upload(self._s3, self._path, self._location / self._path.name)
        size = self._path.stat().st_size
        self._path.unlink()
        return DataFile(self._path.name, self.rows, size)


class DataFiles:
    """Data files with one number in their names, one after another: each is closed when it is large enough."""

    def __init__(
        self, s3: Any, location: S3Path, output_format: str, columns: Sequence[Column], number: int, folder: Path
    ) -> None:
        self._s3 = s3
        self._location = location
        self._format = output_format
        self._columns = columns
        self._number = number
        self._folder = folder
        self._finished: list[DataFile] = []
        self._file = self._open()

    def write(self, rows: pa.RecordBatch) -> None:
        """Write rows; close the file when it is large enough."""
        if self._file.bytes_written >= thresholds.now().file_bytes:
            self._finished.append(self._file.close())
            self._file = self._open()
        self._file.write(rows)

    def finish(self) -> tuple[DataFile, ...]:
        """Close the last file. There is at least one."""
        return (*self._finished, self._file.close())

    def _open(self) -> OpenFile:
        following = f"-{len(self._finished)}" if self._finished else ""
        stem = f"part-{self._number:05d}{following}"
        return OpenFile(self._s3, self._location, stem, self._format, self._columns, self._folder)
