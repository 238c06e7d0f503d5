"""A table of thousands of attributes, or of the largest items, fits into a task's memory in every format."""

import io
import subprocess
import sys
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.orc as po
import pytest

from benchmarks import memory
from ddb_snapshot import formats, thresholds
from ddb_snapshot.columns import Column
from ddb_snapshot.encode.recolumn import recolumned
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.types import Field, ListOf, Struct, Text
from tests.profiles import BRIEF

GIB = 1024**3

# The others' writers are the same with every release of Arrow.
ARROWS = ("parquet", "orc")
MEASURED = ARROWS if BRIEF else OUTPUT_FORMATS

linux = pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process's memory is the Linux kernel's")


@linux
@pytest.mark.parametrize("output_format", MEASURED)
def test_a_task_with_5000_attributes_stays_within_2_gib(output_format: str) -> None:
    """Columnar formats with as many rows as a batch of so wide a table has, the others with as many as they hold."""
    measured = memory.measured("wide", 3 if output_format in ARROWS else 0.8, output_format)

    assert measured.columns == memory.ATTRIBUTES + 1
    assert measured.peak_bytes < 2 * GIB


@linux
@pytest.mark.parametrize("output_format", MEASURED)
def test_a_task_with_items_of_400_kb_stays_within_2_gib(output_format: str) -> None:
    measured = memory.measured("large", thresholds.now().block_bytes / 1e6, output_format)

    assert measured.rows > 40
    assert measured.peak_bytes < 2 * GIB


def orc(columns: Sequence[Column], batches: Sequence[pa.RecordBatch]) -> io.BytesIO:
    """An ORC file of these batches."""
    sink = pa.BufferOutputStream()
    writer = formats.by_name("orc").Writer(sink, columns)
    for batch in batches:
        writer.write(batch)
    writer.close()
    return io.BytesIO(sink.getvalue())


def texts(width: int) -> tuple[Column, ...]:
    """Columns of text."""
    return tuple(Column(f"c{at}", f"c{at}", Text()) for at in range(width))


@pytest.mark.parametrize(("width", "compression"), [(1_000, "ZSTD"), (1_001, "UNCOMPRESSED")])
def test_orc_is_compressed_up_to_a_thousand_columns(width: int, compression: str) -> None:
    columns = texts(width)
    rows = pa.table([pa.array([f"{at}", None, ""]) for at in range(width)], schema=schema(columns))
    pieces = [batch for start in range(3) for batch in rows.slice(start, 1).to_batches()]

    file = orc(columns, pieces)

    assert po.ORCFile(file).compression == compression
    assert formats.read("orc", file, columns).equals(rows)


def test_struct_fields_and_list_elements_count_as_columns_of_orc() -> None:
    fields = tuple(Field(f"f{at}", f"f{at}", Text()) for at in range(999))
    for kind, compression in ((Struct(fields), "ZSTD"), (ListOf(Struct(fields)), "UNCOMPRESSED")):
        columns = (Column("c", "c", kind),)
        assert po.ORCFile(orc(columns, schema(columns).empty_table().to_batches())).compression == compression


def test_small_batches_of_a_wide_table_are_gathered_into_one_stripe() -> None:
    columns = texts(1_500)
    one = pa.RecordBatch.from_arrays([pa.array(["x"])] * len(columns), schema=schema(columns))

    assert po.ORCFile(orc(columns, [one] * 20)).nstripes == 1


def test_a_narrow_drafts_rows_get_a_wide_tables_columns_some_at_a_time() -> None:
    old, new = texts(2), texts(5_000)
    rows = pa.table([pa.array([str(at) for at in range(10_000)]), pa.nulls(10_000, pa.string())], schema=schema(old))

    batches = [*recolumned(rows, old, new)]

    assert max(batch.num_rows for batch in batches) * len(new) <= thresholds.now().batch_cells
    assert pa.Table.from_batches(batches).select(["c0", "c1"]).equals(rows)
    assert batches[0].column("c4999").null_count == batches[0].num_rows


@pytest.mark.parametrize("output_format", ["json", "csv"])
def test_text_of_a_wide_table_is_read_in_few_rows_at_a_time(output_format: str) -> None:
    columns = texts(5_000)
    rows = pa.table([pa.array(["x", None] * 150)] * len(columns), schema=schema(columns))
    sink = pa.BufferOutputStream()
    formats.write(output_format, rows, columns, sink)

    parts = [*formats.read_parts(output_format, io.BytesIO(sink.getvalue()), columns)]

    assert [part.num_rows for part in parts] == [200, 100]
    assert pa.concat_tables(parts).equals(rows)


@linux
def test_one_orc_file_after_another_takes_no_more_memory() -> None:
    """A task writes many. ORC's writer leaves free memory behind that the next one doesn't take."""
    program = """
import re
import pyarrow as pa
from tests.ddb_snapshot.test_wide_tables import orc, schema, texts

peaks, columns = [], texts(2_000)
for _ in range(6):
    orc(columns, [pa.RecordBatch.from_arrays([pa.array(["x"] * 50)] * len(columns), schema=schema(columns))])
    peaks.append(int(re.search("VmHWM:.* ([0-9]+) kB", open("/proc/self/status").read())[1]))
print(peaks[-1] / peaks[0])
"""
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)

    assert float(done.stdout) < 1.2
