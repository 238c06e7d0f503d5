"""A query run: bound to the catalog, planned and pruned, executed by DuckDB, printed as Athena prints."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from ddb_assets.local.athena import dialect, type_check
from ddb_assets.local.athena.binding import Binding, output_name
from ddb_assets.local.athena.duckdb_types import from_duckdb
from ddb_assets.local.athena.errors import Cancelled, QueryError, not_supported
from ddb_assets.local.athena.hive_types import HiveType, trino_name
from ddb_assets.local.athena.prune import prune
from ddb_assets.local.athena.query_errors import translated
from ddb_assets.local.athena.rendering import renderer
from ddb_assets.local.athena.result import Result, ResultColumn, Row, lines
from ddb_assets.local.athena.session import Session

_FUNCTIONS = Path(__file__).with_name("functions.sql")
_BATCH_ROWS = 4096
# Before the functions: a macro's `/` is the one that was set when it was made.
_DIVISION = "SET integer_division = true"
_SETTINGS = (
    "SET TimeZone = 'UTC'",
    # A query reaches the catalog's tables and nothing else: no local file, no variable of this process.
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def run(query: exp.Expression, session: Session) -> Result:
    """All rows of a query."""
    with _connected(session) as connection:
        sql = _planned(query, session, connection)
        try:
            relation = connection.sql(sql)
            kinds = [from_duckdb(kind) for kind in relation.types]
            names = [output_name(name, place) for place, name in enumerate(relation.columns)]
            rows = _rows(relation.to_arrow_reader(_BATCH_ROWS), kinds, session)
        except (duckdb.Error, pa.ArrowException) as error:
            raise session.progress.failure or translated(error, query) from error
    return Result(tuple(map(ResultColumn, names, kinds)), tuple(rows), header=True)


def explain(query: exp.Expression, session: Session) -> Result:
    """DuckDB's plan, as text."""
    with _connected(session) as connection:
        sql = _planned(query, session, connection)
        plan = connection.execute(f"EXPLAIN {sql}").fetchall()[0][1]
    return lines(plan.splitlines(), "Query Plan")


def output_columns(query: exp.Expression, session: Session) -> list[tuple[str, HiveType]]:
    """The columns that a query would give: what a view of it has."""
    with _connected(session) as connection:
        binding = Binding(connection, session)
        bound = binding.bind(query, session.database)
        type_check.check(bound, binding.scans.values())
        return binding.columns(bound, query)


def _connected(session: Session) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.create_function("trino_typeof", _typeof, ["VARCHAR"], "VARCHAR")
    for statement in (_DIVISION, *_FUNCTIONS.read_text().split(";\n"), *_SETTINGS):
        if statement.strip():
            connection.execute(statement)
    session.progress.interrupt = connection.interrupt
    if session.progress.cancelled.is_set():
        raise Cancelled
    return connection


def _typeof(name: str) -> str:
    return trino_name(from_duckdb(duckdb.sqltype(name)))


def _planned(query: exp.Expression, session: Session, connection: duckdb.DuckDBPyConnection) -> str:
    binding = Binding(connection, session)
    bound = binding.bind(query, session.database)
    type_check.check(bound, binding.scans.values())
    sql = dialect.to_duckdb(bound)
    try:
        plan = connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()[0][1]
    except duckdb.Error as error:
        raise translated(error, query) from error
    prune(connection, plan, binding.scans, binding.aliases)
    return sql


def _rows(batches: pa.RecordBatchReader, kinds: list[HiveType], session: Session) -> list[Row]:
    renderers = [renderer(kind) for kind in kinds]
    rows: list[Row] = []
    for batch in batches:
        if session.progress.cancelled.is_set():
            raise Cancelled
        columns = [map(render, column.to_pylist()) for column, render in zip(batch.columns, renderers, strict=True)]
        rows.extend(zip(*columns, strict=True))
    return rows


def require_query(parsed: exp.Expression) -> exp.Expression:
    """The statement, if it is a query. Raises QueryError, NOT_SUPPORTED."""
    if isinstance(parsed, (exp.Query, exp.Values)):
        return parsed
    if not isinstance(parsed, (exp.Command, exp.DDL, exp.DML, exp.Drop, exp.Alter, exp.Merge, exp.Describe)):
        # A lone expression, which sqlglot's parser takes for a statement.
        shown = parsed.sql("trino")[:80]
        raise QueryError("SYNTAX_ERROR", f"mismatched input '{shown}'. Expecting: a statement", line=1, column=1)
    # What sqlglot doesn't parse is a Command by its first word.
    name = parsed.name if isinstance(parsed, exp.Command) else parsed.key
    raise not_supported(f"{name.upper()} statements")
