"""What is in an array: elements, where they are, and arrays compared by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.casts import cast
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions.registry import Make, python, scalar, sql
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import VARCHAR, Array, TimestampZoned, Type
from ddb_assets.local.athena.types.names import shown


def _plain(make: Make) -> Make:
    """Only for elements that are what they look like: no nested values with NULLs in them, no zones, no NaN."""

    def made(context: Context, arguments: Sequence[Any], result: Type) -> str:
        for argument in arguments:
            kind = argument.type.element if isinstance(argument.type, Array) else argument.type
            if kinds.contains(kind, TimestampZoned) or kinds.inner(kind):
                raise not_supported(f"this function of {shown(argument.type)}")
        return make(context, arguments, result)

    return made


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


def _contains_sequence(array: list[Any], sought: list[Any]) -> bool:
    size = len(sought)
    return any(array[place : place + size] == sought for place in range(len(array) - size + 1))


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
    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        found = f"{function}({{0}})"
        if result in kinds.FLOATING and function == "list_max":
            # NaN is the last that is taken for the greatest.
            found = f"coalesce({function}(list_filter({{0}}, lambda v: NOT isnan(v))), {found})"
        return sql(f"CASE WHEN list_count({{0}}) = len({{0}}) THEN {found} END")(context, arguments, result)

    return _plain(make)


def _removed(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """NaN isn't equal to the NaN that is to go."""
    kept = " OR isnan(v)" if arguments[1].type in kinds.FLOATING else ""
    return sql(f"CASE WHEN {{1}} IS NOT NULL THEN list_filter({{0}}, lambda v: v IS DISTINCT FROM {{1}}{kept}) END")(
        context, arguments, result
    )


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
    _plain(_removed),
    "array_remove(ARRAY[1, 2, NULL, 1], 1)",
    "array_remove(ARRAY[1, NULL], NULL)",
)
scalar("arrays_overlap(array(e), array(e)) -> boolean", _plain(python(_overlap)),
       "arrays_overlap(ARRAY[1, 2], ARRAY[2])", "arrays_overlap(ARRAY[1, NULL], ARRAY[2])", "arrays_overlap(ARRAY[1], ARRAY[2])",
       "arrays_overlap(ARRAY[1, NULL], ARRAY[NULL])", "arrays_overlap(ARRAY[NULL, 1], CAST(ARRAY[] AS array(integer)))")  # fmt: skip
scalar("array_join(array(e), varchar) -> varchar", _join,
       "array_join(ARRAY['a', NULL, 'b'], ',')", "array_join(ARRAY[1, 2], '-')", "array_join(ARRAY[1.5E0], ',')", "array_join(ARRAY[true], ',')")  # fmt: skip
scalar("array_join(array(e), varchar, varchar) -> varchar", _join, "array_join(ARRAY['a', NULL, 'b'], ',', '?')")
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
