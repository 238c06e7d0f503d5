"""How much memory a task needs, for each format: its peak, in a process of its own.

For items with 20 of 5,000 attributes, and for items of 400 KB. The process does what tasks do: it drafts each half of
the pages with a census, plans the columns, and makes one file of both drafts; only S3 is a folder. Linux only: the peak
is what the kernel counts, as its out-of-memory killer does.
"""

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote_plus

import orjson

from ddb_snapshot import formats, storage
from ddb_snapshot.assembly import FilesTask, grouped, make_files
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.drafts import Drafted, Drafting, DraftTask
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import read_pages

Item = dict[str, Any]

ATTRIBUTES = 5_000
_OF_EACH = 20
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
        named, size_asked, output_format = sys.argv[1:]
        print(json.dumps(asdict(_write(_pages(ITEMS[named], float(size_asked)), output_format))))
        return
    print("| items | format | rows | file, MB | CPU s | peak, MB |")
    print("|---|---|---|---|---|---|")
    for items, megabytes in (("wide", 10), ("large", 32)):
        for output_format in formats.OUTPUT_FORMATS:
            taken = measured(items, megabytes, output_format)
            size, peak = taken.file_bytes / 1e6, taken.peak_bytes / 1e6
            print(
                f"| {items} | {output_format} | {taken.rows:,} | {size:.1f} | {taken.cpu_seconds:.0f} | {peak:,.0f} |"
            )


def measured(items: str, megabytes: float, output_format: str) -> Measured:
    """So many MB of pages of such items, in one format, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", items, str(megabytes), output_format]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    return Measured(**json.loads(done.stdout))


def _wide(number: int) -> Item:
    """An item with the next few of very many attributes: some hundred of them have all."""
    names = range(number * _OF_EACH, (number + 1) * _OF_EACH)
    values = {f"attribute_{name % ATTRIBUTES:05d}": {"S": f"value {name * 7919 % 10**6}"} for name in names}
    return {"id": {"S": f"item-{number:09d}"}, **values}


def _large(number: int) -> Item:
    """An item of nearly 400 KB, the most that DynamoDB takes: a long text, bytes, and a list of many maps."""
    chance = random.Random(number)
    line = {"sku": {"S": f"SKU-{number}"}, "price": {"N": f"{number}.5"}}
    return {
        "id": {"S": f"item-{number:09d}"},
        "text": {"S": chance.randbytes(50_000).hex()},
        "bytes": {"B": b64encode(chance.randbytes(100_000)).decode()},
        "lines": {"L": [{"M": line} for _ in range(8_000)]},
    }


ITEMS: dict[str, Callable[[int], Item]] = {"wide": _wide, "large": _large}


def _pages(item: Callable[[int], Item], megabytes: float) -> list[bytes]:
    """Scan pages of one item each, a line each: how many are on a page makes no difference to a task."""
    pages: list[bytes] = []
    size = 0
    while size < megabytes * 1e6:
        pages.append(orjson.dumps({"Items": [item(len(pages))], "Count": 1, "ScannedCount": 1}) + b"\n")
        size += len(pages[-1])
    return pages


def _write(pages: list[bytes], output_format: str) -> Measured:
    began = time.process_time()
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
