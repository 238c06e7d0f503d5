"""Arrays made of numbers and dates, or of other arrays' pieces: sequence, slice, flatten, zip, …"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions import moments
from ddb_assets.local.athena.functions.joined_texts import too_few
from ddb_assets.local.athena.functions.registry import python, scalar, sql
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import Type


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


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


def _flatten(array: list[Any]) -> list[Any]:
    return [item for each in array if each is not None for item in each]


def _concat(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """NULL when one of them is NULL."""
    if len(arguments) < 2:
        return too_few(context, arguments, result, "There must be two or more concatenation arguments")

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
    return context.python(_repeat, arguments, result, nulls=True)


scalar("concat(array(e)...) -> array(e)", _concat, "concat(ARRAY[1], ARRAY[2], ARRAY[3, NULL])", "concat(ARRAY[1])")
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
    "repeat(NULL, 2)",
    "repeat(1, -1)",
    nulls=(0,),
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
for _count in (2, 3, 4, 5):
    _ins = ", ".join(f"array(t{n})" for n in range(1, _count + 1))
    _outs = ", ".join(f"t{n}" for n in range(1, _count + 1))
    scalar(f"zip({_ins}) -> array(row({_outs}))",
           lambda context, arguments, result: context.python(_zip, arguments, result),
           f"zip({', '.join(['ARRAY[1, 2]', *(['ARRAY[5]'] * (_count - 1))])})")  # fmt: skip


def _zip(*arrays: list[Any]) -> list[dict[str, Any]]:
    rows = itertools.zip_longest(*arrays)
    return [{f"_{place}": value for place, value in enumerate(row, 1)} for row in rows]
