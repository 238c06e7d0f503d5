"""DuckDB's errors in the words of Trino, which are Athena's."""

from __future__ import annotations

import re

import duckdb
from sqlglot import exp

from ddb_assets.local.athena.errors import Cancelled, QueryError

# What DuckDB says -> Trino's error name and message. `{1}` is the pattern's first group.
_NO_COLUMN = ("COLUMN_NOT_FOUND", "Column '{1}' cannot be resolved")
_SAYINGS: tuple[tuple[str, str, str], ...] = (
    (r'Referenced column "([^"]+)" (?:was )?not found', *_NO_COLUMN),
    (r'does not have a column named "([^"]+)"', *_NO_COLUMN),
    (r'Referenced table "([^"]+)" not found', *_NO_COLUMN),
    (r'Could not find key "([^"]+)" in struct', *_NO_COLUMN),
    (r'Ambiguous reference to column name "([^"]+)"', "AMBIGUOUS_NAME", "Column '{1}' is ambiguous"),
    (
        r'column "([^"]+)" must appear in the GROUP BY',
        "EXPRESSION_NOT_AGGREGATE",
        "'{1}' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (r"Function with name \"?(\S+?)\"? does not exist", "FUNCTION_NOT_FOUND", "Function '{1}' not registered"),
)
_CLASSES: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.ParserException, "SYNTAX_ERROR"),
    (duckdb.ConversionException, "INVALID_CAST_ARGUMENT"),
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE"),
    (duckdb.OutOfMemoryException, "EXCEEDED_LOCAL_MEMORY_LIMIT"),
    (duckdb.NotImplementedException, "NOT_SUPPORTED"),
    (duckdb.BinderException, "TYPE_MISMATCH"),
    (duckdb.CatalogException, "NOT_SUPPORTED"),
    (duckdb.InvalidInputException, "INVALID_FUNCTION_ARGUMENT"),
)
_INTERNAL = re.compile(r"\br\d+(?:c\d+)?\b")


def translated(error: Exception, query: exp.Expression) -> Exception:
    """The error to raise instead. The position is that of the name in the query, where DuckDB names one."""
    if isinstance(error, duckdb.InterruptException):
        return Cancelled()
    message = _first_line(str(error))
    if message.startswith("Division by zero"):
        return QueryError("DIVISION_BY_ZERO", "Division by zero")
    for pattern, name, words in _SAYINGS:
        if found := re.search(pattern, message):
            line, column = position(query, found.group(1))
            return QueryError(name, words.replace("{1}", found.group(1).lower()), line=line, column=column)
    name = next((name for kind, name in _CLASSES if isinstance(error, kind)), "GENERIC_INTERNAL_ERROR")
    return QueryError(name, _INTERNAL.sub("…", message))


def position(query: exp.Expression, name: str) -> tuple[int, int]:
    """Line and column of an identifier's or function's first place in the query; 1:1 when it isn't there."""
    for node in query.walk():
        if isinstance(node, (exp.Identifier, exp.Anonymous)) and node.name.lower() == name.lower():
            return position_of(node)
    return 1, 1


def position_of(node: exp.Expression) -> tuple[int, int]:
    """Where a node begins, as sqlglot's tokenizer saw it: it keeps the column of a token's last character."""
    first = min((p.meta for p in node.walk() if "line" in p.meta), key=lambda meta: int(meta["start"]), default=None)
    if first is None:
        return 1, 1
    return first["line"], max(1, first["col"] - (first["end"] - first["start"]))


def _first_line(message: str) -> str:
    """DuckDB's message without its kind (`Binder Error: `) and without the lines that show the SQL."""
    first = message.split("\n", 1)[0]
    return re.sub(r"^[A-Za-z ]+ Error: ", "", first)
