"""Operators: the types that Trino lets stand beside each other, and what comes out."""

from __future__ import annotations

from ddb_assets.local.athena.analysis.casts import coerced
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions import arithmetic as python
from ddb_assets.local.athena.functions import moments
from ddb_assets.local.athena.sql.nodes import Node
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.coercion import as_decimal, common_type
from ddb_assets.local.athena.types.kinds import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTEGERS,
    INTERVAL_DAY,
    INTERVAL_YEAR,
    MOST_DIGITS,
    REAL,
    UNKNOWN,
    Array,
    Decimal,
    Map,
    Row,
    Time,
    Timestamp,
    TimestampZoned,
    Type,
)
from ddb_assets.local.athena.types.names import duckdb_type, shown

_ARITHMETIC = ("+", "-", "*", "/", "%")


def mismatch(context: Context, symbol: str, left: Typed, right: Typed, node: Node) -> QueryError:
    """The refusal of two operands."""
    return context.error(
        "TYPE_MISMATCH", f"Cannot apply operator: {shown(left.type)} {symbol} {shown(right.type)}", node
    )


def arithmetic(context: Context, symbol: str, left: Typed, right: Typed, node: Node) -> Typed:
    """`left symbol right`. Raises QueryError, TYPE_MISMATCH."""
    moved = _with_moments(context, symbol, left, right)
    if moved is not None:
        return moved
    numbers = [each.type != UNKNOWN and kinds.is_number(each.type) for each in (left, right)]
    if UNKNOWN in (left.type, right.type):
        if left.type == right.type:
            raise context.error("AMBIGUOUS_FUNCTION_CALL", "Could not choose a best candidate operator", node)
        if any(numbers):
            left, right = (
                each if each.type != UNKNOWN else coerced(context, each, other.type)
                for each, other in ((left, right), (right, left))
            )
        numbers = [kinds.is_number(each.type) for each in (left, right)]
    if not all(numbers):
        raise mismatch(context, symbol, left, right, node)
    decimals = as_decimal(left.type), as_decimal(right.type)
    if any(isinstance(each.type, Decimal) for each in (left, right)) and decimals[0] and decimals[1]:
        return _decimal(context, symbol, left, right, decimals[0], decimals[1])
    kind = common_type(left.type, right.type)
    assert kind is not None
    a, b = coerced(context, left, kind).sql, coerced(context, right, kind).sql
    if symbol == "/" and kind in INTEGERS:
        return Typed(f"CAST(({a} // {b}) AS {duckdb_type(kind)})", kind)
    made = f"({a} {symbol} {b})"
    return Typed(made if kind in (DOUBLE, BIGINT) else f"CAST({made} AS {duckdb_type(kind)})", kind)


def _decimal(context: Context, symbol: str, left: Typed, right: Typed, a: Decimal, b: Decimal) -> Typed:
    """Source of the precision and scale: Trino's DecimalOperators."""
    scale = max(a.scale, b.scale)
    if symbol in ("+", "-"):
        whole = max(a.precision - a.scale, b.precision - b.scale)
        kind = Decimal(min(MOST_DIGITS, whole + scale + 1), scale)
        sides = coerced(context, left, kind), coerced(context, right, kind)
        return Typed(f"CAST(({sides[0].sql} {symbol} {sides[1].sql}) AS {duckdb_type(kind)})", kind)
    if symbol == "*":
        kind = Decimal(min(MOST_DIGITS, a.precision + b.precision), a.scale + b.scale)
        if kind.scale > MOST_DIGITS:
            raise QueryError(
                "INVALID_FUNCTION_ARGUMENT", f"DECIMAL scale must be in range [0, precision (38)]: {kind.scale}"
            )
        sides = coerced(context, left, a), coerced(context, right, b)
        return Typed(f"CAST(({sides[0].sql} * {sides[1].sql}) AS {duckdb_type(kind)})", kind)
    sides = coerced(context, left, a), coerced(context, right, b)
    if symbol == "/":
        kind = Decimal(min(MOST_DIGITS, a.precision + b.scale + max(b.scale - a.scale, 0)), scale)
        return Typed(context.python(python.divide, [*sides, Typed(str(scale), INTEGER)], kind), kind)
    kind = Decimal(min(b.precision - b.scale, a.precision - a.scale) + scale, scale)
    return Typed(context.python(python.remainder, [*sides, Typed(str(scale), INTEGER)], kind), kind)


def _with_moments(context: Context, symbol: str, left: Typed, right: Typed) -> Typed | None:
    """Dates, times and intervals; None when neither side is one that this operator takes."""
    moments_ = (Time, Timestamp, TimestampZoned)
    intervals = (INTERVAL_DAY, INTERVAL_YEAR)
    a, b = left.type, right.type
    if symbol in ("+", "-"):
        if a in intervals and a == b:
            return Typed(f"({left.sql} {symbol} {right.sql})", a)
        if symbol == "+" and a in intervals and (b == DATE or isinstance(b, moments_)):
            return _moved(context, symbol, right, left)
        if b in intervals and (a == DATE or isinstance(a, moments_)):
            return _moved(context, symbol, left, right)
        if symbol == "-":
            return _difference(context, left, right)
    if symbol in ("*", "/") and a in intervals and kinds.is_number(b):
        return _scaled(context, symbol, left, right)
    if symbol == "*" and b in intervals and kinds.is_number(a):
        return _scaled(context, symbol, right, left)
    return None


def _moved(context: Context, symbol: str, moment: Typed, interval: Typed) -> Typed:
    kind = moment.type
    if kind == DATE and interval.type == INTERVAL_DAY:
        return Typed(
            context.python(moments.move_date if symbol == "+" else moments.move_date_back, [moment, interval], DATE),
            DATE,
        )
    step = f"to_milliseconds({interval.sql})" if interval.type == INTERVAL_DAY else f"to_months({interval.sql})"
    if isinstance(kind, TimestampZoned):
        if interval.type == INTERVAL_DAY:
            kind = TimestampZoned(max(3, kind.precision), kind.zone)
        if interval.type == INTERVAL_YEAR and kind.zone != "UTC":
            raise not_supported("months added to a timestamp of another zone than UTC")
        return Typed(
            context.once([moment], lambda v: f"CASE WHEN {v[0].sql} IS NOT NULL THEN struct_pack("
            f"t := {v[0].sql}.t {symbol} {step}, z := {v[0].sql}.z) END"), kind)  # fmt: skip
    if isinstance(kind, Time) and interval.type == INTERVAL_YEAR:
        raise not_supported("months added to a time")
    if isinstance(kind, (Time, Timestamp)) and interval.type == INTERVAL_DAY:
        kind = type(kind)(max(3, kind.precision))
    return Typed(f"CAST(({moment.sql} {symbol} {step}) AS {duckdb_type(kind)})", kind)


def _difference(context: Context, left: Typed, right: Typed) -> Typed | None:
    a, b = left.type, right.type
    kind = common_type(a, b)
    if UNKNOWN in (a, b) or kind is None:
        return None
    if kind == DATE:
        return Typed(f"(CAST({left.sql} - {right.sql} AS BIGINT) * 86400000)", INTERVAL_DAY)
    if isinstance(kind, Timestamp):
        sides = [f"epoch_ms({coerced(context, each, kind).sql})" for each in (left, right)]
        return Typed(f"({sides[0]} - {sides[1]})", INTERVAL_DAY)
    if isinstance(kind, TimestampZoned):
        sides = [f"epoch_ms(struct_extract({coerced(context, each, kind).sql}, 't'))" for each in (left, right)]
        return Typed(f"({sides[0]} - {sides[1]})", INTERVAL_DAY)
    if isinstance(kind, Time):
        sides = [f"epoch_ms(DATE '2000-01-01' + {each.sql})" for each in (left, right)]
        return Typed(f"({sides[0]} - {sides[1]})", INTERVAL_DAY)
    return None


def _scaled(context: Context, symbol: str, interval: Typed, by: Typed) -> Typed | None:
    kind = interval.type
    if by.type in INTEGERS and symbol == "*":
        return Typed(f"CAST({interval.sql} * {by.sql} AS {duckdb_type(kind)})", kind)
    if by.type in (*INTEGERS, DOUBLE, REAL) or isinstance(by.type, Decimal):
        factor = coerced(context, by, DOUBLE).sql
        return Typed(f"CAST(trunc({interval.sql} {symbol} {factor}) AS {duckdb_type(kind)})", kind)
    return None


def compared(context: Context, symbol: str, left: Typed, right: Typed, node: Node) -> Typed:
    """A comparison. Raises QueryError, TYPE_MISMATCH."""
    kind = common_type(left.type, right.type)
    if kind is None:
        raise mismatch(context, symbol, left, right, node)
    if symbol in ("<", "<=", ">", ">=") and not kinds.orderable(kind):
        raise mismatch(context, symbol, left, right, node)
    sides = [coerced(context, each, kind) for each in (left, right)]
    return Typed(comparison(context, symbol, sides[0], sides[1]), BOOLEAN)


def comparison(context: Context, symbol: str, left: Typed, right: Typed) -> str:
    """The SQL of a comparison of two values of one type."""
    kind = left.type
    if symbol == "IS DISTINCT FROM":
        return f"({key(context, left)} IS DISTINCT FROM {key(context, right)})"
    if isinstance(kind, TimestampZoned):
        return f"(struct_extract({left.sql}, 't') {symbol} struct_extract({right.sql}, 't'))"
    if isinstance(kind, (Array, Map, Row)):
        if symbol not in ("=", "<>"):
            raise not_supported(f"{symbol} of {shown(kind)}")
        same = context.python(
            python.equal_rows if isinstance(kind, Row) else python.equal, [left, right], BOOLEAN, nulls=True
        )
        return same if symbol == "=" else f"(NOT {same})"
    if kind in (DOUBLE, REAL):
        return _floating(context, symbol, left, right)
    return f"({left.sql} {symbol} {right.sql})"


def _floating(context: Context, symbol: str, left: Typed, right: Typed) -> str:
    """NaN equals nothing and is beyond nothing; DuckDB holds it equal to itself and greater than all."""

    def literal(side: Typed) -> bool:
        return side.sql.strip("()").lstrip("-")[:1].isdigit()

    if symbol == "=" and (literal(left) or literal(right)):
        return f"({left.sql} = {right.sql})"

    def made(v: list[Typed]) -> str:
        plain = f"{v[0].sql} {symbol} {v[1].sql}"
        guards = [f"isnan({side.sql})" for side in v if not literal(side)]
        # Beside NULL a NaN is unknown too.
        if symbol == "<>":
            return "(" + " OR ".join([plain, *(f"({guard} AND ({plain}) IS NOT NULL)" for guard in guards)]) + ")"
        return "(" + " AND ".join([plain, *(f"(NOT {guard} OR ({plain}) IS NULL)" for guard in guards)]) + ")"

    return context.once([left, right], lambda v: made(list(v)))


def key(context: Context, value: Typed) -> str:
    """What stands for the value where equal values are one: GROUP BY, DISTINCT, joins, sets.

    Raises QueryError, NOT_SUPPORTED, for instants of several zones, which are equal and not the same.
    """
    if kinds.contains(value.type, TimestampZoned) and not _one_zone(value.type):
        raise not_supported("GROUP BY, DISTINCT, UNION or a key of timestamp with time zone of more than one zone")
    return value.sql


def _one_zone(kind: Type) -> bool:
    if isinstance(kind, TimestampZoned):
        return kind.zone is not None
    return all(_one_zone(part) for part in kinds.inner(kind))


def sort_key(value: Typed) -> str:
    """What the value is ordered by."""
    return f"struct_extract({value.sql}, 't')" if isinstance(value.type, TimestampZoned) else value.sql


def negated(context: Context, value: Typed, node: Node) -> Typed:
    """`-value`."""
    if value.type in (INTERVAL_DAY, INTERVAL_YEAR) or kinds.is_number(value.type):
        made = f"(- {value.sql})"
        if value.type in INTEGERS and value.number is None:
            # The least of them has no opposite in its type; DuckDB's minus gives a constant a wider one.
            made = f"(CAST(0 AS {duckdb_type(value.type)}) - {value.sql})"
        return Typed(made, value.type)
    if value.type == UNKNOWN:
        raise context.error("AMBIGUOUS_FUNCTION_CALL", "Could not choose a best candidate operator", node)
    raise context.error("TYPE_MISMATCH", f"Cannot apply operator: -{shown(value.type)}", node)
