"""Decimal division and remainder, and equality of nested values, as Trino computes them, one value at a time."""

from __future__ import annotations

import decimal
from typing import Any

from ddb_assets.local.athena.errors import QueryError

_EXACT = decimal.Context(prec=120, rounding=decimal.ROUND_HALF_UP)
_LARGEST = 10**38


def divide(left: decimal.Decimal, right: decimal.Decimal, scale: int) -> decimal.Decimal:
    """A quotient with `scale` digits, rounded half up."""
    if not right:
        raise QueryError("DIVISION_BY_ZERO", "Division by zero")
    return _held(_EXACT.divide(left, right).quantize(decimal.Decimal(1).scaleb(-scale), context=_EXACT))


def remainder(left: decimal.Decimal, right: decimal.Decimal, scale: int) -> decimal.Decimal:
    """What is left, with the sign of the dividend."""
    if not right:
        raise QueryError("DIVISION_BY_ZERO", "Division by zero")
    return _held(_EXACT.remainder(left, right).quantize(decimal.Decimal(1).scaleb(-scale), context=_EXACT))


def _held(value: decimal.Decimal) -> decimal.Decimal:
    if abs(int(value.scaleb(-int(value.as_tuple().exponent)))) >= _LARGEST:
        raise QueryError("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
    return value


def equal(left: Any, right: Any) -> bool | None:
    """`=` of two values that may be nested: unknown when it hangs on a NULL."""
    if left is None or right is None:
        return None
    if isinstance(left, dict) and set(left) == {"t", "z"}:
        return bool(left["t"] == right["t"])
    if isinstance(left, list):
        return len(left) == len(right) and _all(zip(left, right, strict=True))
    if isinstance(left, dict):
        return _equal_maps(left, right)
    return bool(left == right)


def equal_rows(left: Any, right: Any) -> bool | None:
    """`=` of two rows."""
    if left is None or right is None:
        return None
    return _all(zip(_values(left), _values(right), strict=True))


def _values(row: Any) -> list[Any]:
    return list(row.values()) if isinstance(row, dict) else list(row)


def _equal_maps(left: dict[Any, Any], right: dict[Any, Any]) -> bool | None:
    if set(left) != set(right) or any(key != key for key in left):
        return False
    return _all((left[key], right[key]) for key in left)


def _all(pairs: Any) -> bool | None:
    unknown = False
    for left, right in pairs:
        same = equal(left, right)
        if same is False:
            return False
        unknown = unknown or same is None
    return None if unknown else True
