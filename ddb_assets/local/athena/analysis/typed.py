"""What an expression became: DuckDB's SQL, Trino's type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ddb_assets.local.athena.types.kinds import UNKNOWN, Type
from ddb_assets.local.athena.types.names import duckdb_type

_ATOM = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|-?\d{1,18}|'(?:[^']|'')*'|NULL|\(?-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\)?")


@dataclass(frozen=True)
class Typed:
    """An expression in DuckDB's SQL; `text` is its value when it is a literal of text, `number` of an integer.

    `null` when it is NULL in every row: what is made of it is NULL in Trino, whatever stands beside it.
    """

    sql: str
    type: Type
    text: str | None = None
    number: int | None = None
    null: bool = False

    @property
    def atomic(self) -> bool:
        """Whether it costs nothing to write it twice."""
        return self.null or _ATOM.fullmatch(self.sql) is not None


def null(kind: Type) -> Typed:
    """NULL of a type."""
    return Typed("NULL" if kind == UNKNOWN else f"CAST(NULL AS {duckdb_type(kind)})", kind, null=True)


def quoted(text: str) -> str:
    """A text literal."""
    if "\0" in text:
        parts = ("'" + part.replace("'", "''") + "'" for part in text.split("\0"))
        return "(" + " || chr(0) || ".join(parts) + ")"
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class LambdaValue:
    """A lambda as an argument: its body in DuckDB's SQL, in which the parameters stand by these names."""

    parameters: tuple[str, ...]
    body: Typed

    def with_(self, *texts: str) -> str:
        """The body with other SQL in place of the parameters."""
        sql = self.body.sql
        for name, text in zip(self.parameters, texts, strict=True):
            sql = re.sub(rf"\b{name}\b", text.replace("\\", r"\\"), sql)
        return sql
