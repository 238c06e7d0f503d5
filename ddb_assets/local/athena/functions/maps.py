"""Maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions.registry import Make, scalar, sql
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import Map, TimestampZoned, Type
from ddb_assets.local.athena.types.names import duckdb_type, shown


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


def plain_keys(kind: Type) -> None:
    """Keys that DuckDB holds equal as Trino does. Raises QueryError, NOT_SUPPORTED."""
    if isinstance(kind, Map) and (kinds.inner(kind.key) or isinstance(kind.key, TimestampZoned)):
        raise not_supported(f"keys of {shown(kind)}")


def _made(keys: list[Any], values: list[Any]) -> dict[Any, Any]:
    if len(keys) != len(values):
        raise _refused("Key and value arrays must be the same length")
    return _pairs(zip(keys, values, strict=True))


def _pairs(pairs: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        if key is None:
            raise _refused("map key cannot be null")
        if key in found:
            raise _refused(f"Duplicate map keys ({key}) are not allowed")
        found[key] = value
    return found


def _values(row: Any) -> list[Any]:
    if row is None:
        raise _refused("map entry cannot be null")
    return list(row.values()) if isinstance(row, dict) else list(row)


def _from_entries(entries: list[Any]) -> dict[Any, Any]:
    return _pairs(_values(entry) for entry in entries)


def _multimap(entries: list[Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for key, value in map(_values, entries):
        if key is None:
            raise _refused("map key cannot be null")
        found.setdefault(key, []).append(value)
    return found


def _concat(*maps: dict[Any, Any]) -> dict[Any, Any]:
    if len(maps) < 2:
        raise _refused("There must be two or more concatenation arguments to map_concat")
    found: dict[Any, Any] = {}
    for each in maps:
        found.update(each)
    return found


def _python(function: Any) -> Make:
    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        for kind in (result, *(argument.type for argument in arguments)):
            plain_keys(kind)
        return context.python(function, arguments, result)

    return make


def _entries(context: Context, arguments: Sequence[Any], result: Type) -> str:
    name = context.fresh("v")
    return f'list_transform(map_entries({arguments[0].sql}), lambda {name}: struct_pack(_1 := {name}.key, _2 := {name}."value"))'


def _element(context: Context, arguments: Sequence[Any], result: Type) -> str:
    plain_keys(arguments[0].type)
    if arguments[1].type in kinds.FLOATING:
        # No key is equal to NaN.
        return sql("CASE WHEN NOT isnan({1}) THEN {0}[{1}] END")(context, arguments, result)
    return f"{arguments[0].sql}[{arguments[1].sql}]"


def _empty(context: Context, arguments: Sequence[Any], result: Type) -> str:
    return f"CAST(map([], []) AS {duckdb_type(result)})"


scalar("map(array(k), array(v)) -> map(k, v)", _python(_made),
       "map(ARRAY['a', 'b'], ARRAY[1, NULL])", "map(ARRAY[1, 1], ARRAY[1, 2])", "map(ARRAY[1], ARRAY[1, 2])", "map(ARRAY[NULL], ARRAY[1])")  # fmt: skip
scalar("map() -> map(unknown, unknown)", _empty, "map()", "cardinality(map())")
scalar(
    "cardinality(map(k, v)) -> bigint",
    sql("CAST(cardinality({0}) AS BIGINT)"),
    "cardinality(map(ARRAY['a'], ARRAY[1]))",
)
scalar(
    "element_at(map(k, v), k) -> v",
    _element,
    "element_at(map(ARRAY['a'], ARRAY[1]), 'a')",
    "element_at(map(ARRAY['a'], ARRAY[1]), 'z')",
)
scalar("map_keys(map(k, v)) -> array(k)", sql("map_keys({0})"), "map_keys(map(ARRAY['b', 'a'], ARRAY[1, 2]))")
scalar("map_values(map(k, v)) -> array(v)", sql("map_values({0})"), "map_values(map(ARRAY['b', 'a'], ARRAY[1, NULL]))")
scalar("map_entries(map(k, v)) -> array(row(k, v))", _entries, "map_entries(map(ARRAY['a', 'b'], ARRAY[1, NULL]))")
scalar("map_from_entries(array(row(k, v))) -> map(k, v)", _python(_from_entries),
       "map_from_entries(ARRAY[ROW('a', 1), ROW('b', 2)])", "map_from_entries(ARRAY[ROW('a', 1), ROW('a', 2)])")  # fmt: skip
scalar(
    "multimap_from_entries(array(row(k, v))) -> map(k, array(v))",
    _python(_multimap),
    "multimap_from_entries(ARRAY[ROW('a', 1), ROW('b', 2), ROW('a', 3)])",
)
scalar(
    "map_concat(map(k, v), map(k, v)...) -> map(k, v)",
    _python(_concat),
    "map_concat(map(ARRAY['a'], ARRAY[1]), map(ARRAY['a', 'b'], ARRAY[9, 2]))",
)
