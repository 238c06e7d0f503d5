"""ALTER TABLE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddb_assets.local.athena.catalog import Partition, Table, table_input
from ddb_assets.local.athena.ddl import create_table, partitions
from ddb_assets.local.athena.ddl.names import existing_table, partition_name, whole_spec
from ddb_assets.local.athena.errors import hive_ddl_error
from ddb_assets.local.athena.result import NOTHING, Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor


def alter(cursor: Cursor, session: Session) -> Result:
    """`ALTER TABLE name` and what comes after it."""
    table = existing_table(cursor, session)
    if cursor.accept("ADD", "COLUMNS"):
        _add_columns(cursor, session, table)
    elif cursor.accept("REPLACE", "COLUMNS"):
        _replace_columns(cursor, session, table)
    elif cursor.accept("ADD"):
        partitions.add(cursor, session, table)
    elif cursor.accept("DROP"):
        partitions.drop(cursor, session, table)
    elif cursor.accept("SET", "LOCATION"):
        _change_storage(session, table, {"Location": _last_string(cursor)})
    elif cursor.accept("SET", "TBLPROPERTIES"):
        properties = cursor.pairs()
        cursor.end()
        description = table_input(table.raw)
        session.catalog.update_table(
            table.database, {**description, "Parameters": {**description.get("Parameters", {}), **properties}}
        )
    elif cursor.accept("PARTITION"):
        _alter_partition(cursor, session, table)
    else:
        raise cursor.unexpected("ADD, DROP, SET, REPLACE or PARTITION")
    return NOTHING


def _add_columns(cursor: Cursor, session: Session, table: Table) -> None:
    added = create_table.column_list(cursor)
    cursor.end()
    known = {column.name for column in table.columns}
    for column in added:
        if column["Name"] in known:
            raise hive_ddl_error(f"Duplicate column name: {column['Name']}")
    _change_storage(session, table, {"Columns": [*table.raw["StorageDescriptor"]["Columns"], *added]})


def _replace_columns(cursor: Cursor, session: Session, table: Table) -> None:
    columns = create_table.column_list(cursor)
    cursor.end()
    _change_storage(session, table, {"Columns": columns})


def _alter_partition(cursor: Cursor, session: Session, table: Table) -> None:
    values = whole_spec(cursor, table)
    cursor.expect("SET", "LOCATION")
    location = _last_string(cursor)
    found: Partition | None = session.catalog.partition(table, values)
    if found is None:
        raise hive_ddl_error(f"Partition not found: {partition_name(table, values)}")
    session.catalog.move_partition(table, found, location)


def _change_storage(session: Session, table: Table, change: Mapping[str, Any]) -> None:
    description = table_input(table.raw)
    storage = {**description.get("StorageDescriptor", {}), **change}
    session.catalog.update_table(table.database, {**description, "StorageDescriptor": storage})


def _last_string(cursor: Cursor) -> str:
    text = cursor.string()
    cursor.end()
    return text
