"""FROM: tables, joins, UNNEST and subqueries as DuckDB's SQL, each column under a name of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ddb_assets.local.athena.analysis import operators
from ddb_assets.local.athena.analysis.casts import coerced
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.expressions import Expressions, Queries
from ddb_assets.local.athena.analysis.scope import Field, Relation, Scope, Source
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.sql import nodes, query_nodes
from ddb_assets.local.athena.sql.nodes import Node
from ddb_assets.local.athena.types.coercion import common_type
from ddb_assets.local.athena.types.kinds import BIGINT, UNKNOWN, Array, Map, Row
from ddb_assets.local.athena.types.names import duckdb_type, shown


class Relations:
    """Analyses what stands in FROM; names that it doesn't find are those of the query around (`parent`)."""

    def __init__(self, context: Context, parent: Scope | None, queries: Queries) -> None:
        self.context = context
        self.parent = parent
        self.queries = queries

    def source(self, node: query_nodes.Relation, left: Source | None = None) -> Source:
        """The relation; `left` is what stands to its left, whose columns UNNEST and LATERAL see."""
        return _BY_NODE[type(node)](self, node, left)

    def _table(self, node: query_nodes.TableName, left: Source | None) -> Source:
        found = self.parent.with_query(node.parts[0]) if self.parent is not None and len(node.parts) == 1 else None
        if found is not None:
            fields = tuple(
                Field(f.name, f.type, self.context.fresh(), (node.parts[0],), shown=f.shown) for f in found.fields
            )
            columns = ", ".join(f"{old.sql} AS {new.sql}" for old, new in zip(found.fields, fields, strict=True))
            return self._derived(f"SELECT {columns} FROM {found.sql}", fields)
        relation: Relation = self.context.tables.table(node, self.context)
        return self._derived(relation.sql, relation.fields)

    def _derived(self, sql: str, fields: tuple[Field, ...]) -> Source:
        return Source(f"({sql}) AS {self.context.fresh('t')}", fields)

    def _subquery(self, node: query_nodes.SubqueryRelation, left: Source | None) -> Source:
        if not node.lateral:
            relation = self.queries.query(node.query, self._outer())
            return self._derived(relation.sql, relation.fields)
        relation = self.queries.query(node.query, self._scope(left))
        return Source(f"LATERAL ({relation.sql}) AS {self.context.fresh('t')}", relation.fields)

    def _outer(self) -> Scope | None:
        return self.parent

    def _scope(self, *sources: Source | None) -> Scope:
        fields = [field for source in sources if source is not None for field in source.fields]
        return Scope(fields, self.parent)

    def _aliased(self, node: query_nodes.Aliased, left: Source | None) -> Source:
        inner = self.source(node.relation, left)
        shown = [field for field in inner.fields if not field.hidden]
        if node.columns and len(node.columns) != len(shown):
            raise self.context.error(
                "MISMATCHED_COLUMN_ALIASES",
                f"Column alias list has {len(node.columns)} entries but '{node.name}' has {len(shown)} columns",
                node,
            )
        names = iter(node.columns or [field.name for field in shown])
        fields = tuple(
            Field(field.name if field.hidden else next(names), field.type, field.sql, (node.name,), field.hidden)
            for field in inner.fields
        )
        return Source(inner.sql, fields)

    def _sampled(self, node: query_nodes.Sampled, left: Source | None) -> Source:
        raise not_supported("TABLESAMPLE")

    def _join(self, node: query_nodes.Join, left: Source | None) -> Source:
        first = self.source(node.left, left)
        unnest = _unnest(node.right)
        if unnest is not None:
            return self._unnested(node, first, unnest)
        both = Source("", (*left.fields, *first.fields)) if left is not None else first
        second = self.source(node.right, both)
        fields = (*first.fields, *second.fields)
        if node.kind == "CROSS":
            return Source(f"{first.sql} CROSS JOIN {second.sql}", fields)
        if node.using:
            return self._using(node, first, second)
        assert node.on is not None
        scope = self._scope(left, Source("", fields))
        condition = Expressions(self.context, scope, self.queries).condition(node.on, "JOIN ON clause")
        return Source(f"({first.sql} {node.kind} JOIN {_nested(second.sql)} ON {condition.sql})", fields)

    def _using(self, node: query_nodes.Join, first: Source, second: Source) -> Source:
        conditions, merged, projected = [], [], []
        gone: set[str] = set()
        for name in node.using:
            sides = [Scope(source.fields).find(self.context, (name,), node) for source in (first, second)]
            if sides[0] is None or sides[1] is None:
                where = "left" if sides[0] is None else "right"
                raise self.context.error(
                    "COLUMN_NOT_FOUND", f"Column '{name}' is missing from {where} side of join", node
                )
            conditions.append(operators.compared(self.context, "=", sides[0], sides[1], node).sql)
            kind = common_type(sides[0].type, sides[1].type)
            assert kind is not None
            values = [coerced(self.context, side, kind).sql for side in sides if side is not None]
            new = self.context.fresh()
            projected.append(f"coalesce({values[0]}, {values[1]}) AS {new}")
            merged.append(Field(name, kind, new))
            gone |= {side.sql for side in sides if side is not None}
        rest = [field for field in (*first.fields, *second.fields) if field.sql not in gone]
        columns = ", ".join([*projected, *(field.sql for field in rest)])
        joined = f"{first.sql} {node.kind} JOIN {_nested(second.sql)} ON {' AND '.join(conditions)}"
        return self._derived(f"SELECT {columns} FROM {joined}", (*merged, *rest))

    def _lone_unnest(self, node: query_nodes.Unnest, left: Source | None) -> Source:
        return self._spread(node, None, (), False, node)

    def _unnested(
        self, node: query_nodes.Join, first: Source, unnest: tuple[query_nodes.Unnest, str | None, tuple[str, ...]]
    ) -> Source:
        if node.kind not in ("CROSS", "INNER", "LEFT") or node.using or not _always(node.on):
            if node.kind == "LEFT" or node.on is not None:
                raise not_supported(f"{node.kind} JOIN UNNEST with a condition other than TRUE")
            raise not_supported(f"{node.kind} JOIN UNNEST")
        found = self._spread(unnest[0], first, unnest[2], node.kind == "LEFT", node)
        name = (unnest[1],) if unnest[1] is not None else ()
        own = found.fields[len(first.fields) :]
        return Source(
            found.sql,
            (*first.fields, *(Field(field.name, field.type, field.sql, name) for field in own)),
        )

    def _spread(
        self, node: query_nodes.Unnest, first: Source | None, names: tuple[str, ...], outer: bool, at: Node
    ) -> Source:
        """Rows in order: DuckDB's unnest in a SELECT list spreads lists side by side, filled up with NULLs."""
        expressions = Expressions(self.context, self._scope(first), self.queries)
        lists: list[tuple[str, Typed]] = []
        for value in (expressions.translate(each) for each in node.values):
            lists.append((self.context.fresh("u"), self._as_list(value, at)))
        inner = ", ".join(f"{value.sql} AS {name}" for name, value in lists)
        columns = "*, " if first is not None else ""
        below = f"SELECT {columns}{inner}" + (f" FROM {first.sql}" if first is not None else "")
        longest = "greatest(" + ", ".join(f"coalesce(len({name}), 0)" for name, _ in lists) + ", 0)"
        made, fields = [], []
        for name, value in lists:
            item = self.context.fresh("i")
            kind = value.type
            assert isinstance(kind, Array)
            spread = (
                f"CASE WHEN {longest} = 0 THEN [CAST(NULL AS {duckdb_type(kind.element)})] ELSE {name} END"
                if outer
                else name
            )
            made.append(f"unnest({spread}) AS {item}")
            fields += self._columns(item, kind.element)
        if node.ordinality:
            place = self.context.fresh("i")
            counted = f"range(1, CAST({longest} AS BIGINT) + 1)"
            spread = f"CASE WHEN {longest} = 0 THEN [CAST(NULL AS BIGINT)] ELSE {counted} END" if outer else counted
            made.append(f"unnest({spread}) AS {place}")
            fields.append((Typed(place, BIGINT), None))
        kept = [field.sql for field in first.fields] if first is not None else []
        spread_sql = f"SELECT {', '.join([*kept, *made])} FROM ({below})"
        own = tuple(
            Field(names[n] if n < len(names) else given, value.type, self.context.fresh())
            for n, (value, given) in enumerate(fields)
        )
        if names and len(names) != len(own):
            raise self.context.error(
                "MISMATCHED_COLUMN_ALIASES",
                f"Column alias list has {len(names)} entries but relation has {len(own)} columns available", at,
            )  # fmt: skip
        shown_columns = [*kept, *(f"{value.sql} AS {field.sql}" for (value, _), field in zip(fields, own, strict=True))]
        return self._derived(
            f"SELECT {', '.join(shown_columns)} FROM ({spread_sql})", (*(first.fields if first else ()), *own)
        )

    def _as_list(self, value: Typed, at: Node) -> Typed:
        if isinstance(value.type, Map):
            pair = Row((("key", value.type.key), ("value", value.type.value)))
            return Typed(f"map_entries({value.sql})", Array(pair))
        if value.type == UNKNOWN or not isinstance(value.type, Array):
            raise self.context.error("TYPE_MISMATCH", f"Cannot unnest type: {shown(value.type)}", at)
        return value

    def _columns(self, item: str, element: Any) -> list[tuple[Typed, str | None]]:
        if not isinstance(element, Row):
            return [(Typed(item, element), None)]
        return [
            (Typed(f"struct_extract_at({item}, {place})", kind), name)
            for place, (name, kind) in enumerate(element.fields, 1)
        ]


def _nested(sql: str) -> str:
    return f"({sql})" if " JOIN " in sql and not sql.startswith(("(", "LATERAL")) else sql


def _always(condition: nodes.Expression | None) -> bool:
    return condition is None or (isinstance(condition, nodes.Literal) and condition.text == "true")


def _unnest(node: query_nodes.Relation) -> tuple[query_nodes.Unnest, str | None, tuple[str, ...]] | None:
    """UNNEST with its alias, where it is one."""
    if isinstance(node, query_nodes.Unnest):
        return node, None, ()
    if isinstance(node, query_nodes.Aliased) and isinstance(node.relation, query_nodes.Unnest):
        return node.relation, node.name, node.columns
    return None


_BY_NODE: dict[type[query_nodes.Relation], Callable[[Relations, Any, Source | None], Source]] = {
    query_nodes.TableName: Relations._table,
    query_nodes.SubqueryRelation: Relations._subquery,
    query_nodes.Aliased: Relations._aliased,
    query_nodes.Sampled: Relations._sampled,
    query_nodes.Join: Relations._join,
    query_nodes.Unnest: Relations._lone_unnest,
}
