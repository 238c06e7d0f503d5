"""ORC: stripes compressed with Zstandard, read by column name.

Athena reads ORC by position unless told otherwise; by name, columns and struct fields that were added later read as
NULL in older files. Nothing needs encoding: every column type has an ORC type.

A table of more than 1,000 columns, struct fields and list elements counted, is written without compression. Arrow's
writer holds 0.7 MB for each compressed column, whatever is in it, and 0.05 MB for one that isn't: a task with 5,000
columns needs 3.7 GB or 0.9 GB. Such tables are better kept as Parquet, which compresses them.

Source: Athena user guide, "ORC SerDe", "Handle schema updates" (`orc.column.index.access`), "Use Hive table
compression"; apache/orc issue 1240 and pull request 1394 (each stream of a column reserves 1 MiB, in blocks).
"""

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.orc as po

from ddb_snapshot import thresholds
from ddb_snapshot.batches import one_batch
from ddb_snapshot.columns import Column
from ddb_snapshot.formats.conform import conform, schema
from ddb_snapshot.formats.storage_format import StorageFormat
from ddb_snapshot.types import ColumnType, hive_type

EXTENSION: Final = ".orc"
_STRIPE_BYTES: Final = 64 * 1024 * 1024
# A stream's first MiB in one block: of many small blocks the first bytes of each are touched, and so in memory.
_BLOCK_BYTES: Final = 1024 * 1024


class Writer:
    """Writes batches; ORC's writer gathers them into stripes, of a wide table this one does."""

    def __init__(self, sink: pa.NativeFile, columns: Sequence[Column]) -> None:
        self._schema = schema(columns)
        width = sum(_width(field.type) for field in self._schema)
        self._wide = width > thresholds.now().orc_compressed_columns
        self._writer = po.ORCWriter(sink, **(_uncompressed(width) if self._wide else _COMPRESSED))
        # The file's schema is that of the first rows written: an empty file needs it too.
        self._writer.write(self._schema.empty_table())
        self._waiting: list[pa.RecordBatch] = []

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._waiting.append(batch)
        if not self._wide or sum(waiting.nbytes for waiting in self._waiting) >= thresholds.now().orc_gathered_bytes:
            self._write_waiting()

    def close(self) -> None:
        """Finish the file."""
        self._write_waiting()
        self._writer.close()
        self._writer = None
        _give_memory_back()

    def _write_waiting(self) -> None:
        if self._waiting:
            rows = one_batch(self._waiting)
            self._waiting = []
            # Arrow's ORC writer overlooks the offset of a sliced array inside a struct: a copy has none.
            copied = rows.take(pa.array(range(rows.num_rows), pa.int64()))
            shown = [_without_hidden(column) for column in copied.columns]
            self._writer.write(pa.Table.from_arrays(shown, schema=self._schema))


def read_parts(source: Any, columns: Sequence[Column], wanted: Sequence[Column]) -> Iterator[pa.Table]:
    """The rows of a file, a stripe at a time."""
    file, target = po.ORCFile(source), schema(wanted)
    there = [name for name in file.schema.names if name in target.names]
    for number in range(file.nstripes):
        yield conform(pa.Table.from_batches([file.read_stripe(number, columns=there)]), target)


stored_parts = read_parts


def catalog_type(column_type: ColumnType) -> str:
    """The column type's name in the Data Catalog."""
    return hive_type(column_type)


def storage(columns: Sequence[Column]) -> StorageFormat:
    """What the Data Catalog is told."""
    return StorageFormat(
        serde="org.apache.hadoop.hive.ql.io.orc.OrcSerde",
        input_format="org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        serde_parameters={"serialization.format": "1", "orc.column.index.access": "false"},
        table_parameters={"classification": "orc", "compressionType": "none"},
    )


_COMPRESSED: Final[Mapping[str, Any]] = {"compression": "zstd", "stripe_size": _STRIPE_BYTES}


def _uncompressed(width: int) -> Mapping[str, Any]:
    """The writer's options for a wide table.

    ORC takes a begun block for a full one when it looks at a stripe's size, so here each batch becomes a stripe.
    """
    return {
        "compression": "uncompressed",
        "compression_block_size": _BLOCK_BYTES,
        "stripe_size": _STRIPE_BYTES,
        "batch_size": max(1, thresholds.now().orc_stripe_cells // width),
    }


def _give_memory_back() -> None:
    """Let the C library return what is free to the system, where it can.

    The next writer's blocks come to lie beside those of the last one: 5,000 columns took 170 MB more with each file.
    Source: malloc_trim(3).
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _width(kind: pa.DataType) -> int:
    """How many ORC columns a column is, those inside it counted."""
    return 1 + sum(_width(kind.field(at).type) for at in range(kind.num_fields))


def _without_hidden(array: pa.Array) -> pa.Array:
    """The same values, with nothing below a null: Arrow's ORC writer would write what lies there, as a later row's."""
    if pa.types.is_struct(array.type):
        members = [_without_hidden(member) for member in array.flatten()]
        return pa.StructArray.from_arrays(members, fields=list(array.type), mask=array.is_null())
    if pa.types.is_list(array.type):
        lengths = array.value_lengths().fill_null(0)
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
        elements = _without_hidden(array.flatten())
        return pa.ListArray.from_arrays(offsets, elements, type=array.type, mask=array.is_null())
    return array
