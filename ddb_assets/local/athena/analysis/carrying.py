"""How a Python function's doubles come to DuckDB, which takes a Python NaN for NULL: as texts, which it casts."""

from __future__ import annotations

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
