"""The first n of a group: max(x, n), max_by(v, x, n) and their opposites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions.registry import Make, sql
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import Type
from ddb_assets.local.athena.types.names import shown

_MOST_FIRST = 10_000


def top(direction: str) -> Make:
    """max(x, n), min(x, n)."""

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        if not arguments[0].atomic:
            return _refuse(result)
        listed = f"list_filter(list({{0}} ORDER BY {_keys(arguments[0], direction)}){{f}}, lambda v: v IS NOT NULL)"
        return _first(context, sql(f"nullif({listed}, [])")(context, arguments, result), arguments[-1], result)

    return make


def _keys(value: Typed, direction: str) -> str:
    """What the values are ordered by: NaN comes after the numbers either way."""
    last = f"isnan({value.sql}), " if value.type in kinds.FLOATING else ""
    return f"{last}{value.sql} {direction} NULLS LAST"


def _first(context: Context, listed: str, count: Typed, result: Type) -> str:
    """The first of a list, as many as the count says; NULL for NULL, which stands for a list without elements."""
    return context.python(_taken, [Typed(listed, result), count], result)


def _taken(values: list[Any], count: int) -> list[Any]:
    if not 0 < count <= _MOST_FIRST:
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT",
            f"third argument of max_by/min_by or second of max/min must be from 1 to {_MOST_FIRST}, is {count}",
        )
    return values[:count]


def _refuse(kind: Type) -> str:
    raise not_supported(f"an aggregate of the first n of an expression: give the column a name first ({shown(kind)})")


def top_by(direction: str) -> Make:
    """max_by(x, y, n), min_by(x, y, n)."""

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        if not arguments[1].atomic:
            return _refuse(result)
        pairs = f"list(struct_pack(v := {{0}}, k := {{1}}) ORDER BY {_keys(arguments[1], direction)}){{f}}"
        listed = f"list_transform(list_filter({pairs}, lambda e: e.k IS NOT NULL), lambda e: e.v)"
        return _first(context, sql(f"nullif({listed}, [])")(context, arguments, result), arguments[-1], result)

    return make
