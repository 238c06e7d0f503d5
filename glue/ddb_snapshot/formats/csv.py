r"""CSV for LazySimpleSerDe: comma-separated, backslash-escaped, unquoted, no header, gzip'd.

OpenCSVSerde can't tell NULL from the empty string; LazySimpleSerDe can: NULL is `\N`, which no value is written as.
Columns are found by position.

- Numbers and booleans are their text, in columns of their own types.
- Nested values are JSON text (see `json_text`), as are maps and lists kept as DynamoDB-JSON; binary is base64 text, all
  in string columns. `json_extract` and `from_base64` work on them directly.
- Other strings hold what they hold, except that no line may break: a line feed is stored as `\n`, a carriage
  return as `\r`, a backslash as `\\`. A string without these three reads in Athena exactly as it was; with them,
  Athena shows the two characters. `read` restores them.
- Over that lies the SerDe's own escaping, which readers undo: `\` before a backslash or a comma. (pandas undoes it
  before it looks for NULL, and so takes `\N` for the string `N`; Athena, Hive and DuckDB don't.)

Sources: Athena user guide, "Lazy Simple SerDe for CSV, TSV, and custom-delimited files"; Trino's text decoding
(an escaped character stands for itself, so an escaped `n` is no line feed; NULL is compared before unescaping).
"""

import gzip
import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot.columns import Column
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.formats.hive_name import hive_name
from ddb_snapshot.formats.json_text import base64_text, from_json_value, json_text
from ddb_snapshot.formats.storage_format import TEXT_INPUT, TEXT_OUTPUT, StorageFormat
from ddb_snapshot.formats.text_lines import LinesWriter, rows_at_once
from ddb_snapshot.numbers import decimal_text
from ddb_snapshot.types import ColumnType, Json, arrow_type

EXTENSION: Final = ".csv.gz"
_NULL: Final = "\\N"
_FIELD: Final = re.compile(r"(?:[^,\\]|\\.)*", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTROLS: Final = {"n": "\n", "r": "\r", "\\": "\\"}


class Writer(LinesWriter):
    """Writes each row as a line."""

    def lines(self, batch: pa.RecordBatch) -> pa.Array:
        """The rows' fields, joined."""
        texts = map(_text, batch.columns, (column.type for column in self.columns))
        fields = [_serde_escaped(text).fill_null(_NULL) for text in texts]
        return pc.binary_join_element_wise(*fields, ",")


def read_parts(source: Any, columns: Sequence[Column], wanted: Sequence[Column]) -> Iterator[pa.Table]:
    """The rows of a file, some at a time. Columns after those that a line has are null."""
    target, at_once = schema(wanted), rows_at_once(columns)
    places = [columns.index(column) for column in wanted]
    with gzip.open(source, "rb") as lines:
        while rows := [_fields(line[:-1].decode()) for line in islice(lines, at_once)]:
            arrays = []
            for field, column, position in zip(target, wanted, places, strict=True):
                value = _value(field.type, column.type)
                texts = (row[position] if position < len(row) else _NULL for row in rows)
                values = [None if text == _NULL else value(_unescaped(text)) for text in texts]
                arrays.append(pa.array(values, field.type))
            yield pa.Table.from_arrays(arrays, schema=target)


stored_parts = read_parts


def catalog_type(column_type: ColumnType) -> str:
    """The column type's name in the Data Catalog."""
    kind = arrow_type(column_type)
    return "string" if pa.types.is_nested(kind) else hive_name(kind, binary="string")


def storage(columns: Sequence[Column]) -> StorageFormat:
    """What the Data Catalog is told."""
    return StorageFormat(
        serde="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        input_format=TEXT_INPUT,
        output_format=TEXT_OUTPUT,
        serde_parameters={
            "serialization.format": ",",
            "field.delim": ",",
            "escape.delim": "\\",
            "serialization.null.format": _NULL,
        },
        table_parameters={"classification": "csv", "compressionType": "gzip"},
    )


def _text(array: pa.Array, column_type: ColumnType) -> pa.Array:
    kind = array.type
    if pa.types.is_nested(kind):
        return json_text(array)
    if pa.types.is_binary(kind):
        return base64_text(array)
    if pa.types.is_string(kind) and not _breaks_no_line(column_type):
        for character, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r")):
            array = pc.replace_substring(array, character, escape)
        return array
    return decimal_text(array) if pa.types.is_decimal(kind) else array.cast(pa.string())


def _breaks_no_line(column_type: ColumnType) -> bool:
    """Whether the text needs no escapes of its own: JSON escapes line breaks itself, and stays JSON in Athena."""
    return isinstance(column_type, Json)


def _serde_escaped(text: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), ",", "\\,")


def _fields(line: str) -> list[str]:
    """The fields as they stand between unescaped commas."""
    fields, position = [], 0
    while True:
        found = _FIELD.match(line, position)
        assert found is not None  # the pattern matches the empty string
        fields.append(found[0])
        position = found.end() + 1
        if position > len(line):
            return fields


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _value(kind: pa.DataType, column_type: ColumnType) -> Callable[[str], Any]:
    if pa.types.is_nested(kind):
        return lambda text: from_json_value(json.loads(text), kind)
    if pa.types.is_binary(kind):
        return lambda text: b64decode(text, validate=True)
    if _breaks_no_line(column_type):
        return str
    if pa.types.is_string(kind):
        return lambda text: _ESCAPED.sub(lambda found: _CONTROLS[found[1]], text)
    if pa.types.is_decimal(kind):
        return Decimal
    if pa.types.is_boolean(kind):
        return lambda text: text == "true"
    return int if pa.types.is_integer(kind) else float
