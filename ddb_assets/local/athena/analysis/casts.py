"""Values as another type: what a comparison or a call does by itself (`coerced`), and CAST (`cast`)."""

from __future__ import annotations

from collections.abc import Callable

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.flat_casts import flat
from ddb_assets.local.athena.analysis.typed import Typed, identifier, null
from ddb_assets.local.athena.functions import json_values
from ddb_assets.local.athena.types.kinds import (
    DATE,
    JSON,
    UNKNOWN,
    Array,
    Char,
    Map,
    Row,
    Timestamp,
    TimestampZoned,
    Type,
    Varchar,
)
from ddb_assets.local.athena.types.names import duckdb_type, field_names, shown


def coerced(context: Context, value: Typed, target: Type) -> Typed:
    """The value as a type that it is taken as without a CAST: nothing is checked and nothing can fail."""
    if value.null or value.type == UNKNOWN:
        return null(target)
    if isinstance(value.type, Varchar) and isinstance(target, Varchar):
        return Typed(value.sql, target, value.text)
    if value.type == target:
        return value if value.type is target else Typed(value.sql, target, value.text, value.number)
    if isinstance(value.type, Char) and isinstance(target, Varchar):
        return Typed(value.sql, target)
    converted = _nested(context, value, target, coerced) or flat(context, value, target)
    assert converted is not None, f"{shown(value.type)} to {shown(target)}"
    return Typed(converted, target, None, value.number)


def cast(context: Context, value: Typed, target: Type) -> Typed | None:
    """CAST(value AS target); None when Trino has no such cast. What doesn't convert fails when it is evaluated."""
    source = value.type
    if isinstance(source, TimestampZoned) and isinstance(target, TimestampZoned) and source.zone:
        target = TimestampZoned(target.precision, source.zone)
    if isinstance(target, TimestampZoned) and (isinstance(source, Timestamp) or source == DATE):
        target = TimestampZoned(target.precision, "UTC")
    if source == target and not isinstance(source, Row):
        return value
    if source == UNKNOWN:
        return null(target)
    found = _converted(context, value, target)
    return null(target) if found is not None and value.null else found


def _converted(context: Context, value: Typed, target: Type) -> Typed | None:
    source = value.type
    if target == JSON:
        made = json_values.to_json(source)
        return Typed(context.python(made, [value], JSON), JSON) if made is not None else None
    if source == JSON:
        read = json_values.from_json(target)
        return Typed(context.python(read, [value], target), target) if read is not None else None
    converted = _nested(context, value, target, cast) or flat(context, value, target)
    return Typed(converted, target) if converted is not None else None


def _nested(
    context: Context, value: Typed, target: Type, convert: Callable[[Context, Typed, Type], Typed | None]
) -> str | None:
    source = value.type
    name = context.fresh("v")
    if isinstance(source, Array) and isinstance(target, Array):
        element = convert(context, Typed(name, source.element), target.element)
        return f"list_transform({value.sql}, lambda {name}: {element.sql})" if element else None
    if isinstance(source, Map) and isinstance(target, Map):
        key = convert(context, Typed(f"{name}.key", source.key), target.key)
        item = convert(context, Typed(f'{name}."value"', source.value), target.value)
        if key is None or item is None:
            return None
        pairs = f"lambda {name}: struct_pack(k := {key.sql}, v := {item.sql})"
        return context.once(
            [value],
            lambda v: (
                f"CASE WHEN {v[0].sql} IS NOT NULL THEN "
                f"map_from_entries(list_transform(map_entries({v[0].sql}), {pairs})) END"
            ),
        )
    if isinstance(source, Row) and isinstance(target, Row) and len(source.fields) == len(target.fields):
        return _row(context, value, source, target, convert)
    return None


def _row(
    context: Context, value: Typed, source: Row, target: Row, convert: Callable[[Context, Typed, Type], Typed | None]
) -> str | None:
    if duckdb_type(source) == duckdb_type(target):
        return value.sql

    def made(v: list[Typed]) -> str:
        parts = []
        for place, (name, kind, to) in enumerate(zip(field_names(target), source.kinds, target.kinds, strict=True), 1):
            part = convert(context, Typed(f"struct_extract_at({v[0].sql}, {place})", kind), to)
            if part is None:
                return ""
            parts.append(f"{identifier(name)} := {part.sql}")
        return f"CASE WHEN {v[0].sql} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"

    if not made([Typed("x", source)]):
        return None
    return context.once([value], lambda v: made(list(v)))
