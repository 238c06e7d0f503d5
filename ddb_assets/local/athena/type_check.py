"""Operands that Trino refuses to compare or add.

DuckDB casts text beside a number or a date by itself, so a query that Athena refuses would run here, or fail only at a
row that doesn't cast. sqlglot's types say before that where the kinds differ; where it knows none, nothing is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import Array, HiveType, Map, Struct, trino_name
from ddb_assets.local.athena.query_errors import position_of
from ddb_assets.local.athena.scan import TableScan

_Type = exp.DataType.Type
_FAMILIES: dict[exp.DataType.Type, str] = {
    **dict.fromkeys(exp.DataType.TEXT_TYPES, "text"),
    **dict.fromkeys(exp.DataType.NUMERIC_TYPES, "number"),
    **dict.fromkeys((_Type.DATE, _Type.TIMESTAMP, _Type.TIMESTAMPTZ), "time"),
    _Type.BOOLEAN: "boolean",
    _Type.VARBINARY: "binary",
}
_SYMBOLS: dict[type[exp.Expression], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.Add: "+", exp.Sub: "-",
    exp.Mul: "*", exp.Div: "/",
}  # fmt: skip
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div)


def check(bound: exp.Expression, scans: Iterable[TableScan]) -> None:
    """Raises QueryError, TYPE_MISMATCH, at the first pair of operands of different kinds."""
    tables = {
        f"__scan{scan.number}": {scan.internal(place): _named(c.type) for place, c in enumerate(scan.columns)}
        for scan in scans
    }
    tagged = bound.copy()
    for node in tagged.find_all(*_SYMBOLS, exp.In, exp.Between):
        # Qualified names lose their places in the text.
        node.meta["place"] = position_of(node)
    try:
        schema = MappingSchema(tables, dialect="trino")
        typed = annotate_types(
            qualify(
                tagged,
                schema=schema,
                dialect="trino",
                expand_stars=True,
                expand_alias_refs=False,
                validate_qualify_columns=False,
                quote_identifiers=False,
                identify=False,
            ),
            schema=schema,
            dialect="trino",
        )
    except Exception:
        # sqlglot fails in many ways where it can't follow a query. What is wrong with it is then DuckDB's to say, in
        # words that are translated; and a query that isn't wrong runs without the check.
        return
    for node, symbol, left, right in _pairs(typed):
        families = _family(left), _family(right)
        if None in families or families[0] == families[1]:
            continue
        if isinstance(node, _ARITHMETIC) and not set(families) <= {"text", "number"}:
            continue
        line, column = node.meta.get("place", (1, 1))
        raise QueryError(
            "TYPE_MISMATCH", f"Cannot apply operator: {_shown(left)} {symbol} {_shown(right)}", line=line, column=column
        )


def _pairs(query: exp.Expression) -> Iterator[tuple[exp.Expression, str, exp.Expression, exp.Expression]]:
    for node in query.walk():
        symbol = _SYMBOLS.get(type(node))
        if symbol is not None:
            yield node, symbol, node.this, node.expression
        elif isinstance(node, exp.In):
            yield from ((node, "=", node.this, item) for item in node.expressions)
        elif isinstance(node, exp.Between):
            yield node, ">=", node.this, node.args["low"]
            yield node, "<=", node.this, node.args["high"]


def _family(node: exp.Expression) -> str | None:
    return _FAMILIES.get(node.type.this) if node.type is not None else None


def _shown(node: exp.Expression) -> str:
    if node.is_string:
        return f"varchar({len(node.name)})"
    kind: str = node.type.sql("trino").lower()
    return kind


def _named(kind: HiveType) -> str:
    """The type for sqlglot; nested ones are never compared with anything but themselves."""
    return "unknown" if isinstance(kind, (Array, Map, Struct)) else trino_name(kind)
