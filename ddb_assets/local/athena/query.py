"""A query run: analysed as Trino analyses it, planned and pruned, executed by DuckDB, printed as Athena prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.queries import Analysis
from ddb_assets.local.athena.analysis.scope import Relation
from ddb_assets.local.athena.errors import Cancelled, QueryError, not_supported
from ddb_assets.local.athena.hive_types import HiveType
from ddb_assets.local.athena.prune import prune
from ddb_assets.local.athena.query_errors import translated
from ddb_assets.local.athena.rendering import renderer
from ddb_assets.local.athena.result import Result, ResultColumn, Row
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.nodes import Expression
from ddb_assets.local.athena.sql.queries import read_expression, read_query
from ddb_assets.local.athena.tables import Tables, mentioned, output_name
from ddb_assets.local.athena.types.kinds import Type
from ddb_assets.local.athena.types.read import to_hive

_BATCH_ROWS = 4096
_SETTINGS = (
    "SET TimeZone = 'UTC'",
    # A query reaches the catalog's tables and nothing else: no local file, no variable of this process.
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_STATEMENTS = frozenset(
    [
        "ALTER",
        "ANALYZE",
        "CALL",
        "COMMENT",
        "COMMIT",
        "CREATE",
        "DEALLOCATE",
        "DELETE",
        "DENY",
        "DESC",
        "DESCRIBE",
        "DROP",
        "EXECUTE",
        "EXPLAIN",
        "GRANT",
        "INSERT",
        "MERGE",
        "OPTIMIZE",
        "PREPARE",
        "REFRESH",
        "RESET",
        "REVOKE",
        "ROLLBACK",
        "SET",
        "SHOW",
        "START",
        "TRUNCATE",
        "UNLOAD",
        "UPDATE",
        "USE",
        "VACUUM",
        "MSCK",
    ]
)


@dataclass(frozen=True)
class _Planned:
    relation: Relation
    tables: Tables
    context: Context


def run(sql: str, parameters: Sequence[str], session: Session) -> Result:
    """All rows of a query. Raises QueryError."""
    with _connected(session) as connection:
        planned = _planned(sql, parameters, session, connection)
        kinds = [field.type for field in planned.relation.fields]
        names = [output_name(field, place) for place, field in enumerate(planned.relation.fields)]
        try:
            relation = connection.sql(planned.relation.sql)
            rows = _rows(relation.to_arrow_reader(_BATCH_ROWS), kinds, session)
        except (duckdb.Error, pa.ArrowException) as error:
            raise session.progress.failure or translated(error) from error
        except (ValueError, ArithmeticError) as error:
            raise not_supported(f"a query with such a value in its result ({error})") from error
    return Result(
        tuple(ResultColumn(n, to_hive(kind)) for n, kind in zip(names, kinds, strict=True)), tuple(rows), True
    )


def output_columns(sql: str, session: Session) -> list[tuple[str, HiveType]]:
    """The columns that a query would give: what a view of it has."""
    with _connected(session) as connection:
        found = _analysed(sql, (), session, connection).relation.fields
    return [(output_name(field, place), to_hive(field.type)) for place, field in enumerate(found)]


def _connected(session: Session) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for statement in _SETTINGS:
        connection.execute(statement)
    session.progress.interrupt = connection.interrupt
    if session.progress.cancelled.is_set():
        raise Cancelled
    return connection


def _analysed(sql: str, parameters: Sequence[str], session: Session, connection: duckdb.DuckDBPyConnection) -> _Planned:
    _require_query(sql)
    query, holes = read_query(sql)
    if holes != len(parameters):
        message = f"Incorrect number of parameters: expected {holes} but found {len(parameters)}"
        raise QueryError("INVALID_PARAMETER_USAGE", message, line=1, column=1)
    values: list[Expression] = [read_expression(text) for text in parameters]
    tables = Tables(connection, session, session.database, mentioned(sql))
    context = Context(sql, tables, values)
    return _Planned(Analysis(context).query(query), tables, context)


def _planned(sql: str, parameters: Sequence[str], session: Session, connection: duckdb.DuckDBPyConnection) -> _Planned:
    planned = _analysed(sql, parameters, session, connection)
    planned.context.register(connection)
    try:
        plan = connection.execute(f"EXPLAIN (FORMAT json) {planned.relation.sql}").fetchall()[0][1]
    except duckdb.Error as error:
        raise translated(error) from error
    prune(connection, plan, planned.tables.scans)
    return planned


def _require_query(sql: str) -> None:
    """Statements that Trino or Athena has and this engine doesn't. Raises QueryError, NOT_SUPPORTED."""
    tokens = lexer.tokens(sql)
    if tokens[0].kind == lexer.END:
        raise QueryError("SYNTAX_ERROR", "mismatched input '<EOF>'. Expecting: a statement", line=1, column=1)
    ends = [place for place, token in enumerate(tokens) if token.word == ";"]
    if ends and tokens[ends[0] + 1].kind != lexer.END:
        raise QueryError("SYNTAX_ERROR", "Only one sql statement is allowed. Got: " + sql.strip()[:200])
    if tokens[0].word in _STATEMENTS:
        raise not_supported(f"{tokens[0].word} statements")


def _rows(batches: pa.RecordBatchReader, kinds: Sequence[Type], session: Session) -> list[Row]:
    renderers = [renderer(kind) for kind in kinds]
    rows: list[Row] = []
    for batch in batches:
        if session.progress.cancelled.is_set():
            raise Cancelled
        columns = [map(render, column.to_pylist()) for column, render in zip(batch.columns, renderers, strict=True)]
        rows.extend(zip(*columns, strict=True))
    return rows
