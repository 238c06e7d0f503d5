"""JSON, one object a line, gzip'd, for the OpenX SerDe.

Null attributes are left out. Decimals are strings, which the SerDe reads with all their digits; binary is base64 text
in a string column: `from_base64(column)` gives the bytes in Athena. (pandas makes floats of a column's integers where
other rows have none: read large ones with pyarrow or DuckDB.)
Sources: Athena user guide, "OpenX JSON SerDe", "Data types in Amazon Athena" (binary is for Parquet), "Use Hive table
compression"; Trino's OpenX JSON format notes (decimals are parsed from quoted text as well).
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import pyarrow as pa

from ddb_snapshot.columns import Column
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.formats.hive_name import hive_name
from ddb_snapshot.formats.json_text import from_json_value, json_object
from ddb_snapshot.formats.storage_format import TEXT_INPUT, TEXT_OUTPUT, StorageFormat
from ddb_snapshot.formats.text_lines import LinesWriter, rows_at_once
from ddb_snapshot.types import ColumnType, arrow_type

EXTENSION: Final = ".json.gz"


class Writer(LinesWriter):
    """Writes each row as a line."""

    def lines(self, batch: pa.RecordBatch) -> pa.Array:
        """The rows' objects."""
        return json_object(batch.schema.names, batch.columns, valid=pa.array([True] * batch.num_rows, pa.bool_()))


def read_parts(source: Any, columns: Sequence[Column], wanted: Sequence[Column]) -> Iterator[pa.Table]:
    """The rows of a file, some at a time."""
    target, at_once = schema(wanted), rows_at_once(columns)
    with gzip.open(source) as lines:
        while rows := [json.loads(line) for line in islice(lines, at_once)]:
            arrays = [
                pa.array([from_json_value(row.get(field.name), field.type) for row in rows], field.type)
                for field in target
            ]
            yield pa.Table.from_arrays(arrays, schema=target)


stored_parts = read_parts


def catalog_type(column_type: ColumnType) -> str:
    """The column type's name in the Data Catalog."""
    return hive_name(arrow_type(column_type), binary="string")


def storage(columns: Sequence[Column]) -> StorageFormat:
    """What the Data Catalog is told."""
    return StorageFormat(
        serde="org.openx.data.jsonserde.JsonSerDe",
        input_format=TEXT_INPUT,
        output_format=TEXT_OUTPUT,
        serde_parameters={"serialization.format": "1", "ignore.malformed.json": "FALSE", "case.insensitive": "TRUE"},
        table_parameters={"classification": "json", "compressionType": "gzip"},
    )
