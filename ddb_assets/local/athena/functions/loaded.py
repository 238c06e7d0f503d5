"""The whole list: every family's functions."""

from __future__ import annotations

from ddb_assets.local.athena.functions import (
    aggregates,
    array_making,
    arrays,
    binary,
    clock,
    dates,
    digits,
    doubles,
    extremes,
    higher_order,
    joined_texts,
    json_functions,
    maps,
    numbers,
    regexes,
    texts,
    urls,
    windows,
)
from ddb_assets.local.athena.functions.clock import in_zone
from ddb_assets.local.athena.functions.registry import AGGREGATES, SCALARS, WINDOWS, Function
from ddb_assets.local.athena.functions.windows import NULL_TREATED

FAMILIES = (
    texts, joined_texts, regexes, urls, binary, numbers, doubles, digits, dates, clock, array_making, arrays, maps, higher_order,
    json_functions, aggregates, extremes, windows,
)  # fmt: skip

__all__ = ["AGGREGATES", "FAMILIES", "NULL_TREATED", "SCALARS", "WINDOWS", "Function", "in_zone"]
