"""ORC: stripes compressed with Zstandard, read by column name.

Athena reads ORC by position unless told otherwise; by name, columns and struct fields that were added later read as
NULL in older files. Nothing needs encoding: every column type has an ORC type.

Arrow's writer holds about 0.6 MB for each open column, whatever is in it: a table of thousands of attributes is better
kept as Parquet (10,000 columns need 6 GB here, and 0.8 GB there).
Source: Athena user guide, "ORC SerDe", "Handle schema updates" (`orc.column.index.access`), "Use Hive table
compression".
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.orc as po

from ddb_snapshot.columns import Column
from ddb_snapshot.formats.conform import conform, schema
from ddb_snapshot.formats.storage_format import StorageFormat
from ddb_snapshot.types import ColumnType, hive_type

EXTENSION: Final = ".orc"
_STRIPE_BYTES: Final = 64 * 1024 * 1024


class Writer:
    """Writes batches; ORC's writer gathers them into stripes."""

    def __init__(self, sink: pa.NativeFile, columns: Sequence[Column]) -> None:
        self._schema = schema(columns)
        self._writer = po.ORCWriter(sink, compression="zstd", stripe_size=_STRIPE_BYTES)
        # The file's schema is that of the first rows written: an empty file needs it too.
        self._writer.write(self._schema.empty_table())

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        # Arrow's ORC writer overlooks the offset of a sliced array inside a struct: a copy has none.
        copied = batch.take(pa.array(range(batch.num_rows), pa.int64()))
        shown = [_without_hidden(column) for column in copied.columns]
        self._writer.write(pa.Table.from_arrays(shown, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def read(source: Any, columns: Sequence[Column]) -> pa.Table:
    """The rows of a file, in the columns' types."""
    return conform(po.ORCFile(source).read(), schema(columns))


def read_parts(source: Any, columns: Sequence[Column]) -> Iterator[pa.Table]:
    """The rows of a file, a stripe at a time."""
    file, target = po.ORCFile(source), schema(columns)
    for number in range(file.nstripes):
        yield conform(pa.Table.from_batches([file.read_stripe(number)]), target)


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
