"""Instants with zones: made, moved to another zone, taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.casts import cast
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed, quoted
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions import iso_texts, moments, zones
from ddb_assets.local.athena.functions.registry import python, scalar, sql
from ddb_assets.local.athena.functions.signatures import Bindings
from ddb_assets.local.athena.types.kinds import DATE, TimestampZoned, Type

_TZ = "timestamp(p) with time zone"


def in_zone(context: Context, value: Typed, zone: Typed) -> Typed:
    """The same instant in another zone."""
    assert isinstance(value.type, TimestampZoned)
    known = _known(zone.text)
    kind = TimestampZoned(value.type.precision, known)
    if known is None:
        return Typed(context.python(moments.at_timezone, [value, zone], kind), kind)
    made = context.once(
        [value],
        lambda v: f"CASE WHEN {v[0].sql} IS NOT NULL THEN struct_pack(t := {v[0].sql}.t, z := {quoted(known)}) END",
    )
    return Typed(made, kind)


def _known(text: str | None) -> str | None:
    try:
        return zones.zone(text)[0] if text is not None else None
    except QueryError:
        return None


def _utc(precision: int) -> Any:
    return lambda bindings: TimestampZoned(precision, "UTC")


def _unknown_zone(bindings: Bindings) -> Type:
    return TimestampZoned(bindings.numbers.get("p") or 0)


def _to_date(context: Context, arguments: Sequence[Any], result: Type) -> str:
    made = cast(context, arguments[0], DATE)
    assert made is not None
    return made.sql


def _now(context: Context, arguments: Sequence[Any], result: Type) -> str:
    return f"struct_pack(t := TIMESTAMP '{context.now:%Y-%m-%d %H:%M:%S}.{context.now.microsecond // 1000:03d}', z := 'UTC')"


scalar("now() -> timestamp(3) with time zone", _now, "typeof(now())", result=_utc(3))
scalar("current_timezone() -> varchar", sql("'UTC'"), "current_timezone()")
scalar(f"at_timezone({_TZ}, varchar(x)) -> {_TZ}",
       lambda context, arguments, result: in_zone(context, arguments[0], arguments[1]).sql,
       "at_timezone(TIMESTAMP '2024-01-01 00:00:00 UTC', 'America/New_York')", "at_timezone(TIMESTAMP '2024-01-01 00:00:00 UTC', 'x/y')",
       "at_timezone(TIMESTAMP '2024-01-01 00:00:00', '+05:30')", result=_unknown_zone)  # fmt: skip
scalar("with_timezone(timestamp(p), varchar(x)) -> timestamp(p) with time zone", python(moments.with_timezone),
       "with_timezone(TIMESTAMP '2024-07-01 00:00:00', 'America/New_York')", "with_timezone(TIMESTAMP '2024-01-01 00:00:00', 'nope')",
       "with_timezone(TIMESTAMP '2024-01-01 00:00:00.123', '+01:00')", result=_unknown_zone)  # fmt: skip
scalar("from_unixtime(double) -> timestamp(3) with time zone", python(moments.from_unixtime),
       "from_unixtime(1700000000)", "from_unixtime(1.5E0)", "from_unixtime(-0.0015E0)", result=_utc(3))  # fmt: skip
scalar("from_unixtime(double, varchar(x)) -> timestamp(3) with time zone", python(moments.from_unixtime),
       "from_unixtime(0, 'America/New_York')", "from_unixtime(0, '+02:00')")  # fmt: skip
scalar("from_iso8601_timestamp(varchar(x)) -> timestamp(3) with time zone", python(iso_texts.from_iso8601_timestamp),
       "from_iso8601_timestamp('2024-01-02T03:04:05Z')", "from_iso8601_timestamp('2024-01-02T03:04:05+02:00')",
       "from_iso8601_timestamp('2024-01-02')", "from_iso8601_timestamp('2024-01-02T03:04:05.678')", "from_iso8601_timestamp('x')",
       "from_iso8601_timestamp('2024-01-02 03:04:05')", "from_iso8601_timestamp('2024-01-02T03')",
       *(f"from_iso8601_timestamp('{text}')" for text in ("12", "2024-1-2T3:4:5.6", "2024-W01-1T03", "2024-123", "T03", "2024-01-02T03.5", "2024T+01:00")))  # fmt: skip
scalar("from_iso8601_date(varchar(x)) -> date", python(iso_texts.from_iso8601_date),
       "from_iso8601_date('2024-01-02')", "from_iso8601_date('2024-W01-2')", "from_iso8601_date('2024-002')", "from_iso8601_date('x')",
       *(f"from_iso8601_date('{text}')" for text in ("12", "0", "2024-1", "2024-1-2", "2024-W1", "2023-366", "+2024-01-01", "-2024")))  # fmt: skip
for _kind, _example in (
    ("varchar(x)", "'2024-01-02'"),
    ("timestamp(p)", "TIMESTAMP '2024-01-02 03:04:05'"),
    (_TZ, "TIMESTAMP '2024-01-02 23:04:05 America/New_York'"),
):
    scalar(f"date({_kind}) -> date", _to_date, f"date({_example})")
scalar(
    f"timezone({_TZ}) -> varchar",
    sql("struct_extract({0}, 'z')"),
    "timezone(TIMESTAMP '2024-01-02 03:04:05 America/New_York')",
    "timezone(from_unixtime(0))",
)
for _name, _part in (("hour", 0), ("minute", 1)):
    scalar(f"timezone_{_name}({_TZ}) -> bigint",
           lambda context, arguments, result, part=_part: context.python(moments.offset_part, [arguments[0], context.number(part)], result),  # type: ignore[misc]
           f"timezone_{_name}(TIMESTAMP '2024-01-02 03:04:05 -05:30')", f"timezone_{_name}(TIMESTAMP '2024-01-02 03:04:05 UTC')")  # fmt: skip
