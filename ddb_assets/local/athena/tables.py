"""Tables and views as a query reads them: each reference becomes a scan or the view's own query.

A table becomes `SELECT "r0c0" AS c1, … FROM "__scan0"`, so what DuckDB calls a column in a plan or a filter is the
column of one reference, whatever the query calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from ddb_assets.local.athena import system_tables, view_text
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.queries import Analysis
from ddb_assets.local.athena.analysis.scope import Field, Relation
from ddb_assets.local.athena.catalog import CATALOG, Column, Partition, Table
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.hive_types import trino_name
from ddb_assets.local.athena.scan import HIDDEN, TableScan
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.sql import lexer
from ddb_assets.local.athena.sql.queries import QueryReader, read_query
from ddb_assets.local.athena.sql.query_nodes import TableName
from ddb_assets.local.athena.types.coercion import coercible
from ddb_assets.local.athena.types.kinds import Type
from ddb_assets.local.athena.types.names import shown
from ddb_assets.local.athena.types.read import from_hive, read_type, to_hive

_DEEPEST_VIEW = 40


class Mentioned(frozenset[str]):
    """Names in a query; where it has a `*`, every name."""

    star = False

    def __contains__(self, name: object) -> bool:
        return self.star or super().__contains__(name)


def mentioned(sql: str) -> Mentioned:
    """What a query can need of a table. A table may have thousands of columns, each of which costs time to plan."""
    tokens = lexer.tokens(sql)
    found = Mentioned(t.value.lower() for t in tokens if t.kind in (lexer.WORD, lexer.QUOTED))
    stars = [place for place, token in enumerate(tokens) if token.word == "*"]
    found.star = (
        any(tokens[place - 1].word in ("SELECT", "DISTINCT", "ALL", ",", ".") for place in stars) or "table" in found
    )
    return found


@dataclass
class Tables:
    """What has been read so far in one statement: its scans by number."""

    connection: duckdb.DuckDBPyConnection
    session: Session
    schema: str
    names: Mentioned
    scans: dict[int, TableScan] = field(default_factory=dict)
    depth: int = 0
    _made_up: list[int] = field(default_factory=lambda: [0])

    def table(self, name: TableName, context: Context) -> Relation:
        """The relation that a name stands for. Raises QueryError: the table, schema or catalog isn't there."""
        parts = name.parts
        catalog = parts[0] if len(parts) == 3 else CATALOG
        schema = parts[-2] if len(parts) > 1 else self.schema
        if catalog != CATALOG:
            raise context.error("CATALOG_NOT_FOUND", f"Catalog '{catalog}' does not exist", name)
        missing = context.error("TABLE_NOT_FOUND", f"Table '{CATALOG}.{schema}.{parts[-1]}' does not exist", name)
        if schema == system_tables.SCHEMA:
            rows = system_tables.information_schema(self.session.catalog, parts[-1])
            if rows is None:
                raise missing
            return self._registered(rows, system_tables.column_types(parts[-1]), (schema, parts[-1]), context)
        if not self.session.catalog.has_database(schema):
            raise context.error("SCHEMA_NOT_FOUND", f"Schema '{schema}' does not exist", name)
        listed = system_tables.partitions_of(parts[-1])
        found = self.session.catalog.table(schema, listed or parts[-1])
        if found is None or (listed and not found.partition_columns):
            raise missing
        if name.travel:
            raise context.error("NOT_SUPPORTED", "This connector does not support versioned tables", name)
        where = (CATALOG, schema, parts[-1])
        if listed:
            types = [from_hive(column.type) for column in found.partition_columns]
            return self._registered(system_tables.partitions(self.session.catalog, found), types, where, context)
        return self._view(found, name, context) if found.is_view else self._scan(found, where, context)

    def _registered(self, rows: pa.Table, types: Sequence[Type], where: tuple[str, ...], context: Context) -> Relation:
        self._made_up[0] += 1
        name = f"__made_up{self._made_up[0]}"
        self.connection.register(name, rows)
        fields = tuple(
            Field(column, kind, context.fresh(), where) for column, kind in zip(rows.column_names, types, strict=True)
        )
        columns = ", ".join(f'"{field.name}" AS {field.sql}' for field in fields)
        return Relation(f'SELECT {columns} FROM "{name}"', fields)

    def _scan(self, table: Table, where: tuple[str, ...], context: Context) -> Relation:
        if table.parameters.get("projection.enabled", "").lower() == "true":
            raise not_supported(f"partition projection ({table.qualified})")
        number = len(self.scans)

        def listed(expression: str | None) -> Sequence[Partition]:
            if not table.partition_columns:
                return [Partition((), table.storage)]
            return self.session.catalog.partitions(table, expression if self.session.narrows else None)

        scan = TableScan(number, table, listed, self.session.storage, self.session.progress)
        self.scans[number] = scan
        name = f"__scan{number}"
        self.connection.register(name, scan)
        needed = [place for place, column in enumerate(scan.columns) if self._needed(column)] or [0]
        fields, columns = [], []
        for place in needed:
            column = scan.columns[place]
            made = Field(column.name, from_hive(column.type), context.fresh(), where, column in HIDDEN)
            fields.append(made)
            columns.append(f'"{scan.internal(place)}" AS {made.sql}')
            scan.shown[place] = made.sql
        return Relation(f'SELECT {", ".join(columns)} FROM "{name}"', tuple(fields))

    def _needed(self, column: Column) -> bool:
        return (
            frozenset.__contains__(self.names, column.name) if column in HIDDEN else column.name.lower() in self.names
        )

    def _view(self, view: Table, name: TableName, context: Context) -> Relation:
        if self.depth > _DEEPEST_VIEW:
            raise context.error("VIEW_IS_RECURSIVE", "Views are nested too deeply", name)
        stored = view_text.decode(view)
        shown_name = f"{CATALOG}.{view.qualified}"
        tables = Tables(
            self.connection, self.session, (stored.schema or view.database).lower(), mentioned(stored.sql), self.scans,
            self.depth + 1, self._made_up,
        )  # fmt: skip
        inside = context.inside(stored.sql)
        inside.tables = tables
        try:
            query, _ = read_query(stored.sql)
            found = Analysis(inside).query(query)
        except QueryError as error:
            if error.name == "NOT_SUPPORTED":
                raise
            raise context.error(
                "INVALID_VIEW", f"Failed analyzing stored view '{shown_name}': {error.text}", name
            ) from error
        reason = _stale(stored.columns, found.fields)
        if reason:
            raise context.error("VIEW_IS_STALE", f"View '{shown_name}' is stale or in invalid state: {reason}", name)
        where = (CATALOG, view.database, view.name)
        fields = tuple(Field(f.name, f.type, f.sql, where, shown=f.shown) for f in found.fields)
        return Relation(found.sql, fields)


def output_name(found: Field, place: int) -> str:
    """A result column's name; an expression without one is `_col<place>`, as in Trino."""
    return found.shown or found.name or f"_col{place}"


def _stale(stored: tuple[tuple[str, str], ...], found: Sequence[Field]) -> str | None:
    """Why the stored columns no longer are the query's, in Trino's words; None when they are."""
    if len(stored) != len(found):
        return (
            f"stored view column count ({len(stored)}) does not match column count derived from the view query "
            f"analysis ({len(found)})"
        )
    for place, ((name, kind), column) in enumerate(zip(stored, found, strict=True)):
        found_name = output_name(column, place).lower()
        if name.lower() != found_name:
            return (
                f"column [{found_name}] of type {shown(column.type)} projected from query view at position "
                f"{place} has a different name from column [{name}] of type {kind} stored in view definition"
            )
        if not _fits(column.type, kind):
            return (
                f"column [{found_name}] of type {shown(column.type)} projected from query view at position "
                f"{place} cannot be coerced to column [{name}] of type {kind} stored in view definition"
            )
    return None


def _fits(found: Type, stored: str) -> bool:
    """Whether what the query gives is taken as what is stored; types of the same family are, whatever their lengths."""
    folded = _family(stored)
    if folded in (_family(shown(found)), _family(trino_name(to_hive(found)))):
        return True
    try:
        return coercible(found, read_type(QueryReader(stored).type()))
    except QueryError:
        return False


def _family(kind: str) -> str:
    """The type as far as it decides staleness: text of any length and time of any precision are one each."""
    folded = "".join(kind.lower().split()).replace('"', "")
    for family in ("varchar", "char", "timestamp", "time"):
        if folded.startswith(f"{family}("):
            return folded.replace(folded[len(family) : folded.index(")") + 1], "", 1)
    return folded
