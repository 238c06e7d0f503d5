"""CREATE and DROP DATABASE."""

from __future__ import annotations

from ddb_assets.local.athena.ddl.names import database_not_found
from ddb_assets.local.athena.errors import hive_ddl_error
from ddb_assets.local.athena.result import NOTHING, Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor


def create(cursor: Cursor, session: Session) -> Result:
    """`CREATE DATABASE [IF NOT EXISTS] name [COMMENT '…'] [LOCATION '…'] [WITH DBPROPERTIES (…)]`."""
    may_exist = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.identifier()
    description: dict[str, object] = {"Name": name}
    while cursor.more():
        if cursor.accept("COMMENT"):
            description["Description"] = cursor.string()
        elif cursor.accept("LOCATION"):
            description["LocationUri"] = cursor.string()
        else:
            cursor.expect("WITH", "DBPROPERTIES")
            description["Parameters"] = cursor.pairs()
    if session.catalog.has_database(name):
        if may_exist:
            return NOTHING
        raise hive_ddl_error(f"AlreadyExistsException(message:Database {name} already exists)")
    session.catalog.create_database(description)
    return NOTHING


def drop(cursor: Cursor, session: Session) -> Result:
    """`DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]`."""
    may_lack = cursor.accept("IF", "EXISTS")
    name = cursor.identifier()
    cascade = cursor.accept("CASCADE")
    if not cascade:
        cursor.accept("RESTRICT")
    cursor.end()
    if not session.catalog.has_database(name):
        if may_lack:
            return NOTHING
        raise database_not_found(name)
    tables = session.catalog.tables(name)
    if tables and not cascade:
        raise hive_ddl_error(
            f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
        )
    session.catalog.drop_database(name)
    return NOTHING
