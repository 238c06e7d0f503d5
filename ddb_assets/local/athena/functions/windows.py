"""Functions that need OVER."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions.registry import Make, sql, window
from ddb_assets.local.athena.types.kinds import Type

_NUMBER = re.compile(r"(?:CAST\()?\(?(-?\d+)\)?(?: AS BIGINT\))?")
"""A literal, as it stands when it has become a bigint."""

NULL_TREATED = frozenset(("lag", "lead", "first_value", "last_value", "nth_value"))
"""Functions that take IGNORE NULLS."""


def _placed(form: str, least: int, null: bool = False) -> Make:
    """SQL for a call whose second argument counts rows from `least` on; `null` says that it may be NULL."""

    def make(context: Context, arguments: Sequence[Typed], result: Type) -> str:
        place = arguments[1]
        number = _NUMBER.fullmatch(place.sql)
        if place.null:
            taken = null
        elif number is None:
            raise not_supported("a window function whose offset is no literal")
        else:
            taken = int(number[1]) >= least
        if taken:
            return sql(form)(context, arguments, result)
        failed = context.fail("INVALID_FUNCTION_ARGUMENT", f"'Offset must be at least {least}'", result)
        return sql(f"CASE WHEN row_number(){{f}} > 0 THEN {failed} END")(context, arguments, result)

    return make


for _name in ("row_number", "rank", "dense_rank"):
    window(f"{_name}() -> bigint", sql(f"{_name}(){{f}}"), f"{_name}() OVER (ORDER BY y)")
for _name in ("percent_rank", "cume_dist"):
    window(f"{_name}() -> double", sql(f"{_name}(){{f}}"), f"{_name}() OVER (ORDER BY y)")
window("ntile(bigint) -> bigint", sql("ntile({0}){f}"), "ntile(2) OVER (ORDER BY x)")
for _name in ("first_value", "last_value"):
    window(f"{_name}(t) -> t", sql(f"{_name}({{0}}{{o}}){{f}}"), f"{_name}(y) OVER (ORDER BY x)", f"{_name}(y) IGNORE NULLS OVER (ORDER BY x)",
           f"{_name}(y) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)")  # fmt: skip
window(
    "nth_value(t, bigint) -> t",
    _placed("nth_value({0}, {1}{o}){f}", 1, null=True),
    "nth_value(y, 2) OVER (ORDER BY x)",
    "nth_value(y, NULL) OVER (ORDER BY x)",
    "nth_value(y, 0) OVER (ORDER BY x)",
)
for _name in ("lag", "lead"):
    window(
        f"{_name}(t) -> t",
        sql(f"{_name}({{0}}{{o}}){{f}}"),
        f"{_name}(y) OVER (ORDER BY x)",
        f"{_name}(y) IGNORE NULLS OVER (ORDER BY x)",
    )
    window(
        f"{_name}(t, bigint) -> t",
        _placed(f"{_name}({{0}}, {{1}}{{o}}){{f}}", 0),
        f"{_name}(y, 2) OVER (ORDER BY x)",
        f"{_name}(y, -1) OVER (ORDER BY x)",
        f"{_name}(y, NULL) OVER (ORDER BY x)",
    )
    window(
        f"{_name}(t, bigint, t) -> t",
        _placed(f"{_name}({{0}}, {{1}}, {{2}}{{o}}){{f}}", 0),
        f"{_name}(y, 1, 'none') OVER (ORDER BY x)",
    )
