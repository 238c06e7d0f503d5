"""Numbers."""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.operators import arithmetic
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions.registry import python, scalar, sql
from ddb_assets.local.athena.functions.signatures import Bindings
from ddb_assets.local.athena.sql.nodes import Node
from ddb_assets.local.athena.types.kinds import MOST_DIGITS, Decimal, Type

_INTEGERS = ("tinyint", "smallint", "integer", "bigint")
_EXACT = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_UP)


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


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
    """By way of the decimal that the double exactly is, half up. Source: the recorded answers below."""
    if not math.isfinite(value):
        return value
    return float(decimal.Decimal(value).quantize(decimal.Decimal(1).scaleb(-digits), decimal.ROUND_HALF_UP, _EXACT)) \
        if abs(value) < 1e50 and abs(digits) < 20 else value  # fmt: skip


def _round_integer(value: int, digits: int) -> int:
    if digits >= 0:
        return value
    step = 10**-digits
    sign = -1 if value < 0 else 1
    return int(sign * ((abs(value) + step // 2) // step * step))


def _from_base(text: str, radix: int) -> int:
    _radix(radix)
    try:
        if "_" in text or text != text.strip():
            raise ValueError(text)
        found = int(text, radix)
    except ValueError:
        raise _refused(f"Not a valid base-{radix} number: {text}") from None
    if not -(1 << 63) <= found < 1 << 63:
        raise _refused(f"Not a valid base-{radix} number: {text}")
    return found


def _to_base(number: int, radix: int) -> str:
    _radix(radix)
    digits, rest = "", abs(number)
    while rest:
        rest, place = divmod(rest, radix)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[place] + digits
    return ("-" if number < 0 else "") + (digits or "0")


def _radix(radix: int) -> None:
    if not 2 <= radix <= 36:
        raise _refused("Radix must be between 2 and 36")


def _bucket(value: float, low: float, high: float, count: int) -> int:
    if count <= 0 or math.isnan(value) or low == high:
        raise _refused("bucketCount must be greater than 0" if count <= 0 else "bounds cannot equal each other")
    down = low > high
    first, last = (high, low) if down else (low, high)
    if value < first:
        place = 0
    elif value >= last:
        place = count + 1
    else:
        place = int(count * (value - first) / (last - first)) + 1
    return count - place + 1 if down else place


def _bins(value: float, bins: list[float]) -> int:
    if not bins:
        raise _refused("Bins cannot be an empty array")
    return sum(1 for bound in bins if value >= bound)


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan


def _guarded(function: Callable[[float], float], at_zero: float = math.nan) -> Callable[[float], float]:
    """Java's answer where Python raises."""

    def call(value: float) -> float:
        try:
            return function(value)
        except ValueError:
            return at_zero if value == 0 else math.nan
        except OverflowError:
            return math.copysign(math.inf, value) if function is math.sinh else math.inf

    return call


def _log(base: float, value: float) -> float:
    return _ln(value) / _ln(base) if _ln(base) else math.nan


_ln = _guarded(math.log, -math.inf)


def _cbrt(value: float) -> float:
    return math.cbrt(value)


def _wrapped(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _shift(bits: int, right: bool, signed: bool = False) -> Callable[[int, int], int]:
    def call(value: int, count: int) -> int:
        if count >= bits:
            return -1 if signed and value < 0 else 0
        if not right:
            return _wrapped(value << count, bits)
        return value >> count if signed else _wrapped((value & ((1 << bits) - 1)) >> count, bits)

    return call


def _bit_count(value: int, bits: int) -> int:
    if not 2 <= bits <= 64:
        raise _refused("Bits specified in bit_count must be between 2 and 64, got " + str(bits))
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise _refused(
            f"Number must be representable with the bits specified. {value} cannot be represented with {bits} bits"
        )
    return (value & ((1 << bits) - 1)).bit_count()


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
scalar("round(double, integer) -> double", python(_round_double),
       "round(1234.567E0, -2)", "round(1.005E0, 2)", "round(-2.345E0, 2)", "round(2.5E0, 0)", "round(1E100, 2)")  # fmt: skip
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
_OF_DOUBLES: tuple[tuple[str, Callable[[float], float], tuple[str, ...]], ...] = (
    ("sqrt", _guarded(math.sqrt), ("sqrt(16)", "sqrt(-1)")),
    ("cbrt", _cbrt, ("cbrt(27)", "cbrt(-8)")),
    ("exp", _guarded(math.exp), ("exp(1)", "exp(1000)")),
    ("ln", _ln, ("ln(1)", "ln(0)", "ln(-1)")),
    ("log2", _guarded(math.log2, -math.inf), ("log2(8)", "log2(0)")),
    ("log10", _guarded(math.log10, -math.inf), ("log10(1000)", "log10(0)")),
    ("sin", math.sin, ("sin(1)",)), ("cos", math.cos, ("cos(1)",)), ("tan", math.tan, ("tan(1)",)),
    ("asin", _guarded(math.asin), ("asin(1)", "asin(2)")), ("acos", _guarded(math.acos), ("acos(1)",)), ("atan", math.atan, ("atan(1)",)),
    ("sinh", _guarded(math.sinh), ("sinh(1)",)), ("cosh", _guarded(math.cosh), ("cosh(1)",)), ("tanh", math.tanh, ("tanh(1)",)),
    ("degrees", math.degrees, ("degrees(pi())",)), ("radians", math.radians, ("radians(180)",)),
)  # fmt: skip
for _name, _of_double, _examples in _OF_DOUBLES:
    scalar(f"{_name}(double) -> double", python(_of_double), *_examples)
scalar("log(double, double) -> double", python(_log), "log(2, 8)", "log(10, 1000)")
scalar("atan2(double, double) -> double", python(math.atan2), "atan2(1, 2)")
for _name in ("power", "pow"):
    scalar(
        f"{_name}(double, double) -> double",
        python(_power),
        f"{_name}(2, 3)",
        f"{_name}(2, -1)",
        f"{_name}(0, 0)",
        f"{_name}(-8, 0.5)",
        f"{_name}(0, -1)",
    )
scalar("pi() -> double", sql("CAST(pi() AS DOUBLE)"), "pi()")
scalar("e() -> double", sql("CAST(2.718281828459045 AS DOUBLE)"), "e()")
scalar("nan() -> double", sql("CAST('nan' AS DOUBLE)"), "nan()")
scalar("infinity() -> double", sql("CAST('inf' AS DOUBLE)"), "infinity()", "-infinity()")
scalar("is_nan(double) -> boolean", sql("isnan({0})"), "is_nan(nan())", "is_nan(1E0)")
scalar("is_nan(real) -> boolean", sql("isnan({0})"), "is_nan(REAL '1')")
scalar("is_finite(double) -> boolean", sql("isfinite({0})"), "is_finite(1E0)", "is_finite(infinity())")
scalar("is_infinite(double) -> boolean", sql("isinf({0})"), "is_infinite(infinity())", "is_infinite(1)")
for _name, _symbol in (("and", "&"), ("or", "|")):
    scalar(
        f"bitwise_{_name}(bigint, bigint) -> bigint",
        sql(f"({{0}} {_symbol} {{1}})"),
        f"bitwise_{_name}(5, 3)",
        f"bitwise_{_name}(-5, 3)",
    )
scalar("bitwise_xor(bigint, bigint) -> bigint", sql("xor({0}, {1})"), "bitwise_xor(5, 3)", "bitwise_xor(-5, 3)")
scalar("bitwise_not(bigint) -> bigint", sql("(-1 - {0})"), "bitwise_not(5)", "bitwise_not(-1)")
for _kind, _bits in zip(_INTEGERS, (8, 16, 32, 64), strict=True):
    scalar(
        f"bitwise_left_shift({_kind}, integer) -> {_kind}",
        python(_shift(_bits, right=False)),
        f"bitwise_left_shift(CAST(7 AS {_kind}), 2)",
        f"bitwise_left_shift(CAST(7 AS {_kind}), 70)",
    )
    scalar(
        f"bitwise_right_shift({_kind}, integer) -> {_kind}",
        python(_shift(_bits, right=True)),
        f"bitwise_right_shift(CAST(-8 AS {_kind}), 1)",
    )
    scalar(
        f"bitwise_right_shift_arithmetic({_kind}, integer) -> {_kind}",
        python(_shift(_bits, right=True, signed=True)),
        f"bitwise_right_shift_arithmetic(CAST(-8 AS {_kind}), 1)",
    )
scalar(
    "bit_count(bigint, bigint) -> bigint",
    python(_bit_count),
    "bit_count(9, 64)",
    "bit_count(-7, 8)",
    "bit_count(300, 8)",
)
scalar(
    "from_base(varchar(x), bigint) -> bigint",
    python(_from_base),
    "from_base('ff', 16)",
    "from_base('-101', 2)",
    "from_base('z', 10)",
    "from_base('1', 1)",
)
scalar(
    "to_base(bigint, bigint) -> varchar(64)", python(_to_base), "to_base(255, 16)", "to_base(-5, 2)", "to_base(0, 2)"
)
scalar("width_bucket(double, double, double, bigint) -> bigint", python(_bucket),
       "width_bucket(3.14E0, 0, 4, 3)", "width_bucket(5, 0, 4, 3)", "width_bucket(-1, 0, 4, 3)", "width_bucket(1, 4, 0, 3)")  # fmt: skip
scalar(
    "width_bucket(double, array(double)) -> bigint",
    python(_bins),
    "width_bucket(3.14E0, ARRAY[0E0, 2E0, 4E0])",
    "width_bucket(1E0, ARRAY[])",
)
scalar("random() -> double", sql("random()"))
scalar("rand() -> double", sql("random()"))
