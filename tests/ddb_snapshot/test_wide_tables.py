"""A table of thousands of attributes, or of the largest items, fits into a task's memory in every format."""

import io
import sys
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.orc as po
import pytest

from benchmarks import memory
from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.pieces import PIECE_BYTES
from ddb_snapshot.types import Field, ListOf, Struct, Text

GIB = 1024**3

linux = pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process's memory is the Linux kernel's")


@linux
@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_a_task_with_5000_attributes_stays_within_2_gib(output_format: str) -> None:
    """More rows than the format holds at once of so wide a table. (Avro goes through Python objects, slowly.)"""
    measured = memory.measured("wide", 2 if output_format == "avro" else 3, output_format)

    assert measured.columns == memory.ATTRIBUTES + 1
    assert measured.rows > (1_000 if output_format == "avro" else 3_200)
    assert measured.peak_bytes < 2 * GIB


@linux
@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_a_task_with_items_of_400_kb_stays_within_2_gib(output_format: str) -> None:
    """As many as one staged piece holds."""
    measured = memory.measured("large", PIECE_BYTES / 1e6, output_format)

    assert measured.rows > 30
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
