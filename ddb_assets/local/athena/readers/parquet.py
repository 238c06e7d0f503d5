"""Parquet, by column name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import arrow_type, hive_name
from ddb_assets.local.athena.readers.conform import Unfit, conform
from ddb_assets.local.athena.readers.rows import Rows, Wanted, bad_data
from ddb_assets.local.athena.storage import DataFile, Storage


def read(
    storage: Storage,
    file: DataFile,
    parameters: Mapping[str, str],
    wanted: Sequence[Wanted],
    meter: Callable[[int], None],
) -> Iterator[Rows]:
    """Only the wanted columns' chunks are read, and only they are counted."""
    try:
        source = pq.ParquetFile(storage.open(file))
    except pa.ArrowInvalid as error:
        raise bad_data(file, f"Not valid Parquet File: {error}") from error
    with source:
        places = {field.name.lower(): field.name for field in reversed(source.schema_arrow)}
        names = [places.get(want.column.name.lower()) for want in wanted]
        present = [name for name in names if name is not None]
        meter(_chunk_bytes(source, set(present)))
        if not present:
            count = source.metadata.num_rows
            yield Rows(count, [pa.nulls(count, arrow_type(want.column.type)) for want in wanted])
            return
        for batch in source.iter_batches(columns=list(dict.fromkeys(present))):
            yield Rows(batch.num_rows, [_array(source, file, batch, name, want)
                                        for name, want in zip(names, wanted, strict=True)])  # fmt: skip


def _array(source: pq.ParquetFile, file: DataFile, batch: pa.RecordBatch, name: str | None, want: Wanted) -> pa.Array:
    if name is None:
        return pa.nulls(batch.num_rows, arrow_type(want.column.type))
    try:
        return conform(batch.column(name), want.column.type, want.column.name)
    except Unfit as unfit:
        raise QueryError(
            "HIVE_BAD_DATA",
            f"Field {unfit.path}'s type {_physical(source, name, unfit)} in parquet file {file.uri} is incompatible "
            f"with type {hive_name(unfit.declared)} defined in table schema",
        ) from unfit


def _physical(source: pq.ParquetFile, name: str, unfit: Unfit) -> str:
    """Parquet's own name of the type, which is what Athena's message shows."""
    if pa.types.is_nested(unfit.found):
        return "group"
    leaves = [source.schema.column(i) for i in range(len(source.schema))]
    path = ".".join([name, *unfit.path.split(".")[1:]])
    found = next((leaf for leaf in leaves if leaf.path == path), None)
    if found is None:
        found = next((leaf for leaf in leaves if leaf.path.split(".")[0] == name), None)
    return found.physical_type if found is not None else str(unfit.found)


def _chunk_bytes(source: pq.ParquetFile, roots: set[str]) -> int:
    total = 0
    for group in range(source.metadata.num_row_groups):
        chunks = source.metadata.row_group(group)
        for index in range(chunks.num_columns):
            chunk = chunks.column(index)
            if chunk.path_in_schema in roots or _root(chunk.path_in_schema, roots):
                total += chunk.total_compressed_size
    return total


def _root(path: str, roots: set[str]) -> bool:
    """Whether the leaf belongs to a wanted column; a column's own name may hold dots."""
    return any(path.startswith(root + ".") for root in roots)
