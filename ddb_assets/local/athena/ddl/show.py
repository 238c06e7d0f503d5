"""SHOW: what there is in the catalog, one name a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ddb_assets.local.athena.catalog import Table
from ddb_assets.local.athena.ddl.names import database_not_found, existing_table, find_table
from ddb_assets.local.athena.ddl.printed import cell
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
    """`SHOW COLUMNS IN [database.]table` or `SHOW COLUMNS IN table IN database`: names only, partition columns last.

    Sources: Amazon Athena user guide, "SHOW COLUMNS"; the padding as in `printed`.
    """
    if not cursor.accept("FROM"):
        cursor.expect("IN")
    database, name = cursor.qualified()
    if cursor.accept("FROM") or cursor.accept("IN"):
        database = cursor.identifier()
    cursor.end()
    found = find_table(session, database, name)
    return lines([cell(column.name) for column in columns_of(found)], "field")


def properties(cursor: Cursor, session: Session) -> Result:
    """`SHOW TBLPROPERTIES name [('key')]`: key and value with a tab between, or the one value.

    The columns' names are those of Hive's source, "ShowTblPropertiesDesc"; that Athena has them is unproven.
    """
    table = existing_table(cursor, session)
    key = None
    if cursor.accept("("):
        key = cursor.string()
        cursor.expect(")")
    cursor.end()
    names = ("prpt_name", "prpt_value")
    if key is None:
        return lines([f"{name}\t{value}" for name, value in sorted(table.parameters.items())], *names)
    missing = f"Table {table.qualified} does not have property: {key}"
    return lines([table.parameters.get(key, missing)], *names)


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
