"""approx_distinct and approx_percentile, which are exact here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions import conversions
from ddb_assets.local.athena.functions.registry import Make, sql
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import Type

_ERRORS = (0.0040625, 0.26)
"""What approx_distinct takes as its standard error. Source: a Trino 476's answers."""


def distinct(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """Exactly counted, once the standard error that is asked for is one that Trino takes."""
    checked = _is_any if arguments[0].type in (kinds.BOOLEAN, kinds.UNKNOWN) else _is_error
    taken = Typed(context.python(checked, [arguments[1]], kinds.BOOLEAN), kinds.BOOLEAN)
    return sql("count(DISTINCT CASE WHEN {1} THEN {0} END){f}")(context, [arguments[0], taken], result)


def _is_any(error: float) -> bool:
    """Of truths there are two: Trino counts them without an error."""
    return True


def _is_error(error: float) -> bool:
    if not _ERRORS[0] <= error <= _ERRORS[1]:
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT", f"Standard error must be in [{_ERRORS[0]}, {_ERRORS[1]}]: {error}"
        )
    return True


def percentile(values: list[Any], fraction: float) -> Any:
    if not 0 <= fraction <= 1:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"percentile must be in range [0, 1], got {fraction}")
    for value in values:
        if isinstance(value, float) and not math.isfinite(value):
            raise QueryError("INVALID_FUNCTION_ARGUMENT", f"value must be finite; was {conversions.double_text(value)}")
    ordered = sorted(value for value in values if value is not None)
    return ordered[min(math.floor(fraction * len(ordered)), len(ordered) - 1)] if ordered else None


def percentiles(values: list[Any], fractions: list[float]) -> list[Any] | None:
    return [percentile(values, fraction) for fraction in fractions] if any(v is not None for v in values) else None


def percentile_of(function: Any) -> Make:
    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        listed = sql("list({d}{0}){f}")(context, arguments, result)
        fraction = arguments[1]
        if "(" not in fraction.sql and not fraction.sql.replace(".", "").isdigit():
            raise not_supported("approx_percentile with a percentage that isn't a constant")
        return context.python(function, [Typed(listed, kinds.Array(arguments[0].type)), fraction], result)

    return make
