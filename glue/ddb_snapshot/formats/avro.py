"""Avro container files, deflated (a codec that every Avro reader has).

Nothing needs encoding: decimals are bytes with the logical type `decimal`, and column names are Avro names already.
Every field is a union of null and its type, null by default, so that a reader with a later schema reads what a file
lacks as null. Records are named by the path of their attribute.

Rows pass through Python objects here: choose Parquet where speed counts.
Sources: Athena user guide, "Avro SerDe" (`avro.schema.literal`), "Use Hive table compression"; Avro specification,
"Names", "Decimal".
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import fastavro
import fastavro.write
import pyarrow as pa

from ddb_snapshot import thresholds
from ddb_snapshot.columns import Column
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.formats.storage_format import StorageFormat
from ddb_snapshot.types import ColumnType, hive_type

EXTENSION: Final = ".avro"
_NAMESPACE: Final = "snapshot"
_SCALARS: Final = {
    pa.string(): "string",
    pa.int64(): "long",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.binary(): "bytes",
}


class Writer:
    """Writes batches, row by row."""

    def __init__(self, sink: pa.NativeFile, columns: Sequence[Column]) -> None:
        self._writer = fastavro.write.Writer(sink, fastavro.parse_schema(avro_schema(columns)), codec="deflate")

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        for start in range(0, batch.num_rows, thresholds.now().avro_rows):
            for row in batch.slice(start, thresholds.now().avro_rows).to_pylist():
                self._writer.write(row)

    def close(self) -> None:
        """Finish the file."""
        self._writer.flush()


def read_parts(source: Any, columns: Sequence[Column], wanted: Sequence[Column]) -> Iterator[pa.Table]:
    """The rows of a file, some at a time."""
    rows, target = fastavro.reader(source, reader_schema=fastavro.parse_schema(avro_schema(wanted))), schema(wanted)
    while part := list(islice(rows, thresholds.now().avro_rows)):
        yield pa.Table.from_pylist(part, schema=target)


stored_parts = read_parts


def avro_schema(columns: Sequence[Column]) -> dict[str, Any]:
    """The Avro schema of rows with these columns."""
    fields = [_field(field, ()) for field in schema(columns)]
    return {"type": "record", "name": "row", "namespace": _NAMESPACE, "fields": fields}


def catalog_type(column_type: ColumnType) -> str:
    """The column type's name in the Data Catalog."""
    return hive_type(column_type)


def storage(columns: Sequence[Column]) -> StorageFormat:
    """What the Data Catalog is told."""
    return StorageFormat(
        serde="org.apache.hadoop.hive.serde2.avro.AvroSerDe",
        input_format="org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
        serde_parameters={
            "serialization.format": "1",
            "avro.schema.literal": json.dumps(avro_schema(columns), separators=(",", ":")),
        },
        table_parameters={"classification": "avro", "compressionType": "none"},
    )


def _field(field: pa.Field, path: tuple[str, ...]) -> dict[str, Any]:
    return {"name": field.name, "type": ["null", _avro_type(field.type, (*path, field.name))], "default": None}


def _avro_type(kind: pa.DataType, path: tuple[str, ...]) -> Any:
    if pa.types.is_decimal(kind):
        return {"type": "bytes", "logicalType": "decimal", "precision": kind.precision, "scale": kind.scale}
    if pa.types.is_list(kind):
        return {"type": "array", "items": ["null", _avro_type(kind.value_type, (*path, "element"))]}
    if pa.types.is_struct(kind):
        fields = [_field(field, path) for field in kind]
        return {"type": "record", "name": path[-1], "namespace": ".".join((_NAMESPACE, *path[:-1])), "fields": fields}
    return _SCALARS[kind]
