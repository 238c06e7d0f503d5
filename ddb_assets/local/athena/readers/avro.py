"""Avro container files, read with the schema of `avro.schema.literal` (schema resolution by name, as Avro defines)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import fastavro
from fastavro.read import SchemaResolutionError

from ddb_assets.local.athena.hive_types import HiveType, Primitive
from ddb_assets.local.athena.readers.rows import Convert, Rows, Wanted, bad_data, batched, nested
from ddb_assets.local.athena.storage import DataFile, Storage


def read(
    storage: Storage,
    file: DataFile,
    parameters: Mapping[str, str],
    wanted: Sequence[Wanted],
    meter: Callable[[int], None],
) -> Iterator[Rows]:
    """The file's bytes are counted: Avro has no columns to skip."""
    meter(file.size)
    literal = parameters.get("avro.schema.literal")
    converts = [(want.column.name.lower(), nested(want.column.type, _leaf)) for want in wanted]

    def rows() -> Iterator[Sequence[Any]]:
        source = fastavro.reader(
            io.BytesIO(storage.read(file)),
            reader_schema=fastavro.parse_schema(json.loads(literal)) if literal else None,
        )
        for record in source:
            folded = {name.lower(): value for name, value in record.items()}
            yield [convert(folded.get(name)) for name, convert in converts]

    try:
        yield from batched(rows(), wanted, file)
    except (SchemaResolutionError, ValueError, EOFError, KeyError) as error:
        raise bad_data(file, f"Error reading Avro: {error}") from error


def _leaf(kind: HiveType) -> Convert:
    if kind == Primitive("timestamp"):
        return lambda value: value.replace(tzinfo=None)
    if kind == Primitive("string"):
        return lambda value: value if isinstance(value, str) else str(value)
    if kind == Primitive("binary"):
        return lambda value: value.encode() if isinstance(value, str) else bytes(value)
    return lambda value: value
