"""CREATE and DROP VIEW."""

from __future__ import annotations

from ddb_assets.local.athena import dialect, query, view_text
from ddb_assets.local.athena.catalog import CATALOG
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.formatted import formatted
from ddb_assets.local.athena.result import NOTHING, Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor


def create(cursor: Cursor, session: Session) -> Result:
    """`CREATE VIEW name AS query`: the columns' types are the query's as planned now."""
    return _create(cursor, session, replace=False)


def create_or_replace(cursor: Cursor, session: Session) -> Result:
    """`CREATE OR REPLACE VIEW name AS query`: one change of the catalog, so a reader sees the old view or the new."""
    return _create(cursor, session, replace=True)


def _create(cursor: Cursor, session: Session, *, replace: bool) -> Result:
    named, name = cursor.qualified()
    database = named or session.database
    cursor.expect("AS")
    sql = cursor.rest()
    if not session.catalog.has_database(database):
        raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", line=1, column=1)
    existing = session.catalog.table(database, name)
    if existing is not None and not existing.is_view:
        raise QueryError(
            "TABLE_ALREADY_EXISTS", f"Table already exists: '{CATALOG}.{database}.{name}'", line=1, column=1
        )
    already = QueryError(
        "TABLE_ALREADY_EXISTS", f"View already exists: '{CATALOG}.{database}.{name}'", line=1, column=1
    )
    if existing is not None and not replace:
        raise already
    parsed = query.require_query(dialect.parse(sql))
    columns = [(column.lower(), kind) for column, kind in query.output_columns(parsed, session)]
    _require_named_once(columns=[column for column, _ in columns])
    description = view_text.describe(name, formatted(sql, parsed), session.database, columns)
    if existing is None:
        # As in Trino, also when the view is to be replaced: the metastore's refusal becomes this error
        # (HiveMetadata.createView: TableAlreadyExistsException to ViewAlreadyExistsException).
        if not session.catalog.create_table(database, description):
            raise already
    else:
        session.catalog.update_table(database, description)
    return NOTHING


def drop(cursor: Cursor, session: Session) -> Result:
    """`DROP VIEW [IF EXISTS] name`."""
    may_lack = cursor.accept("IF", "EXISTS")
    named, name = cursor.qualified()
    cursor.end()
    database = named or session.database
    found = session.catalog.table(database, name)
    if found is None and may_lack:
        return NOTHING
    if found is None or not found.is_view:
        raise QueryError("TABLE_NOT_FOUND", f"View '{CATALOG}.{database}.{name}' does not exist", line=1, column=1)
    session.catalog.drop_table(database, name)
    return NOTHING


def _require_named_once(columns: list[str]) -> None:
    for place, name in enumerate(columns):
        if name == f"_col{place}":
            raise QueryError(
                "MISSING_COLUMN_NAME", f"Column name not specified at position {place + 1}", line=1, column=1
            )
        if name in columns[:place]:
            raise QueryError(
                "DUPLICATE_COLUMN_NAME", f"Column name '{name}' specified more than once", line=1, column=1
            )
