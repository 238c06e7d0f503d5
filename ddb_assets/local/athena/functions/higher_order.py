"""Functions that take a lambda."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.functions.maps import plain_keys
from ddb_assets.local.athena.functions.registry import Make, scalar
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import Map, Type
from ddb_assets.local.athena.types.names import duckdb_type

_MAP = "map(ARRAY['a', 'b'], ARRAY[1, 2])"


def _list(template: str) -> Make:
    """`{a}` is the array, `{f}` the lambda in DuckDB's words."""

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        array, function = arguments
        return template.format(a=array.sql, f=f"lambda {function.parameters[0]}: {function.body.sql}")

    return make


def _matching(at_first: str, otherwise: str) -> Make:
    """any_match, all_match, none_match: one element decides; without it a NULL makes unknown."""

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        array, function = arguments
        made = f"list_transform({array.sql}, lambda {function.parameters[0]}: {function.body.sql})"
        decisive = "false" if at_first == "all" else "true"
        return context.once(
            [Typed(made, kinds.Array(kinds.BOOLEAN))],
            lambda v: (
                f"CASE WHEN {v[0].sql} IS NULL THEN NULL WHEN list_contains({v[0].sql}, {decisive}) THEN "
                f"{'true' if at_first == 'any' else 'false'} WHEN list_count({v[0].sql}) < len({v[0].sql}) THEN NULL "
                f"ELSE {otherwise} END"
            ),
        )

    return make


def _zip_with(context: Context, arguments: Sequence[Any], result: Type) -> str:
    left, right, function = arguments
    name = context.fresh("v")
    body = function.with_(f"struct_extract_at({name}, 1)", f"struct_extract_at({name}, 2)")
    return context.once(
        [left, right],
        lambda v: (
            f"CASE WHEN {v[0].sql} IS NOT NULL AND {v[1].sql} IS NOT NULL THEN "
            f"list_transform(list_zip({v[0].sql}, {v[1].sql}), lambda {name}: {body}) END"
        ),
    )


def _reduce(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """DuckDB's list_reduce needs one type for the state and the elements: a struct of both."""
    array, initial, step, finish = arguments
    state, element = duckdb_type(initial.type), duckdb_type(array.type.element)
    s, x, each, done = (context.fresh("v") for _ in range(4))
    items = f"list_transform({array.sql}, lambda {each}: struct_pack(s := CAST(NULL AS {state}), x := {each}))"
    body = step.with_(f"{s}.s", f"{x}.x")
    start = f"struct_pack(s := CAST({initial.sql} AS {state}), x := CAST(NULL AS {element}))"
    folded = f"list_reduce({items}, lambda {s}, {x}: struct_pack(s := CAST({body} AS {state}), x := CAST(NULL AS {element})), {start})"
    return f"list_transform([struct_extract({folded}, 's')], lambda {done}: {finish.with_(done)})[1]"


def _map_entries(template: str) -> Make:
    """`{m}` is the map, `{k}`, `{v}` an entry's parts, `{f}` the lambda's body for it, `{e}` the entry."""

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        source, function = arguments
        plain_keys(source.type)
        plain_keys(result)
        name = context.fresh("v")
        key, value = f"{name}.key", f'{name}."value"'
        body = function.with_(key, value)
        return context.once(
            [source],
            lambda v: (
                f"CASE WHEN {v[0].sql} IS NOT NULL THEN "
                + template.format(m=f"map_entries({v[0].sql})", e=name, k=key, v=value, f=body)
                + " END"
            ),
        )

    return make


def _transform_keys(context: Context, arguments: Sequence[Any], result: Type) -> str:
    from ddb_assets.local.athena.functions.maps import _made

    source, function = arguments
    assert isinstance(result, Map)
    plain_keys(source.type)
    plain_keys(result)
    name = context.fresh("v")
    body = function.with_(f"{name}.key", f'{name}."value"')
    keys = Typed(f"list_transform(map_entries({source.sql}), lambda {name}: {body})", kinds.Array(result.key))
    return context.python(_made, [keys, Typed(f"map_values({source.sql})", kinds.Array(result.value))], result)


scalar("transform(array(t), function(t, u)) -> array(u)", _list("list_transform({a}, {f})"),
       "transform(ARRAY[1, 2, NULL], x -> x * 2)", "transform(ARRAY['a'], x -> x || 'b')", "transform(ARRAY[1, 2], x -> ARRAY[x])")  # fmt: skip
scalar("filter(array(t), function(t, boolean)) -> array(t)", _list("list_filter({a}, {f})"),
       "filter(ARRAY[1, 2, NULL], x -> x > 1)", "filter(ARRAY[1, NULL], x -> x IS NULL)")  # fmt: skip
for _name, _otherwise in (("any", "false"), ("all", "true"), ("none", "true")):
    scalar(f"{_name}_match(array(t), function(t, boolean)) -> boolean", _matching(_name, _otherwise),
           f"{_name}_match(ARRAY[1, 2], x -> x > 1)", f"{_name}_match(ARRAY[1, NULL], x -> x > 1)", f"{_name}_match(ARRAY[2, NULL], x -> x > 1)",
           f"{_name}_match(CAST(ARRAY[] AS array(integer)), x -> x > 1)")  # fmt: skip
scalar("zip_with(array(t), array(u), function(t, u, r)) -> array(r)", _zip_with,
       "zip_with(ARRAY[1, 2], ARRAY[10, 20], (x, y) -> x + y)", "zip_with(ARRAY[1, 2], ARRAY['a'], (x, y) -> coalesce(y, CAST(x AS varchar)))")  # fmt: skip
scalar("reduce(array(t), s, function(s, t, s), function(s, r)) -> r", _reduce,
       "reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s)", "reduce(ARRAY['a', 'b'], CAST('' AS varchar), (s, x) -> s || x, s -> length(s))",
       "reduce(CAST(ARRAY[] AS array(integer)), 7, (s, x) -> s + x, s -> s)", "reduce(ARRAY[1, NULL], 0, (s, x) -> s + coalesce(x, 10), s -> s * 2)",
       "reduce(ARRAY[1, 2], CAST(NULL AS integer), (s, x) -> coalesce(s, 0) + x, s -> s)", nulls=(1,))  # fmt: skip
scalar("map_filter(map(k, v), function(k, v, boolean)) -> map(k, v)",
       _map_entries("map_from_entries(list_filter({m}, lambda {e}: {f}))"),
       f"map_filter({_MAP}, (k, v) -> v > 1)", f"map_filter({_MAP}, (k, v) -> k = 'a')")  # fmt: skip
scalar("transform_values(map(k, v), function(k, v, w)) -> map(k, w)",
       _map_entries("map_from_entries(list_transform({m}, lambda {e}: struct_pack(k := {k}, v := {f})))"),
       f"transform_values({_MAP}, (k, v) -> v + 1)", f"transform_values({_MAP}, (k, v) -> k || CAST(v AS varchar))")  # fmt: skip
scalar("transform_keys(map(k, v), function(k, v, w)) -> map(w, v)", _transform_keys,
       f"transform_keys({_MAP}, (k, v) -> k || 'x')", f"transform_keys({_MAP}, (k, v) -> 'x')")  # fmt: skip
