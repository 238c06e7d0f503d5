"""Expressions of a SELECT: windows, aggregates, and what a grouped query may show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ddb_assets.local.athena.analysis import operators
from ddb_assets.local.athena.analysis.calls import Resolved, resolved
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.expressions import Expressions, Queries
from ddb_assets.local.athena.analysis.scope import Scope
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions import loaded
from ddb_assets.local.athena.sql import nodes, query_nodes
from ddb_assets.local.athena.sql.nodes import Call, Expression, Node, SortItem, Window
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import BIGINT, INTEGER, INTEGERS
from ddb_assets.local.athena.types.names import duckdb_type, shown


def sort_sql(value: Typed, item: SortItem) -> str:
    """One key of an ORDER BY; NULLs are last unless it says otherwise."""
    order = " DESC" if item.descending else ""
    return f"{operators.sort_key(value)}{order} NULLS {'FIRST' if item.nulls_first else 'LAST'}"


def is_aggregate(node: Node) -> bool:
    """Whether a node is a call of an aggregate without OVER, or GROUPING."""
    if isinstance(node, nodes.Special):
        return node.name == "GROUPING"
    return isinstance(node, Call) and node.window is None and (node.name in loaded.AGGREGATES)


def parts_of(node: object) -> Iterator[Node]:
    """A node and all nodes in it, but not those of queries inside it."""
    if isinstance(node, tuple):
        for each in node:
            yield from parts_of(each)
    elif isinstance(node, Node) and not isinstance(node, query_nodes.Query):
        yield node
        for value in vars(node).values():
            if isinstance(value, (Node, tuple)):
                yield from parts_of(value)


class SelectExpressions(Expressions):
    """Expressions of a SELECT list or its ORDER BY: windows may be in them, and output names come first in ORDER BY."""

    def __init__(
        self, context: Context, scope: Scope, queries: Queries, windows: Mapping[str, Window] | None = None
    ) -> None:
        super().__init__(context, scope, queries)
        self.windows = windows or {}
        self.aliases: dict[str, list[Typed]] = {}
        self._in_window = False

    def _identifier(self, node: nodes.Identifier) -> Typed:
        named = self.aliases.get(node.name)
        if named and not any(node.name in scope for scope in self.context.lambdas):
            if len({each.sql for each in named}) > 1:
                raise self.error("AMBIGUOUS_NAME", f"Column '{node.name}' is ambiguous", node)
            return named[0]
        return super()._identifier(node)

    def translate(self, node: Expression) -> Typed:
        """The expression, whose names may be output names where `aliases` has any."""
        return self._identifier(node) if isinstance(node, nodes.Identifier) else super().translate(node)

    def windowed(self, node: Call) -> Typed:
        """A call with OVER."""
        if self._in_window:
            raise self.error("NESTED_WINDOW", "Cannot nest window functions inside window function", node)
        if node.distinct:
            raise self.error("NOT_SUPPORTED", "DISTINCT in window function parameters not yet supported", node)
        if node.filter is not None:
            raise self.error("NOT_SUPPORTED", "FILTER is not yet supported for window functions", node)
        assert node.window is not None
        self._in_window = True
        try:
            found = self._windowed_call(node)
            over = f" OVER ({self._window(node.window)})"
        finally:
            self._in_window = False
        nulls = " IGNORE NULLS" if node.nulls == "IGNORE" else ""
        self.context.clauses = {"d": "", "o": nulls, "f": over}
        return Typed(found.sql(self.context), found.result)

    def _windowed_call(self, node: Call) -> Resolved:
        functions = [*loaded.WINDOWS.get(node.name, ()), *loaded.AGGREGATES.get(node.name, ())]
        if node.nulls == "IGNORE" and node.name not in loaded.NULL_TREATED:
            raise self.error(
                "INVALID_FUNCTION_ARGUMENT", f"Cannot specify null treatment clause for {node.name} function", node
            )
        if not functions and node.name in loaded.SCALARS:
            raise self.error("FUNCTION_NOT_WINDOW", f"Function {node.name} is not a window function", node)
        if node.star:
            functions = [each for each in functions if not each.signature.arguments]
        if node.order:
            raise self.error("NOT_SUPPORTED", "Window function with ORDER BY is not supported", node)
        return resolved(self.context, node.name, functions, node.arguments, self.translate, node)

    def _window(self, window: Window) -> str:
        if window.base is not None:
            base = self.windows.get(window.base)
            if base is None:
                raise self.error("INVALID_WINDOW_REFERENCE", f"Cannot resolve WINDOW name {window.base}", window)
            if window.partition or (base.order and window.order) or base.unit:
                if window.partition or window.order or window.unit:
                    raise self.error("INVALID_WINDOW_REFERENCE", f"Cannot refer to WINDOW {window.base} here", window)
                return self._window(base)
            window = Window(
                window.at, base.base, base.partition, window.order or base.order, window.unit, window.start, window.end
            )
            return self._window(window)
        parts = []
        if window.partition:
            parts.append(
                "PARTITION BY " + ", ".join(operators.key(self.context, self.translate(e)) for e in window.partition)
            )
        if window.order:
            parts.append("ORDER BY " + ", ".join(sort_sql(self._sorted(item.key), item) for item in window.order))
        if window.unit:
            parts.append(self._frame(window))
        return " ".join(parts)

    def _sorted(self, node: Expression) -> Typed:
        value = self.translate(node)
        if not kinds.orderable(value.type):
            raise self.error(
                "TYPE_MISMATCH", f"{shown(value.type)} is not orderable, and therefore cannot be used in window", node
            )
        return value

    def _frame(self, window: Window) -> str:
        assert window.start is not None
        ends = [window.start, window.end or nodes.Bound(window.at, "CURRENT ROW", None)]
        texts = []
        for bound in ends:
            if bound.value is None:
                texts.append(bound.kind)
                continue
            value = self.translate(bound.value)
            if value.number is None or value.number < 0 or (window.unit == "RANGE" and not self._number_order(window)):
                raise not_supported(f"a window frame of {window.unit} with an offset that is no whole number")
            texts.append(f"{value.sql} {bound.kind}")
        return f"{window.unit} BETWEEN {texts[0]} AND {texts[1]}"

    def _number_order(self, window: Window) -> bool:
        return len(window.order) == 1 and self.translate(window.order[0].key).type in INTEGERS


class Aggregation:
    """What a grouped query computes below its SELECT: the keys, by the SQL that they have there, and the aggregates."""

    def __init__(self, context: Context, below: Expressions) -> None:
        self.context = context
        self.below = below
        self.keys: dict[str, Typed] = {}
        self.computed: dict[str, Typed] = {}
        self.key_order: list[str] = []

    def key(self, value: Typed) -> Typed:
        """The column that a grouping expression becomes."""
        operators.key(self.context, value)
        if value.sql not in self.keys:
            self.keys[value.sql] = Typed(self.context.fresh("g"), value.type)
            self.key_order.append(value.sql)
        return self.keys[value.sql]

    def compute(self, sql: str, kind: kinds.Type) -> Typed:
        """The column that an aggregate becomes."""
        return self.computed.setdefault(sql, Typed(self.context.fresh("a"), kind))


class GroupedExpressions(SelectExpressions):
    """Expressions over groups: grouping expressions, aggregates, and what is made of them."""

    def __init__(
        self, aggregation: Aggregation, scope: Scope, queries: Queries, windows: Mapping[str, Window] | None = None
    ) -> None:
        super().__init__(aggregation.context, scope, queries, windows)
        self.aggregation = aggregation

    def translate(self, node: Expression) -> Typed:
        """The expression; a grouping expression is its column."""
        if not isinstance(node, (nodes.Literal, nodes.Lambda)):
            key = self._key(node)
            if key is not None:
                return key
        return super().translate(node)

    def _key(self, node: Expression) -> Typed | None:
        if not self.aggregation.keys or any(
            is_aggregate(part) or isinstance(part, (nodes.ScalarQuery, nodes.Exists, nodes.InQuery, nodes.Quantified))
            or (isinstance(part, Call) and part.window is not None)
            for part in parts_of(node)
        ):  # fmt: skip
            return None
        if isinstance(node, nodes.Identifier) and node.name in self.aliases:
            return None
        below = self.aggregation.below
        return self.aggregation.keys.get(below.translate(node).sql)

    def aggregated(self, node: Call) -> Typed:
        """An aggregate of the group's rows."""
        below = self.aggregation.below
        for argument in (*node.arguments, *(item.key for item in node.order), *([node.filter] if node.filter else [])):
            for part in parts_of(argument):
                if is_aggregate(part):
                    raise self.error(
                        "NESTED_AGGREGATION", f"Cannot nest aggregations inside aggregation '{node.name}'", node
                    )
                if isinstance(part, Call) and part.window is not None:
                    raise self.error(
                        "NESTED_WINDOW", f"Cannot nest window functions inside aggregation '{node.name}'", node
                    )
        functions = loaded.AGGREGATES[node.name]
        if node.star:
            functions = [each for each in functions if not each.signature.arguments]
        found = resolved(self.context, node.name, functions, node.arguments, below.translate, node)
        clauses = {"d": "DISTINCT " if node.distinct else "", "o": "", "f": ""}
        if node.distinct:
            for taken in found.arguments:
                if isinstance(taken, Typed):
                    operators.key(self.context, taken)
        if node.order:
            clauses["o"] = " ORDER BY " + ", ".join(sort_sql(below.translate(item.key), item) for item in node.order)
        if node.filter is not None:
            clauses["f"] = f" FILTER (WHERE {below.condition(node.filter, 'FILTER').sql})"
        self.context.clauses = clauses
        return self.aggregation.compute(found.sql(self.context), found.result)

    def special(self, node: nodes.Special) -> Typed:
        """GROUPING, beside the other forms."""
        if node.name != "GROUPING":
            return super().special(node)
        keys = [self.aggregation.keys.get(self.aggregation.below.translate(each).sql) for each in node.operands]
        if any(key is None for key in keys) or not keys:
            raise self.error("INVALID_ARGUMENTS", "The arguments to GROUPING() must be expressions of GROUP BY", node)
        inside = ", ".join(_source(self.aggregation, key) for key in keys if key is not None)
        kind = INTEGER if len(keys) < 32 else BIGINT
        return self.aggregation.compute(f"CAST(grouping({inside}) AS {duckdb_type(kind)})", kind)


def _source(aggregation: Aggregation, key: Typed) -> str:
    return f"k_{key.sql}" if aggregation else key.sql
