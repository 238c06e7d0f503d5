"""One reference to a table in a query, as a dataset that DuckDB reads.

DuckDB asks a dataset for the columns and the filter that its optimizer pushed down, so only what the query needs is
read. Columns go by internal names (`r3c7`: the 8th column of the query's 4th reference): whatever DuckDB says about
them, in a filter or a plan, names one column of one reference.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from ddb_assets.local.athena.catalog import Column, Partition, Table
from ddb_assets.local.athena.errors import Cancelled, QueryError
from ddb_assets.local.athena.hive_types import STRING, HiveType, Primitive, arrow_type, hive_name
from ddb_assets.local.athena.listing import files_of
from ddb_assets.local.athena.partition_schema import by_position, check
from ddb_assets.local.athena.readers import reader_for
from ddb_assets.local.athena.readers.conform import Unfit, conform
from ddb_assets.local.athena.readers.rows import Rows, Wanted
from ddb_assets.local.athena.readers.scalars import from_text
from ddb_assets.local.athena.row_counts import Counted
from ddb_assets.local.athena.storage import DataFile, Storage

PATH = Column("$path", STRING)
FILE_SIZE = Column("$file_size", Primitive("bigint"))
HIDDEN = (PATH, FILE_SIZE)
"""Columns of every table that `*` doesn't show."""


@dataclass
class Progress:
    """What a query's thread and its scans share: bytes read, the first failure, whether to stop and how."""

    scanned: int = 0
    failure: BaseException | None = None
    cancelled: Event = field(default_factory=Event)
    interrupt: Callable[[], None] | None = None

    def cancel(self) -> None:
        """Stop the scans at their next rows, and the engine where it is."""
        self.cancelled.set()
        if self.interrupt is not None:
            # The query may have ended and closed its connection in between.
            with contextlib.suppress(duckdb.Error):
                self.interrupt()

    def read(self, size: int) -> None:
        """Count bytes read from S3."""
        self.scanned += size


class TableScan(ds.Dataset):  # type: ignore[misc]
    """A table reference; `partitions` are chosen before the query runs.

    `listed` gives those that an expression of the catalog may be true of, or all.
    """

    def __init__(
        self,
        number: int,
        table: Table,
        listed: Callable[[str | None], Sequence[Partition]],
        storage: Storage,
        progress: Progress,
    ) -> None:
        self.number = number
        self.table = table
        self.listed = listed
        self.partitions: Sequence[Partition] = ()
        self.columns = (*table.columns, *HIDDEN)
        self.shown: dict[int, str] = {}
        """What the statement calls a column, by its place; no two columns of the statement share a name."""
        self._storage = storage
        self._progress = progress
        # Where no column is needed (`count(*)`) DuckDB asks for the first: let it be one that costs no reading.
        order = [len(table.columns), *(p for p in range(len(self.columns)) if p != len(table.columns))]
        self._schema = pa.schema([pa.field(self.internal(i), arrow_type(self.columns[i].type)) for i in order])

    def internal(self, position: int) -> str:
        """The internal name of a column."""
        return f"r{self.number}c{position}"

    @property
    def schema(self) -> pa.Schema:
        """All columns by their internal names, `$path` first."""
        return self._schema

    def scanner(self, columns: list[str] | None = None, filter: pc.Expression | None = None, **_: Any) -> ds.Scanner:
        """What DuckDB calls at execution: only these columns, only rows that the filter leaves."""
        projected = self._schema.names if columns is None else columns
        filtered = set(re.findall(rf"\br{self.number}c\d+\b", str(filter))) if filter is not None else set()
        needed = [name for name in self._schema.names if name in filtered or name in projected]
        schema = pa.schema([self._schema.field(name) for name in needed])
        positions = [int(name.rpartition("c")[2]) for name in needed]
        return ds.Scanner.from_batches(
            self._batches(schema, positions), schema=schema, columns=list(projected), filter=filter
        )

    def _batches(self, schema: pa.Schema, positions: Sequence[int]) -> Iterator[pa.RecordBatch]:
        try:
            files = files_of(self._storage, self.table, self.partitions)
            for partition in self.partitions:
                for file in files(partition):
                    for count, arrays in self._file(partition, file, positions):
                        if self._progress.cancelled.is_set():
                            raise Cancelled
                        yield _batch(count, arrays, schema)
        except BaseException as error:
            # Through DuckDB only the text of an exception arrives.
            self._progress.failure = self._progress.failure or error
            raise

    def _file(
        self, partition: Partition, file: DataFile, positions: Sequence[int]
    ) -> Iterator[tuple[int, list[pa.Array]]]:
        layout = partition.storage
        data_columns = len(self.table.storage.columns)
        check(self.table, partition)
        wanted = {p: want for p in positions if p < data_columns and (want := self._declared(partition, p))}
        order = list(wanted)
        parameters = {**self.table.parameters, **layout.parameters}
        for rows in self._rows(file, layout.serde, parameters, list(wanted.values())):
            yield rows.count, [self._array(partition, file, rows, order, wanted, position) for position in positions]

    def _rows(
        self, file: DataFile, serde: str, parameters: Mapping[str, str], wanted: Sequence[Wanted]
    ) -> Iterator[Rows]:
        """The file's rows; of a file that no column is wanted of, as they were counted when it was read first."""
        reader = reader_for(serde)
        if wanted or not file.etag:
            yield from reader(self._storage, file, parameters, wanted, self._progress.read)
            return
        known_by = (file, serde, frozenset(parameters.items()))
        counted = self._storage.row_counts.get(known_by)
        if counted is None:
            scanned: list[int] = []
            batches = tuple(rows.count for rows in reader(self._storage, file, parameters, (), scanned.append))
            counted = Counted(batches, sum(scanned))
            self._storage.row_counts.put(known_by, counted)
        self._progress.read(counted.scanned)
        for count in counted.batches:
            yield Rows(count, [])

    def _declared(self, partition: Partition, position: int) -> Wanted | None:
        """The column as the partition declares it; None when the partition is older than the column."""
        column = self.table.storage.columns[position]
        layout = partition.storage
        if by_position(layout):
            return Wanted(position, layout.columns[position]) if position < len(layout.columns) else None
        found = next(((i, c) for i, c in enumerate(layout.columns) if c.name == column.name), (position, column))
        return Wanted(*found)

    def _array(
        self,
        partition: Partition,
        file: DataFile,
        rows: Rows,
        order: list[int],
        wanted: dict[int, Wanted],
        position: int,
    ) -> pa.Array:
        column = self.columns[position]
        data_columns = len(self.table.storage.columns)
        if column is PATH:
            return pa.repeat(pa.scalar(file.uri), rows.count)
        if column is FILE_SIZE:
            return pa.repeat(pa.scalar(file.size, pa.int64()), rows.count)
        if position >= data_columns:
            value = partition_value(column, partition.values[position - data_columns])
            return pa.repeat(pa.scalar(value, arrow_type(column.type)), rows.count)
        if position not in wanted:
            return pa.nulls(rows.count, arrow_type(column.type))
        array = rows.arrays[order.index(position)]
        return _coerced(array, wanted[position].column.type, column.type)


def partition_value(column: Column, text: str) -> Any:
    """A partition's value in its column's type. Raises QueryError, HIVE_INVALID_PARTITION_VALUE."""
    if text == "__HIVE_DEFAULT_PARTITION__":
        return None
    try:
        return from_text(column.type)(text)
    except (ValueError, ArithmeticError, KeyError):
        raise QueryError(
            "HIVE_INVALID_PARTITION_VALUE",
            f"Invalid partition value '{text}' for {hive_name(column.type)} partition key: {column.name}",
        ) from None


def _coerced(array: pa.Array, declared: HiveType, table: HiveType) -> pa.Array:
    """What partition_schema lets through: beside what fits as it is, numbers as text and text as numbers (or NULL)."""
    if declared == table:
        return array
    try:
        return conform(array, table, "")
    except Unfit:
        if pa.types.is_string(array.type):
            return pa.array([_number(value, table) for value in array.to_pylist()], arrow_type(table))
        return pc.cast(array, arrow_type(table))


def _number(text: str | None, kind: HiveType) -> Any:
    convert: Callable[[str], Any] = from_text(kind)
    try:
        return None if text is None else convert(text)
    except (ValueError, ArithmeticError):
        return None


def _batch(count: int, arrays: list[pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    if arrays:
        return pa.RecordBatch.from_arrays(arrays, schema=schema)
    return pa.RecordBatch.from_struct_array(pa.array([{}] * count, pa.struct([])))
