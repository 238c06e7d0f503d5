"""How much memory a task needs, for each format: its peak, in a process of its own.

For items with 20 of 5,000 attributes, and for items of 400 KB. A task reads a piece with its census, and again once the
columns are planned, and writes the rows into a file: so does this. Linux only: the peak is what the kernel counts, as
its out-of-memory killer does.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from benchmarks.datasets import DataSet, large, sparse
from ddb_snapshot import formats
from ddb_snapshot.census import Census
from ddb_snapshot.columns import plan
from ddb_snapshot.encode import encode_parts
from ddb_snapshot.tagged import TaggedSchema, read_pages

ATTRIBUTES = 5_000
DATA: dict[str, Callable[[float], DataSet]] = {"wide": partial(sparse, ATTRIBUTES, 20), "large": large}
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
    tagged, schema = read_pages(data.pages)
    columns = plan(Census.of(tagged), (), keys={"id": "S"})
    tagged, _ = read_pages(data.pages, TaggedSchema.for_columns(columns, None, schema))
    with tempfile.NamedTemporaryFile() as file:
        with pa.OSFile(file.name, "wb") as sink:
            writer = formats.by_name(output_format).Writer(sink, columns)
            for batch in encode_parts(tagged, columns):
                writer.write(batch)
            writer.close()
        size = Path(file.name).stat().st_size
    return Measured(len(columns), data.items, size, time.process_time() - began, _peak())


def _peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
