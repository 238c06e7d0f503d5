"""How doubles go to a Python function and come back.

All NaN go as the same one, which Python's sets and dictionaries then hold equal, as Trino does where it makes distinct.
They come back as texts, which DuckDB casts: it takes a Python NaN for NULL.
"""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any

from ddb_assets.local.athena.types.kinds import DOUBLE, REAL, VARCHAR, Array, Map, Row, Type


@singledispatch
def carried(kind: Type) -> Type:
    """The type with texts in place of doubles and reals."""
    return VARCHAR if kind in (DOUBLE, REAL) else kind


@carried.register
def _(kind: Array) -> Type:
    return Array(carried(kind.element))


@carried.register
def _(kind: Map) -> Type:
    return Map(carried(kind.key), carried(kind.value))


@carried.register
def _(kind: Row) -> Type:
    return Row(tuple((name, carried(field)) for name, field in kind.fields))


@singledispatch
def doubles_as_texts(value: Any) -> Any:
    """The value, whose doubles are the shortest texts that give them again."""
    return value


@doubles_as_texts.register
def _(value: float) -> str:
    return repr(value)


@doubles_as_texts.register(list)
def _(value: list[Any]) -> list[Any]:
    return [doubles_as_texts(each) for each in value]


@doubles_as_texts.register(tuple)
def _(value: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(doubles_as_texts(each) for each in value)


@doubles_as_texts.register(dict)
def _(value: dict[Any, Any]) -> dict[Any, Any]:
    return {doubles_as_texts(key): doubles_as_texts(each) for key, each in value.items()}


@singledispatch
def one_nan(value: Any) -> Any:
    """The value with `math.nan` for each NaN in it."""
    return value


@one_nan.register
def _(value: float) -> float:
    return math.nan if math.isnan(value) else value


@one_nan.register(list)
def _(value: list[Any]) -> list[Any]:
    return [one_nan(each) for each in value]


@one_nan.register(tuple)
def _(value: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(one_nan(each) for each in value)


@one_nan.register(dict)
def _(value: dict[Any, Any]) -> dict[Any, Any]:
    return {one_nan(key): one_nan(each) for key, each in value.items()}
