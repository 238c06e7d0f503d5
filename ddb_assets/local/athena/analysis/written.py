"""A SELECT whose parts have their types, as DuckDB's SQL."""

from __future__ import annotations

from dataclasses import dataclass

from ddb_assets.local.athena.analysis import operators
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.grouped import (
    Aggregation,
    sort_sql,
)
from ddb_assets.local.athena.analysis.scope import Field, Relation
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.sql import nodes
from ddb_assets.local.athena.sql.nodes import Expression, SortItem
from ddb_assets.local.athena.sql.query_nodes import Query
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.names import duckdb_type, shown


@dataclass(frozen=True)
class Output:
    """An item of the SELECT list: its name, its value, and whether the name can be used in ORDER BY."""

    name: str | None
    value: Typed
    shown: str | None = None
    relation: tuple[str, ...] = ()


def aggregated(aggregation: Aggregation, sets: list[tuple[str, ...]] | None, tail: str) -> str:
    """GROUP BY: the keys below it, and what is computed of each group."""
    keys = [(sql, aggregation.keys[sql]) for sql in aggregation.key_order]
    columns = [f"k_{key.sql} AS {key.sql}" for _, key in keys]
    columns += [f"{sql} AS {value.sql}" for sql, value in aggregation.computed.items()]
    below = tail
    if keys:
        made = ", ".join(
            f"{sql if key.type != kinds.UNKNOWN else f'CAST(NULL AS {duckdb_type(key.type)})'} AS k_{key.sql}"
            for sql, key in keys
        )
        below = f" FROM (SELECT {'*, ' if ' FROM ' in tail[:6] else ''}{made}{tail})"
    sql = f"SELECT {', '.join(columns) or '1 AS one'}{below}"
    if sets is None:
        return sql
    if len(sets) == 1:
        names = ", ".join(dict.fromkeys(f"k_{name}" for name in sets[0]))
        if names:
            return f"{sql} GROUP BY {names}"
        return f"{sql} GROUP BY GROUPING SETS (())" if not columns else sql
    inside = ", ".join("(" + ", ".join(dict.fromkeys(f"k_{name}" for name in one)) + ")" for one in sets)
    return f"{sql} GROUP BY GROUPING SETS ({inside})"


def written(
    context: Context,
    outputs: list[Output],
    keys: list[tuple[SortItem, Typed]],
    tail: str,
    distinct: bool,
    around: Query | None,
) -> Relation:
    """The list, what is after it (`tail`), DISTINCT, ORDER BY, and the LIMIT of the query around."""
    fields = tuple(Field(each.name, each.value.type, context.fresh(), shown=each.shown) for each in outputs)
    columns = ", ".join(f"{_held(each.value)} AS {field.sql}" for each, field in zip(outputs, fields, strict=True))
    if distinct:
        for each in outputs:
            operators.key(context, each.value)
            if not kinds.comparable(each.value.type):
                raise not_supported(f"SELECT DISTINCT of {shown(each.value.type)}")
    limit = limited(around) if around is not None else ""
    select = "SELECT DISTINCT" if distinct else "SELECT"
    if around is not None and around.ties:
        raise not_supported("FETCH FIRST ... WITH TIES")
    if not keys:
        return Relation(f"{select} {columns}{tail}{limit}", fields)
    places = {each.value.sql: field.sql for each, field in zip(outputs, fields, strict=True)}
    hidden, order = [], []
    for item, value in keys:
        name = places.get(value.sql)
        if name is None:
            name = context.fresh("s")
            hidden.append(f"{_held(value)} AS {name}")
        order.append(sort_sql(Typed(name, value.type), item))
    names = ", ".join(field.sql for field in fields)
    inner = f"{select} {', '.join([columns, *hidden])}{tail}"
    return Relation(f"SELECT {names} FROM ({inner}) ORDER BY {', '.join(order)}{limit}", fields)


def _held(value: Typed) -> str:
    return (
        f"CAST(NULL AS {duckdb_type(value.type)})" if value.type == kinds.UNKNOWN and value.sql == "NULL" else value.sql
    )


def limited(query: Query) -> str:
    """LIMIT and OFFSET in DuckDB's SQL."""
    sql = ""
    if query.limit is not None:
        sql += f" LIMIT {_count(query.limit)}"
    if query.offset is not None:
        sql += f" OFFSET {_count(query.offset)}"
    return sql


def _count(node: Expression) -> str:
    assert isinstance(node, nodes.Literal)
    return str(int(node.text))
