"""Athena's SQL as sqlglot reads it, for what looks at a statement without running it."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from ddb_assets.local.athena.errors import QueryError


def parse(sql: str) -> exp.Expression:
    """One statement. Raises QueryError, SYNTAX_ERROR."""
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="athena") if statement is not None]
    except (sqlglot.ParseError, sqlglot.TokenError) as error:
        raise QueryError("SYNTAX_ERROR", str(error), line=1, column=1) from error
    if len(statements) != 1:
        raise QueryError("SYNTAX_ERROR", "Only one sql statement is allowed. Got: " + sql.strip()[:200])
    return statements[0]
