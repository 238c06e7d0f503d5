"""A query's names bound: each table reference becomes a scan, each view its own query, on a DuckDB connection.

A table becomes `(SELECT "r0c0" AS "id", … FROM "__scan0") AS "t"`, so what DuckDB calls a column in a plan or a filter
is the column of one reference, whatever the query calls it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
from sqlglot import exp

from ddb_assets.local.athena import dialect, system_tables, view_text
from ddb_assets.local.athena.catalog import CATALOG, Partition, Table
from ddb_assets.local.athena.duckdb_types import from_duckdb
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.hive_types import HiveType, trino_name
from ddb_assets.local.athena.query_errors import position_of, translated
from ddb_assets.local.athena.scan import PATH, TableScan
from ddb_assets.local.athena.session import Session

_DEEPEST_VIEW = 40
_UNNAMED = "__unnamed_"


@dataclass
class Binding:
    """What has been bound so far in one statement: its scans by number, and the names that it and its views give."""

    connection: duckdb.DuckDBPyConnection
    session: Session
    scans: dict[int, TableScan] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    _made_up: int = 0

    def bind(self, query: exp.Expression, schema: str, depth: int = 0) -> exp.Expression:
        """The query with no table of the catalog left in it; unqualified names are those of `schema`."""
        if depth > _DEEPEST_VIEW:
            raise QueryError("VIEW_IS_RECURSIVE", "Views are nested too deeply", line=1, column=1)
        bound = query.copy()
        self.aliases |= _given_names(bound)
        _name_expressions(bound)
        tables = [t for t in bound.find_all(exp.Table) if isinstance(t.this, exp.Identifier) and not _is_cte(t)]
        _shorten_columns(bound, tables)
        mentioned = _mentioned(bound)
        for table in tables:
            if PATH.name in mentioned:
                _hide_path(table)
            table.replace(self._bound(table, schema, depth, mentioned))
        return bound

    def columns(self, bound: exp.Expression, query: exp.Expression) -> list[tuple[str, HiveType]]:
        """The columns that a bound query gives. Raises QueryError with the positions of `query`."""
        try:
            cursor = self.connection.execute(f"DESCRIBE {dialect.to_duckdb(bound)}")
            described = cursor.fetchall()
        except duckdb.Error as error:
            raise translated(error, query) from error
        kinds = [from_duckdb(duckdb.sqltype(row[1])) for row in described]
        return [
            (output_name(row[0], place), kind) for place, (row, kind) in enumerate(zip(described, kinds, strict=True))
        ]

    def _bound(self, table: exp.Table, schema: str, depth: int, mentioned: _Mentioned) -> exp.Expression:
        catalog, database, name = table.catalog.lower(), (table.db or schema).lower(), table.name.lower()
        line, column = position_of(table.parts[0])
        if catalog and catalog != CATALOG:
            raise QueryError("CATALOG_NOT_FOUND", f"Catalog '{catalog}' does not exist", line=line, column=column)
        missing = QueryError(
            "TABLE_NOT_FOUND", f"Table '{CATALOG}.{database}.{name}' does not exist", line=line, column=column
        )
        if database == system_tables.SCHEMA:
            rows = system_tables.information_schema(self.session.catalog, name)
            if rows is None:
                raise missing
            return self._aliased(self._registered(rows), table)
        if not self.session.catalog.has_database(database):
            raise QueryError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", line=line, column=column)
        listed = system_tables.partitions_of(name)
        found = self.session.catalog.table(database, listed or name)
        if found is None or (listed and not found.partition_columns):
            raise missing
        if listed:
            return self._aliased(self._registered(system_tables.partitions(self.session.catalog, found)), table)
        if found.is_view:
            return self._aliased(self._view(found, depth, line, column), table)
        return self._aliased(self._scan(found, mentioned), table)

    def _aliased(self, query: exp.Query, table: exp.Table) -> exp.Expression:
        """The query in the table's place, with what else the reference says (its alias, TABLESAMPLE, joins)."""
        alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
        kept = {key: value for key, value in table.args.items() if key in ("joins", "sample", "pivots") and value}
        return exp.Subquery(this=query, alias=alias, **kept)

    def _registered(self, rows: pa.Table) -> exp.Query:
        self._made_up += 1
        name = f"__made_up{self._made_up}"
        self.connection.register(name, rows)
        columns = [exp.column(column, quoted=True) for column in rows.column_names]
        return exp.select(*columns).from_(exp.table_(name, quoted=True))

    def _scan(self, table: Table, mentioned: _Mentioned) -> exp.Query:
        if table.parameters.get("projection.enabled", "").lower() == "true":
            raise not_supported(f"partition projection ({table.qualified})")
        number = len(self.scans)
        partitions = (
            self.session.catalog.partitions(table) if table.partition_columns else [Partition((), table.storage)]
        )
        scan = TableScan(number, table, partitions, self.session.storage, self.session.progress)
        self.scans[number] = scan
        name = f"__scan{number}"
        self.connection.register(name, scan)
        shown = [place for place, column in enumerate(scan.columns) if column.name in mentioned] or [0]
        columns = [
            exp.alias_(exp.column(scan.internal(place), quoted=True), scan.columns[place].name, quoted=True)
            for place in shown
        ]
        return exp.select(*columns).from_(exp.table_(name, quoted=True))

    def _view(self, view: Table, depth: int, line: int, column: int) -> exp.Query:
        stored = view_text.decode(view)
        name = f"{CATALOG}.{view.qualified}"
        try:
            query = dialect.parse(stored.sql)
            bound = self.bind(query, stored.schema or view.database, depth + 1)
            found = self.columns(bound, query)
        except QueryError as error:
            raise QueryError(
                "INVALID_VIEW", f"Failed analyzing stored view '{name}': {error.text}", line=line, column=column
            ) from error
        reason = _stale(stored.columns, found)
        if reason:
            raise QueryError(
                "VIEW_IS_STALE", f"View '{name}' is stale or in invalid state: {reason}", line=line, column=column
            )
        if not isinstance(bound, exp.Query):
            raise QueryError("INVALID_VIEW", f"View '{name}' is not a query", line=line, column=column)
        return bound


def output_name(name: str, place: int) -> str:
    """A result column's name; an expression without one is `_col<place>`, as in Trino."""
    return f"_col{place}" if name.startswith(_UNNAMED) else name


class _Mentioned(frozenset[str]):
    """Names in a query; where it has a `*`, every name but that of the hidden column."""

    star = False

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (self.star and name != PATH.name)


def _mentioned(query: exp.Expression) -> _Mentioned:
    """What a query can need of a table. A table may have thousands of columns, each of which costs time to plan."""
    found = _Mentioned(identifier.name.lower() for identifier in query.find_all(exp.Identifier))
    stars = (star for star in query.find_all(exp.Star) if not isinstance(star.parent, exp.Count))
    found.star = any(stars) or any(join.method == "NATURAL" for join in query.find_all(exp.Join))
    return found


def _given_names(query: exp.Expression) -> set[str]:
    names = {alias.alias.lower() for alias in query.find_all(exp.Alias)}
    return names | {column.name.lower() for alias in query.find_all(exp.TableAlias) for column in alias.columns}


def _name_expressions(query: exp.Expression) -> None:
    for number, select in enumerate(query.find_all(exp.Select)):
        named = (exp.Alias, exp.Aliases, exp.Column, exp.Star, exp.Dot)
        expressions = [
            projection if isinstance(projection, named) else exp.alias_(projection, f"{_UNNAMED}{number}_{place}")
            for place, projection in enumerate(select.expressions)
        ]
        select.set("expressions", expressions)


def _is_cte(table: exp.Table) -> bool:
    """Whether the name is a WITH query's that can be seen from here: an earlier one, or one further out."""
    if table.args.get("db"):
        return False
    path = []
    node: exp.Expression | None = table
    while node is not None:
        path.append(node)
        node = node.parent
    inside = {id(each) for each in path}
    for ancestor in path:
        with_ = ancestor.args.get("with_")
        for cte in with_.expressions if with_ is not None else ():
            if id(cte) in inside and not with_.args.get("recursive"):
                break
            if cte.alias.lower() == table.name.lower():
                return True
    return False


def _shorten_columns(query: exp.Expression, tables: list[exp.Table]) -> None:
    """`db.t.x` as `t.x`, where `db.t` is a table of the query (else it is a field of a field)."""
    named = {(table.db.lower(), table.name.lower()) for table in tables if table.db and not table.alias}
    for column in query.find_all(exp.Column):
        if column.db and (column.db.lower(), column.table.lower()) in named:
            column.set("db", None)
            column.set("catalog", None)


def _hide_path(table: exp.Table) -> None:
    """`*` over the table itself doesn't show the hidden column that the query names elsewhere."""
    select = table.find_ancestor(exp.Select)
    for projection in select.expressions if select is not None else ():
        star = projection.this if isinstance(projection, exp.Column) else projection
        if isinstance(star, exp.Star):
            star.set("except_", [exp.to_identifier(PATH.name, quoted=True)])


def _stale(stored: tuple[tuple[str, str], ...], found: list[tuple[str, HiveType]]) -> str | None:
    """Why the stored columns no longer are the query's, in Trino's words; None when they are."""
    if len(stored) != len(found):
        return (
            f"stored view column count ({len(stored)}) does not match column count derived from the view query "
            f"analysis ({len(found)})"
        )
    for place, ((name, kind), (found_name, found_kind)) in enumerate(zip(stored, found, strict=True)):
        if name.lower() != found_name.lower():
            return (
                f"column [{found_name.lower()}] of type {trino_name(found_kind)} projected from query view at position "
                f"{place} has a different name from column [{name}] of type {kind} stored in view definition"
            )
        if _family(kind) != _family(trino_name(found_kind)):
            return (
                f"column [{found_name.lower()}] of type {trino_name(found_kind)} projected from query view at position "
                f"{place} cannot be coerced to column [{name}] of type {kind} stored in view definition"
            )
    return None


def _family(kind: str) -> str:
    """The type as far as it decides staleness: text of any length and time of any precision are one each."""
    folded = "".join(kind.lower().split()).replace('"', "")
    for family in ("varchar", "char", "timestamp", "time"):
        if folded.startswith(f"{family}("):
            return folded.replace(folded[len(family) : folded.index(")") + 1], "", 1)
    return folded
