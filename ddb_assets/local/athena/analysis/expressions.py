"""Expressions: each one typed as Trino types it, and written in DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ddb_assets.local.athena.analysis import constants, forms, literals, operators, subqueries, words
from ddb_assets.local.athena.analysis.calls import resolved
from ddb_assets.local.athena.analysis.casts import cast, coerced
from ddb_assets.local.athena.analysis.concatenation import concatenated
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.scope import Relation, Scope, name_parts
from ddb_assets.local.athena.analysis.typed import Typed, identifier, null
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions import loaded
from ddb_assets.local.athena.sql import nodes
from ddb_assets.local.athena.sql.nodes import Call, Expression
from ddb_assets.local.athena.sql.query_nodes import Query
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.coercion import common_of, common_type
from ddb_assets.local.athena.types.kinds import BOOLEAN, UNKNOWN, Array, Char, Row, Type
from ddb_assets.local.athena.types.names import duckdb_type, field_names, shown
from ddb_assets.local.athena.types.read import read_type


class Queries(Protocol):
    """What analyses the queries inside expressions."""

    def query(self, query: Query, parent: Scope | None) -> Relation:
        """A query whose names may be those of `parent` too."""


class Expressions:
    """Translates the expressions of one place of a query, whose names are those of `scope`."""

    def __init__(self, context: Context, scope: Scope, queries: Queries) -> None:
        self.context = context
        self.scope = scope
        self.queries = queries

    def translate(self, node: Expression) -> Typed:
        """The expression. Raises QueryError."""
        return _BY_NODE[type(node)](self, node)

    def condition(self, node: Expression, what: str) -> Typed:
        """An expression that must be true or false."""
        found = self.translate(node)
        if found.type not in (BOOLEAN, UNKNOWN):
            raise self.error("TYPE_MISMATCH", f"{what} must evaluate to a boolean (actual: {shown(found.type)})", node)
        return coerced(self.context, found, BOOLEAN)

    def error(self, name: str, message: str, node: nodes.Node) -> Exception:
        """A refusal at a node."""
        return self.context.error(name, message, node)

    def common(self, values: list[Typed], message: str, node: nodes.Node) -> tuple[list[Typed], Type]:
        """The values as their common type. Raises QueryError, TYPE_MISMATCH."""
        kind = common_of([value.type for value in values])
        if kind is None:
            raise self.error("TYPE_MISMATCH", message, node)
        return [coerced(self.context, value, kind) for value in values], kind

    def _identifier(self, node: nodes.Identifier) -> Typed:
        for scope in reversed(self.context.lambdas):
            if node.name in scope:
                return scope[node.name]
        found = self.scope.find(self.context, (node.name,), node)
        if found is None:
            raise self.error("COLUMN_NOT_FOUND", f"Column '{node.name}' cannot be resolved", node)
        return found

    def _dereference(self, node: nodes.Dereference) -> Typed:
        parts = name_parts(node)
        if parts is not None and not any(parts[0] in scope for scope in self.context.lambdas):
            found = self.scope.find(self.context, parts, node)
            if found is not None:
                return found
            if self._unresolvable(parts, node):
                raise self.error("COLUMN_NOT_FOUND", f"Column '{'.'.join(parts)}' cannot be resolved", node)
        base = self.translate(node.base)
        if not isinstance(base.type, Row):
            raise self.error("TYPE_MISMATCH", f"Expression {node.field} is not of type ROW", node)
        places = [place for place, (name, _) in enumerate(base.type.fields) if (name or "").lower() == node.field]
        if not places:
            raise self.error(
                "COLUMN_NOT_FOUND", f"Column '{'.'.join(parts or (node.field,))}' cannot be resolved", node
            )
        if len(places) > 1:
            raise self.error("AMBIGUOUS_NAME", f"Ambiguous row field reference: {node.field}", node)
        return self._field(base, places[0])

    def _unresolvable(self, parts: tuple[str, ...], node: nodes.Node) -> bool:
        return len(parts) == 2 and self.scope.find(self.context, parts[:1], node) is None

    def _field(self, base: Typed, place: int) -> Typed:
        assert isinstance(base.type, Row)
        return Typed(f"struct_extract_at({base.sql}, {place + 1})", base.type.kinds[place])

    def _subscript(self, node: nodes.Subscript) -> Typed:
        base = self.translate(node.base)
        if isinstance(base.type, Row):
            if not isinstance(node.index, nodes.Literal) or node.index.kind != "integer":
                raise self.error("TYPE_MISMATCH", "Subscript expression on ROW requires a constant index", node)
            place = int(node.index.text)
            if not 1 <= place <= len(base.type.fields):
                raise self.error("INVALID_FUNCTION_ARGUMENT", f"Invalid subscript index: {place}", node)
            return self._field(base, place - 1)
        index = self.translate(node.index)
        return _strict(forms.subscript(self, base, index, node), base, index)

    def _logic(self, node: nodes.Operator) -> Typed:
        sides = [self.condition(side, "Logical expression term") for side in (node.left, node.right)]
        return Typed(f"({sides[0].sql} {node.symbol} {sides[1].sql})", BOOLEAN)

    def _operator(self, node: nodes.Operator) -> Typed:
        if node.symbol in ("AND", "OR"):
            return self._logic(node)
        left, right = self.translate(node.left), self.translate(node.right)
        if node.symbol == "||":
            return _strict(concatenated(self.context, left, right, node), left, right)
        if node.symbol in ("+", "-", "*", "/", "%"):
            return _strict(operators.arithmetic(self.context, node.symbol, left, right, node), left, right)
        found = operators.compared(self.context, node.symbol, left, right, node)
        return found if node.symbol == "IS DISTINCT FROM" else _strict(found, left, right)

    def _unary(self, node: nodes.Unary) -> Typed:
        if node.symbol == "NOT":
            return Typed(f"(NOT {self.condition(node.operand, 'Value of logical NOT expression').sql})", BOOLEAN)
        value = self.translate(node.operand)
        if node.symbol in ("IS NULL", "IS NOT NULL"):
            return Typed(f"({value.sql} {node.symbol})", BOOLEAN)
        if node.symbol == "-":
            return _strict(operators.negated(self.context, value, node), value)
        if not kinds.is_number(value.type) and value.type not in (kinds.INTERVAL_DAY, kinds.INTERVAL_YEAR):
            raise self.error("TYPE_MISMATCH", f"Unary '+' operator cannot be applied to {shown(value.type)} type", node)
        return value

    def _between(self, node: nodes.Between) -> Typed:
        values = [self.translate(each) for each in (node.value, node.low, node.high)]
        if common_of([value.type for value in values]) is None:
            raise self.error("TYPE_MISMATCH", "Cannot check if a value is BETWEEN values of other types", node)
        plain, kind = self.common(values, "", node)
        if not kinds.orderable(kind):
            raise self.error("TYPE_MISMATCH", f"Cannot check if {shown(kind)} is BETWEEN", node)
        if plain[0].null:
            return null(BOOLEAN)
        if isinstance(kind, kinds.TimestampZoned) or kind in (kinds.DOUBLE, kinds.REAL):
            return Typed(
                self.context.once(plain, lambda v: "(" + operators.comparison(self.context, ">=", v[0], v[1]) + " AND "
                                  + operators.comparison(self.context, "<=", v[0], v[2]) + ")"), BOOLEAN)  # fmt: skip
        if kinds.inner(kind):
            raise not_supported(f"BETWEEN of {shown(kind)}")
        return Typed(f"({plain[0].sql} BETWEEN {plain[1].sql} AND {plain[2].sql})", BOOLEAN)

    def _in_list(self, node: nodes.InList) -> Typed:
        values = [self.translate(each) for each in (node.value, *node.items)]
        wrong = next((n for n, v in enumerate(values[1:]) if common_type(values[0].type, v.type) is None), 0)
        plain, kind = self.common(
            values,
            "IN value and list items must be the same type or coercible to a common type. Cannot find common type "
            f"between {shown(values[0].type)} and {shown(values[wrong + 1].type)}",
            node.items[wrong],
        )
        if kinds.inner(kind) or isinstance(kind, kinds.TimestampZoned) or kind in (kinds.DOUBLE, kinds.REAL):
            same = (operators.comparison(self.context, "=", plain[0], item) for item in plain[1:])
            return Typed("(" + " OR ".join(same) + ")", BOOLEAN)
        return Typed(f"({plain[0].sql} IN ({', '.join(item.sql for item in plain[1:])}))", BOOLEAN)

    def _cast(self, node: nodes.Cast) -> Typed:
        value, target = self.translate(node.value), read_type(node.type)
        found = cast(self.context, value, target)
        if found is None:
            known = self._nearly(value.type, target)
            if known:
                raise not_supported(f"CAST({shown(value.type)} AS {shown(target)})")
            raise self.error("TYPE_MISMATCH", f"Cannot cast {shown(value.type)} to {shown(target)}", node)
        if not node.safe or found is value:
            return found
        return Typed(
            self.context.once([value], lambda v: f"TRY({(cast(self.context, v[0], target) or v[0]).sql})"), found.type
        )

    def _nearly(self, source: Type, target: Type) -> bool:
        """Casts that Trino has and the list hasn't."""
        if isinstance(source, kinds.Time):
            return isinstance(target, (kinds.Timestamp, kinds.TimestampZoned))
        return kinds.JSON in (source, target) and (bool(kinds.inner(source)) or bool(kinds.inner(target)))

    def _array(self, node: nodes.ArrayOf) -> Typed:
        items = [self.translate(each) for each in node.items]
        plain, kind = self.common(items, "All ARRAY elements must be the same type", node)
        inside = ", ".join(item.sql for item in plain)
        return Typed(
            f"CAST([{inside}] AS {duckdb_type(kind)}[])" if kind == UNKNOWN or not items else f"[{inside}]", Array(kind)
        )

    def _row(self, node: nodes.RowOf) -> Typed:
        items = [self.translate(each) for each in node.items]
        kind = Row(tuple((None, item.type) for item in items))
        parts = (
            f"{identifier(name)} := {item.sql if item.type != UNKNOWN else 'CAST(NULL AS INTEGER)'}"
            for name, item in zip(field_names(kind), items, strict=True)
        )
        return Typed(f"struct_pack({', '.join(parts)})", kind)

    def call(self, node: Call) -> Typed:
        """A function's call."""
        special = forms.FORMS.get(node.name)
        if special is not None and node.window is None:
            self._plain(node)
            return special(self, node)
        if node.window is not None:
            return self.windowed(node)
        if node.name in loaded.AGGREGATES:
            return self.aggregated(node)
        if node.name in loaded.WINDOWS:
            raise self.error("MISSING_OVER", f"Window function {node.name} requires an OVER clause", node)
        self._plain(node)
        if node.name == "concat" and len(node.arguments) == 2:
            sides = [self.translate(each) for each in node.arguments]
            arrays = [isinstance(side.type, Array) for side in sides]
            if any(side.type == UNKNOWN or isinstance(side.type, Char) for side in sides) or any(arrays):
                return _strict(concatenated(self.context, sides[0], sides[1], node), *sides)
        found = resolved(
            self.context, node.name, loaded.SCALARS.get(node.name, ()), node.arguments, self.translate, node
        )
        if found.function.is_null(found.arguments):
            return null(found.result)
        made = constants.guarded(found.sql(self.context), found.function, found.arguments, node.arguments)
        return Typed(made, found.result)

    def _plain(self, node: Call) -> None:
        """A scalar function takes no DISTINCT, ORDER BY, FILTER or `*`."""
        if node.distinct or node.filter is not None or node.order:
            raise self.error("FUNCTION_NOT_AGGREGATE", f"Function {node.name} is not an aggregation", node)
        if node.star or node.nulls:
            raise self.error("FUNCTION_NOT_FOUND", f"Function '{node.name}' not registered", node)

    def windowed(self, node: Call) -> Typed:
        """A call with OVER, where none may be."""
        raise self.error("EXPRESSION_NOT_SCALAR", "Window functions are not allowed here", node)

    def aggregated(self, node: Call) -> Typed:
        """A call of an aggregate, where none may be."""
        raise self.error("EXPRESSION_NOT_SCALAR", f"Aggregations are not allowed here: {node.name}", node)

    def special(self, node: nodes.Special) -> Typed:
        """A form of the grammar."""
        return words.special(self, node)

    def _lambda(self, node: nodes.Lambda) -> Typed:
        raise self.error("SYNTAX_ERROR", "Lambda expression should always be used inside a function", node)

    def _parameter(self, node: nodes.Parameter) -> Typed:
        return self.translate(self.context.parameters[node.number])


def _strict(found: Typed, *operands: Typed) -> Typed:
    """What is made of NULL is NULL, and nothing beside it is evaluated."""
    return null(found.type) if any(operand.null for operand in operands) else found


_BY_NODE: dict[type[Expression], Callable[[Expressions, Any], Typed]] = {
    nodes.Literal: lambda self, node: literals.literal(self.context, node),
    nodes.TypedLiteral: lambda self, node: forms.typed_literal(self, node),
    nodes.IntervalLiteral: lambda self, node: literals.interval(self.context, node),
    nodes.Identifier: Expressions._identifier,
    nodes.Dereference: Expressions._dereference,
    nodes.Subscript: Expressions._subscript,
    nodes.Operator: Expressions._operator,
    nodes.Unary: Expressions._unary,
    nodes.Between: Expressions._between,
    nodes.InList: Expressions._in_list,
    nodes.InQuery: lambda self, node: subqueries.in_query(self, node),
    nodes.Quantified: lambda self, node: subqueries.quantified(self, node),
    nodes.Exists: lambda self, node: subqueries.exists(self, node),
    nodes.ScalarQuery: lambda self, node: subqueries.scalar_query(self, node),
    nodes.Like: lambda self, node: forms.like(self, node),
    nodes.Case: lambda self, node: forms.case(self, node),
    nodes.Cast: Expressions._cast,
    nodes.AtZone: lambda self, node: words.at_zone(self, node),
    nodes.Extract: lambda self, node: words.extract(self, node),
    nodes.ArrayOf: Expressions._array,
    nodes.RowOf: Expressions._row,
    nodes.Call: lambda self, node: self.call(node),
    nodes.Special: lambda self, node: self.special(node),
    nodes.Lambda: Expressions._lambda,
    nodes.Parameter: Expressions._parameter,
}
