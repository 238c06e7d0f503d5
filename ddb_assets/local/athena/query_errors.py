"""DuckDB's errors in the words of Trino, which are Athena's."""

from __future__ import annotations

import re

import duckdb

from ddb_assets.local.athena.errors import Cancelled, QueryError, not_supported
from ddb_assets.local.athena.overflows import overflow

_IN_PYTHON = "exception occurred while executing the UDF"
_RAISED = re.compile(r"executing the UDF: QueryError: ([A-Z_]+): (.*)", re.DOTALL)
_CLASSES: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE"),
    (duckdb.OutOfMemoryException, "EXCEEDED_LOCAL_MEMORY_LIMIT"),
    (duckdb.InvalidInputException, "INVALID_FUNCTION_ARGUMENT"),
)
_NOT_HERE = (duckdb.NotImplementedException, duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
_INTERNAL = re.compile(r"\b[rcgavt]\d+(?:c\d+)?\b")


def translated(error: Exception) -> Exception:
    """The error to raise instead."""
    if isinstance(error, duckdb.InterruptException):
        return Cancelled()
    text = str(error)
    raised = _RAISED.search(text)
    if raised:
        return QueryError(raised.group(1), raised.group(2).split("\n", 1)[0])
    message = _first_line(text)
    if _IN_PYTHON in text:
        # What a function of ours didn't expect, such as a year that Python's dates don't have.
        return not_supported(f"a function with such a value ({message.partition(_IN_PYTHON)[2].strip(': ')})")
    if (known := overflow(message)) is not None:
        return known
    if message.startswith("Division by zero"):
        return QueryError("DIVISION_BY_ZERO", "Division by zero")
    if message.startswith("More than one row returned by a subquery"):
        return QueryError("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")
    if isinstance(error, duckdb.ConversionException):
        whole = "out of range for the destination type" in message and "INT" in message.split(" with value")[0]
        return QueryError("NUMERIC_VALUE_OUT_OF_RANGE" if whole else "INVALID_CAST_ARGUMENT", message)
    if isinstance(error, _NOT_HERE):
        # The analysis found nothing wrong with it: it is this engine that can't.
        return not_supported(f"this form of the query ({_INTERNAL.sub('…', message)})")
    name = next((name for kind, name in _CLASSES if isinstance(error, kind)), "GENERIC_INTERNAL_ERROR")
    return QueryError(name, _INTERNAL.sub("…", message))


def _first_line(message: str) -> str:
    """DuckDB's message without its kind (`Binder Error: `) and without the lines that show the SQL."""
    first = message.split("\n", 1)[0]
    return re.sub(r"^[A-Za-z ]+ Error: ", "", first)
