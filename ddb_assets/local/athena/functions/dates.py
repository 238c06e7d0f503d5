"""Dates, timestamps and intervals: parts, arithmetic, and text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.casts import coerced
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.flat_casts import local
from ddb_assets.local.athena.functions import date_texts, moments
from ddb_assets.local.athena.functions.registry import Make, python, scalar, sql
from ddb_assets.local.athena.functions.signatures import Bindings
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import Type, Varchar

_TS, _TZ = "timestamp(p)", "timestamp(p) with time zone"
_EXAMPLE = {
    "date": "DATE '2024-12-29'",
    _TS: "TIMESTAMP '2024-05-19 10:11:12.345'",
    _TZ: "TIMESTAMP '2021-01-03 23:30:05.678 America/New_York'",
}


def _local(make: Make) -> Make:
    """For an instant with a zone: the same of its local time (its last argument)."""

    def made(context: Context, arguments: Sequence[Any], result: Type) -> str:
        return make(context, [*arguments[:-1], local(context, arguments[-1])], result)

    return made


def _with_precision(function: Any) -> Make:
    """A Python function of a moment and of its type's digits of the second."""

    def made(context: Context, arguments: Sequence[Any], result: Type) -> str:
        digits = coerced(context, context.number(arguments[0].type.precision), kinds.INTEGER)
        return context.python(function, [arguments[0], digits], Varchar())

    return made


def _iso_length(extra: int) -> Any:
    """Source: Trino's ToIso8601: the digits of a year up to 9 places, a sign, and what else is written."""

    def length(bindings: Bindings) -> Type:
        precision = bindings.numbers.get("p") or 0
        return Varchar(extra + (precision + 1 if precision else 0))

    return length


_PARTS = {
    "year": "year({0})", "quarter": "quarter({0})", "month": "month({0})", "week": "weekofyear({0})",
    "week_of_year": "weekofyear({0})", "day": "day({0})", "day_of_month": "day({0})", "day_of_week": "isodow({0})",
    "dow": "isodow({0})", "day_of_year": "dayofyear({0})", "doy": "dayofyear({0})", "year_of_week": "isoyear({0})",
    "yow": "isoyear({0})", "hour": "hour({0})", "minute": "minute({0})", "second": "second({0})",
    "millisecond": "(millisecond({0}) % 1000)",
}  # fmt: skip
_CLOCK_PARTS = ("hour", "minute", "second", "millisecond")
for _name, _template in _PARTS.items():
    _make = sql(f"CAST({_template} AS BIGINT)")
    if _name not in _CLOCK_PARTS:
        scalar(f"{_name}(date) -> bigint", _make, f"{_name}({_EXAMPLE['date']})", f"{_name}(DATE '2021-01-03')")
    scalar(f"{_name}({_TS}) -> bigint", _make, f"{_name}({_EXAMPLE[_TS]})")
    scalar(f"{_name}({_TZ}) -> bigint", _local(_make), f"{_name}({_EXAMPLE[_TZ]})")
    if _name in _CLOCK_PARTS:
        scalar(f"{_name}(time(p)) -> bigint", _make, f"{_name}(TIME '01:02:03.456')")
_DAY_PARTS = {
    "day": "trunc({0} / 86400000)", "day_of_month": "trunc({0} / 86400000)", "hour": "(trunc({0} / 3600000) % 24)", "minute": "(trunc({0} / 60000) % 60)",
    "second": "(trunc({0} / 1000) % 60)", "millisecond": "({0} % 1000)",
}  # fmt: skip
for _name, _template in _DAY_PARTS.items():
    scalar(f"{_name}(interval day to second) -> bigint", sql(f"CAST({_template} AS BIGINT)"),
           f"{_name}(INTERVAL '3 04:05:06.789' DAY TO SECOND)", f"{_name}(INTERVAL '-3 04:05:06.789' DAY TO SECOND)")  # fmt: skip
scalar(
    "year(interval year to month) -> bigint",
    sql("CAST(trunc({0} / 12) AS BIGINT)"),
    "year(INTERVAL '-1-5' YEAR TO MONTH)",
)
scalar(
    "month(interval year to month) -> bigint", sql("CAST({0} % 12 AS BIGINT)"), "month(INTERVAL '-1-5' YEAR TO MONTH)"
)
scalar("to_milliseconds(interval day to second) -> bigint", sql("{0}"), "to_milliseconds(INTERVAL '1' DAY)")

_TRUNC = {"date": "CAST(date_trunc({0}, {1}) AS DATE)", _TS: "date_trunc({0}, {1})"}


def _unit(units: tuple[str, ...], template: str, function: Any) -> Make:
    """DuckDB's own where the unit is a literal that it knows as Trino does, else Python's."""

    def made(context: Context, arguments: Sequence[Any], result: Type) -> str:
        text = (arguments[0].text or "").lower()
        if text in units:
            make = sql(template)
            return make(context, arguments, result)
        return context.python(function, arguments, result)

    return made


_DAYS = ("day", "week", "month", "quarter", "year")
_UNITS = ("millisecond", "second", "minute", "hour", *_DAYS)
scalar("date_trunc(varchar(x), date) -> date", _unit(_DAYS, _TRUNC["date"], moments.date_trunc),
       *(f"date_trunc('{unit}', DATE '2024-08-14')" for unit in (*_DAYS, "hour", "DAY")))  # fmt: skip
scalar(f"date_trunc(varchar(x), {_TS}) -> {_TS}", _unit(_UNITS, _TRUNC[_TS], moments.date_trunc),
       *(f"date_trunc('{unit}', {_EXAMPLE[_TS]})" for unit in (*_UNITS, "x")))  # fmt: skip
scalar(f"date_trunc(varchar(x), {_TZ}) -> {_TZ}", python(moments.date_trunc_zoned),
       *(f"date_trunc('{unit}', {_EXAMPLE[_TZ]})" for unit in ("day", "hour", "month")))  # fmt: skip
scalar("date_trunc(varchar(x), time(p)) -> time(p)", python(moments.date_trunc_time),
       *(f"date_trunc('{unit}', TIME '10:11:12.345')" for unit in ("second", "hour", "day")), "date_trunc('day', NULL)")  # fmt: skip
scalar("date_add(varchar(x), bigint, time(p)) -> time(p)", python(moments.date_add_time),
       *(f"date_add('{unit}', 90, TIME '22:11:12.345')" for unit in ("millisecond", "minute", "hour", "day")))  # fmt: skip
scalar("date_diff(varchar(x), time(p), time(q)) -> bigint", python(moments.date_diff_time),
       *(f"date_diff('{unit}', TIME '22:11:12.345', TIME '01:02:03')" for unit in ("millisecond", "minute", "hour", "day")))  # fmt: skip
scalar("date_add(varchar(x), bigint, date) -> date", python(moments.date_add),
       *(f"date_add('{unit}', -3, DATE '2024-05-31')" for unit in (*_DAYS, "hour")), "date_add('month', 1, DATE '2024-01-31')")  # fmt: skip
scalar(f"date_add(varchar(x), bigint, {_TS}) -> {_TS}", python(moments.date_add),
       *(f"date_add('{unit}', 25, {_EXAMPLE[_TS]})" for unit in (*_UNITS, "x")))  # fmt: skip
scalar(f"date_add(varchar(x), bigint, {_TZ}) -> {_TZ}", python(moments.date_add_zoned),
       *(f"date_add('{unit}', 25, {_EXAMPLE[_TZ]})" for unit in ("hour", "day", "month")))  # fmt: skip
scalar("date_diff(varchar(x), date, date) -> bigint", _unit(_DAYS, "date_sub({0}, {1}, {2})", moments.date_diff),
       *(f"date_diff('{unit}', DATE '2024-01-31', DATE '2025-02-28')" for unit in (*_DAYS, "hour")),
       "date_diff('month', DATE '2025-02-28', DATE '2024-01-31')", "date_diff('month', DATE '2024-03-31', DATE '2024-02-29')")  # fmt: skip
scalar(f"date_diff(varchar(x), {_TS}, timestamp(q)) -> bigint", _unit(("day", "hour", "minute", "second", "millisecond", "week"), "date_sub({0}, {1}, {2})", moments.date_diff),
       *(f"date_diff('{unit}', TIMESTAMP '2024-01-31 10:00:00', TIMESTAMP '2025-02-28 09:59:59')" for unit in (*_UNITS, "x")))  # fmt: skip
scalar(f"date_diff(varchar(x), {_TZ}, timestamp(q) with time zone) -> bigint", python(moments.date_diff_zoned),
       "date_diff('hour', TIMESTAMP '2024-03-10 01:00:00 America/New_York', TIMESTAMP '2024-03-10 04:00:00 America/New_York')",
       "date_diff('day', TIMESTAMP '2024-03-09 12:00:00 America/New_York', TIMESTAMP '2024-03-10 12:00:00 America/New_York')")  # fmt: skip
for _kind in ("date", _TS):
    scalar(
        f"last_day_of_month({_kind}) -> date",
        sql("last_day(CAST({0} AS DATE))"),
        f"last_day_of_month({_EXAMPLE[_kind]})",
    )
scalar(
    f"last_day_of_month({_TZ}) -> date",
    _local(sql("last_day(CAST({0} AS DATE))")),
    f"last_day_of_month({_EXAMPLE[_TZ]})",
)
_ADDED = "(epoch_us({0}) / 1000000.0)"
scalar(f"to_unixtime({_TZ}) -> double", sql("CAST(epoch_us(struct_extract({0}, 't')) AS DOUBLE) / 1000000"),
       f"to_unixtime({_EXAMPLE[_TZ]})", "to_unixtime(TIMESTAMP '2023-11-14 22:13:20')", "to_unixtime(DATE '2024-01-01')")  # fmt: skip
scalar("to_iso8601(date) -> varchar(16)", sql("strftime({0}, '%Y-%m-%d')"), "to_iso8601(DATE '2024-01-02')")
scalar(f"to_iso8601({_TS}) -> varchar", _with_precision(moments.to_iso8601), f"to_iso8601({_EXAMPLE[_TS]})", "to_iso8601(TIMESTAMP '2024-01-02 03:04:05')",
       f"typeof(to_iso8601({_EXAMPLE[_TS]}))", "typeof(to_iso8601(TIMESTAMP '2024-01-02 03:04:05'))", result=_iso_length(22))  # fmt: skip
scalar(f"to_iso8601({_TZ}) -> varchar", _with_precision(moments.to_iso8601_zoned), f"to_iso8601({_EXAMPLE[_TZ]})", "to_iso8601(from_unixtime(0))",
       f"typeof(to_iso8601({_EXAMPLE[_TZ]}))", "typeof(to_iso8601(from_unixtime(0)))", result=_iso_length(28))  # fmt: skip
_TEXT_FORMS = ("%Y-%m-%d %H:%i:%s", "%W %M %e %y %h:%i %p", "%a %b %c %d %f %j %k %l %r %S %T %v %x %%", "%D", "at %Y")
scalar(f"date_format({_TS}, varchar(x)) -> varchar", python(date_texts.date_format),
       *(f"date_format({_EXAMPLE[_TS]}, '{form}')" for form in _TEXT_FORMS), "date_format(DATE '2024-01-02', '%Y')")  # fmt: skip
scalar(f"date_format({_TZ}, varchar(x)) -> varchar",
       lambda context, arguments, result: context.python(date_texts.date_format, [local(context, arguments[0]), arguments[1]], result),
       f"date_format({_EXAMPLE[_TZ]}, '%Y-%m-%d %H:%i:%s')")  # fmt: skip
scalar("date_parse(varchar(x), varchar(y)) -> timestamp(3)", python(date_texts.date_parse),
       "date_parse('2024-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", "date_parse('2/1/24', '%e/%c/%y')", "date_parse('x', '%Y')",
       "date_parse('2024-01-02', '%Y-%m-%d')", "date_parse('20240102', '%Y%m%d')", "date_parse('3:04 PM', '%h:%i %p')",
       "date_parse('02 Jan 2024', '%d %b %Y')", "date_parse('2024-01-02 03:04:05.678', '%Y-%m-%d %H:%i:%s.%f')")  # fmt: skip
_JODA_FORMS = (
    "yyyy-MM-dd HH:mm:ss",
    "EEE, d MMM yyyy",
    "EEEE MMMM yy hh:mm a",
    "yyyyMMdd''T''HHmmss.SSS",
    "D e w x",
    "Q",
)
scalar(f"format_datetime({_TS}, varchar(x)) -> varchar", python(date_texts.format_datetime),
       *(f"format_datetime({_EXAMPLE[_TS]}, '{form}')" for form in _JODA_FORMS))  # fmt: skip
scalar(f"format_datetime({_TZ}, varchar(x)) -> varchar", python(date_texts.format_zoned),
       f"format_datetime({_EXAMPLE[_TZ]}, 'yyyy-MM-dd HH:mm:ss')", f"format_datetime({_EXAMPLE[_TZ]}, 'HH:mm Z')",
       "format_datetime(TIMESTAMP '2024-01-02 03:04:05 +02:00', 'Z ZZ ZZZ')", f"format_datetime({_EXAMPLE[_TZ]}, 'ZZZZ')",
       f"format_datetime({_EXAMPLE[_TZ]}, '')")  # fmt: skip
scalar("parse_datetime(varchar(x), varchar(y)) -> timestamp(3) with time zone", python(date_texts.parse_datetime),
       "parse_datetime('2024-01-02 03:04', 'yyyy-MM-dd HH:mm')", "parse_datetime('2024-01-02 03:04 +0200', 'yyyy-MM-dd HH:mm Z')",
       "parse_datetime('x', 'yyyy')", "parse_datetime('02/Jan/2024', 'dd/MMM/yyyy')")  # fmt: skip
