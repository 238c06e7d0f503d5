"""Conditions on partition columns as an expression of the catalog's GetPartitions.

An expression may be true of more partitions than the conditions, never of fewer: what can't be said for sure is left
out. The catalog compares the texts of the partitions' values, so only conditions on columns of type `string` are said;
those of another type are compared as values, which several texts may stand for. NULL is a text there too
(`__HIVE_DEFAULT_PARTITION__`): no condition that is said holds of NULL.

Source: AWS Glue API reference, "GetPartitions" (Expression).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from sqlglot import exp

from ddb_assets.local.athena.catalog import Column
from ddb_assets.local.athena.hive_types import STRING

_COMPARED: Final[Mapping[type[exp.Expression], str]] = {
    exp.EQ: "=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*")
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "like", "between", "is", "null"})
# Quotes, backslashes and all beyond printable ASCII are read in more than one way.
_LITERAL: Final = re.compile(r"[ -&(-\[\]-~]+")
_LONGEST: Final = 2048
"""Characters of an expression. Source: AWS Glue API reference, "GetPartitions" (Expression)."""


def expression(conditions: Sequence[exp.Expression], columns: Sequence[Column], names: Mapping[str, int]) -> str | None:
    """What the catalog can be asked of conditions that all hold; None: nothing.

    `names` are the columns' names in the conditions, with their places among `columns`.
    """
    said = [one for condition in conditions if (one := _said(condition, columns, names))]
    while said and len(" AND ".join(said)) > _LONGEST:
        said.remove(max(said, key=len))
    return " AND ".join(said) or None


def any_of(expressions: Sequence[str | None]) -> str | None:
    """An expression that is true where any of these may be."""
    distinct = list(dict.fromkeys(expressions))
    if None in distinct:
        return None
    joined = " OR ".join(f"({one})" for one in distinct) if len(distinct) > 1 else "".join(map(str, distinct))
    return joined if joined and len(joined) <= _LONGEST else None


def _said(condition: exp.Expression, columns: Sequence[Column], names: Mapping[str, int]) -> str | None:
    if isinstance(condition, exp.Paren):
        return _said(condition.this, columns, names)
    if isinstance(condition, exp.And):
        both = [one for side in (condition.left, condition.right) if (one := _said(side, columns, names))]
        return f"({' AND '.join(both)})" if both else None
    if isinstance(condition, exp.Or):
        left, right = (_said(side, columns, names) for side in (condition.left, condition.right))
        return f"({left} OR {right})" if left and right else None
    name = _column(condition.this, columns, names)
    if name is None:
        return None
    if type(condition) in _COMPARED:
        literal = _literal(condition.expression)
        return f"{name} {_COMPARED[type(condition)]} {literal}" if literal else None
    if isinstance(condition, exp.Between):
        low, high = _literal(condition.args.get("low")), _literal(condition.args.get("high"))
        plain = not condition.args.get("symmetric")
        return f"({name} >= {low} AND {name} <= {high})" if low and high and plain else None
    if isinstance(condition, exp.In) and not condition.args.get("query"):
        literals = [_literal(one) for one in condition.expressions]
        return f"{name} IN ({', '.join(map(str, literals))})" if literals and None not in literals else None
    return None


def _column(node: object, columns: Sequence[Column], names: Mapping[str, int]) -> str | None:
    if not isinstance(node, exp.Column) or (place := names.get(node.name.lower())) is None:
        return None
    name = columns[place].name
    fit = columns[place].type == STRING and _NAME.fullmatch(name) and name not in _KEYWORDS
    return name if fit else None


def _literal(node: object) -> str | None:
    fit = isinstance(node, exp.Literal) and node.is_string and _LITERAL.fullmatch(str(node.this))
    return f"'{node.this}'" if fit and isinstance(node, exp.Literal) else None
