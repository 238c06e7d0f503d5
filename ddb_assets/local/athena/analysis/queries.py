"""Queries: WITH, set operations, VALUES, and what stands around them."""

from __future__ import annotations

from ddb_assets.local.athena.analysis import operators
from ddb_assets.local.athena.analysis.casts import coerced
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.expressions import Expressions
from ddb_assets.local.athena.analysis.grouped import SelectExpressions, sort_sql
from ddb_assets.local.athena.analysis.relations import Relations
from ddb_assets.local.athena.analysis.scope import Field, Relation, Scope, With
from ddb_assets.local.athena.analysis.selects import Selects
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.analysis.written import limited
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.sql import nodes
from ddb_assets.local.athena.sql.query_nodes import Body, Query, Select, SetOperation, TableBody, ValuesBody, WithQuery
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.coercion import common_type
from ddb_assets.local.athena.types.kinds import INTEGERS, Row, Type
from ddb_assets.local.athena.types.names import duckdb_type, shown


class Analysis:
    """Analyses queries of one text."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def query(self, query: Query, parent: Scope | None = None) -> Relation:
        """A query as DuckDB's SQL. Raises QueryError with Trino's name of what is wrong, or NOT_SUPPORTED."""
        query = self._with_parameters(query)
        scope = parent
        prefix = ""
        if query.withs:
            scope = Scope((), parent)
            written = [self._with(each, scope, query.recursive) for each in query.withs]
            recursive = "RECURSIVE " if query.recursive else ""
            prefix = f"WITH {recursive}{', '.join(written)} "
        if isinstance(query.body, Select):
            found = Selects(self.context, scope, self).relation(query.body, query)
            return Relation(prefix + found.sql, found.fields)
        found = self._body(query.body, scope)
        if query.ties:
            raise not_supported("FETCH FIRST ... WITH TIES")
        if query.order or query.limit is not None or query.offset is not None:
            found = self._ordered(query, found, scope)
        return Relation(prefix + found.sql, found.fields)

    def _with_parameters(self, query: Query) -> Query:
        """LIMIT ? and OFFSET ? with their values."""
        limit, offset = (
            self.context.parameters[each.number] if isinstance(each, nodes.Parameter) else each
            for each in (query.limit, query.offset)
        )
        for each in (limit, offset):
            if each is not None and not (isinstance(each, nodes.Literal) and each.kind == "integer"):
                raise self.context.error("TYPE_MISMATCH", "LIMIT and OFFSET take whole numbers", query)
        if limit is query.limit and offset is query.offset:
            return query
        return Query(query.at, query.withs, query.recursive, query.body, query.order, offset, limit, query.ties)

    def _with(self, item: WithQuery, scope: Scope, recursive: bool) -> str:
        if item.name in scope.withs:
            raise self.context.error(
                "DUPLICATE_NAMED_QUERY", f"WITH query name '{item.name}' specified more than once", item
            )
        if recursive and _refers(item.query, item.name):
            return self._recursive(item, scope)
        inner = self.query(item.query, scope)
        fields = self._named(item, inner.fields)
        name = self.context.fresh("w")
        scope.withs[item.name] = With(name, fields)
        return f"{name} AS ({inner.sql})"

    def _named(self, item: WithQuery, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        if not item.columns:
            return fields
        if len(item.columns) != len(fields):
            raise self.context.error(
                "MISMATCHED_COLUMN_ALIASES",
                f"WITH column alias list has {len(item.columns)} entries but WITH query({item.name}) has {len(fields)}",
                item,
            )
        return tuple(Field(name, f.type, f.sql) for name, f in zip(item.columns, fields, strict=True))

    def _recursive(self, item: WithQuery, scope: Scope) -> str:
        body = item.query.body
        if not isinstance(body, SetOperation) or body.kind != "UNION" or item.query.order or item.query.withs:
            raise not_supported("WITH RECURSIVE that is not a UNION ALL")
        if not body.all:
            raise self.context.error("NOT_SUPPORTED", "UNION DISTINCT in a recursive query is not supported", item)
        if not item.columns:
            raise self.context.error("MISSING_COLUMN_ALIASES", "Recursive query must have column aliases", item)
        first = self._body(body.left, scope)
        name = self.context.fresh("w")
        fields = self._named(item, first.fields)
        inner = Scope((), scope, {item.name: With(name, fields)})
        step = self._body(body.right, inner)
        columns = []
        for column, wanted in zip(step.fields, fields, strict=True):
            if common_type(column.type, wanted.type) != wanted.type:
                raise self.context.error(
                    "TYPE_MISMATCH",
                    f"recursion step relation output type ({shown(column.type)}) is not coercible to recursion base "
                    f"relation output type ({shown(wanted.type)})",
                    item,
                )
            columns.append(coerced(self.context, Typed(column.sql, column.type), wanted.type).sql)
        scope.withs[item.name] = With(name, fields)
        names = ", ".join(field.sql for field in fields)
        return f"{name}({names}) AS ({first.sql} UNION ALL SELECT {', '.join(columns)} FROM ({step.sql}))"

    def _body(self, body: Body, parent: Scope | None) -> Relation:
        if isinstance(body, Select):
            return Selects(self.context, parent, self).relation(body)
        if isinstance(body, ValuesBody):
            return self._values(body, parent)
        if isinstance(body, TableBody):
            source = Relations(self.context, parent, self).source(body.table)
            fields = tuple(field for field in source.fields if not field.hidden)
            return Relation(f"SELECT {', '.join(field.sql for field in fields)} FROM {source.sql}", fields)
        if isinstance(body, Query):
            return self.query(body, parent)
        return self._set(body, parent)

    def _values(self, body: ValuesBody, parent: Scope | None) -> Relation:
        expressions = Expressions(self.context, Scope((), parent), self)
        rows: list[list[Typed]] = []
        for node in body.rows:
            items = node.items if isinstance(node, nodes.RowOf) else (node,)
            values = [expressions.translate(item) for item in items]
            if not isinstance(node, nodes.RowOf) and isinstance(values[0].type, Row):
                values = [
                    Typed(f"struct_extract_at({values[0].sql}, {place})", kind)
                    for place, kind in enumerate(values[0].type.kinds, 1)
                ]
            rows.append(values)
        if len({len(row) for row in rows}) > 1:
            raise self.context.error("TYPE_MISMATCH", "Values rows have mismatched sizes", body)
        columns = []
        for place in range(len(rows[0])):
            values, kind = expressions.common([row[place] for row in rows], "Values rows have mismatched types", body)
            columns.append((values, kind))
        fields = tuple(Field(None, kind, self.context.fresh()) for _, kind in columns)
        texts = (
            "(" + ", ".join(_cast(values[number].sql, kind) for values, kind in columns) + ")"
            for number in range(len(rows))
        )
        name = self.context.fresh("t")
        names = ", ".join(field.sql for field in fields)
        return Relation(f"SELECT {names} FROM (VALUES {', '.join(texts)}) AS {name}({names})", fields)

    def _set(self, body: SetOperation, parent: Scope | None) -> Relation:
        sides = [self._body(side, parent) for side in (body.left, body.right)]
        if len(sides[0].fields) != len(sides[1].fields):
            raise self.context.error(
                "TYPE_MISMATCH",
                f"{body.kind} query has different number of fields: {len(sides[0].fields)}, {len(sides[1].fields)}",
                body,
            )
        fields = []
        texts: list[list[str]] = [[], []]
        for place, (left, right) in enumerate(zip(sides[0].fields, sides[1].fields, strict=True), 1):
            kind = common_type(left.type, right.type)
            if kind is None:
                raise self.context.error(
                    "TYPE_MISMATCH",
                    f"column {place} in {body.kind} query has incompatible types: "
                    f"{shown(left.type)}, {shown(right.type)}",
                    body,
                )
            if not body.all:
                operators.key(self.context, Typed("x", kind))
            new = Field(left.name, kind, self.context.fresh(), shown=left.shown)
            fields.append(new)
            for text, side in zip(texts, (left, right), strict=True):
                value = coerced(self.context, Typed(side.sql, side.type), kind)
                text.append(f"{_cast(value.sql, kind)} AS {new.sql}")
        selects = [f"(SELECT {', '.join(text)} FROM ({side.sql}))" for text, side in zip(texts, sides, strict=True)]
        every = " ALL" if body.all else ""
        return Relation(f"{selects[0]} {body.kind}{every} {selects[1]}", tuple(fields))

    def _ordered(self, query: Query, found: Relation, parent: Scope | None) -> Relation:
        expressions = SelectExpressions(self.context, Scope(found.fields, parent), self)
        keys = []
        for item in query.order:
            if isinstance(item.key, nodes.Literal) and item.key.kind == "integer":
                place = int(item.key.text)
                if not 1 <= place <= len(found.fields):
                    raise self.context.error(
                        "INVALID_COLUMN_REFERENCE", f"ORDER BY position {place} is not in select list", item
                    )
                value = Typed(found.fields[place - 1].sql, found.fields[place - 1].type)
            else:
                value = expressions.translate(item.key)
            if not kinds.orderable(value.type):
                raise self.context.error("TYPE_MISMATCH", f"Type {shown(value.type)} is not orderable", item)
            keys.append(sort_sql(value, item))
        order = f" ORDER BY {', '.join(keys)}" if keys else ""
        names = ", ".join(field.sql for field in found.fields)
        return Relation(f"SELECT {names} FROM ({found.sql}){order}{limited(query)}", found.fields)


def _cast(sql: str, kind: Type) -> str:
    """A literal's SQL has no type wide enough of its own in VALUES and in set operations."""
    return f"CAST({sql} AS {duckdb_type(kind)})" if kind in (*INTEGERS, kinds.UNKNOWN) else sql


def _refers(query: Query, name: str) -> bool:
    from ddb_assets.local.athena.sql.nodes import Node
    from ddb_assets.local.athena.sql.query_nodes import TableName

    def walk(node: object) -> bool:
        if isinstance(node, tuple):
            return any(walk(each) for each in node)
        if isinstance(node, TableName):
            return node.parts == (name,)
        return isinstance(node, Node) and any(walk(value) for value in vars(node).values())

    return walk(query)
