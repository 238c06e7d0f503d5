"""A query's text as tokens, by Trino's lexical rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ddb_assets.local.athena.errors import QueryError

WORD, QUOTED, INTEGER, DECIMAL, DOUBLE, TEXT, UNICODE, BINARY, SYMBOL, END = (
    "word", "quoted", "integer", "decimal", "double", "text", "unicode", "binary", "symbol", "end",
)  # fmt: skip

RESERVED = frozenset(
    [
        "ALTER",
        "AND",
        "AS",
        "BETWEEN",
        "BY",
        "CASE",
        "CAST",
        "CONSTRAINT",
        "CREATE",
        "CROSS",
        "CUBE",
        "CURRENT_CATALOG",
        "CURRENT_DATE",
        "CURRENT_PATH",
        "CURRENT_ROLE",
        "CURRENT_SCHEMA",
        "CURRENT_TIME",
        "CURRENT_TIMESTAMP",
        "CURRENT_USER",
        "DEALLOCATE",
        "DELETE",
        "DESCRIBE",
        "DISTINCT",
        "DROP",
        "ELSE",
        "END",
        "ESCAPE",
        "EXCEPT",
        "EXECUTE",
        "EXISTS",
        "EXTRACT",
        "FALSE",
        "FOR",
        "FROM",
        "FULL",
        "GROUP",
        "GROUPING",
        "HAVING",
        "IN",
        "INNER",
        "INSERT",
        "INTERSECT",
        "INTO",
        "IS",
        "JOIN",
        "JSON_ARRAY",
        "JSON_EXISTS",
        "JSON_OBJECT",
        "JSON_QUERY",
        "JSON_TABLE",
        "JSON_VALUE",
        "LEFT",
        "LIKE",
        "LISTAGG",
        "LOCALTIME",
        "LOCALTIMESTAMP",
        "NATURAL",
        "NORMALIZE",
        "NOT",
        "NULL",
        "ON",
        "OR",
        "ORDER",
        "OUTER",
        "PREPARE",
        "RECURSIVE",
        "RIGHT",
        "ROLLUP",
        "SELECT",
        "SKIP",
        "TABLE",
        "THEN",
        "TRIM",
        "TRUE",
        "UESCAPE",
        "UNION",
        "UNNEST",
        "USING",
        "VALUES",
        "WHEN",
        "WHERE",
        "WITH",
    ]
)
"""Words that are no names unless they stand in double quotes."""

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\r\n]*|/\*.*?\*/)
  | (?P<unicode>[uU]&'(?:[^']|'')*')
  | (?P<binary>[xX]'[^']*')
  | (?P<text>'(?:[^']|'')*')
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<double>(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)[eE][+-]?\d+)
  | (?P<decimal>\d[\d_]*\.(?:\d[\d_]*)?|\.\d[\d_]*)
  | (?P<integer>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<symbol><>|!=|<=|>=|->|=>|\|\||[-+*/%=<>()\[\],.;:?])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A token: its kind, its text as written, what it stands for, and where it begins."""

    kind: str
    text: str
    value: str
    at: int

    @property
    def word(self) -> str:
        """The upper-case word or the symbol; empty for names in quotes and literals."""
        return self.text.upper() if self.kind in (WORD, SYMBOL) else ""


def tokens(sql: str) -> list[Token]:
    """All tokens, with an END at the end. Raises QueryError, SYNTAX_ERROR."""
    found: list[Token] = []
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise syntax_error(sql, at, _unreadable(sql, at))
        kind = match.lastgroup or ""
        after = sql[match.end() : match.end() + 1]
        if kind in (INTEGER, DECIMAL, DOUBLE) and (after.isalpha() or after == "_"):
            raise syntax_error(
                sql, at, "identifiers must not start with a digit; surround the identifier with double quotes"
            )
        if kind != "space":
            found.append(Token(kind, match.group(), _value(sql, kind, match.group(), at), at))
        at = match.end()
    found.append(Token(END, "<EOF>", "", len(sql)))
    return found


def syntax_error(sql: str, at: int, message: str) -> QueryError:
    """SYNTAX_ERROR at this place of the text."""
    line, column = place(sql, at)
    return QueryError("SYNTAX_ERROR", message, line=line, column=column)


def place(sql: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    before = sql[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _unreadable(sql: str, at: int) -> str:
    if sql[at] == "`":
        return "backquoted identifiers are not supported; use double quotes to quote identifiers"
    return f"mismatched input '{sql[at]}'. Expecting: an expression, a name or a symbol of SQL"


def _value(sql: str, kind: str, text: str, at: int) -> str:
    if kind == TEXT:
        return text[1:-1].replace("''", "'")
    if kind == QUOTED:
        if len(text) == 2:
            raise syntax_error(sql, at, "Zero-length delimited identifier not allowed")
        return text[1:-1].replace('""', '"')
    if kind in (UNICODE, BINARY):
        return text[text.index("'") + 1 : -1].replace("''", "'")
    return text.replace("_", "") if kind in (INTEGER, DECIMAL, DOUBLE) else text
