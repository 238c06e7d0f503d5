"""What a reader is given and what it gives back; text lines; columns from Python values."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from ddb_assets.local.athena.catalog import Column
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import Array, HiveType, Map, Struct, arrow_type
from ddb_assets.local.athena.storage import DataFile, Storage

BATCH = 16_384
"""Rows in one chunk of the readers that go row by row."""


@dataclass(frozen=True)
class Wanted:
    """A declared column to read: its position among the declared columns, and the column."""

    position: int
    column: Column


@dataclass(frozen=True)
class Rows:
    """Some rows: one array per wanted column, in that order. The count is apart, for no column may be wanted."""

    count: int
    arrays: Sequence[pa.Array]


class Reader(Protocol):
    """Reads the wanted columns of one file in the declared types; reports the bytes it read to `meter`."""

    def __call__(
        self,
        storage: Storage,
        file: DataFile,
        parameters: Mapping[str, str],
        wanted: Sequence[Wanted],
        meter: Callable[[int], None],
    ) -> Iterator[Rows]: ...


def bad_data(file: DataFile, message: str) -> QueryError:
    """A file that doesn't hold what the catalog declares."""
    return QueryError("HIVE_BAD_DATA", f"{message} ({file.uri})")


def lines(storage: Storage, file: DataFile, parameters: Mapping[str, str]) -> Iterator[str]:
    """The file's lines, decompressed by its name's ending, after `skip.header.line.count` lines."""
    raw: Any = io.BytesIO(storage.read(file))
    compression = _compression(file.key)
    if compression:
        raw = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), compression)
    skip = int(parameters.get("skip.header.line.count", 0))
    try:
        for number, line in enumerate(_split_lines(raw)):
            if number >= skip:
                yield line
    except OSError as error:
        raise bad_data(file, f"Cannot decompress: {error}") from error


def _compression(key: str) -> str | None:
    endings = {".gz": "gzip", ".gzip": "gzip", ".bz2": "bz2", ".zst": "zstd", ".lz4": "lz4"}
    return next((name for ending, name in endings.items() if key.endswith(ending)), None)


def _split_lines(raw: Any) -> Iterator[str]:
    """Lines end at \\n or \\r\\n and nowhere else: other separators that Unicode knows are data."""
    rest = b""
    while block := raw.read(1 << 20):
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode("utf-8", "replace")
    if rest:
        yield rest.removesuffix(b"\r").decode("utf-8", "replace")


def batched(rows: Iterator[Sequence[Any]], wanted: Sequence[Wanted], file: DataFile) -> Iterator[Rows]:
    """Rows of Python values (one per wanted column) as Arrow arrays of the declared types."""
    batch: list[Sequence[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= BATCH:
            yield _rows(batch, wanted, file)
            batch = []
    if batch:
        yield _rows(batch, wanted, file)


def _rows(batch: list[Sequence[Any]], wanted: Sequence[Wanted], file: DataFile) -> Rows:
    arrays = []
    for index, want in enumerate(wanted):
        try:
            arrays.append(pa.array([row[index] for row in batch], arrow_type(want.column.type)))
        except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError, TypeError, OverflowError) as error:
            raise bad_data(file, f"Error parsing column '{want.column.name}': {error}") from error
    return Rows(len(batch), arrays)


Convert = Callable[[Any], Any]


def nested(kind: HiveType, leaf: Callable[[HiveType], Convert]) -> Convert:
    """A function from a parsed value (dicts, lists) to what Arrow builds `kind` from; names match without case."""
    if isinstance(kind, Array):
        element = nested(kind.element, leaf)
        return lambda value: None if value is None else [element(item) for item in _listed(value)]
    if isinstance(kind, Map):
        key, item = nested(kind.key, leaf), nested(kind.value, leaf)
        return lambda value: None if value is None else [(key(k), item(v)) for k, v in _mapped(value).items()]
    if isinstance(kind, Struct):
        fields = [(name, name.lower(), nested(field, leaf)) for name, field in kind.fields]

        def struct(value: Any) -> Any:
            if value is None:
                return None
            if isinstance(value, list):
                return {name: convert(value[i]) if i < len(value) else None for i, (name, _, convert) in
                        enumerate(fields)}  # fmt: skip
            folded = {key.lower(): item for key, item in _mapped(value).items()}
            return {name: convert(folded.get(low)) for name, low, convert in fields}

        return struct
    convert = leaf(kind)
    return lambda value: None if value is None else convert(value)


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    return value


def _mapped(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is not an object")
    return value
