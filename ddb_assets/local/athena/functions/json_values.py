"""CAST from JSON and to JSON, for one value of a type."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal as Exact
from functools import lru_cache
from typing import Any

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions import conversions, json_text
from ddb_assets.local.athena.functions.json_text import Number
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import (
    Array,
    Decimal,
    Map,
    Row,
    Timestamp,
    Type,
    Varchar,
)
from ddb_assets.local.athena.types.names import field_names, shown

Convert = Callable[[Any], Any]
_KEYS = (*kinds.INTEGERS, kinds.BOOLEAN, kinds.DOUBLE, kinds.REAL, kinds.UNKNOWN)
_RANGES = {kinds.TINYINT: 7, kinds.SMALLINT: 15, kinds.INTEGER: 31, kinds.BIGINT: 63}


@lru_cache(maxsize=512)
def to_json(kind: Type) -> Callable[[Any], str] | None:
    """A function from a value to JSON's text; None when Trino has no such cast."""
    convert = _to(kind)
    return None if convert is None else lambda value: json_text.dumps(convert(value))


@lru_cache(maxsize=512)
def from_json(kind: Type) -> Callable[[str], Any] | None:
    """A function from JSON's text to a value; None when Trino has no such cast."""
    convert = _from(kind)
    return None if convert is None else lambda text: convert(json_text.loads(text))


def _or_null(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _to(kind: Type) -> Convert | None:
    if kind in kinds.INTEGERS or kind in (kinds.BOOLEAN, kinds.DOUBLE) or isinstance(kind, (Varchar, Decimal)):
        return lambda value: value
    if kind == kinds.REAL:
        return lambda value: Number(conversions.real_text(value)) if math.isfinite(value) else value
    if kind == kinds.UNKNOWN:
        return lambda value: None
    if kind == kinds.DATE:
        return lambda value: value.isoformat()
    if kind == kinds.JSON:
        return json_text.loads
    if isinstance(kind, Timestamp):
        return lambda value: conversions.timestamp_text(value, kind.precision)
    if isinstance(kind, Array):
        element = _to(kind.element)
        return element and (lambda value: [None if item is None else element(item) for item in value])
    if isinstance(kind, Map):
        return _map_to(kind)
    return _row_to(kind) if isinstance(kind, Row) else None


def _map_to(kind: Map) -> Convert | None:
    item = _to(kind.value)
    key = _to(kind.key)
    if item is None or key is None or not (kind.key in _KEYS or isinstance(kind.key, (Varchar, Decimal))):
        return None

    def named(value: Any) -> str:
        # Infinity and NaN are texts in JSON.
        return value if isinstance(value, str) and not isinstance(value, Number) else json_text.dumps(value).strip('"')

    return lambda value: {named(key(k)): None if each is None else item(each) for k, each in value.items()}


def _row_to(kind: Row) -> Convert | None:
    fields = [_to(part) for part in kind.kinds]
    names = [name or "" for name, _ in kind.fields]
    converts = [field for field in fields if field is not None]
    if len(converts) < len(fields):
        return None

    def made(value: Any) -> json_text.Pairs:
        pairs = zip(names, value.values(), converts, strict=True)
        return json_text.Pairs((name, None if item is None else convert(item)) for name, item, convert in pairs)

    return made


def _from(kind: Type) -> Convert | None:
    if kind in _RANGES:
        return _or_null(lambda value: _integer(value, kind))
    if kind in (kinds.DOUBLE, kinds.REAL):
        return _or_null(lambda value: _double(value, kind))
    if isinstance(kind, Decimal):
        return _or_null(lambda value: _decimal(value, kind))
    if kind == kinds.BOOLEAN:
        return _or_null(_boolean)
    if isinstance(kind, Varchar):
        return _or_null(lambda value: _text(value, kind))
    if kind == kinds.JSON:
        return json_text.dumps
    if isinstance(kind, Array):
        element = _from(kind.element)
        return element and _or_null(lambda value: [element(item) for item in _expected(value, list, kind)])
    if isinstance(kind, Map):
        item = _from(kind.value)
        key = _from(kind.key)
        if item is None or key is None or isinstance(kind.key, (Array, Map, Row)) or kind.key == kinds.JSON:
            return None
        return _or_null(lambda value: {key(k): item(v) for k, v in _expected(value, dict, kind).items()})
    return _row_from(kind) if isinstance(kind, Row) else None


def _row_from(kind: Row) -> Convert | None:
    converts = [_from(part) for part in kind.kinds]
    if any(convert is None for convert in converts):
        return None
    held = field_names(kind)

    def made(value: Any) -> dict[str, Any]:
        if isinstance(value, list):
            if len(value) != len(held):
                raise _refused(value, kind)
            items = value
        else:
            given = {key.lower(): item for key, item in _expected(value, dict, kind).items()}
            items = [given.get((name or "").lower()) for name, _ in kind.fields]
        return {name: convert(item) for name, item, convert in zip(held, items, converts, strict=True) if convert}

    return _or_null(made)


def _expected(value: Any, python: type, kind: Type) -> Any:
    if not isinstance(value, python):
        raise _refused(value, kind)
    return value


def _refused(value: Any, kind: Type) -> QueryError:
    return QueryError("INVALID_CAST_ARGUMENT", f"Cannot cast '{json_text.dumps(value)}' to {shown(kind)}")


def _integer(value: Any, kind: Type) -> int:
    try:
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, Number):
            whole = int(value) if value.whole else int(Exact(value).to_integral_value("ROUND_HALF_UP"))
        else:
            whole = int(_expected(value, str, kind))
    except ValueError:
        raise _refused(value, kind) from None
    if not -(1 << _RANGES[kind]) <= whole < 1 << _RANGES[kind]:  # type: ignore[index]
        raise _refused(value, kind)
    return whole


def _double(value: Any, kind: Type) -> float:
    if isinstance(value, bool):
        return float(value)
    return conversions.text_double(_expected(value, str, kind))


def _decimal(value: Any, kind: Decimal) -> Exact:
    if isinstance(value, bool):
        value = str(int(value))
    return conversions.to_decimal(str(_expected(value, str, kind)), kind.precision, kind.scale)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, Number):
        return float(value) != 0
    return conversions.text_boolean(_expected(value, str, kinds.BOOLEAN))


def _text(value: Any, kind: Varchar) -> str:
    if isinstance(value, bool):
        text = json_text.dumps(value)
    elif isinstance(value, Number):
        text = str(int(value)) if value.whole else conversions.double_text(float(value))
    else:
        text = _expected(value, str, kind)
    if kind.length is not None and len(text) > kind.length:
        raise _refused(value, kind)
    return text
