"""SHOW: what there is in the catalog, one name a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ddb_assets.local.athena.catalog import Table
from ddb_assets.local.athena.ddl.names import database_not_found, existing_table, table_not_found
from ddb_assets.local.athena.result import Result, lines
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor
from ddb_assets.local.athena.view_text import columns_of


def databases(cursor: Cursor, session: Session) -> Result:
    """`SHOW DATABASES [LIKE 'pattern']`."""
    pattern = _pattern(cursor)
    return lines(_matching(session.catalog.databases(), pattern), "database_name")


def tables(cursor: Cursor, session: Session) -> Result:
    """`SHOW TABLES [IN database] ['pattern']`: views are among them, as in Athena."""
    found = _tables(cursor, session)
    pattern = _pattern(cursor)
    return lines(_matching([table.name for table in found], pattern), "tab_name")


def views(cursor: Cursor, session: Session) -> Result:
    """`SHOW VIEWS [IN database] [LIKE 'pattern']`."""
    found = _tables(cursor, session)
    pattern = _pattern(cursor)
    return lines(_matching([table.name for table in found if table.is_view], pattern), "views")


def columns(cursor: Cursor, session: Session) -> Result:
    """`SHOW COLUMNS IN [database.]table` or `SHOW COLUMNS IN table IN database`."""
    if not cursor.accept("FROM"):
        cursor.expect("IN")
    named, name = cursor.qualified()
    if cursor.accept("FROM") or cursor.accept("IN"):
        named = cursor.identifier()
    cursor.end()
    database = named or session.database
    found = session.catalog.table(database, name)
    if found is None:
        raise table_not_found(database, name)
    return lines([column.name for column in columns_of(found)], "field")


def properties(cursor: Cursor, session: Session) -> Result:
    """`SHOW TBLPROPERTIES name [('key')]`: key and value with a tab between, or the one value."""
    table = existing_table(cursor, session)
    key = None
    if cursor.accept("("):
        key = cursor.string()
        cursor.expect(")")
    cursor.end()
    if key is None:
        return lines([f"{name}\t{value}" for name, value in sorted(table.parameters.items())], "prpt_name")
    missing = f"Table {table.qualified} does not have property: {key}"
    return lines([table.parameters.get(key, missing)], "prpt_name")


def _tables(cursor: Cursor, session: Session) -> list[Table]:
    named = cursor.accept("IN") or cursor.accept("FROM")
    database = cursor.identifier() if named else session.database
    if not session.catalog.has_database(database):
        raise database_not_found(database)
    return session.catalog.tables(database)


def _pattern(cursor: Cursor) -> re.Pattern[str] | None:
    """Hive's pattern: `*` for any text, `|` between choices; the rest is a regular expression."""
    cursor.accept("LIKE")
    text = cursor.string() if cursor.more() else None
    cursor.end()
    if text is None:
        return None
    expression = re.sub(r"(?<!\.)\*", ".*", text)
    try:
        return re.compile(expression, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(text), re.IGNORECASE)


def _matching(names: Sequence[str], pattern: re.Pattern[str] | None) -> list[str]:
    return [name for name in names if pattern is None or pattern.fullmatch(name)]
