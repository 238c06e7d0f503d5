"""DROP TABLE."""

from __future__ import annotations

from ddb_assets.local.athena.ddl.names import table_not_found
from ddb_assets.local.athena.errors import hive_ddl_error
from ddb_assets.local.athena.result import NOTHING, Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor


def drop(cursor: Cursor, session: Session) -> Result:
    """`DROP TABLE [IF EXISTS] name`: the catalog's entry goes, the data stays."""
    may_lack = cursor.accept("IF", "EXISTS")
    named, name = cursor.qualified()
    cursor.end()
    database = named or session.database
    found = session.catalog.table(database, name)
    if found is None:
        if may_lack:
            return NOTHING
        raise table_not_found(named, name)
    if found.is_view:
        raise hive_ddl_error(f"Cannot drop a view with DROP TABLE: {database}.{name}")
    session.catalog.drop_table(database, name)
    return NOTHING
