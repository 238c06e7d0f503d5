"""Parquet: columns compressed with Zstandard, with statistics, and dictionaries where they pay. The format to prefer.

Nothing needs encoding: every column type has a Parquet type. Athena finds columns by name.
Source: Athena user guide, "Parquet SerDe" and "Use Hive table compression" (ZSTD is read and written).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ddb_snapshot import thresholds
from ddb_snapshot.columns import Column
from ddb_snapshot.formats.conform import conform, schema
from ddb_snapshot.formats.storage_format import StorageFormat
from ddb_snapshot.types import ColumnType, hive_type

EXTENSION: Final = ".parquet"
_DICTIONARY: Final = pa.dictionary(pa.int32(), pa.string())


class Writer:
    """Writes batches as row groups of a useful size: what comes in pieces is gathered first."""

    def __init__(self, sink: pa.NativeFile, columns: Sequence[Column]) -> None:
        self._sink = sink
        self._schema = schema(columns)
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0.0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows; those of one file are all of `read_parts`, or all of `stored_parts`."""
        self._waiting.append(batch)
        self._waiting_bytes += sum(_plain_bytes(array) for array in batch.columns)
        if self._waiting_bytes >= thresholds.now().parquet_row_group_bytes:
            self._write_row_group()

    def close(self) -> None:
        """Finish the file."""
        self._write_row_group()
        if self._writer is None:
            self._writer = self._open(self._schema, [])
        self._writer.close()

    def _write_row_group(self) -> None:
        if self._waiting:
            rows = pa.Table.from_batches(self._waiting)
            if rows.num_rows:
                self._writer = self._writer or self._open(rows.schema, repetitive(self._waiting))
                # A column's batches may have been read from several row groups, each with its own dictionary.
                self._writer.write_table(rows.unify_dictionaries(), row_group_size=rows.num_rows)
            self._waiting, self._waiting_bytes = [], 0.0

    def _open(self, given: pa.Schema, with_dictionary: Sequence[str]) -> pq.ParquetWriter:
        return pq.ParquetWriter(
            self._sink,
            given,
            compression="zstd",
            use_dictionary=list(with_dictionary),
            write_statistics=True,
            version="2.6",
            # Parquet's own types say all; whether rows came in dictionaries is nothing for a reader to know.
            store_schema=False,
        )


def _plain_bytes(array: pa.Array) -> float:
    """The array's bytes in Arrow, without its dictionary if it has one."""
    if not pa.types.is_dictionary(array.type):
        return float(array.nbytes)
    return float(len(array) * array.dictionary.nbytes) / max(1, len(array.dictionary))


def repetitive(batches: Sequence[pa.RecordBatch]) -> list[str]:
    """The columns, by their paths in the file, whose values repeat so much that a dictionary pays.

    Where they don't, making one costs time and gives larger files; told from some values of the first row group.
    """
    first = next(batch for batch in batches if batch.num_rows).slice(0, thresholds.now().parquet_judged_rows)
    leaves = (leaf for field, array in zip(first.schema, first.columns, strict=True) for leaf in _leaves(field, array))
    return [path for path, values in leaves if _repeats(values)]


def _leaves(field: pa.Field, array: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """Every column that the file has for a field, by its path."""
    if pa.types.is_struct(field.type):
        for member, values in zip(field.type, array.flatten(), strict=True):
            yield from ((f"{field.name}.{path}", leaf) for path, leaf in _leaves(member, values))
    elif pa.types.is_list(field.type):
        element = pa.field("list.element", field.type.value_type)
        yield from ((f"{field.name}.{path}", leaf) for path, leaf in _leaves(element, array.flatten()))
    else:
        yield field.name, array


def _repeats(values: pa.Array) -> bool:
    if pa.types.is_dictionary(values.type):
        return True
    there = len(values) - values.null_count
    return bool(there < thresholds.now().parquet_few_values or pc.count_distinct(values).as_py() * 2 <= there)


def read_parts(source: Any, columns: Sequence[Column], wanted: Sequence[Column]) -> Iterator[pa.Table]:
    """The rows of a file, some at a time."""
    target = schema(wanted)
    return (conform(part, target) for part in _parts(_opened(source), target.names))


def stored_parts(source: Any, columns: Sequence[Column], wanted: Sequence[Column]) -> Iterator[pa.Table]:
    """The same for a `Writer`: texts that the file has in dictionaries stay there, so that none is made anew."""
    file = _opened(source)
    kept = _in_dictionaries(file)
    target = pa.schema([pa.field(f.name, _DICTIONARY) if f.name in kept else f for f in schema(wanted)])
    coded = _opened(source, metadata=file.metadata, read_dictionary=[*kept])
    return (conform(part, target) for part in _parts(coded, target.names))


def _opened(source: Any, **options: Any) -> pq.ParquetFile:
    """The file, to be read by the thread that asks.

    Arrow's own threads keep a piece of a Python file for a moment after it is read. A process that ends in that moment
    is aborted, whatever its exit status was to be: apache/arrow issue 34314, "SIGABRT: terminate called without an
    active exception". There is nothing to win from reading ahead: files lie on the disk.
    """
    return pq.ParquetFile(source, pre_buffer=False, **options)


def _parts(file: pq.ParquetFile, names: Sequence[str]) -> Iterator[pa.Table]:
    there = [name for name in file.schema_arrow.names if name in names]
    # Without threads: the other cores have tasks of their own.
    for batch in file.iter_batches(thresholds.now().parquet_rows, columns=there, use_threads=False):
        yield pa.Table.from_batches([batch])


def _in_dictionaries(file: pq.ParquetFile) -> set[str]:
    """The columns of texts that the file's first row group has in dictionaries."""
    if not file.num_row_groups:
        return set()
    first = file.metadata.row_group(0)
    chunks = (first.column(number) for number in range(first.num_columns))
    coded = {chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page}
    return {field.name for field in file.schema_arrow if field.type == pa.string() and field.name in coded}


def catalog_type(column_type: ColumnType) -> str:
    """The column type's name in the Data Catalog."""
    return hive_type(column_type)


def storage(columns: Sequence[Column]) -> StorageFormat:
    """What the Data Catalog is told."""
    return StorageFormat(
        serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        serde_parameters={"serialization.format": "1"},
        table_parameters={"classification": "parquet", "compressionType": "none"},
    )
