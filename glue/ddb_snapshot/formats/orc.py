"""ORC: stripes compressed with Zstandard, read by column name.

Athena reads ORC by position unless told otherwise; by name, columns and struct fields that were added later read as
NULL in older files. Nothing needs encoding: every column type has an ORC type.
Source: Athena user guide, "ORC SerDe", "Handle schema updates" (`orc.column.index.access`), "Use Hive table
compression".
"""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa
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
        self._writer.write(pa.Table.from_batches([copied], self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def read(source: Any, columns: Sequence[Column]) -> pa.Table:
    """The rows of a file, in the columns' types."""
    return conform(po.ORCFile(source).read(), schema(columns))


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
