"""Queries inside expressions: IN, EXISTS, ANY, ALL, and a query as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ddb_assets.local.athena.analysis import operators
from ddb_assets.local.athena.analysis.casts import coerced
from ddb_assets.local.athena.analysis.scope import Relation
from ddb_assets.local.athena.analysis.typed import Typed, identifier, quoted
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.sql import nodes
from ddb_assets.local.athena.sql.query_nodes import Query
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.coercion import common_type
from ddb_assets.local.athena.types.kinds import BOOLEAN, Row
from ddb_assets.local.athena.types.names import field_names, shown

if TYPE_CHECKING:
    from ddb_assets.local.athena.analysis.expressions import Expressions


def in_query(self: Expressions, node: nodes.InQuery) -> Typed:
    """`value IN (SELECT …)`."""
    value, (column, inner) = self.translate(node.value), _one_column(self, node.query, node)
    kind = common_type(value.type, column.type)
    if kind is None:
        raise self.error(
            "TYPE_MISMATCH",
            "Value expression and result of subquery must be of the same type: "
            f"{shown(value.type)} vs {shown(column.type)}",
            node,
        )
    operators.key(self.context, Typed("x", kind))
    cast_column = coerced(self.context, Typed(column.sql, column.type), kind)
    value = coerced(self.context, value, kind)
    if isinstance(kind, kinds.TimestampZoned):
        return Typed(
            f"({operators.sort_key(value)} IN (SELECT {operators.sort_key(cast_column)} FROM ({inner.sql})))",
            BOOLEAN,
        )
    if kind in kinds.FLOATING:
        # Trino finds NaN there or not, by where the condition stands and by its plan.
        refused = not_supported("IN (SELECT ...) of NaN")
        failed = self.context.fail("NOT_SUPPORTED", quoted(refused.text), kind)
        value = Typed(
            self.context.once([value], lambda v: f"CASE WHEN isnan({v[0].sql}) THEN {failed} ELSE {v[0].sql} END"), kind
        )
    if kinds.inner(kind):
        raise not_supported(f"IN (SELECT ...) of {shown(kind)}")
    return Typed(f"({value.sql} IN (SELECT {cast_column.sql} FROM ({inner.sql})))", BOOLEAN)


def _one_column(self: Expressions, query: Query, node: nodes.Node) -> tuple[Typed, Relation]:
    inner = self.queries.query(query, self.scope)
    if len(inner.fields) != 1:
        raise self.error("NOT_SUPPORTED", "Multiple columns returned by subquery are not yet supported", node)
    return Typed(inner.fields[0].sql, inner.fields[0].type), inner


def quantified(self: Expressions, node: nodes.Quantified) -> Typed:
    """`value = ANY (SELECT …)`, `value < ALL (SELECT …)`."""
    value, (column, inner) = self.translate(node.value), _one_column(self, node.query, node)
    kind = common_type(value.type, column.type)
    if kind is None:
        raise operators.mismatch(self.context, node.symbol, value, column, node)
    if kinds.inner(kind) or isinstance(kind, kinds.TimestampZoned) or kind in kinds.FLOATING:
        raise not_supported(f"{node.symbol} {node.quantifier} (SELECT ...) of {shown(kind)}")
    chosen = coerced(self.context, column, kind)
    return Typed(
        f"({coerced(self.context, value, kind).sql} {node.symbol} {node.quantifier} "
        f"(SELECT {chosen.sql} FROM ({inner.sql})))", BOOLEAN)  # fmt: skip


def exists(self: Expressions, node: nodes.Exists) -> Typed:
    """`EXISTS (SELECT …)`."""
    return Typed(f"EXISTS ({self.queries.query(node.query, self.scope).sql})", BOOLEAN)


def scalar_query(self: Expressions, node: nodes.ScalarQuery) -> Typed:
    """`(SELECT …)` as a value: of several columns, a row."""
    inner = self.queries.query(node.query, self.scope)
    if len(inner.fields) == 1:
        return Typed(f"({inner.sql})", inner.fields[0].type)
    kind = Row(tuple((each.name, each.type) for each in inner.fields))
    parts = (f"{identifier(n)} := {f.sql}" for n, f in zip(field_names(kind), inner.fields, strict=True))
    return Typed(f"(SELECT struct_pack({', '.join(parts)}) FROM ({inner.sql}))", kind)
