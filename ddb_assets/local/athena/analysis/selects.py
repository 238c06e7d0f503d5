"""SELECT: its list, WHERE, GROUP BY, HAVING, DISTINCT, and the ORDER BY and LIMIT around it."""

from __future__ import annotations

from collections.abc import Sequence

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.expressions import Expressions, Queries
from ddb_assets.local.athena.analysis.grouped import (
    Aggregation,
    GroupedExpressions,
    SelectExpressions,
    is_aggregate,
    parts_of,
)
from ddb_assets.local.athena.analysis.relations import Relations
from ddb_assets.local.athena.analysis.scope import Field, Relation, Scope, Source, name_parts
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.analysis.written import Output, aggregated, written
from ddb_assets.local.athena.sql import nodes
from ddb_assets.local.athena.sql.nodes import Expression, SortItem
from ddb_assets.local.athena.sql.query_nodes import Grouping, Query, Select, SelectItem
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import Row
from ddb_assets.local.athena.types.names import shown


class Selects:
    """Analyses one SELECT."""

    def __init__(self, context: Context, parent: Scope | None, queries: Queries) -> None:
        self.context = context
        self.parent = parent
        self.queries = queries

    def relation(self, select: Select, around: Query | None = None) -> Relation:
        """The SELECT as a query, with the ORDER BY, OFFSET and LIMIT of the query that it is the body of."""
        source = (
            Relations(self.context, self.parent, self.queries).source(select.source)
            if select.source is not None
            else Source("", ())
        )
        scope = Scope(source.fields, self.parent)
        below = Expressions(self.context, scope, self.queries)
        where = below.condition(select.where, "WHERE clause") if select.where is not None else None
        if select.where is not None:
            self._no_aggregates(select.where, "WHERE clause")
        tail = f" FROM {source.sql}" if source.sql else ""
        tail += f" WHERE {where.sql}" if where is not None else ""
        order = around.order if around is not None else ()
        aggregation: Aggregation | None = None
        expressions: SelectExpressions
        if self._is_grouped(select, order):
            expressions, aggregation, sets = self._grouped(select, scope, below)
        else:
            expressions = SelectExpressions(self.context, scope, self.queries, dict(select.windows))
        outputs = self._outputs(select, source, expressions)
        having = None
        if select.having is not None:
            having = expressions.condition(select.having, "HAVING clause")
        keys = self._order(order, outputs, expressions, select)
        if aggregation is not None:
            tail = f" FROM ({aggregated(aggregation, sets, tail)})"
            tail += f" WHERE {having.sql}" if having is not None else ""
        return written(self.context, outputs, keys, tail, select.distinct, around)

    def _no_aggregates(self, node: Expression, where: str) -> None:
        for part in parts_of(node):
            if is_aggregate(part) or (isinstance(part, nodes.Call) and part.window is not None):
                raise self.context.error(
                    "EXPRESSION_NOT_SCALAR",
                    f"{where} cannot contain aggregations, window functions or grouping operations",
                    node,
                )

    def _is_grouped(self, select: Select, order: Sequence[SortItem]) -> bool:
        if select.groups is not None or select.having is not None:
            return True
        looked = [item.expression for item in select.items if item.expression is not None] + [
            item.key for item in order
        ]
        return any(is_aggregate(part) for node in looked for part in parts_of(node))

    def _grouped(
        self, select: Select, scope: Scope, below: Expressions
    ) -> tuple[GroupedExpressions, Aggregation, list[tuple[str, ...]] | None]:
        aggregation = Aggregation(self.context, below)
        sets = self._grouping_sets(select, below, aggregation) if select.groups is not None else None
        fields, ungrouped = [], set()
        for field in scope.fields:
            key = aggregation.keys.get(field.sql)
            if key is None:
                ungrouped.add(field.sql)
                fields.append(field)
            else:
                fields.append(Field(field.name, field.type, key.sql, field.relation, field.hidden))
        above = Scope(fields, self.parent, {}, frozenset(ungrouped))
        return GroupedExpressions(aggregation, above, self.queries, dict(select.windows)), aggregation, sets

    def _grouping_sets(self, select: Select, below: Expressions, aggregation: Aggregation) -> list[tuple[str, ...]]:
        """Each set's keys by their columns."""
        assert select.groups is not None
        every: list[tuple[str, ...]] = [()]
        for element in select.groups:
            made = [
                tuple(aggregation.key(self._grouping_expression(select, each, element, below)).sql for each in one)
                for one in element.sets
            ]
            every = [(*first, *second) for first in every for second in made]
        if select.groups_distinct:
            every = list({frozenset(one): one for one in every}.values())
        return every

    def _grouping_expression(self, select: Select, node: Expression, element: Grouping, below: Expressions) -> Typed:
        if isinstance(node, nodes.Literal) and node.kind == "integer" and element.simple:
            place = int(node.text)
            items = self._items(select, below.scope)
            if not 1 <= place <= len(items):
                raise self.context.error(
                    "INVALID_COLUMN_REFERENCE", f"GROUP BY position {place} is not in select list", node
                )
            item = items[place - 1]
            if isinstance(item, Field):
                return Typed(item.sql, item.type)
            node = item
        self._no_aggregates(node, "GROUP BY clause")
        value = below.translate(node)
        if not kinds.comparable(value.type):
            raise self.context.error(
                "TYPE_MISMATCH",
                f"{shown(value.type)} is not comparable, and therefore cannot be used in GROUP BY",
                node,
            )
        return value

    def _items(self, select: Select, scope: Scope) -> list[Expression | Field]:
        """The SELECT list with its stars spread."""
        found: list[Expression | Field] = []
        for item in select.items:
            if not item.star and item.expression is not None:
                found.append(item.expression)
            else:
                found += self._star_fields(item, scope.fields)
        return found

    def _star_fields(self, item: SelectItem, fields: Sequence[Field]) -> list[Field]:
        shown_fields = [field for field in fields if not field.hidden]
        if item.expression is None:
            return shown_fields
        parts = name_parts(item.expression)
        if parts is None:
            return []
        return [field for field in shown_fields if field.relation[-len(parts) :] == parts]

    def _outputs(self, select: Select, source: Source, expressions: SelectExpressions) -> list[Output]:
        found: list[Output] = []
        for item in select.items:
            if item.star:
                found += self._star(item, source, expressions)
                continue
            assert item.expression is not None
            value = expressions.translate(item.expression)
            parts = name_parts(item.expression)
            name = item.alias or (parts[-1] if parts else None)
            if name is None and isinstance(item.expression, nodes.Dereference):
                name = item.expression.field
            written = item.shown
            found.append(Output(name, value, written))
        return found

    def _star(self, item: SelectItem, source: Source, expressions: SelectExpressions) -> list[Output]:
        fields = self._star_fields(item, source.fields)
        if fields:
            outputs = []
            for field in fields:
                value = Typed(field.sql, field.type)
                if isinstance(expressions, GroupedExpressions):
                    key = expressions.aggregation.keys.get(field.sql)
                    if key is None:
                        raise self.context.error(
                            "EXPRESSION_NOT_AGGREGATE",
                            f"Column '{field.name}' not in GROUP BY clause", item,
                        )  # fmt: skip
                    value = key
                outputs.append(Output(field.name, value, field.shown, field.relation))
            if item.aliases:
                outputs = [Output(name, each.value) for name, each in zip(item.aliases, outputs, strict=False)]
            return outputs
        if item.expression is None:
            raise self.context.error("COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause", item)
        parts = name_parts(item.expression)
        if parts is not None and expressions.scope.find(self.context, parts, item) is None:
            raise self.context.error("TABLE_NOT_FOUND", f"Unable to resolve reference {'.'.join(parts)}", item)
        base = expressions.translate(item.expression)
        if not isinstance(base.type, Row):
            raise self.context.error("TYPE_MISMATCH", "Reference to a value that isn't of type ROW before .*", item)
        return [
            Output(name, Typed(f"struct_extract_at({base.sql}, {place})", kind))
            for place, (name, kind) in enumerate(base.type.fields, 1)
        ]

    def _order(
        self, order: Sequence[SortItem], outputs: list[Output], expressions: SelectExpressions, select: Select
    ) -> list[tuple[SortItem, Typed]]:
        if not order:
            return []
        for output in outputs:
            if output.name is not None:
                expressions.aliases.setdefault(output.name.lower(), []).append(output.value)
        found = []
        try:
            for item in order:
                value = self._order_key(item, outputs, expressions)
                if not kinds.orderable(value.type):
                    raise self.context.error(
                        "TYPE_MISMATCH",
                        f"Type {shown(value.type)} is not orderable, and therefore cannot be used in ORDER BY",
                        item,
                    )
                if select.distinct and value.sql not in {output.value.sql for output in outputs}:
                    raise self.context.error(
                        "EXPRESSION_NOT_IN_DISTINCT",
                        "For SELECT DISTINCT, ORDER BY expressions must appear in select list", item,
                    )  # fmt: skip
                found.append((item, value))
        finally:
            expressions.aliases = {}
        return found

    def _order_key(self, item: SortItem, outputs: list[Output], expressions: SelectExpressions) -> Typed:
        key = item.key
        if isinstance(key, nodes.Literal) and key.kind == "integer":
            place = int(key.text)
            if not 1 <= place <= len(outputs):
                raise self.context.error(
                    "INVALID_COLUMN_REFERENCE", f"ORDER BY position {place} is not in select list", item
                )
            return outputs[place - 1].value
        return expressions.translate(key)
