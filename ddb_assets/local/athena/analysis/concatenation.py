"""`||`: texts, bytes and arrays beside each other."""

from __future__ import annotations

from ddb_assets.local.athena.analysis.casts import coerced
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed, null
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.sql.nodes import Node
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.coercion import common_type
from ddb_assets.local.athena.types.kinds import UNKNOWN, VARBINARY, VARCHAR, Array, Char, Type, Varchar
from ddb_assets.local.athena.types.names import shown


def concatenated(context: Context, left: Typed, right: Typed, node: Node) -> Typed:
    """`left || right`. Raises QueryError, FUNCTION_NOT_FOUND."""
    a, b = left.type, right.type
    refused = context.error(
        "FUNCTION_NOT_FOUND", f"Unexpected parameters ({shown(a)}, {shown(b)}) for function concat", node
    )
    if isinstance(a, Array) or isinstance(b, Array):
        if isinstance(a, Array) and isinstance(b, Array) and a != b and _untyped(a) and _untyped(b):
            raise not_supported(f"{shown(a)} || {shown(b)}")
        if _ambiguous(a, b):
            raise context.error("AMBIGUOUS_FUNCTION_CALL", "Could not choose a best candidate function", node)
        if UNKNOWN in (a, b):
            return null(Array(UNKNOWN))
        return _joined_arrays(context, left, right, refused)
    if UNKNOWN in (a, b):
        other = b if a == UNKNOWN else a
        if other in (UNKNOWN, VARBINARY, VARCHAR) or isinstance(other, Char):
            raise context.error("AMBIGUOUS_FUNCTION_CALL", "Could not choose a best candidate function", node)
        # Trino takes NULL for an array here.
        return null(Array(other))
    if isinstance(a, Varchar) and isinstance(b, Varchar):
        return Typed(f"({left.sql} || {right.sql})", VARCHAR)
    if isinstance(a, (Varchar, Char)) and isinstance(b, (Varchar, Char)):
        lengths = [each.length for each in (a, b)]
        if lengths[0] is None or lengths[1] is None:
            # A char of a length that no char has.
            raise context.error("TYPE_NOT_FOUND", f"Unknown type: char of {shown(a)} and {shown(b)}", node)
        total = lengths[0] + lengths[1]
        return Typed(f"rpad({left.sql} || {right.sql}, {total}, ' ')", Char(total))
    if a == b == VARBINARY:
        return Typed(f"({left.sql} || {right.sql})", VARBINARY)
    raise refused


def _untyped(kind: Type) -> bool:
    return kind == UNKNOWN or any(_untyped(part) for part in kinds.inner(kind))


def _ambiguous(a: Type, b: Type) -> bool:
    """Whether one side is untyped where the other's elements have a type: it could be an array or an element.

    Source: a Trino 476's answers, which are in the recorded examples.
    """
    if UNKNOWN in (a, b):
        return Array(UNKNOWN) not in (a, b)
    if not (isinstance(a, Array) and isinstance(b, Array)):
        return False
    if UNKNOWN in (a.element, b.element):
        return a != b
    return _ambiguous(a.element, b.element)


def _joined_arrays(context: Context, left: Typed, right: Typed, refused: QueryError) -> Typed:
    a, b = left.type, right.type
    kind = common_type(a, b) if isinstance(a, Array) and isinstance(b, Array) else None
    if kind is None and isinstance(a, Array) and (element := common_type(a.element, b)) is not None:
        kind, right = Array(element), _alone(context, right, element)
    elif kind is None and isinstance(b, Array) and (element := common_type(a, b.element)) is not None:
        kind, left = Array(element), _alone(context, left, element)
    if kind is None or UNKNOWN in (a, b):
        raise refused
    x, y = coerced(context, left, kind), coerced(context, right, kind)
    # DuckDB's list_concat leaves a NULL list out.
    return Typed(
        context.once([x, y], lambda v: f"CASE WHEN {v[0].sql} IS NOT NULL AND {v[1].sql} IS NOT NULL "
        f"THEN list_concat({v[0].sql}, {v[1].sql}) END"), kind)  # fmt: skip


def _alone(context: Context, value: Typed, kind: Type) -> Typed:
    """An array of one element; NULL is no element of one."""
    plain = coerced(context, value, kind)
    return Typed(
        context.once([plain], lambda v: f"CASE WHEN {v[0].sql} IS NOT NULL THEN [{v[0].sql}] END"), Array(kind)
    )
