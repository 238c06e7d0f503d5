"""Where a task's CPU time goes: each stage alone, on the same pages, alternating, medians of five runs.

What a snapshot must pay for is decode, columns and file; the census on top is never a sample, so that no column is
missing. Only the network and boto3 aren't here: `scan` has the whole.
"""

import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pyarrow as pa

from benchmarks.datasets import SIZES, DataSet, flat, nested, sparse
from benchmarks.measuring import ROUNDS
from ddb_snapshot import formats
from ddb_snapshot.census import Census
from ddb_snapshot.columns import Column, plan
from ddb_snapshot.encode import encode_parts
from ddb_snapshot.tagged import Tagged, TaggedSchema, read_pages

MEGABYTES = 30.0
_BLOCK_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Stages:
    """CPU seconds of each stage on one data set, and the size of the file that came of it."""

    data: str
    megabytes: float
    seconds: Mapping[str, float]
    file_megabytes: float


def measure(megabytes: float = MEGABYTES, rounds: int = ROUNDS) -> list[Stages]:
    """All data sets."""
    sets = [kind(size, megabytes) for kind in (flat, nested) for size in SIZES]
    sets += [sparse(500, 10, megabytes), sparse(5_000, 10, megabytes / 3)]
    return [measured(data, rounds) for data in sets]


def measured(data: DataSet, rounds: int) -> Stages:
    """One data set."""
    blocks = list(_blocks(data.pages))
    schema = reduce(lambda known, block: read_pages(block, known)[1], blocks, TaggedSchema())
    seen = [read_pages(block, schema)[0] for block in blocks]
    columns = plan(reduce(Census.merge, map(Census.of, seen)), (), keys={"id": "S"})
    rows = [batch for tagged in seen for batch in encode_parts(tagged, columns)]
    work: dict[str, Callable[[], Any]] = {
        "crc32": lambda: [zlib.crc32(block) for block in blocks],
        "decode": lambda: [read_pages(block, schema) for block in blocks],
        "census": lambda: [Census.of(tagged) for tagged in seen],
        "columns": lambda: _encoded(seen, columns),
        "file": lambda: _written(rows, columns),
    }
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, stage in work.items():
            before = time.process_time()
            stage()
            seconds[name].append(time.process_time() - before)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    return Stages(data.name, data.megabytes, medians, _written(rows, columns) / 1e6)


def _encoded(seen: list[Tagged], columns: tuple[Column, ...]) -> None:
    for tagged in seen:
        for _ in encode_parts(tagged, columns):
            pass


def _written(rows: list[Any], columns: tuple[Column, ...]) -> int:
    """Parquet in memory; its bytes."""
    sink = pa.BufferOutputStream()
    writer = formats.by_name("parquet").Writer(sink, columns)
    for batch in rows:
        writer.write(batch)
    writer.close()
    return int(sink.getvalue().size)


def _blocks(pages: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(pages):
        end = pages.find(b"\n", min(start + _BLOCK_BYTES, len(pages) - 1)) + 1
        yield pages[start:end]
        start = end
