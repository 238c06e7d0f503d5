"""How much memory a task needs, for each format: its peak, in a process of its own.

For items with 20 of 5,000 attributes, and for items of 400 KB. The process does what tasks do: it drafts each half of
the pages with a census, plans the columns, and makes one file of both drafts; only S3 is a folder. Linux only: the peak
is what the kernel counts, as its out-of-memory killer does.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote_plus

from benchmarks.datasets import DataSet, large, taking_turns
from ddb_snapshot import formats, storage
from ddb_snapshot.assembly import FilesTask, grouped, make_files
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.drafts import Drafted, Drafting, DraftTask
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import read_pages

ATTRIBUTES = 5_000
DATA: dict[str, Callable[[float], DataSet]] = {"wide": partial(taking_turns, ATTRIBUTES, 20), "large": large}
_STATUS = Path("/proc/self/status")
"""What the kernel knows of a process. (`getrusage` also counts the parent's memory, of before the program began.)"""


@dataclass(frozen=True)
class Measured:
    """What one process wrote, and its peak."""

    columns: int
    rows: int
    file_bytes: int
    cpu_seconds: float
    peak_bytes: int


def main() -> None:
    """Print the table; given a format, write one file and say what that took."""
    if len(sys.argv) > 1:
        data, megabytes, output_format = sys.argv[1:]
        print(json.dumps(asdict(_write(DATA[data](float(megabytes)), output_format))))
        return
    print("| items | format | rows | file, MB | CPU s | peak, MB |")
    print("|---|---|---|---|---|---|")
    for data, megabytes in (("wide", 10), ("large", 32)):
        for output_format in formats.OUTPUT_FORMATS:
            taken = measured(data, megabytes, output_format)
            size, peak = taken.file_bytes / 1e6, taken.peak_bytes / 1e6
            print(f"| {data} | {output_format} | {taken.rows:,} | {size:.1f} | {taken.cpu_seconds:.0f} | {peak:,.0f} |")


def measured(data: str, megabytes: float, output_format: str) -> Measured:
    """So many MB of pages of that data, in one format, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", data, str(megabytes), output_format]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    return Measured(**json.loads(done.stdout))


def _write(data: DataSet, output_format: str) -> Measured:
    began = time.process_time()
    pages = data.pages.splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as folder:
        s3, staging, location = _Folder(Path(folder)), S3Path("bucket", "staging/"), S3Path("bucket", "files/")
        task = DraftTask("us-east-1", staging, output_format, (), ColumnOptions(), {"id": "S"})
        drafted, schema = Drafted(), None
        for number, half in enumerate((pages[: len(pages) // 2], pages[len(pages) // 2 :])):
            drafting = Drafting(task, s3, staging / f"{number}/", Path(folder))
            raw = b"".join(half)
            tagged, schema = read_pages(raw, schema)
            drafting.write(tagged, len(raw))
            drafted = Drafted.add(drafted, drafting.finish())
        columns = task.plan(drafted.census)
        (group,) = grouped(drafted, columns)
        with patch.object(storage, "client", lambda *_: s3):
            (file,) = make_files(FilesTask("us-east-1", location, output_format, columns), group)
    return Measured(len(columns), file.rows, file.bytes, time.process_time() - began, _peak())


@dataclass(frozen=True)
class _Folder:
    """A folder that takes files as S3's client does."""

    root: Path

    def upload_file(self, filename: str, bucket: str, key: str, **_: object) -> None:
        shutil.copyfile(filename, self.root / quote_plus(key))

    def download_file(self, bucket: str, key: str, filename: str, **_: object) -> None:
        shutil.copyfile(self.root / quote_plus(key), filename)


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
