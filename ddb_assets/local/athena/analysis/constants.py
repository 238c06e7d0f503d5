"""Calls with an argument that is NULL though no NULL is written: `url_extract_path('héllo')`.

Trino evaluates constants first, and what is made of NULL is NULL: what stands beside it and may fail isn't evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence

from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.functions.registry import Argument, Function
from ddb_assets.local.athena.sql import nodes
from ddb_assets.local.athena.sql.nodes import Expression

_VOLATILE = frozenset(["random", "rand", "uuid", "shuffle"])
_LITERALS = (nodes.Literal, nodes.TypedLiteral, nodes.IntervalLiteral)


def guarded(sql: str, function: Function, arguments: Sequence[Argument], written: Sequence[Expression]) -> str:
    """The call, evaluated only where its constant arguments aren't NULL."""
    constants = [place for place, node in enumerate(written) if isinstance(node, nodes.Call) and _constant(node)]
    may_fail = [node for node in written if not isinstance(node, (*_LITERALS, nodes.Identifier))]
    if not constants or len(may_fail) < 2:
        return sql
    there = [
        f"{argument.sql} IS NOT NULL"
        for place in constants
        if isinstance(argument := arguments[place], Typed) and function.strict(place)
    ]
    return f"CASE WHEN {' AND '.join(there)} THEN {sql} END" if there else sql


def _constant(node: Expression) -> bool:
    if isinstance(node, nodes.Cast):
        return _constant(node.value)
    if isinstance(node, nodes.Call):
        plain = node.window is None and node.name not in _VOLATILE
        return plain and all(map(_constant, node.arguments))
    return isinstance(node, _LITERALS)
