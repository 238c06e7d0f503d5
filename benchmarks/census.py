"""What the census costs on top of the decode: CPU seconds of both on the same pages, alternating, medians of five runs.

Decode is what a snapshot must pay without a census: raw pages to tagged values, to typed columns, to Parquet.
"""

import statistics
import time
from collections.abc import Callable, Sequence

import pyarrow as pa

from benchmarks.datasets import DataSet, flat, nested, sparse
from ddb_snapshot import formats
from ddb_snapshot.census import Census
from ddb_snapshot.columns import Column, plan
from ddb_snapshot.encode import encode_parts
from ddb_snapshot.tagged import Tagged, TaggedSchema, read_pages

RUNS = 5


def main() -> None:
    """Print the table."""
    print("| data | MB | decode, CPU s | census, CPU s | census / decode |")
    print("|---|---|---|---|---|")
    for data in (flat(100, 30), flat(400, 30), flat(4_000, 30), nested(30), sparse(500, 10, 30), sparse(5_000, 10, 10)):
        decode_seconds, census_seconds = measured(data)
        share = census_seconds / decode_seconds
        print(f"| {data.name} | {data.megabytes:.0f} | {decode_seconds:.2f} | {census_seconds:.2f} | {share:.0%} |")


def measured(data: DataSet) -> tuple[float, float]:
    """CPU seconds of decode and of census, each the median of `RUNS`."""
    tagged, schema = read_pages(data.pages)
    columns = plan(Census.of(tagged), (), keys={"id": "S"})
    known = TaggedSchema.for_columns(columns, None, schema)
    decodes, censuses = [], []
    for _ in range(RUNS):
        decodes.append(cpu_seconds(lambda: decode(data.pages, known, columns)))
        censuses.append(cpu_seconds(lambda: Census.of(tagged)))
    return statistics.median(decodes), statistics.median(censuses)


def decode(pages: bytes, schema: TaggedSchema, columns: Sequence[Column]) -> None:
    """Pages to Parquet, in memory."""
    tagged: Tagged = read_pages(pages, schema)[0]
    writer = formats.by_name("parquet").Writer(pa.BufferOutputStream(), columns)
    for batch in encode_parts(tagged, columns):
        writer.write(batch)
    writer.close()


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds that a call takes, of all threads."""
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    main()
