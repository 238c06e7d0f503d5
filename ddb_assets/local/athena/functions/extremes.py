"""The least and the greatest of a group: max, min, max_by, min_by.

Trino's max takes NaN only where there is nothing else, and so does its min; DuckDB holds NaN greater than all numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions.firsts import top, top_by
from ddb_assets.local.athena.functions.registry import Make, aggregate, sql
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import TimestampZoned, Type
from ddb_assets.local.athena.types.names import shown


def _ordered(make: Make) -> Make:
    """Only for what Trino orders."""

    def made(context: Context, arguments: Sequence[Any], result: Type) -> str:
        kind = arguments[-1].type
        if not kinds.orderable(kind):
            raise QueryError("FUNCTION_NOT_FOUND", f"Unexpected parameters ({shown(kind)}): it is not orderable")
        if kinds.inner(kind):
            # Trino fails where a NULL inside would decide.
            raise not_supported(f"the least or the greatest of {shown(kind)}")
        return make(context, arguments, result)

    return made


def _zoneless(make: Make) -> Make:
    def made(context: Context, arguments: Sequence[Any], result: Type) -> str:
        for argument in arguments:
            if kinds.contains(argument.type, TimestampZoned) and not isinstance(argument.type, TimestampZoned):
                raise not_supported(f"an aggregate of {shown(argument.type)}")
        return make(context, arguments, result)

    return made


def _extreme(name: str) -> Make:
    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        every = sql(f"{name}({{d}}{{0}}){{f}}")(context, arguments, result)
        if name == "min" or result not in kinds.FLOATING:
            return every
        value = arguments[0].sql
        # An aggregate's argument stands in no lambda: it is written more than once.
        numbers = sql(f"max({{d}}CASE WHEN NOT isnan({value}) THEN {value} END){{f}}")(context, (), result)
        return f"coalesce({numbers}, {every})"

    return make


def _extreme_by(name: str) -> Make:
    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        value, key = (each.sql for each in arguments)
        if name == "max" and arguments[1].type in kinds.FLOATING:
            key = f"CASE WHEN {key} IS NOT NULL THEN struct_pack(n := NOT isnan({key}), k := {key}) END"
        return sql(f"arg_{name}_null({value}, {key}){{f}}")(context, (), result)

    return make


for _name in ("min", "max"):
    aggregate(
        f"{_name}(t) -> t",
        _ordered(_zoneless(_extreme(_name))),
        f"{_name}(x)",
        f"{_name}(y)",
        f"{_name}(DATE '2024-01-01')",
        f"{_name}(ARRAY[x])",
    )
    _direction = "DESC" if _name == "max" else "ASC"
    aggregate(f"{_name}(e, bigint) -> array(e)", top(_direction), f"{_name}(x, 2)", f"{_name}(y, 2)", f"{_name}(x, 0)",
              f"{_name}(x, 10001)", f"{_name}(CAST(NULL AS integer), 0)")  # fmt: skip
    aggregate(f"{_name}_by(v, k) -> v", _ordered(_extreme_by(_name)), f"{_name}_by(y, x)", f"{_name}_by(x, y)")
    aggregate(
        f"{_name}_by(v, k, bigint) -> array(v)", top_by(_direction), f"{_name}_by(y, x, 2)", f"{_name}_by(y, x, 0)"
    )
