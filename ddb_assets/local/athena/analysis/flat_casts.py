"""Conversions between types that aren't nested: one table, each with what DuckDB or Python does for it."""

from __future__ import annotations

from collections.abc import Callable

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed, quoted
from ddb_assets.local.athena.functions import conversions as python
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGERS,
    INTERVAL_DAY,
    INTERVAL_YEAR,
    REAL,
    VARBINARY,
    Char,
    Decimal,
    Time,
    Timestamp,
    TimestampZoned,
    Type,
    Varchar,
)
from ddb_assets.local.athena.types.names import duckdb_type, shown

Convert = Callable[[Context, Typed, Type], str]


def flat(context: Context, value: Typed, target: Type) -> str | None:
    """One of the conversions between types that aren't nested."""
    source = value.type
    for sources, targets, convert in _CONVERSIONS:
        if _is(source, sources) and _is(target, targets):
            return convert(context, value, target)
    return None


_Sought = type[Type] | tuple[Type, ...]
_NUMBERS = (*INTEGERS, DOUBLE, REAL)


def _is(kind: Type, sought: tuple[_Sought | Type, ...]) -> bool:
    return any(isinstance(kind, each) if isinstance(each, type) else kind == each for each in sought)


def _plain(context: Context, value: Typed, target: Type) -> str:
    return f"CAST({value.sql} AS {duckdb_type(target)})"


def _rounded(context: Context, value: Typed, target: Type) -> str:
    return f"CAST(round({value.sql}) AS {duckdb_type(target)})"


def _python(function: Callable[..., object]) -> Convert:
    return lambda context, value, target: context.python(function, [value], target)


def _scaled(context: Context, value: Typed, target: Type) -> str:
    """A Python function that is told the target's precision and scale."""
    assert isinstance(target, Decimal)
    return context.python(
        python.to_decimal,
        [value, Typed(str(target.precision), kinds.INTEGER), Typed(str(target.scale), kinds.INTEGER)],
        target,
    )


def _precise(function: Callable[..., object]) -> Convert:
    """A Python function that is told the precision that is wanted."""

    def convert(context: Context, value: Typed, target: Type) -> str:
        assert isinstance(target, (Time, Timestamp, TimestampZoned))
        return context.python(function, [value, Typed(str(target.precision), kinds.INTEGER)], target)

    return convert


def _from_precise(function: Callable[..., object]) -> Convert:
    """To text, with as many digits of the second as the source's type has."""

    def convert(context: Context, value: Typed, target: Type) -> str:
        assert isinstance(value.type, (Time, Timestamp, TimestampZoned))
        precision = Typed(str(value.type.precision), kinds.INTEGER)
        return _fitted(context, Typed(context.python(function, [value, precision], Varchar()), Varchar()), target)

    return convert


def _text(convert: Convert) -> Convert:
    """To text, which must not be longer than the target allows."""
    return lambda context, value, target: _fitted(context, Typed(convert(context, value, Varchar()), Varchar()), target)


def _fitted(context: Context, text: Typed, target: Type) -> str:
    assert isinstance(target, Varchar)
    if target.length is None:
        return text.sql
    failed = context.fail("INVALID_CAST_ARGUMENT", f"'Value cannot be represented as {shown(target)}'", Varchar())
    return context.once(
        [text], lambda v: f"CASE WHEN length({v[0].sql}) > {target.length} THEN {failed} ELSE {v[0].sql} END"
    )


def _shortened(context: Context, value: Typed, target: Type) -> str:
    """Text as shorter text: what is too long is cut."""
    source = value.type
    if isinstance(target, Char):
        return f"rpad({value.sql}, {target.length}, ' ')"
    assert isinstance(target, Varchar)
    text = value.sql
    if target.length is None or (isinstance(source, Varchar) and source.length and source.length <= target.length):
        return text
    return f"left({text}, {target.length})"


def _parsed(pattern: str) -> Convert:
    """Text that has this form, as DuckDB reads it; other text is no such value."""

    def convert(context: Context, value: Typed, target: Type) -> str:
        name = {kinds.INTEGER: "INT"}.get(target, shown(target).upper())  # type: ignore[call-overload]
        failed = context.fail("INVALID_CAST_ARGUMENT", f"'Cannot cast ''' || {{0}} || ''' to {name}'", target)
        return context.once(
            [value],
            lambda v: (
                f"CASE WHEN regexp_full_match({v[0].sql}, {quoted(pattern)}) "
                f"THEN CAST(trim({v[0].sql}) AS {duckdb_type(target)}) "
                f"WHEN {v[0].sql} IS NOT NULL THEN {failed.replace('{0}', v[0].sql)} END"
            ),
        )

    return convert


def _narrowed(context: Context, value: Typed, target: Type) -> str:
    """What is too large for a real is infinite."""
    return context.once(
        [value],
        lambda v: (
            f"CAST(CASE WHEN abs({v[0].sql}) >= {_BEYOND_REAL} THEN sign({v[0].sql}) * CAST('inf' AS DOUBLE) "
            f"ELSE {v[0].sql} END AS FLOAT)"
        ),
    )


def _dated(context: Context, value: Typed, target: Type) -> str:
    return _parsed(_DATE_TEXT)(context, Typed(context.python(python.date_text, [value], Varchar()), Varchar()), target)


def _zoned(context: Context, value: Typed, target: Type) -> str:
    return context.once(
        [value],
        lambda v: (
            f"CASE WHEN {v[0].sql} IS NOT NULL THEN struct_pack(t := CAST({v[0].sql} AS TIMESTAMP), z := 'UTC') END"
        ),
    )


def _local(context: Context, value: Typed) -> Typed:
    """An instant's own local time."""
    assert isinstance(value.type, TimestampZoned)
    kind = Timestamp(value.type.precision)
    if value.type.zone == "UTC":
        return Typed(f"struct_extract({value.sql}, 't')", kind)
    return Typed(context.python(python.local_time, [value], kind), kind)


def local(context: Context, value: Typed) -> Typed:
    """An instant with a zone as the local time there."""
    return _local(context, value)


def _from_zoned(context: Context, value: Typed, target: Type) -> str:
    there = _local(context, value)
    return there.sql if there.type == target else flat(context, there, target) or ""


def _finer(context: Context, value: Typed, target: Type) -> str:
    """A moment with fewer digits is rounded."""
    source = value.type
    precisions = [kind.precision for kind in (source, target) if isinstance(kind, (Time, Timestamp, TimestampZoned))]
    if precisions[0] <= precisions[1]:
        return value.sql
    return _precise(python.round_zoned if isinstance(source, TimestampZoned) else python.round_moment)(
        context, value, target
    )


def _from_date(context: Context, value: Typed, target: Type) -> str:
    return f"CAST({value.sql} AS TIMESTAMP)"


def _truth(context: Context, value: Typed, target: Type) -> str:
    return f"({value.sql} <> 0)"


def _decimal_text(context: Context, value: Typed, target: Type) -> str:
    """DuckDB leaves the zero before the point out where the type has no digit there."""
    assert isinstance(value.type, Decimal)
    if value.type.precision > value.type.scale:
        return _plain(context, value, target)
    return context.python(python.decimal_text, [value], Varchar())


def _double_text(context: Context, value: Typed, target: Type) -> str:
    return context.python(python.real_text if value.type == REAL else python.double_text, [value], Varchar())


_BEYOND_REAL = "3.4028235677973366e38"
"""From here on a double is nearer to what would come after the largest real."""
_INTEGER_TEXT = r"\s*[+-]?[0-9]+\s*"
_NUMBER_TEXT = r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*"
_DATE_TEXT = r"\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\s*"
_TEXTS = (Varchar, Char)

_CONVERSIONS: tuple[tuple[tuple[_Sought | Type, ...], tuple[_Sought | Type, ...], Convert], ...] = (
    ((*INTEGERS, Decimal, BOOLEAN), INTEGERS, _plain),
    ((DOUBLE, REAL), INTEGERS, _rounded),
    ((DOUBLE,), (REAL,), _narrowed),
    ((*INTEGERS, Decimal, REAL, DOUBLE, BOOLEAN), (DOUBLE, REAL), _plain),
    ((*INTEGERS, Decimal, BOOLEAN), (Decimal,), _plain),
    ((DOUBLE, REAL, Varchar), (Decimal,), _scaled),
    ((*_NUMBERS, Decimal), (BOOLEAN,), _truth),
    ((*INTEGERS, BOOLEAN, DATE), (Varchar,), _text(_plain)),
    ((Decimal,), (Varchar,), _text(_decimal_text)),
    ((DOUBLE, REAL), (Varchar,), _text(_double_text)),
    (_TEXTS, _TEXTS, _shortened),
    ((Varchar,), INTEGERS, _parsed(_INTEGER_TEXT)),
    ((Varchar,), (DOUBLE, REAL), _python(python.text_double)),
    ((Varchar,), (BOOLEAN,), _python(python.text_boolean)),
    ((Varchar,), (DATE,), _dated),
    ((Varchar,), (Timestamp,), _precise(python.text_timestamp)),
    ((Varchar,), (TimestampZoned,), _precise(python.text_zoned)),
    ((Varchar,), (Time,), _precise(python.text_time)),
    ((Varchar,), (VARBINARY,), lambda context, value, target: f"encode({value.sql})"),
    ((DATE,), (Timestamp,), _from_date),
    ((DATE, Timestamp), (TimestampZoned,), _zoned),
    ((Timestamp,), (DATE,), _plain),
    ((Timestamp,), (Timestamp,), _finer),
    ((Time,), (Time,), _finer),
    ((TimestampZoned,), (TimestampZoned,), _finer),
    ((Timestamp,), (Time,), _plain),
    ((TimestampZoned,), (DATE, Timestamp, Time), _from_zoned),
    ((Timestamp,), (Varchar,), _from_precise(python.timestamp_text)),
    ((TimestampZoned,), (Varchar,), _from_precise(python.zoned_text)),
    ((Time,), (Varchar,), _from_precise(python.time_text)),
    ((INTERVAL_DAY,), (Varchar,), _text(_python(python.day_interval_text))),
    ((INTERVAL_YEAR,), (Varchar,), _text(_python(python.year_interval_text))),
)
