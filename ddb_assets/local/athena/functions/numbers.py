"""Numbers of each type: sign, rounding and remainder."""

from __future__ import annotations

import decimal
import math
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.operators import arithmetic
from ddb_assets.local.athena.functions.registry import python, scalar, sql
from ddb_assets.local.athena.functions.signatures import Bindings
from ddb_assets.local.athena.sql.nodes import Node
from ddb_assets.local.athena.types.kinds import MOST_DIGITS, Decimal, Type

_INTEGERS = ("tinyint", "smallint", "integer", "bigint")
_EXACT = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_UP)
_LARGEST_EXPONENT = 308
"""Of ten, in a double."""


def _exact(bindings: Bindings) -> tuple[int, int]:
    return bindings.numbers["p"] or 0, bindings.numbers["s"] or 0


def _whole(bindings: Bindings) -> Type:
    """ceil and floor of a decimal. Source: Trino's MathFunctions.Ceiling: `p - s + min(s, 1)`."""
    precision, scale = _exact(bindings)
    return Decimal(max(1, precision - scale + min(scale, 1)), 0)


def _cut(bindings: Bindings) -> Type:
    """truncate(decimal): `max(p - s, 1)`."""
    precision, scale = _exact(bindings)
    return Decimal(max(1, precision - scale), 0)


def _rounded(bindings: Bindings) -> Type:
    """round(decimal, n): one digit more, at most 38."""
    precision, scale = _exact(bindings)
    return Decimal(min(MOST_DIGITS, precision + 1), scale)


def _round_decimal(value: decimal.Decimal, digits: int) -> decimal.Decimal:
    scale = -int(value.as_tuple().exponent)
    if digits >= scale:
        return value
    return value.quantize(decimal.Decimal(1).scaleb(-digits), context=_EXACT).quantize(
        decimal.Decimal(1).scaleb(-scale), context=_EXACT
    )


def _truncate_decimal(value: decimal.Decimal, digits: int) -> decimal.Decimal:
    scale = -int(value.as_tuple().exponent)
    if digits >= scale:
        return value
    down = decimal.Context(prec=80, rounding=decimal.ROUND_DOWN)
    return value.quantize(decimal.Decimal(1).scaleb(-digits), context=down).quantize(
        decimal.Decimal(1).scaleb(-scale), context=_EXACT
    )


def _round_double(value: float, digits: int) -> float:
    """Moved by a power of ten, rounded half up and moved back, in doubles. Source: recorded answers."""
    factor = math.inf if digits > _LARGEST_EXPONENT else math.pow(10, digits)
    moved = abs(value) * factor
    if not math.isfinite(moved):
        return value
    whole = float(math.floor(moved))
    whole += 1 if moved - whole >= 0.5 else 0
    found = whole / factor if factor else math.nan
    return -found if value < 0 else found


def _round_integer(value: int, digits: int) -> int:
    if digits >= 0:
        return value
    step = 10**-digits
    sign = -1 if value < 0 else 1
    return int(sign * ((abs(value) + step // 2) // step * step))


def _mod(context: Context, arguments: Any, result: Type) -> str:
    return arithmetic(context, "%", arguments[0], arguments[1], Node(0)).sql


def _mod_decimal(bindings: Bindings) -> Type:
    p, s, q, r = (bindings.numbers[name] or 0 for name in ("p", "s", "q", "r"))
    return Decimal(min(q - r, p - s) + max(s, r), max(s, r))


for _kind in _INTEGERS:
    scalar(f"abs({_kind}) -> {_kind}", sql("abs({0})"), f"abs(CAST(-5 AS {_kind}))")
    scalar(
        f"sign({_kind}) -> {_kind}",
        sql("CAST(sign({0}) AS " + _kind + ")"),
        f"sign(CAST(-3 AS {_kind}))",
        f"sign(CAST(0 AS {_kind}))",
    )
    for _name in ("ceil", "ceiling", "floor"):
        scalar(f"{_name}({_kind}) -> {_kind}", sql("{0}"), f"{_name}(CAST(5 AS {_kind}))")
    scalar(f"round({_kind}) -> {_kind}", sql("{0}"), f"round(CAST(5 AS {_kind}))")
    scalar(f"round({_kind}, integer) -> {_kind}", python(_round_integer), f"round(CAST(105 AS {_kind}), -1)", f"round(CAST(-15 AS {_kind}), -1)",
           f"round(CAST(5 AS {_kind}), 2)")  # fmt: skip
    scalar(
        f"mod({_kind}, {_kind}) -> {_kind}",
        _mod,
        f"mod(CAST(-7 AS {_kind}), CAST(3 AS {_kind}))",
        f"mod(CAST(1 AS {_kind}), CAST(0 AS {_kind}))",
    )
for _kind in ("double", "real"):
    scalar(f"abs({_kind}) -> {_kind}", sql("abs({0})"), f"abs({_kind} '-1.5')")
    scalar(f"sign({_kind}) -> {_kind}", sql("CASE WHEN isnan({0}) THEN {0} ELSE CAST(sign({0}) AS " + ("DOUBLE" if _kind == "double" else "FLOAT") + ") END"),
           f"sign({_kind} '-1.5')")  # fmt: skip
    for _name, _function in (("ceil", "ceil"), ("ceiling", "ceil"), ("floor", "floor"), ("truncate", "trunc")):
        scalar(
            f"{_name}({_kind}) -> {_kind}",
            sql(f"{_function}({{0}})"),
            f"{_name}({_kind} '-1.5')",
            f"{_name}({_kind} '2.7')",
        )
    scalar(
        f"round({_kind}) -> {_kind}",
        sql("round({0})"),
        f"round({_kind} '2.5')",
        f"round({_kind} '-2.5')",
        f"round({_kind} '1.4')",
    )
    scalar(f"mod({_kind}, {_kind}) -> {_kind}", _mod, f"mod({_kind} '5.5', {_kind} '2')")
scalar("round(real, integer) -> real", python(_round_double), "round(REAL '2.345', 2)", "round(REAL '1.5', -40)")
scalar("round(double, integer) -> double", python(_round_double),
       "round(1234.567E0, -2)", "round(1.5E0, -25)", "round(1.5E0, -400)", "round(16E54, -55)", "round(infinity(), 2)", "round(1.005E0, 2)", "round(-2.345E0, 2)", "round(2.5E0, 0)", "round(1E100, 2)")  # fmt: skip
scalar("abs(decimal(p, s)) -> decimal(p, s)", sql("abs({0})"), "abs(DECIMAL '-1.50')")
scalar(
    "sign(decimal(p, s)) -> decimal(1, 0)",
    sql("CAST(sign({0}) AS DECIMAL(1,0))"),
    "sign(DECIMAL '-1.50')",
    "sign(DECIMAL '0.0')",
)
for _name, _function in (("ceil", "ceil"), ("ceiling", "ceil"), ("floor", "floor")):
    scalar(f"{_name}(decimal(p, s)) -> decimal(38, 0)", lambda context, arguments, result, f=_function: f"CAST({f}({arguments[0].sql}) AS DECIMAL({result.precision},0))",  # type: ignore[misc]
           f"{_name}(DECIMAL '1.2')", f"{_name}(DECIMAL '-1.2')", f"{_name}(DECIMAL '12')", f"typeof({_name}(DECIMAL '99.9'))", f"{_name}(0.5)", result=_whole)  # fmt: skip
scalar("round(decimal(p, s)) -> decimal(38, 0)", lambda context, arguments, result: f"CAST(round({arguments[0].sql}) AS DECIMAL({result.precision},0))",  # type: ignore[attr-defined]
       "round(DECIMAL '2.5')", "round(DECIMAL '-2.5')", "round(DECIMAL '99.5')", "round(DECIMAL '12')", result=_whole)  # fmt: skip
scalar("round(decimal(p, s), integer) -> decimal(38, 0)", python(_round_decimal),
       "round(DECIMAL '2.345', 2)", "round(DECIMAL '-12.5', -1)", "round(DECIMAL '1.5', 5)", result=_rounded)  # fmt: skip
scalar("truncate(decimal(p, s)) -> decimal(38, 0)", lambda context, arguments, result: f"CAST(trunc({arguments[0].sql}) AS DECIMAL({result.precision},0))",  # type: ignore[attr-defined]
       "truncate(DECIMAL '2.99')", "truncate(DECIMAL '-2.99')", result=_cut)  # fmt: skip
scalar(
    "truncate(decimal(p, s), integer) -> decimal(p, s)",
    python(_truncate_decimal),
    "truncate(DECIMAL '2.999', 1)",
    "truncate(DECIMAL '129.9', -1)",
)
scalar(
    "mod(decimal(p, s), decimal(q, r)) -> decimal(38, 0)",
    _mod,
    "mod(DECIMAL '5.5', DECIMAL '2.25')",
    result=_mod_decimal,
)
