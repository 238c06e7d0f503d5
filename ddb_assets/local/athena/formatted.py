"""A view's query printed anew, as Trino prints it before it stores it.

One select item a line with the comma before it, parentheses round each condition, names with the quotes that they were
given. Not all of SQL is printed here: what isn't (joins, windows with frames, lambdas, …) is stored as it was sent,
which Trino reads as well. What is printed must parse to the query that was sent, or the text as sent is stored; Trino
makes that check too.
Sources: Trino's `SqlFormatter` and `ExpressionFormatter`; the answers of Trino 476 in `tests/trino_views.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp
from sqlglot.errors import SqlglotError

from ddb_assets.local.athena import dialect
from ddb_assets.local.athena.errors import QueryError

_STEP = "   "


def formatted(sql: str, query: exp.Expression) -> str:
    """The text that is stored for `query`, which was parsed from `sql`."""
    try:
        text = _Printer(sql).query(query, "")
        return text if _same(dialect.parse(text), query) else sql
    except (_NotPrinted, QueryError, SqlglotError):
        return sql


class _NotPrinted(Exception):
    """A part of SQL that isn't printed here."""


def _same(one: exp.Expression, other: exp.Expression) -> bool:
    """Whether two queries differ in parentheses and spelling alone."""
    return bool(_plain(one) == _plain(other))


def _plain(query: exp.Expression) -> exp.Expression:
    def plain(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.DPipe):
            return exp.func("concat", node.this, node.expression, dialect="trino")
        return node.this if isinstance(node, exp.Paren) else node

    # A parenthesis within a parenthesis is left by one pass.
    before, after = query, query.copy().transform(plain)
    while before != after:
        before, after = after, after.copy().transform(plain)
    return after


class _Printer:
    """Prints one statement. Functions have the names that stand in its text."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def query(self, node: exp.Expression | None, indent: str) -> str:
        """A query, each of its lines after `indent`."""
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, indent)
        if not isinstance(node, exp.Select):
            raise _NotPrinted
        parts = {name: part for name, part in node.args.items() if part}
        with_, selected = parts.pop("with_", None), parts.pop("expressions")
        text = self._with(with_, indent) + f"{indent}SELECT{self._distinct(parts.pop('distinct', None))}"
        items = [self.expression(item) for item in selected]
        lines = [f"\n{indent}{', ' if place else '  '}{item}" for place, item in enumerate(items)]
        text += (f" {items[0]}" if len(items) == 1 else "".join(lines)) + "\n"
        if source := parts.pop("from_", None):
            text += f"{indent}FROM\n{indent}  {self._relation(source.this, indent)}"
        text += "\n"
        for name, words in (("where", "WHERE"), ("group", "GROUP BY"), ("having", "HAVING"), ("order", "ORDER BY")):
            if part := parts.pop(name, None):
                text += f"{indent}{words} {self._clause(part)}\n"
        if limit := parts.pop("limit", None):
            text += f"{indent}LIMIT {self.all([_only(limit, 'expression')])}\n"
        if parts:
            raise _NotPrinted
        return text

    def expression(self, node: exp.Expression) -> str:
        """An expression, in one line."""
        for kind in type(node).__mro__:
            if show := _SHOWN.get(kind):
                return show(self, node)
        raise _NotPrinted

    def all(self, nodes: Iterable[exp.Expression]) -> str:
        """Expressions with commas between."""
        return ", ".join(map(self.expression, nodes))

    def called(self, node: exp.Expression, arguments: str) -> str:
        """A call by the function's name as it was written."""
        if "start" not in node.meta:
            raise _NotPrinted
        return f"{self._sql[node.meta['start'] : node.meta['end'] + 1]}({arguments})"

    def _with(self, node: exp.With | None, indent: str) -> str:
        if node is None:
            return ""
        if node.recursive or any(cte.args["alias"].columns for cte in node.expressions):
            raise _NotPrinted
        queries = [
            f"{indent}{self.expression(cte.args['alias'].this)} AS {self._nested(cte.this, indent)}\n"
            for cte in node.expressions
        ]
        return f"{indent}WITH\n  {', '.join(queries)}"

    def _nested(self, query: exp.Expression, indent: str) -> str:
        return f"(\n{self.query(query, indent + _STEP)}{indent}) "

    def _set_operation(self, node: exp.SetOperation, indent: str) -> str:
        # Which is which of nested ones is for parentheses to say, and so is what an ORDER BY belongs to.
        if not isinstance(node.expression, exp.Select) or any(
            part for name, part in node.args.items() if name not in ("this", "expression", "distinct")
        ):
            raise _NotPrinted
        if isinstance(node.this, exp.SetOperation) and type(node.this) is not type(node):
            raise _NotPrinted
        words = node.key.upper() + ("" if node.args.get("distinct") else " ALL")
        return f"{self.query(node.this, indent)}{indent}{words} {self.query(node.expression, indent)[len(indent) :]}"

    def _distinct(self, node: exp.Distinct | None) -> str:
        if node is not None and any(node.args.values()):
            raise _NotPrinted
        return " DISTINCT" if node is not None else ""

    def _relation(self, node: exp.Expression, indent: str) -> str:
        alias = node.args.get("alias")
        if alias is not None and alias.columns:
            raise _NotPrinted
        others = [name for name, part in node.args.items() if part and name not in ("this", "db", "catalog", "alias")]
        if others or not isinstance(node, (exp.Table, exp.Subquery)):
            raise _NotPrinted
        if isinstance(node, exp.Subquery):
            text = self._nested(node.this, indent)
        else:
            text = ".".join(map(self.expression, node.parts))
        return f"{text} {self.expression(alias.this)}" if alias is not None else text

    def _clause(self, node: exp.Expression) -> str:
        if isinstance(node, (exp.Where, exp.Having)):
            return self.expression(node.this)
        return self.all(_only(node, "expressions"))


def _only(node: exp.Expression, name: str) -> list[exp.Expression] | exp.Expression:
    """The one part that a node has."""
    if [key for key, part in node.args.items() if part] != [name]:
        raise _NotPrinted
    return node.args[name]


Show = Callable[[_Printer, exp.Expression], str]


def _identifier(printer: _Printer, node: exp.Expression) -> str:
    escaped = node.name.replace('"', '""')
    return f'"{escaped}"' if node.args.get("quoted") else str(node.name)


def _column(printer: _Printer, node: exp.Expression) -> str:
    return ".".join(map(printer.expression, node.parts))


def _literal(printer: _Printer, node: exp.Expression) -> str:
    if node.is_string:
        escaped = node.name.replace("'", "''")
        return f"'{escaped}'"
    if not node.name.isdigit():
        raise _NotPrinted  # Trino writes 1.5 as DECIMAL '1.5', and 1e3 as 1E3.
    return str(node.name)


def _logical(word: str) -> Show:
    """`a AND b AND c` in one pair of parentheses, as it was written."""

    def show(printer: _Printer, node: exp.Expression) -> str:
        return "(" + f" {word} ".join(map(printer.expression, node.flatten(unnest=False))) + ")"

    return show


def _binary(operator: str) -> Show:
    return lambda printer, node: f"({printer.expression(node.this)} {operator} {printer.expression(node.expression)})"


def _not(printer: _Printer, node: exp.Expression) -> str:
    inner = node.this
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
        return f"({printer.expression(inner.this)} IS NOT NULL)"
    return f"(NOT {printer.expression(inner)})"


def _is_null(printer: _Printer, node: exp.Expression) -> str:
    if not isinstance(node.expression, exp.Null):
        raise _NotPrinted
    return f"({printer.expression(node.this)} IS NULL)"


def _star(printer: _Printer, node: exp.Expression) -> str:
    if any(node.args.values()):
        raise _NotPrinted
    return "*"


def _in(printer: _Printer, node: exp.Expression) -> str:
    if any(part for name, part in node.args.items() if name not in ("this", "expressions")):
        raise _NotPrinted
    return f"({printer.expression(node.this)} IN ({printer.all(node.expressions)}))"


def _between(printer: _Printer, node: exp.Expression) -> str:
    low, high = (printer.expression(node.args[name]) for name in ("low", "high"))
    return f"({printer.expression(node.this)} BETWEEN {low} AND {high})"


def _case(printer: _Printer, node: exp.Expression) -> str:
    operand = f"CASE {printer.expression(node.this)}" if node.this else "CASE"
    whens = [
        f"WHEN {printer.expression(when.this)} THEN {printer.expression(when.args['true'])}"
        for when in node.args["ifs"]
    ]
    default = node.args.get("default")
    return "(" + " ".join([operand, *whens, *([f"ELSE {printer.expression(default)}"] if default else []), "END"]) + ")"


def _concat(printer: _Printer, node: exp.Expression) -> str:
    return f"concat({printer.expression(node.this)}, {printer.expression(node.expression)})"


def _count(printer: _Printer, node: exp.Expression) -> str:
    return printer.called(node, printer.expression(node.this) if node.this else "*")


def _call(printer: _Printer, node: exp.Expression) -> str:
    """A function with one argument, or with a list of them."""
    if any(part for name, part in node.args.items() if name not in ("this", "expressions", "is_null")):
        raise _NotPrinted
    first = [node.this] if isinstance(node.this, exp.Expression) else []
    return printer.called(node, printer.all([*first, *node.expressions]))


def _coalesce(printer: _Printer, node: exp.Expression) -> str:
    return f"COALESCE({printer.all([node.this, *node.expressions])})"


def _distinct(printer: _Printer, node: exp.Expression) -> str:
    return f"DISTINCT {printer.all(node.expressions)}"


def _ordered(printer: _Printer, node: exp.Expression) -> str:
    first = " NULLS FIRST" if node.args.get("nulls_first") else ""
    return f"{printer.expression(node.this)} {'DESC' if node.args.get('desc') else 'ASC'}{first}"


def _window(printer: _Printer, node: exp.Expression) -> str:
    if any(part for name, part in node.args.items() if name not in ("this", "partition_by", "order", "over")):
        raise _NotPrinted
    partition, order = node.args.get("partition_by"), node.args.get("order")
    parts = [f"PARTITION BY {printer.all(partition)}"] if partition else []
    parts += [f"ORDER BY {printer.all(order.expressions)}"] if order else []
    return f"{printer.expression(node.this)} OVER ({' '.join(parts)})"


_SHOWN: dict[type, Show] = {
    exp.Identifier: _identifier,
    exp.Column: _column,
    exp.Star: _star,
    exp.Alias: lambda printer, node: f"{printer.expression(node.this)} {printer.expression(node.args['alias'])}",
    exp.Literal: _literal,
    exp.Boolean: lambda printer, node: "true" if node.this else "false",
    exp.Null: lambda printer, node: "null",
    exp.Paren: lambda printer, node: printer.expression(node.this),
    exp.And: _logical("AND"),
    exp.Or: _logical("OR"),
    exp.Not: _not,
    exp.EQ: _binary("="),
    exp.NEQ: _binary("<>"),
    exp.GT: _binary(">"),
    exp.GTE: _binary(">="),
    exp.LT: _binary("<"),
    exp.LTE: _binary("<="),
    exp.Add: _binary("+"),
    exp.Sub: _binary("-"),
    exp.Mul: _binary("*"),
    exp.Div: _binary("/"),
    exp.Mod: _binary("%"),
    exp.Is: _is_null,
    exp.Like: _binary("LIKE"),
    exp.Neg: lambda printer, node: f"-({printer.expression(node.this)})",
    exp.In: _in,
    exp.Between: _between,
    exp.Case: _case,
    exp.DPipe: _concat,
    exp.Count: _count,
    exp.Coalesce: _coalesce,
    exp.Distinct: _distinct,
    exp.Ordered: _ordered,
    exp.Window: _window,
    **dict.fromkeys((exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Upper, exp.Lower, exp.Length, exp.RowNumber), _call),
}
