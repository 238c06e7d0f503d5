"""Functions of doubles: roots, logarithms, angles, buckets, and what isn't a number."""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Callable

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions.registry import python, scalar, sql


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


def _bucket(value: float, low: float, high: float, count: int) -> int:
    wrong = {
        "bucketCount must be greater than 0": count <= 0,
        "operand must not be NaN": math.isnan(value),
        "first bound must be finite": not math.isfinite(low),
        "second bound must be finite": not math.isfinite(high),
        "bounds cannot equal each other": low == high,
    }
    for message in (message for message, refused in wrong.items() if refused):
        raise _refused(message)
    down = low > high
    first, last = (high, low) if down else (low, high)
    if value < first:
        place = 0
    elif value >= last:
        place = count + 1
    else:
        place = int(count * (value - first) / (last - first)) + 1
    return count - place + 1 if down else place


def _bins(value: float, bins: list[float | None]) -> int:
    if not bins:
        raise _refused("Bins cannot be an empty array")
    bounds = [bound for bound in bins if bound is not None]
    if len(bounds) < len(bins):
        raise not_supported("width_bucket with a bin that is NULL")
    if math.isnan(value):
        raise _refused("operand cannot be NaN")
    if any(first > second for first, second in itertools.pairwise(bounds)) or not all(map(math.isfinite, bounds)):
        # Trino refuses it, but only where its search meets it.
        raise not_supported("width_bucket with bins that don't ascend")
    return sum(1 for bound in bounds if value >= bound)


def _power(base: float, exponent: float) -> float:
    """Java's Math.pow: one to the power of what isn't finite is no number."""
    if abs(base) == 1 and not math.isfinite(exponent):
        return math.nan
    odd = exponent % 2 == 1
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and odd else math.inf
    except ValueError:
        return (-math.inf if math.copysign(1, base) < 0 and odd else math.inf) if base == 0 else math.nan


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
    over, under = _ln(value), _ln(base)
    if under:
        return over / under
    return math.nan if not over or math.isnan(over) else math.copysign(math.inf, over)


_ln = _guarded(math.log, -math.inf)


def _log2(value: float) -> float:
    return _ln(value) / math.log(2)


def _words(value: float) -> int:
    return int.from_bytes(struct.pack(">d", value), "big")


def _with_high(high: int) -> float:
    """The double of these upper 32 bits."""
    return float(struct.unpack(">d", (high << 32).to_bytes(8, "big"))[0])


def _cbrt(value: float) -> float:
    """Java's, bit by bit. Source of the method and its constants: FDLIBM 5.3, "s_cbrt.c"."""
    if value == 0 or not math.isfinite(value):
        return value
    x = abs(value)
    if x < 2.0**-1022:
        t = _with_high((_words(x * 2.0**54) >> 32) // 3 + 696_219_795)
    else:
        t = _with_high((_words(x) >> 32) // 3 + 715_094_163)
    r = t * t / x
    s = 19 / 35 + r * t
    t *= 5 / 14 + (45 / 28) / (s + 99 / 70 + (-864 / 1225) / s)
    t = _with_high((_words(t) >> 32) + 1)
    r = x / (t * t)
    t += t * ((r - t) / (t + t + r))
    return math.copysign(t, value)


_OF_DOUBLES: tuple[tuple[str, Callable[[float], float], tuple[str, ...]], ...] = (
    ("sqrt", _guarded(math.sqrt), ("sqrt(16)", "sqrt(-1)")),
    ("cbrt", _cbrt, ("cbrt(27)", "cbrt(-8)")),
    ("exp", _guarded(math.exp), ("exp(1)", "exp(1000)")),
    ("ln", _ln, ("ln(1)", "ln(0)", "ln(-1)")),
    ("log2", _log2, ("log2(8)", "log2(0)")),
    ("log10", _guarded(math.log10, -math.inf), ("log10(1000)", "log10(0)")),
    ("sin", _guarded(math.sin), ("sin(1)",)), ("cos", _guarded(math.cos), ("cos(1)",)), ("tan", _guarded(math.tan), ("tan(1)",)),
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
