"""The tables and partitions that a DDL statement names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from ddb_assets.local.athena.catalog import Table
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor

# Hive's FileUtils.charToEscape: what a partition's name in a path may not hold.
_ESCAPED = frozenset([*map(chr, range(1, 32)), *"\"#%'*/:=?\\{[]^\x7f"])


def existing_table(cursor: Cursor, session: Session) -> Table:
    """The table or view that comes next, which must exist."""
    database, name = cursor.qualified()
    return find_table(session, database, name)


def find_table(session: Session, database: str | None, name: str) -> Table:
    """The table or view, which must exist; without a database, in the session's."""
    found = session.catalog.table(database or session.database, name)
    if found is None:
        raise table_not_found(database, name)
    return found


def table_not_found(database: str | None, name: str) -> QueryError:
    """Hive's error for a table that isn't there, which names it as the statement does.

    Source: Amazon Athena user guide, "DESCRIBE" (`Table not found table`).
    """
    return QueryError("FAILED", f"SemanticException [Error 10001]: Table not found {as_written(database, name)}")


def as_written(database: str | None, name: str) -> str:
    """`[database.]name`, as a statement names a table."""
    return name if database is None else f"{database}.{name}"


def database_not_found(name: str) -> QueryError:
    """Hive's error for a database that isn't there."""
    return QueryError("FAILED", f"SemanticException [Error 10072]: Database does not exist: {name}")


def partition_spec(cursor: Cursor, table: Table) -> dict[str, str]:
    """`(key = value, …)` after PARTITION: the values by key, which must be keys of the table."""
    cursor.expect("(")
    found: dict[str, str] = {}
    keys = [column.name for column in table.partition_columns]
    while not cursor.accept(")"):
        key = cursor.identifier()
        if key not in keys:
            raise QueryError(
                "FAILED", f"SemanticException [Error 10098]: {key} is not a partition column of {table.qualified}"
            )
        cursor.expect("=")
        found[key] = cursor.literal()
        if not cursor.peek(")"):
            cursor.expect(",")
    return found


def whole_spec(cursor: Cursor, table: Table) -> tuple[str, ...]:
    """A partition spec that names every key: its values in the keys' order."""
    spec = partition_spec(cursor, table)
    missing = [column.name for column in table.partition_columns if column.name not in spec]
    if missing:
        raise QueryError("FAILED", f"SemanticException partition spec lacks a value for: {', '.join(missing)}")
    return tuple(spec[column.name] for column in table.partition_columns)


def partition_name(table: Table, values: Sequence[str]) -> str:
    """`key=value/…` as Hive writes it in paths and in SHOW PARTITIONS, with what a path can't hold escaped."""
    return "/".join(f"{c.name}={escaped(value)}" for c, value in zip(table.partition_columns, values, strict=True))


def escaped(value: str) -> str:
    """Hive's escape of a partition value: `%3A` for a colon."""
    return "".join(f"%{ord(char):02X}" if char in _ESCAPED else char for char in value)


def unescaped(text: str) -> str:
    """A partition value from its path."""
    return unquote(text)


def matches(values: Sequence[str], spec: Mapping[str, str], table: Table) -> bool:
    """Whether a partition has the values that a spec names (which may be a part of the keys)."""
    return all(spec.get(c.name, value) == value for c, value in zip(table.partition_columns, values, strict=True))
