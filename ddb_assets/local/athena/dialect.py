"""Athena's SQL as DuckDB's.

sqlglot translates most; here is what it leaves in Trino's words, or what both engines call alike and compute
differently. Functions named `trino_…` are the macros of `functions.sql`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.statement import tokens

Rewrite = Callable[[exp.Expression], exp.Expression]


def parse(sql: str) -> exp.Expression:
    """One statement of Athena's dialect. Raises QueryError, SYNTAX_ERROR, with the position."""
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="athena") if statement is not None]
    except sqlglot.ParseError as error:
        where = error.errors[0] if error.errors else {}
        shown = str(where.get("highlight") or "<EOF>")
        line, column = int(where.get("line") or 1), int(where.get("col") or 1)
        raise QueryError(
            "SYNTAX_ERROR",
            f"mismatched input '{shown}': {where.get('description') or error}",
            line=line,
            column=max(1, column - len(shown) + 1),
        ) from error
    except sqlglot.TokenError as error:
        raise QueryError("SYNTAX_ERROR", str(error), line=1, column=1) from error
    if not statements:
        raise QueryError("SYNTAX_ERROR", "mismatched input '<EOF>'. Expecting: a statement", line=1, column=1)
    if len(statements) > 1:
        raise QueryError("SYNTAX_ERROR", "Only one sql statement is allowed. Got: " + sql.strip()[:200])
    return statements[0]


def parse_with_parameters(sql: str, parameters: Sequence[str]) -> exp.Expression:
    """The statement with each `?` replaced by the expression that the parameter's text is.

    sqlglot doesn't keep where a `?` stood (its tree has a CTE's after the query's), so each gets its number first.
    """
    holes = [token for token in tokens(sql) if token.token_type == TokenType.PLACEHOLDER]
    if len(holes) != len(parameters):
        message = f"Incorrect number of parameters: expected {len(holes)} but found {len(parameters)}"
        raise QueryError("INVALID_PARAMETER_USAGE", message, line=1, column=1)
    for number, hole in reversed(list(enumerate(holes))):
        sql = f"{sql[: hole.start]}:p{number}{sql[hole.end + 1 :]}"
    query = parse(sql)
    values = [parse(f"SELECT {text}").expressions[0] for text in parameters]
    for placeholder in list(query.find_all(exp.Placeholder)):
        placeholder.replace(values[int(placeholder.name.removeprefix("p"))].copy())
    return query


def to_duckdb(query: exp.Expression) -> str:
    """The query in DuckDB's dialect; tables are already bound."""
    rewritten = query.copy().transform(_rewrite)
    sql: str = rewritten.sql("duckdb", identify=True, unsupported_level=sqlglot.ErrorLevel.IGNORE)
    return sql


def _rewrite(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous):
        by_name = _BY_NAME.get(node.name.lower())
        return by_name(node) if by_name else node
    rewrite = _BY_TYPE.get(type(node))
    return rewrite(node) if rewrite else node


def _call(name: str, *arguments: exp.Expression | None) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[argument for argument in arguments if argument is not None])


def _named(name: str) -> Rewrite:
    return lambda node: _call(name, *node.expressions)


def _refused(node: exp.Expression) -> exp.Expression:
    """A function that DuckDB has under the same name, with another meaning."""
    raise QueryError("NOT_SUPPORTED", f"The local Athena has no function {node.sql('trino').split('(')[0].lower()}")


def _moved(name: str) -> Rewrite:
    """A date or time, and an interval: of a date comes a date, which DuckDB makes a timestamp."""

    def rewrite(node: exp.Expression) -> exp.Expression:
        moved, interval = (node.this, node.expression) if isinstance(node.expression, exp.Interval) else (
            node.expression, node.this)  # fmt: skip
        return _call(name, moved, interval) if isinstance(interval, exp.Interval) else node

    return rewrite


def _date_add(node: exp.Expression) -> exp.Expression:
    interval = exp.Interval(this=exp.Paren(this=node.expression), unit=node.args.get("unit"))
    return _call("trino_plus", node.this, interval)


def _date_trunc(node: exp.Expression) -> exp.Expression:
    return _call("trino_date_trunc", exp.Literal.string(node.args["unit"].name.lower()), node.this)


def _unary(name: str) -> Rewrite:
    return lambda node: _call(name, node.this)


def _cast(node: exp.Expression) -> exp.Expression:
    kind = node.args["to"]
    if kind.this == exp.DataType.Type.DECIMAL and not kind.expressions and node.this.is_string:
        # DECIMAL '1.50' is a literal: its digits are its type.
        _, _, fraction = node.this.name.partition(".")
        digits = max(1, sum(character.isdigit() for character in node.this.name))
        return exp.cast(node.this, f"decimal({digits}, {len(fraction)})")
    if kind.this == exp.DataType.Type.JSON:
        return _call("to_json", node.this)
    for part in [kind, *kind.find_all(exp.DataType)]:
        if part.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ, exp.DataType.Type.TIME):
            part.set("expressions", None)
        if part.this == exp.DataType.Type.DECIMAL and not part.expressions:
            part.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(n)) for n in (38, 0)])
    return node


def _json(name: str) -> Rewrite:
    def rewrite(node: exp.Expression) -> exp.Expression:
        if node.args.get("json_query"):
            return _refused(node)
        path = node.expression
        text = path.sql("duckdb") if isinstance(path, exp.JSONPath) else None
        return _call(name, node.this, path if text is None else exp.Literal.string(text.strip("'").replace("''", "'")))

    return rewrite


def _match(reducer: str) -> Rewrite:
    def rewrite(node: exp.Expression) -> exp.Expression:
        array, condition = (node.this, node.expression) if node.args.get("this") is not None and not node.expressions \
            else node.expressions  # fmt: skip
        return _call(reducer, exp.Transform(this=array, expression=condition))

    return rewrite


def _none_match(node: exp.Expression) -> exp.Expression:
    return exp.Not(this=_match("list_bool_or")(node))


def _date_diff(node: exp.Expression) -> exp.Expression:
    """Trino counts whole units that have passed; DuckDB's date_diff counts boundaries, its date_sub whole units."""
    unit = node.args.get("unit")
    text = unit.name if unit is not None else "day"
    return _call("trino_date_diff", exp.Literal.string(text.lower()), node.expression, node.this)


def _regexp_replace(node: exp.Expression) -> exp.Expression:
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if replacement.is_string:
        replacement = exp.Literal.string(_groups(replacement.name))
    return _call("regexp_replace", node.this, node.expression, replacement, exp.Literal.string("g"))


def _groups(replacement: str) -> str:
    return re.sub(r"\$(\d)", r"\\\1", replacement)


def _regexp_extract(node: exp.Expression) -> exp.Expression:
    group = node.args.get("group") or exp.Literal.number(0)
    return _call("trino_regexp_extract", node.this, node.expression, group)


def _map_agg(node: exp.Expression) -> exp.Expression:
    entry = _call("row", *node.expressions)
    return _call("map_from_entries", _call("list", entry))


def _slice(node: exp.Expression) -> exp.Expression:
    array, start, length = (
        node.expressions if isinstance(node, exp.Anonymous) else (node.this, node.args["start"], node.args["end"])
    )
    return _call("trino_slice", array, start, length)


def _reduce(node: exp.Expression) -> exp.Expression:
    finish = node.args.get("finish")
    reduced = _call("list_reduce", node.this, node.args["merge"], node.args["initial"])
    if not isinstance(finish, exp.Lambda):
        return reduced
    name = finish.expressions[0].name.lower()

    def is_state(part: exp.Expression) -> bool:
        bare = isinstance(part, exp.Identifier) or (isinstance(part, exp.Column) and not part.table)
        return bare and part.name.lower() == name

    return finish.this.copy().transform(lambda part: reduced.copy() if is_state(part) else part)


def _unnest_join(node: exp.Expression) -> exp.Expression:
    """`CROSS JOIN UNNEST(a, b) WITH ORDINALITY AS u(x, y, i)` as a lateral subquery that unnests side by side."""
    alias = node.args.get("alias")
    if isinstance(node.parent, exp.Select) or alias is None:
        return node
    names = [column.copy() for column in alias.columns]
    offset = node.args.get("offset")
    values = [value.copy() for value in node.expressions]
    ordinal = offset if isinstance(offset, exp.Identifier) else (names.pop() if offset and names else None)
    if offset is True and ordinal is None:
        ordinal = exp.to_identifier("ordinality")
    projections: list[exp.Expression] = []
    if len(values) == 1 and len(names) > 1:
        # One map, as keys and values. (An array of rows, which Trino spreads too, isn't told apart before binding.)
        entries = _call("map_entries", values[0])
        item = exp.to_identifier("__item")
        fields = [_call("trino_field", exp.column(item), exp.Literal.number(i + 1)) for i in range(len(names))]
        inner = exp.select(exp.alias_(_call("unnest", entries), item))
        if ordinal is not None:
            inner = inner.select(
                exp.alias_(_call("generate_subscripts", entries.copy(), exp.Literal.number(1)), ordinal)
            )
        outer = exp.select(*[exp.alias_(field, name) for field, name in zip(fields, names, strict=True)])
        if ordinal is not None:
            outer = outer.select(exp.column(ordinal.copy()))
        return exp.Lateral(this=outer.from_(inner.subquery("__u")).subquery(), alias=exp.TableAlias(this=alias.this))
    for index, value in enumerate(values):
        name = names[index] if index < len(names) else exp.to_identifier(f"_col{index}")
        projections.append(exp.alias_(_call("unnest", value), name))
    if ordinal is not None:
        longest = values[0] if len(values) == 1 else _call("trino_longest", *values)
        projections.append(exp.alias_(_call("generate_subscripts", longest.copy(), exp.Literal.number(1)), ordinal))
    return exp.Lateral(this=exp.select(*projections).subquery(), alias=exp.TableAlias(this=alias.this))


_BY_TYPE: dict[type[exp.Expression], Rewrite] = {
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.ArraySize: _unary("trino_cardinality"),
    exp.JSONExtract: _json("trino_json_extract"),
    exp.JSONExtractScalar: _json("trino_json_extract_scalar"),
    exp.JSONValue: _refused,
    exp.Format: _refused,
    exp.Typeof: lambda node: _call("trino_typeof", _call("typeof", node.this)),
    exp.DateDiff: _date_diff,
    exp.DateAdd: _date_add,
    exp.DateTrunc: _date_trunc,
    exp.TimestampTrunc: _date_trunc,
    exp.Add: _moved("trino_plus"),
    exp.Sub: _moved("trino_minus"),
    exp.RegexpReplace: _regexp_replace,
    exp.RegexpExtract: _regexp_extract,
    exp.Reduce: _reduce,
    exp.Unnest: _unnest_join,
}
_BY_NAME: dict[str, Rewrite] = {
    "any_match": _match("list_bool_or"),
    "all_match": _match("list_bool_and"),
    "none_match": _none_match,
    "map_agg": _map_agg,
    "slice": _slice,
    "zip": _named("list_zip"),
    "arrays_overlap": _named("list_has_any"),
    "cardinality": _named("trino_cardinality"),
    "to_utf8": _named("encode"),
    "from_utf8": _named("decode"),
    "count_if": _named("count_if"),
    "json_exists": _refused,
    "parse_datetime": _refused,
}
