"""The five output formats, by name. Each module writes files, reads them again, and says what the catalog must know.

A format module has `EXTENSION`, `Writer(sink, columns)`, `read_parts(source, columns, wanted)`,
`stored_parts`, `storage(columns)` and `catalog_type(type)`. Each is imported when it is first used: a task needs only
one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from json import loads  # `json` is a module of this package
from typing import Any, Final, Protocol

import pyarrow as pa

from ddb_snapshot.columns import Column
from ddb_snapshot.columns.column import COLUMN_PARAMETER
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.formats.storage_format import StorageFormat
from ddb_snapshot.types import ColumnType, from_json, hive_type

OUTPUT_FORMATS: Final = ("parquet", "orc", "avro", "json", "csv")


class FileWriter(Protocol):
    """Writes batches of exactly the columns it was made for to a sink, which `close` may close."""

    def __init__(self, sink: pa.NativeFile, columns: Sequence[Column]) -> None: ...
    def write(self, batch: pa.RecordBatch) -> None: ...
    def close(self) -> None: ...


class Format(Protocol):
    """What a format module offers."""

    EXTENSION: str

    @property
    def Writer(self) -> type[FileWriter]: ...  # noqa: N802
    def read_parts(self, source: Any, columns: Sequence[Column], wanted: Sequence[Column]) -> Iterator[pa.Table]: ...
    def stored_parts(self, source: Any, columns: Sequence[Column], wanted: Sequence[Column]) -> Iterator[pa.Table]: ...
    def storage(self, columns: Sequence[Column]) -> StorageFormat: ...
    def catalog_type(self, column_type: ColumnType) -> str: ...


class UnknownFormat(ValueError):
    """There is no such output format."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Unknown output format {name!r}: allowed are {', '.join(OUTPUT_FORMATS)}.")


def by_name(name: str) -> Format:
    """The format module. Raises `UnknownFormat`, naming those there are."""
    if name not in OUTPUT_FORMATS:
        raise UnknownFormat(name)
    module: Any = import_module(f"{__name__}.{name}")
    return module  # type: ignore[no-any-return]


def write(name: str, rows: pa.Table, columns: Sequence[Column], sink: pa.NativeFile) -> None:
    """Write one whole file."""
    writer = by_name(name).Writer(sink, columns)
    for batch in rows.to_batches():
        writer.write(batch)
    writer.close()


def read(name: str, source: Any, columns: Sequence[Column]) -> pa.Table:
    """The rows of a file of that format, in the columns' types; `source` is a binary file object."""
    return pa.concat_tables([schema(columns).empty_table(), *read_parts(name, source, columns)])


def read_parts(
    name: str, source: Any, columns: Sequence[Column], wanted: Sequence[Column] | None = None
) -> Iterator[pa.Table]:
    """The rows of a file as `read` gives them, in parts that fit into memory whatever the file's size.

    `columns` are those that the file was written for, or more of them; the `wanted` ones are given, by default all.
    """
    return by_name(name).read_parts(source, columns, columns if wanted is None else wanted)


def stored_parts(name: str, source: Any, columns: Sequence[Column]) -> Iterator[pa.Table]:
    """The same for a `Writer` of that format: values may be encoded as the file has them, where that saves work."""
    return by_name(name).stored_parts(source, columns, columns)


def storage(name: str, columns: Sequence[Column]) -> StorageFormat:
    """What the Data Catalog is told about files of that format with these columns."""
    return by_name(name).storage(columns)


def catalog_columns(columns: Sequence[Column], name: str) -> list[tuple[str, str]]:
    """Each column's name and type in the Data Catalog, as the files of that format hold it."""
    chosen = by_name(name)
    return [(column.name, chosen.catalog_type(column.type)) for column in columns]


def columns_from_catalog(glue_columns: Sequence[Mapping[str, Any]], name: str) -> tuple[Column, ...]:
    """The columns that `catalog_columns` and `Column.parameters` describe in the Data Catalog.

    The catalog's type is that of the format's encoding; a column whose type fits neither is refused as foreign.
    """
    chosen = by_name(name)
    return tuple(_own_column(glue_column, chosen) for glue_column in glue_columns)


def _own_column(glue_column: Mapping[str, Any], chosen: Format) -> Column:
    written = (glue_column.get("Parameters") or {}).get(COLUMN_PARAMETER)
    with suppress(ValueError):  # a damaged parameter is for `from_catalog` to refuse
        column_type = from_json(loads(written or ""))
        if glue_column["Type"] == chosen.catalog_type(column_type):
            return Column.from_catalog({**glue_column, "Type": hive_type(column_type)})
    return Column.from_catalog(glue_column)
