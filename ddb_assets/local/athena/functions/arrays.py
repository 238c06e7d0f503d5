"""Arrays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.casts import cast
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.operators import comparison
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions import moments
from ddb_assets.local.athena.functions.registry import Make, python, scalar, sql
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import VARCHAR, Array, TimestampZoned, Type
from ddb_assets.local.athena.types.names import duckdb_type, shown


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


def _plain(make: Make) -> Make:
    """Only for elements that are what they look like: no nested values with NULLs in them, no zones, no NaN."""

    def made(context: Context, arguments: Sequence[Any], result: Type) -> str:
        for argument in arguments:
            kind = argument.type.element if isinstance(argument.type, Array) else argument.type
            if kinds.contains(kind, TimestampZoned) or kinds.inner(kind):
                raise not_supported(f"this function of {shown(argument.type)}")
        return make(context, arguments, result)

    return made


def _key(value: Any) -> Any:
    return (1, 0) if value is None else (0, value)


def _sequence(first: int, last: int, step: int | None = None) -> list[int]:
    if step is None:
        step = 1 if first <= last else -1
    if step == 0:
        raise _refused("step must not be zero")
    if (step > 0 and last < first) or (step < 0 and last > first):
        raise _refused("sequence stop value should be greater than or equal to start value if step is greater than zero "
                       "otherwise stop should be less than or equal to start")  # fmt: skip
    found = range(first, last + (1 if step > 0 else -1), step)
    if len(found) > 10_000:
        raise _refused("result of sequence function must not have more than 10000 entries")
    return list(found)


def _slice(array: list[Any], start: int, length: int) -> list[Any]:
    if start == 0:
        raise _refused("SQL array indices start at 1")
    if length < 0:
        raise _refused("length must be greater than or equal to 0")
    if not array or abs(start) > len(array):
        return []
    first = start - 1 if start > 0 else len(array) + start
    return array[first : first + length]


def _position(array: list[Any] | None, sought: Any) -> int | None:
    if array is None or sought is None:
        return None
    return next((place for place, each in enumerate(array, 1) if each is not None and each == sought), 0)


def _intersect(left: list[Any], right: list[Any]) -> list[Any]:
    return [each for each in dict.fromkeys(left) if each in set(right)]


def _except(left: list[Any], right: list[Any]) -> list[Any]:
    return [each for each in dict.fromkeys(left) if each not in set(right)]


def _overlap(left: list[Any], right: list[Any]) -> bool | None:
    if {each for each in left if each is not None} & {each for each in right if each is not None}:
        return True
    return None if left and right and (None in left or None in right) else False


def _trim(array: list[Any], count: int) -> list[Any]:
    if count < 0:
        raise _refused(f"size must not be negative: {count}")
    if count > len(array):
        raise _refused(f"size must not exceed array cardinality {len(array)}: {count}")
    return array[: len(array) - count]


def _repeat(value: Any, count: int | None) -> list[Any] | None:
    if count is None:
        return None
    if count > 10_000 or count < 0:
        raise _refused("count argument of repeat function must be greater than or equal to 0 and at most 10000")
    return [value] * count


def _ngrams(array: list[Any], size: int) -> list[list[Any]]:
    if size <= 0:
        raise _refused("N must be positive")
    if size >= len(array):
        return [array]
    return [array[place : place + size] for place in range(len(array) - size + 1)]


def _combinations(array: list[Any], size: int) -> list[list[Any]]:
    if not 0 <= size <= 5:
        raise _refused(f"combination size must not be negative or exceed 5: {size}")
    # In Trino's order: by the last element, then the one before it.
    places = sorted(itertools.combinations(range(len(array)), size), key=lambda chosen: chosen[::-1])
    return [[array[place] for place in chosen] for chosen in places]


def _contains_sequence(array: list[Any], sought: list[Any]) -> bool:
    size = len(sought)
    return any(array[place : place + size] == sought for place in range(len(array) - size + 1))


def _flatten(array: list[Any]) -> list[Any]:
    return [item for each in array if each is not None for item in each]


def _histogram(array: list[Any]) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for each in array:
        if each is not None:
            found[each] = found.get(each, 0) + 1
    return found


def _join(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """array_join: the elements as CAST makes them text."""
    array = arguments[0]
    element = array.type.element
    if kinds.inner(element) or element in (kinds.JSON, kinds.VARBINARY):
        raise not_supported(f"array_join of {shown(array.type)}")
    made = cast(context, array, Array(VARCHAR))
    if made is None:
        raise not_supported(f"array_join of {shown(array.type)}")
    return context.python(_joined, [made, *arguments[1:]], VARCHAR)


def _joined(array: list[str | None], delimiter: str, missing: str | None = None) -> str:
    shown_items = (missing if each is None else each for each in array)
    return delimiter.join(item for item in shown_items if item is not None)


def _contains(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """Unknown when it isn't there and the array has a NULL."""
    array, sought = arguments

    def made(v: Sequence[Typed]) -> str:
        name = context.fresh("v")
        same = comparison(context, "=", Typed(name, array.type.element), Typed(v[1].sql, sought.type))
        return f"list_bool_or(list_transform({v[0].sql}, lambda {name}: {same}))"

    del made
    return context.python(_contained, [array, sought], kinds.BOOLEAN)


def _contained(array: list[Any], sought: Any) -> bool | None:
    from ddb_assets.local.athena.functions.arithmetic import equal

    found: bool | None = False
    for each in array:
        same = equal(each, sought)
        if same:
            return True
        found = None if same is None else found
    return found


def _extreme(function: str) -> Make:
    return _plain(sql(f"CASE WHEN list_count({{0}}) = len({{0}}) THEN {function}({{0}}) END"))


def _concat(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """NULL when one of them is NULL."""

    def made(v: Sequence[Typed]) -> str:
        missing = " OR ".join(f"{each.sql} IS NULL" for each in v)
        joined = v[0].sql
        for each in v[1:]:
            joined = f"list_concat({joined}, {each.sql})"
        return f"CASE WHEN NOT ({missing}) THEN {joined} END"

    return context.once(arguments, made)


def _days(context: Context, arguments: Sequence[Any], result: Type) -> str:
    first, last, *steps = arguments
    if not steps:
        return context.python(moments.day_sequence, [first, last], result)
    step = steps[0]
    amounts = [step, context.number(0)] if step.type == kinds.INTERVAL_DAY else [context.number(0), step]
    return context.python(moments.date_sequence, [first, last, *amounts], result)


def _repeated(context: Context, arguments: Sequence[Any], result: Type) -> str:
    if arguments[0].type == kinds.UNKNOWN:
        return f"CAST(NULL AS {duckdb_type(result)})"
    return context.python(_repeat, arguments, result, nulls=True)


scalar(
    "cardinality(array(e)) -> bigint",
    sql("CAST(len({0}) AS BIGINT)"),
    "cardinality(ARRAY[1, 2])",
    "cardinality(ARRAY[])",
    "cardinality(CAST(NULL AS array(integer)))",
)
scalar("element_at(array(e), bigint) -> e",
       lambda context, arguments, result: context.once(arguments, lambda v: f"CASE WHEN {v[1].sql} = 0 THEN "
       + context.fail("INVALID_FUNCTION_ARGUMENT", "'SQL array indices start at 1'", result) + f" ELSE {v[0].sql}[{v[1].sql}] END"),
       "element_at(ARRAY[1, 2], 5)", "element_at(ARRAY[1, 2], -1)", "element_at(ARRAY[1, 2], 0)", "element_at(ARRAY[1, 2], -3)")  # fmt: skip
scalar("contains(array(t), t) -> boolean", _contains,
       "contains(ARRAY[1, NULL], 2)", "contains(ARRAY[1, NULL], 1)", "contains(ARRAY[1], NULL)", "contains(ARRAY[1], 2)",
       "contains(ARRAY[ROW(1, 2)], ROW(1, 2))", "contains(ARRAY[1.5], 2)", "contains(ARRAY['a'], 1)")  # fmt: skip
scalar("array_position(array(t), t) -> bigint", _plain(python(_position, nulls=True)),
       "array_position(ARRAY['a', 'b'], 'z')", "array_position(ARRAY[1, NULL, 2], 2)", "array_position(ARRAY[1], NULL)")  # fmt: skip
for _name, _function in (("array_max", "list_max"), ("array_min", "list_min")):
    scalar(f"{_name}(array(t)) -> t", _extreme(_function), f"{_name}(ARRAY[1, 3, 2])", f"{_name}(ARRAY[1, NULL])", f"{_name}(CAST(ARRAY[] AS array(integer)))",
           f"{_name}(ARRAY['a', 'b'])")  # fmt: skip
scalar("array_distinct(array(e)) -> array(e)", _plain(python(lambda array: list(dict.fromkeys(array)))),
       "array_distinct(ARRAY[2, 1, 2, NULL, NULL])")  # fmt: skip
scalar(
    "array_sort(array(e)) -> array(e)",
    _plain(sql("list_sort({0}, 'ASC', 'NULLS LAST')")),
    "array_sort(ARRAY[3, NULL, 1])",
    "array_sort(ARRAY['b', 'a', 'B'])",
)
scalar(
    "array_union(array(e), array(e)) -> array(e)",
    _plain(python(lambda a, b: list(dict.fromkeys([*a, *b])))),
    "array_union(ARRAY[2, 1, NULL], ARRAY[3, 2, NULL])",
)
scalar(
    "array_intersect(array(e), array(e)) -> array(e)",
    _plain(python(_intersect)),
    "array_intersect(ARRAY[3, 1, 2, 2], ARRAY[2, 3, 4])",
    "array_intersect(ARRAY[1, NULL], ARRAY[NULL])",
)
scalar(
    "array_except(array(e), array(e)) -> array(e)",
    _plain(python(_except)),
    "array_except(ARRAY[3, 1, 2, 1], ARRAY[2])",
    "array_except(ARRAY[1, NULL, 1], ARRAY[2])",
)
scalar(
    "array_remove(array(e), e) -> array(e)",
    _plain(sql("list_filter({0}, lambda v: v IS DISTINCT FROM {1})")),
    "array_remove(ARRAY[1, 2, NULL, 1], 1)",
)
scalar("arrays_overlap(array(e), array(e)) -> boolean", _plain(python(_overlap)),
       "arrays_overlap(ARRAY[1, 2], ARRAY[2])", "arrays_overlap(ARRAY[1, NULL], ARRAY[2])", "arrays_overlap(ARRAY[1], ARRAY[2])",
       "arrays_overlap(ARRAY[1, NULL], ARRAY[NULL])", "arrays_overlap(ARRAY[NULL, 1], CAST(ARRAY[] AS array(integer)))")  # fmt: skip
scalar("array_join(array(e), varchar) -> varchar", _join,
       "array_join(ARRAY['a', NULL, 'b'], ',')", "array_join(ARRAY[1, 2], '-')", "array_join(ARRAY[1.5E0], ',')", "array_join(ARRAY[true], ',')")  # fmt: skip
scalar("array_join(array(e), varchar, varchar) -> varchar", _join, "array_join(ARRAY['a', NULL, 'b'], ',', '?')")
scalar("concat(array(e)...) -> array(e)", _concat, "concat(ARRAY[1], ARRAY[2], ARRAY[3, NULL])")
scalar(
    "flatten(array(array(e))) -> array(e)",
    python(_flatten),
    "flatten(ARRAY[ARRAY[1], ARRAY[2, NULL]])",
    "flatten(ARRAY[ARRAY[1], NULL])",
)
scalar("reverse(array(e)) -> array(e)", sql("list_reverse({0})"), "reverse(ARRAY[1, 2, NULL])")
scalar(
    "sequence(bigint, bigint) -> array(bigint)",
    python(_sequence),
    "sequence(1, 3)",
    "sequence(3, 1)",
    "sequence(1, 20000)",
)
scalar(
    "sequence(bigint, bigint, bigint) -> array(bigint)",
    python(_sequence),
    "sequence(1, 5, 2)",
    "sequence(5, 1, -2)",
    "sequence(1, 5, -1)",
    "sequence(1, 5, 0)",
)
for _kind, _first, _last in (
    ("date", "DATE '2024-01-30'", "DATE '2024-03-31'"),
    ("timestamp(p)", "TIMESTAMP '2024-01-31 10:00:00'", "TIMESTAMP '2024-04-30 10:00:00'"),
):
    scalar(
        f"sequence({_kind}, {_kind}, interval day to second) -> array({_kind})",
        _days,
        f"sequence({_first}, {_last}, INTERVAL '20' DAY)",
        f"sequence({_last}, {_first}, INTERVAL '-30' DAY)",
    )
    scalar(
        f"sequence({_kind}, {_kind}, interval year to month) -> array({_kind})",
        _days,
        f"sequence({_first}, {_last}, INTERVAL '1' MONTH)",
    )
scalar(
    "sequence(date, date) -> array(date)",
    _days,
    "sequence(DATE '2024-02-28', DATE '2024-03-01')",
    "sequence(DATE '2024-03-01', DATE '2024-02-28')",
)
scalar("slice(array(e), bigint, bigint) -> array(e)", python(_slice),
       "slice(ARRAY[1, 2, 3, 4], 2, 2)", "slice(ARRAY[1, 2, 3, 4], -2, 2)", "slice(ARRAY[1, 2], 5, 2)", "slice(ARRAY[1, 2], 0, 2)",
       "slice(ARRAY[1, 2], 1, -1)", "slice(ARRAY[1, 2], -5, 2)", "slice(ARRAY[1, 2], 1, 9)")  # fmt: skip
scalar(
    "trim_array(array(e), bigint) -> array(e)",
    python(_trim),
    "trim_array(ARRAY[1, 2, 3], 1)",
    "trim_array(ARRAY[1], 2)",
)
scalar(
    "repeat(t, bigint) -> array(t)",
    _repeated,
    "repeat(1, 3)",
    "repeat('a', 0)",
    "repeat(CAST(NULL AS integer), 2)",
    "repeat(1, -1)",
)
scalar(
    "ngrams(array(t), integer) -> array(array(t))",
    python(_ngrams),
    "ngrams(ARRAY['a', 'b', 'c'], 2)",
    "ngrams(ARRAY['a', 'b'], 3)",
)
scalar(
    "combinations(array(t), integer) -> array(array(t))",
    python(_combinations),
    "combinations(ARRAY[1, 2, 3], 2)",
    "combinations(ARRAY[1, 2, 3, 4], 3)",
    "combinations(ARRAY[1], 6)",
)
scalar(
    "contains_sequence(array(t), array(t)) -> boolean",
    _plain(python(_contains_sequence)),
    "contains_sequence(ARRAY[1, 2, 3], ARRAY[2, 3])",
    "contains_sequence(ARRAY[1, 2, 3], ARRAY[3, 2])",
)
scalar(
    "array_histogram(array(t)) -> map(t, bigint)",
    _plain(python(_histogram)),
    "array_histogram(ARRAY['a', 'b', 'a', NULL])",
)
for _count in (2, 3, 4, 5):
    _ins = ", ".join(f"array(t{n})" for n in range(1, _count + 1))
    _outs = ", ".join(f"t{n}" for n in range(1, _count + 1))
    scalar(f"zip({_ins}) -> array(row({_outs}))",
           lambda context, arguments, result: context.python(_zip, arguments, result),
           f"zip({', '.join(['ARRAY[1, 2]', *(['ARRAY[5]'] * (_count - 1))])})")  # fmt: skip


def _zip(*arrays: list[Any]) -> list[dict[str, Any]]:
    rows = itertools.zip_longest(*arrays)
    return [{f"_{place}": value for place, value in enumerate(row, 1)} for row in rows]


__all__ = ["_key"]
