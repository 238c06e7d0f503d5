"""Hive's statements, which change or show the Data Catalog. `run_ddl` finds the one that the words name."""

from __future__ import annotations

from ddb_assets.local.athena.ddl import (
    alter_table,
    create_table,
    databases,
    describe,
    partitions,
    show,
    show_create,
    tables,
)
from ddb_assets.local.athena.ddl.statements import Statement, find
from ddb_assets.local.athena.result import Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor

_STATEMENTS: tuple[tuple[tuple[str, ...], Statement], ...] = (
    (("CREATE", "DATABASE"), databases.create),
    (("CREATE", "SCHEMA"), databases.create),
    (("DROP", "DATABASE"), databases.drop),
    (("DROP", "SCHEMA"), databases.drop),
    (("CREATE", "EXTERNAL", "TABLE"), create_table.create),
    (("DROP", "TABLE"), tables.drop),
    (("ALTER", "TABLE"), alter_table.alter),
    (("MSCK", "REPAIR", "TABLE"), partitions.repair),
    (("SHOW", "DATABASES"), show.databases),
    (("SHOW", "SCHEMAS"), show.databases),
    (("SHOW", "TABLES"), show.tables),
    (("SHOW", "VIEWS"), show.views),
    (("SHOW", "PARTITIONS"), partitions.show),
    (("SHOW", "COLUMNS"), show.columns),
    (("SHOW", "TBLPROPERTIES"), show.properties),
    (("SHOW", "CREATE", "TABLE"), show_create.table),
    (("SHOW", "CREATE", "VIEW"), show_create.view),
    (("DESCRIBE",), describe.describe),
    (("DESC",), describe.describe),
)


def run_ddl(sql: str, session: Session) -> Result | None:
    """Run the statement, if it is one of these."""
    cursor = Cursor(sql)
    statement = find(_STATEMENTS, cursor)
    return None if statement is None else statement(cursor, session)
