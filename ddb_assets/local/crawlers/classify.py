"""One file's classification and schema, read from the file itself: AWS Glue's built-in classifiers.

Source: AWS Glue developer guide, "Built-in classifiers in AWS Glue" (order, sample of 1 MB for text, how a CSV file's
header is recognised).
"""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import fastavro
import pyarrow.orc as po
import pyarrow.parquet as pq

from ddb_assets.local.athena.hive_types import HiveType
from ddb_assets.local.athena.storage import DataFile, Storage
from ddb_assets.local.crawlers.inference import from_arrow, from_avro, from_json, text_type

_SAMPLE_BYTES: Final = 1024 * 1024
_DELIMITERS: Final = (",", "|", "\t", ";", "\x01")
_COLUMN_NAME: Final = re.compile(r"[A-Za-z_][\w .:-]*")


@dataclass(frozen=True)
class FileSchema:
    """What the crawler knows of a file. `details` are parameters of the table, `serde` those of its SerDe."""

    classification: str
    columns: Mapping[str, HiveType]
    rows: int
    size: int
    compression: str = "none"
    details: Mapping[str, str] = field(default_factory=dict)
    serde: Mapping[str, str] = field(default_factory=dict)


class Unreadable(ValueError):
    """A file begins like one of its format and can't be read as one."""


def classify(storage: Storage, file: DataFile) -> FileSchema | None:
    """The file's schema, or None when no classifier knows it."""
    body = storage.read(file)
    try:
        if body.startswith(b"PAR1"):
            return _parquet(body)
        if body.startswith(b"ORC"):
            return _orc(body)
        if body.startswith(b"Obj\x01"):
            return _avro(body)
        compressed = body.startswith(b"\x1f\x8b")
        text = _sample(zlib.decompressobj(31).decompress(body, _SAMPLE_BYTES) if compressed else body)
    except Exception as error:
        # Each library has errors of its own for a damaged file.
        raise Unreadable(f"{file.uri}: {type(error).__name__}: {error}") from error
    return _text(text, len(body), "gzip" if compressed else "none")


def _parquet(body: bytes) -> FileSchema:
    file = pq.ParquetFile(io.BytesIO(body))
    columns = {each.name.lower(): from_arrow(each.type) for each in file.schema_arrow}
    return FileSchema("parquet", columns, file.metadata.num_rows, len(body))


def _orc(body: bytes) -> FileSchema:
    file = po.ORCFile(io.BytesIO(body))
    columns = {each.name.lower(): from_arrow(each.type) for each in file.schema}
    return FileSchema("orc", columns, file.nrows, len(body))


def _avro(body: bytes) -> FileSchema:
    reader = fastavro.reader(io.BytesIO(body))
    schema: Any = reader.writer_schema
    columns = {each["name"].lower(): from_avro(each["type"]) for each in schema["fields"]}
    literal = {"avro.schema.literal": json.dumps(_plain(schema), separators=(",", ":"))}
    return FileSchema("avro", columns, sum(1 for _ in reader), len(body), details=literal, serde=literal)


def _plain(schema: Any) -> Any:
    """The schema without the notes that fastavro makes in it."""
    if isinstance(schema, dict):
        return {name: _plain(value) for name, value in schema.items() if not name.startswith("__")}
    return [_plain(member) for member in schema] if isinstance(schema, list) else schema


def _sample(text: bytes) -> list[str]:
    """The sample's lines; one that the sample cuts off is left out."""
    sample = text[:_SAMPLE_BYTES]
    if len(text) >= _SAMPLE_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1]
    return [line for line in sample.decode("utf-8").split("\n") if line.strip()]


def _text(lines: Sequence[str], size: int, compression: str) -> FileSchema | None:
    if not lines:
        return None
    if lines[0].lstrip().startswith("{"):
        return _json(lines, size, compression)
    return _csv(lines, size, compression)


def _json(lines: Sequence[str], size: int, compression: str) -> FileSchema | None:
    try:
        objects = [json.loads(line) for line in lines]
    except ValueError:
        return None
    names = dict.fromkeys(name for each in objects for name in each)
    kinds = {name: from_json(each.get(name) for each in objects) for name in names}
    columns = {name.lower(): kind for name, kind in kinds.items() if kind is not None}
    return FileSchema(
        "json", columns, len(objects), size, compression, serde={"paths": ",".join(sorted(kinds, key=str))}
    )


def _csv(lines: Sequence[str], size: int, compression: str) -> FileSchema | None:
    delimiter = next((each for each in _DELIMITERS if each in lines[0]), None)
    if delimiter is None or len(lines) < 2:
        return None
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return None
    header = _has_header(rows)
    names = [name.strip().lower() for name in rows[0]] if header else [f"col{at}" for at in range(len(rows[0]))]
    data = rows[1:] if header else rows
    columns = {name: text_type([row[at] for row in data if at < len(row)]) for at, name in enumerate(names)}
    details = {"delimiter": delimiter, "columnsOrdered": "true", "areColumnsQuoted": "false"}
    if header:
        details["skip.header.line.count"] = "1"
    return FileSchema("csv", columns, len(data), size, compression, details, {"field.delim": delimiter})


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Names in the first row, and a type other than string in those after it: else the first row is data."""
    first = rows[0]
    named = all(_COLUMN_NAME.fullmatch(cell.strip()) and len(cell) < 150 for cell in first)
    kinds = [text_type([row[at] for row in rows[1:] if at < len(row)]) for at in range(len(first))]
    return named and any(kind != text_type(["text"]) for kind in kinds)
