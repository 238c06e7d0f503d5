"""Aggregates. `{d}`, `{o}` and `{f}` are where DISTINCT, ORDER BY, and FILTER or OVER go."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions import approximate
from ddb_assets.local.athena.functions.maps import plain_keys
from ddb_assets.local.athena.functions.registry import Make, aggregate, sql
from ddb_assets.local.athena.functions.signatures import Bindings
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import MOST_DIGITS, Decimal, TimestampZoned, Type
from ddb_assets.local.athena.types.names import duckdb_type, shown


def _sum_decimal(bindings: Bindings) -> Type:
    return Decimal(MOST_DIGITS, bindings.numbers["s"] or 0)


def _average(total: decimal.Decimal, count: int) -> decimal.Decimal:
    exact = decimal.Context(prec=90, rounding=decimal.ROUND_HALF_UP)
    return exact.divide(total, decimal.Decimal(count)).quantize(total, context=exact)


def _avg_decimal(context: Context, arguments: Sequence[Any], result: Type) -> str:
    assert isinstance(result, Decimal)
    kind = Decimal(MOST_DIGITS, result.scale)
    wide = sql(f"CAST(sum({{d}}{{0}}){{f}} AS {duckdb_type(kind)})")(context, arguments, result)
    count = sql("count({d}{0}){f}")(context, arguments, result)
    return context.python(_average, [Typed(wide, kind), Typed(count, kinds.BIGINT)], result)


def _plain_key(make: Make) -> Make:
    def made(context: Context, arguments: Sequence[Any], result: Type) -> str:
        plain_keys(result)
        for argument in arguments[:1]:
            if kinds.contains(argument.type, TimestampZoned):
                raise not_supported(f"an aggregate by {shown(argument.type)}")
        return make(context, arguments, result)

    return made


def _first_of_each(pairs: list[dict[str, Any]]) -> dict[Any, Any] | None:
    found: dict[Any, Any] = {}
    for pair in pairs:
        if pair["k"] is not None:
            found.setdefault(pair["k"], pair["v"])
    return found or None


def _every_of_each(pairs: list[dict[str, Any]]) -> dict[Any, list[Any]] | None:
    found: dict[Any, list[Any]] = {}
    for pair in pairs:
        if pair["k"] is not None:
            found.setdefault(pair["k"], []).append(pair["v"])
    return found or None


def _counted(values: list[Any]) -> dict[Any, int] | None:
    found: dict[Any, int] = {}
    for value in values:
        if value is not None:
            found[value] = found.get(value, 0) + 1
    return found or None


def _union_maps(maps: list[dict[Any, Any] | None]) -> dict[Any, Any] | None:
    if all(each is None for each in maps):
        return None
    found: dict[Any, Any] = {}
    for each in maps:
        for key, value in (each or {}).items():
            found.setdefault(key, value)
    return found


def _mapped(function: Any) -> Make:
    """Entries gathered in a list, and made a map."""

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        pair = kinds.Row((("k", arguments[0].type), ("v", arguments[1].type)))
        listed = sql("list({d}struct_pack(k := {0}, v := {1}){o}){f}")(context, arguments, result)
        return context.python(function, [Typed(listed, kinds.Array(pair))], result)

    return _plain_key(make)


def _listed(function: Any) -> Make:
    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        listed = sql("list({d}{0}{o}){f}")(context, arguments, result)
        return context.python(function, [Typed(listed, kinds.Array(arguments[0].type))], result)

    return _plain_key(make)


def _listing_nothing(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """Trino doesn't take a NULL without a type for text here."""
    raise QueryError("TYPE_MISMATCH", "LISTAGG's value must evaluate to a varchar (actual: unknown)")


aggregate("count() -> bigint", sql("count(*){f}"), "count(*)", "count(*) FILTER (WHERE x > 1)")
aggregate("count(t) -> bigint", sql("count({d}{0}){f}"), "count(y)", "count(DISTINCT y)", "count(NULL)")
aggregate("count_if(boolean) -> bigint", sql("count(CASE WHEN {0} THEN 1 END){f}"), "count_if(x > 1)")
aggregate(
    "sum(bigint) -> bigint",
    sql("CAST(sum({d}{0}){f} AS BIGINT)"),
    "sum(x)",
    "sum(DISTINCT x)",
    "sum(NULL)",
    "sum(x) FILTER (WHERE x > 99)",
)
aggregate("sum(double) -> double", sql("sum({d}{0}){f}"), "sum(CAST(x AS double))")
aggregate("sum(real) -> real", sql("CAST(sum({d}{0}){f} AS FLOAT)"), "sum(CAST(x AS real))")
aggregate("sum(decimal(p, s)) -> decimal(38, 0)", lambda context, arguments, result: sql(f"CAST(sum({{d}}{{0}}){{f}} AS {duckdb_type(result)})")(context, arguments, result),
          "sum(CAST(x AS decimal(10, 2)))", "typeof(sum(CAST(x AS decimal(10, 2))))", result=_sum_decimal)  # fmt: skip
aggregate(
    "sum(interval day to second) -> interval day to second",
    sql("CAST(sum({d}{0}){f} AS BIGINT)"),
    "sum(x * INTERVAL '1' DAY)",
)
aggregate(
    "sum(interval year to month) -> interval year to month",
    sql("CAST(sum({d}{0}){f} AS INTEGER)"),
    "sum(x * INTERVAL '1' MONTH)",
)
aggregate("avg(bigint) -> double", sql("avg({d}{0}){f}"), "avg(x)", "avg(DISTINCT x)")
aggregate("avg(double) -> double", sql("avg({d}{0}){f}"), "avg(CAST(x AS double))")
aggregate("avg(real) -> real", sql("CAST(avg({d}{0}){f} AS FLOAT)"), "avg(CAST(x AS real))")
aggregate(
    "avg(decimal(p, s)) -> decimal(p, s)",
    _avg_decimal,
    "avg(CAST(x AS decimal(10, 2)))",
    "avg(CAST(x AS decimal(3, 0)))",
)
for _kind, _stored, _unit in (("day to second", "BIGINT", "DAY"), ("year to month", "INTEGER", "MONTH")):
    # Rounded as Java's Math.round: half up, also below zero.
    aggregate(
        f"avg(interval {_kind}) -> interval {_kind}",
        sql(f"CAST(floor(avg({{d}}{{0}}){{f}} + 0.5) AS {_stored})"),
        f"avg(x * INTERVAL '1' {_unit})",
    )
for _name in ("arbitrary", "any_value"):
    aggregate(f"{_name}(t) -> t", sql("any_value({0}){f}"), f"{_name}(7)", f"{_name}(y) FILTER (WHERE x = 3)")
for _name, _function in (("bool_and", "bool_and"), ("every", "bool_and"), ("bool_or", "bool_or")):
    aggregate(f"{_name}(boolean) -> boolean", sql(f"{_function}({{0}}){{f}}"), f"{_name}(x > 1)", f"{_name}(y = 'a')")
aggregate("array_agg(t) -> array(t)", sql("list({d}{0}{o}){f}"), "array_agg(y ORDER BY x)", "array_agg(x ORDER BY x DESC)", "array_agg(DISTINCT y ORDER BY y)",
          "array_agg(x ORDER BY x) FILTER (WHERE x > 1)", ordered=True)  # fmt: skip
aggregate(
    "listagg(varchar, varchar) -> varchar",
    sql("string_agg({d}{0}, {1}{o}){f}"),
    "listagg(y, ',') WITHIN GROUP (ORDER BY x)",
    "listagg(y) WITHIN GROUP (ORDER BY x DESC)",
)
aggregate("listagg(unknown, varchar) -> varchar", _listing_nothing, "listagg(NULL, ',') WITHIN GROUP (ORDER BY x)")
aggregate("map_agg(k, v) -> map(k, v)", _mapped(_first_of_each), "map_agg(x, y)", "map_agg(CAST(NULL AS integer), y)")
aggregate("multimap_agg(k, v) -> map(k, array(v))", _mapped(_every_of_each), "multimap_agg(y, x) FILTER (WHERE x < 3)",
          "multimap_agg(CAST(NULL AS integer), x)")  # fmt: skip
aggregate("histogram(t) -> map(t, bigint)", _listed(_counted), "histogram(y)")
aggregate("map_union(map(k, v)) -> map(k, v)", _listed(_union_maps), "map_union(map(ARRAY[x], ARRAY[y]))")
aggregate("approx_distinct(t) -> bigint", sql("count(DISTINCT {0}){f}"), "approx_distinct(y)")
aggregate(
    "approx_distinct(t, double) -> bigint",
    approximate.distinct,
    "approx_distinct(y, 0.1)",
    "approx_distinct(y, 0)",
    "approx_distinct(x > 1, 0)",
    "approx_distinct(y, CAST(NULL AS double))",
)
for _kind in ("bigint", "double", "real"):
    aggregate(
        f"approx_percentile({_kind}, double) -> {_kind}",
        approximate.percentile_of(approximate.percentile),
        *(f"approx_percentile(CAST(x AS {_kind}), {p})" for p in ("0", "0.5", "0.9", "1")),
    )
    aggregate(
        f"approx_percentile({_kind}, array(double)) -> array({_kind})",
        approximate.percentile_of(approximate.percentiles),
        f"approx_percentile(CAST(x AS {_kind}), ARRAY[0.25, 0.75])",
    )
for _name in ("corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept"):
    _found = f"{_name}({{0}}, {{1}}){{f}}"
    if not _name.startswith("covar"):
        # Of values that don't differ there is no correlation: NULL, where DuckDB has NaN.
        _found = f"nullif({_found}, CAST('nan' AS DOUBLE))"
    aggregate(f"{_name}(real, real) -> real", sql(f"CAST({_found} AS FLOAT)"), f"{_name}(x, x * x)")
    aggregate(
        f"{_name}(double, double) -> double",
        sql(f"CAST({_found} AS DOUBLE)"),
        f"{_name}(CAST(x AS double), CAST(x * x AS double))",
    )
_ONE = {"stddev": "stddev_samp", "stddev_samp": "stddev_samp", "stddev_pop": "stddev_pop", "variance": "var_samp",
        "var_samp": "var_samp", "var_pop": "var_pop"}  # fmt: skip
for _name, _function in _ONE.items():
    for _kind in ("bigint", "double"):
        aggregate(f"{_name}({_kind}) -> double", sql(f"{_function}({{d}}{{0}}){{f}}"), f"{_name}(CAST(x AS {_kind}))")
for _kind in ("bigint", "double"):
    aggregate(f"geometric_mean({_kind}) -> double", sql("exp(avg(ln({0})){f})"), f"geometric_mean(CAST(x AS {_kind}))")
aggregate("geometric_mean(real) -> real", sql("CAST(exp(avg(ln({0})){f}) AS FLOAT)"), "geometric_mean(CAST(x AS real))")
aggregate("bitwise_and_agg(bigint) -> bigint", sql("bit_and({0}){f}"), "bitwise_and_agg(x)")
aggregate("bitwise_or_agg(bigint) -> bigint", sql("bit_or({0}){f}"), "bitwise_or_agg(x)")
aggregate("bitwise_xor_agg(bigint) -> bigint", sql("bit_xor({0}){f}"), "bitwise_xor_agg(x)")
