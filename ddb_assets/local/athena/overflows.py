"""Numbers and dates that don't fit, as DuckDB reports them and as Trino does."""

from __future__ import annotations

import re
from collections.abc import Callable

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions.conversions import double_text
from ddb_assets.local.athena.functions.json_text import plain_double

_TYPES = {"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}
_LEAST = {"-128": "tinyint", "-32768": "smallint", "-2147483648": "integer", "-9223372036854775808": "bigint"}
_RANGE, _CAST = "NUMERIC_VALUE_OUT_OF_RANGE", "INVALID_CAST_ARGUMENT"


def overflow(message: str) -> QueryError | None:
    """The error for DuckDB's message; None for another one's."""
    for pattern, make in _FORMS:
        match = re.match(pattern, message)
        if match is not None:
            return make(*match.groups())
    return None


def _arithmetic(kind: str, type_: str, operands: str) -> QueryError:
    if operands.startswith("0 - -"):
        # This is how a negation is written.
        kind, operands = "negation", operands.removeprefix("0 - ")
    return QueryError(_RANGE, f"{_TYPES.get(type_, 'bigint')} {kind} overflow: {operands}")


def _cast(source: str, value: str, type_: str) -> QueryError:
    target = _TYPES[type_]
    if source == "INT128":
        return QueryError(_RANGE, "bigint addition overflow")
    if source not in ("DOUBLE", "FLOAT"):
        return QueryError(_RANGE, f"Out of range for {target}: {value}")
    number = float(value)
    shown = plain_double(number) if number - number == 0 else double_text(number)
    if target == "bigint":
        return QueryError(_CAST, f"Unable to cast {shown} to bigint")
    if number != number:
        return QueryError(_CAST, f"Cannot cast double NaN to {target}")
    return QueryError(_RANGE, f"Out of range for {target}: {shown}")


_FORMS: tuple[tuple[str, Callable[..., QueryError]], ...] = (
    (r"Overflow in (addition|subtraction|multiplication) of (\w+) \((.*)\)!", _arithmetic),
    (r"Overflow in (division) of ()(.*)", _arithmetic),
    (r"Overflow on abs\((-\d+)\)",
     lambda value: QueryError(_RANGE, f"Value {value} is out of range for abs({_LEAST.get(value, 'bigint')})")),
    (r"Type (\w+) with value (\S+) can't be cast because .* destination type (INT(?:8|16|32|64))\b", _cast),
    (r"Casting value \"(.*)\" to type DECIMAL\((\d+),(\d+)\) failed",
     lambda value, precision, scale: QueryError(_CAST, f"Cannot cast '{value}' to DECIMAL({precision}, {scale})")),
    (r"Could not convert string '(.*)' to (INT(?:8|16|32|64))",
     lambda value, type_: QueryError(_CAST, f"Cannot cast '{value}' to {_TYPES[type_].upper()}")),
    (r"Failed to cast decimal value (\S+) to type (INT(?:8|16|32|64))",
     lambda value, type_: QueryError(_CAST, f"Cannot cast '{value}' to {_TYPES[type_].upper()}")),
    (r"date field value out of range: \"(.*)\"",
     lambda value: QueryError(_CAST, f"Value cannot be cast to date: {value}")),
    (r"Overflow in (\w+) of DECIMAL", lambda _: QueryError(_RANGE, "Decimal overflow")),
)  # fmt: skip
