"""The embedded engine: queries and views by DuckDB, in this process; it writes no rows."""

from __future__ import annotations

from collections.abc import Sequence

from ddb_assets.local.athena import query
from ddb_assets.local.athena.ddl import create_table, views
from ddb_assets.local.athena.ddl.statements import Statement, find
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.result import Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor

_STATEMENTS: tuple[tuple[tuple[str, ...], Statement], ...] = (
    (("CREATE", "TABLE"), create_table.refuse),
    (("CREATE", "OR", "REPLACE", "VIEW"), views.create_or_replace),
    (("CREATE", "VIEW"), views.create),
    (("DROP", "VIEW"), views.drop),
)


class Embedded:
    """Needs nothing but this package."""

    def run(self, sql: str, parameters: Sequence[str], session: Session) -> Result:
        """The statement's result."""
        cursor = Cursor(sql)
        if cursor.accept("EXPLAIN"):
            # This engine's plan is not the one that Athena would run.
            raise not_supported("EXPLAIN")
        if (statement := find(_STATEMENTS, cursor)) is not None:
            return statement(cursor, session)
        return query.run(sql, parameters, session)
