"""JSON, one object a line: the SerDes of OpenX and of HCatalog.

Keys are matched without case; a key that is missing is NULL; a string column over another value holds its JSON text
(OpenX). Binary is base64 text. Numbers keep every digit. Source: Athena user guide, "OpenX JSON SerDe".
"""

from __future__ import annotations

import decimal
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import Decimal, HiveType, Primitive, Text
from ddb_assets.local.athena.readers.rows import Convert, Rows, Wanted, bad_data, batched, lines, nested
from ddb_assets.local.athena.readers.scalars import fit_decimal, from_text
from ddb_assets.local.athena.storage import DataFile, Storage


def read(
    storage: Storage,
    file: DataFile,
    parameters: Mapping[str, str],
    wanted: Sequence[Wanted],
    meter: Callable[[int], None],
) -> Iterator[Rows]:
    """The file's (compressed) bytes are counted."""
    meter(file.size)
    mappings = {k.removeprefix("mapping.").lower(): v for k, v in parameters.items() if k.startswith("mapping.")}
    converts = [
        (mappings.get(want.column.name.lower(), want.column.name).lower(), nested(want.column.type, _leaf), want)
        for want in wanted
    ]
    tolerant = parameters.get("ignore.malformed.json", "false").lower() == "true"

    def rows() -> Iterator[Sequence[Any]]:
        for line in lines(storage, file, parameters):
            if not line.strip():
                continue
            record = _parse(line, file, tolerant)
            yield [_value(record.get(key), convert, want, file) for key, convert, want in converts]

    yield from batched(rows(), wanted, file)


def _parse(line: str, file: DataFile, tolerant: bool) -> dict[str, Any]:
    try:
        record = json.loads(line, parse_float=decimal.Decimal)
        if not isinstance(record, dict):
            raise ValueError("not an object")
    except ValueError as error:
        if tolerant:
            return {}
        raise QueryError(
            "HIVE_CURSOR_ERROR", f"Row is not a valid JSON Object - JSONException: {error} ({file.uri})"
        ) from error
    return {key.lower(): value for key, value in record.items()}


def _value(value: Any, convert: Convert, want: Wanted, file: DataFile) -> Any:
    try:
        return convert(value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise bad_data(file, f"Error Parsing a column in the table: column '{want.column.name}': {error}") from error


def _leaf(kind: HiveType) -> Convert:
    parse = from_text(kind)
    if isinstance(kind, Decimal):
        return lambda value: parse(value) if isinstance(value, str) else fit_decimal(decimal.Decimal(value), kind)
    if isinstance(kind, Text) or kind == Primitive("string"):
        return lambda value: parse(value if isinstance(value, str) else _json_text(value))
    if kind in (Primitive("float"), Primitive("double")):
        return float
    return lambda value: parse(value if isinstance(value, str) else _json_text(value))


def _json_text(value: Any) -> str:
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: Any) -> Any:
    return float(value)
