"""Functions that need OVER."""

from __future__ import annotations

from ddb_assets.local.athena.functions.registry import sql, window

NULL_TREATED = frozenset(("lag", "lead", "first_value", "last_value", "nth_value"))
"""Functions that take IGNORE NULLS."""

for _name in ("row_number", "rank", "dense_rank"):
    window(f"{_name}() -> bigint", sql(f"{_name}(){{f}}"), f"{_name}() OVER (ORDER BY y)")
for _name in ("percent_rank", "cume_dist"):
    window(f"{_name}() -> double", sql(f"{_name}(){{f}}"), f"{_name}() OVER (ORDER BY y)")
window("ntile(bigint) -> bigint", sql("ntile({0}){f}"), "ntile(2) OVER (ORDER BY x)")
for _name in ("first_value", "last_value"):
    window(f"{_name}(t) -> t", sql(f"{_name}({{0}}{{o}}){{f}}"), f"{_name}(y) OVER (ORDER BY x)", f"{_name}(y) IGNORE NULLS OVER (ORDER BY x)",
           f"{_name}(y) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)")  # fmt: skip
window("nth_value(t, bigint) -> t", sql("nth_value({0}, {1}{o}){f}"), "nth_value(y, 2) OVER (ORDER BY x)")
for _name in ("lag", "lead"):
    window(
        f"{_name}(t) -> t",
        sql(f"{_name}({{0}}{{o}}){{f}}"),
        f"{_name}(y) OVER (ORDER BY x)",
        f"{_name}(y) IGNORE NULLS OVER (ORDER BY x)",
    )
    window(f"{_name}(t, bigint) -> t", sql(f"{_name}({{0}}, {{1}}{{o}}){{f}}"), f"{_name}(y, 2) OVER (ORDER BY x)")
    window(
        f"{_name}(t, bigint, t) -> t",
        sql(f"{_name}({{0}}, {{1}}, {{2}}{{o}}){{f}}"),
        f"{_name}(y, 1, 'none') OVER (ORDER BY x)",
    )
