"""Forms whose types no signature decides: CASE, COALESCE, IF, TRY, LIKE, subscripts, FORMAT, …"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ddb_assets.local.athena.analysis import literals, operators
from ddb_assets.local.athena.analysis.casts import cast, coerced
from ddb_assets.local.athena.analysis.typed import Typed, quoted
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions import escapes, printing
from ddb_assets.local.athena.sql import nodes
from ddb_assets.local.athena.sql.nodes import Call
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.coercion import common_of, common_type
from ddb_assets.local.athena.types.kinds import (
    BIGINT,
    BOOLEAN,
    UNKNOWN,
    VARCHAR,
    Array,
    Char,
    Map,
    TimestampZoned,
    Varchar,
)
from ddb_assets.local.athena.types.names import shown
from ddb_assets.local.athena.types.read import read_type

if TYPE_CHECKING:
    from ddb_assets.local.athena.analysis.expressions import Expressions


def typed_literal(self: Expressions, node: nodes.TypedLiteral) -> Typed:
    """`DATE '…'`, or the text cast to the type."""
    found = literals.typed_literal(self.context, node)
    if found is not None:
        return found
    text = Typed(quoted(node.text), Varchar(len(node.text)), node.text)
    made = cast(self.context, text, read_type(node.type))
    if made is None:
        raise self.error("INVALID_LITERAL", f"'{node.text}' is not a valid {node.type.name} literal", node)
    return made


def subscript(self: Expressions, base: Typed, index: Typed, node: nodes.Node) -> Typed:
    """`array[index]` or `map[key]`: what isn't there fails."""
    if isinstance(base.type, Array):
        if index.type not in kinds.INTEGERS:
            raise operators.mismatch(self.context, "[]", base, index, node)
        kind = base.type.element
        failed = self.context.fail("INVALID_FUNCTION_ARGUMENT", "'Array subscript out of bounds'", kind)
        return Typed(
            self.context.once([base, coerced(self.context, index, BIGINT)],
                              lambda v: f"CASE WHEN {v[1].sql} < 1 OR {v[1].sql} > len({v[0].sql}) THEN {failed} "
                                        f"ELSE {v[0].sql}[{v[1].sql}] END"), kind)  # fmt: skip
    if isinstance(base.type, Map):
        key = common_type(base.type.key, index.type)
        if key != base.type.key:
            raise operators.mismatch(self.context, "[]", base, index, node)
        kind = base.type.value
        failed = self.context.fail("INVALID_FUNCTION_ARGUMENT", "'Key not present in map'", kind)
        return Typed(
            self.context.once([base, coerced(self.context, index, key)],
                              lambda v: f"CASE WHEN {v[0].sql} IS NULL OR {v[1].sql} IS NULL THEN NULL "
                                        f"WHEN NOT map_contains({v[0].sql}, {v[1].sql}){_or_nan(v[1])} THEN {failed} "
                                        f"ELSE {v[0].sql}[{v[1].sql}] END"), kind)  # fmt: skip
    raise operators.mismatch(self.context, "[]", base, index, node)


def _or_nan(key: Typed) -> str:
    """No key is equal to NaN."""
    return f" OR isnan({key.sql})" if key.type in kinds.FLOATING else ""


def like(self: Expressions, node: nodes.Like) -> Typed:
    """LIKE, with no escape unless it says one."""
    value, pattern = self.translate(node.value), self.translate(node.pattern)
    for each, side in ((value, "Left side"), (pattern, "Pattern")):
        if not isinstance(each.type, (Varchar, Char)) and each.type != UNKNOWN:
            raise self.error(
                "TYPE_MISMATCH",
                f"{side} of LIKE expression must evaluate to a varchar (actual: {shown(each.type)})",
                node,
            )
    texts = [coerced(self.context, each, VARCHAR).sql for each in (value, pattern)]
    if node.escape is None:
        return Typed(f"({texts[0]} LIKE {texts[1]})", BOOLEAN)
    escape = self.translate(node.escape)
    if escape.text is None and not escape.null:
        raise not_supported("LIKE with an ESCAPE that is no literal")
    if escape.text is None or len(escape.text) != 1:
        raise self.error("INVALID_FUNCTION_ARGUMENT", "Escape string must be a single character", node)
    checked = self.context.python(escapes.pattern, [Typed(texts[1], VARCHAR), escape], VARCHAR)
    return Typed(f"({texts[0]} LIKE {checked} ESCAPE {escape.sql})", BOOLEAN)


def case(self: Expressions, node: nodes.Case) -> Typed:
    """CASE: all results become one type, and an operand is compared with each WHEN."""
    results = [self.translate(result) for _, result in node.whens]
    if node.otherwise is not None:
        results.append(self.translate(node.otherwise))
    plain, kind = self.common(results, "All CASE results must be the same type", node)
    parts = []
    if node.operand is not None:
        operand = self.translate(node.operand)
        whens = [self.translate(when) for when, _ in node.whens]
        for when, (condition, _) in zip(whens, node.whens, strict=True):
            if common_type(operand.type, when.type) is None:
                raise self.error(
                    "TYPE_MISMATCH",
                    "CASE operand type does not match WHEN clause operand type: "
                    f"{shown(operand.type)} vs {shown(when.type)}",
                    condition,
                )

        def made(bound: list[Typed]) -> str:
            tests = (operators.compared(self.context, "=", bound[0], when, node).sql for when in whens)
            return _case([(test, each.sql) for test, each in zip(tests, plain, strict=False)], plain, len(whens))

        return Typed(self.context.once([operand], lambda v: made(list(v))), kind)
    for (test, _), each in zip(node.whens, plain, strict=False):
        parts.append((self.condition(test, "CASE WHEN clause").sql, each.sql))
    return Typed(_case(parts, plain, len(node.whens)), kind)


def _case(parts: list[tuple[str, str]], results: list[Typed], whens: int) -> str:
    otherwise = f" ELSE {results[-1].sql}" if len(results) > whens else ""
    return "CASE " + " ".join(f"WHEN {test} THEN {result}" for test, result in parts) + f"{otherwise} END"


def _if(self: Expressions, node: Call) -> Typed:
    if len(node.arguments) not in (2, 3):
        raise self.error("INVALID_PARAMETER_USAGE", "Invalid number of arguments for 'if' function", node)
    condition = self.condition(node.arguments[0], "IF condition")
    values = [self.translate(each) for each in node.arguments[1:]]
    plain, kind = self.common(values, "Result types for IF must be the same", node)
    return Typed(_case([(condition.sql, plain[0].sql)], plain, 1), kind)


def _coalesce(self: Expressions, node: Call) -> Typed:
    if len(node.arguments) < 2:
        raise self.error("INVALID_PARAMETER_USAGE", "The 'coalesce' function must have at least two arguments", node)
    values = [self.translate(each) for each in node.arguments]
    plain, kind = self.common(values, "All COALESCE operands must be the same type", node)
    return Typed(f"coalesce({', '.join(each.sql for each in plain)})", kind)


def _nullif(self: Expressions, node: Call) -> Typed:
    if len(node.arguments) != 2:
        raise self.error("INVALID_PARAMETER_USAGE", "Invalid number of arguments for 'nullif' function", node)
    first, second = (self.translate(each) for each in node.arguments)
    if common_type(first.type, second.type) is None:
        raise self.error(
            "TYPE_MISMATCH", f"Types are not comparable with NULLIF: {shown(first.type)} vs {shown(second.type)}", node
        )
    return Typed(
        self.context.once([first], lambda v: f"CASE WHEN "
                          f"{operators.compared(self.context, '=', v[0], second, node).sql} "
                          f"THEN NULL ELSE {v[0].sql} END"),
        first.type)  # fmt: skip


def _try(self: Expressions, node: Call) -> Typed:
    if len(node.arguments) != 1:
        raise self.error("INVALID_PARAMETER_USAGE", "The 'try' function must have exactly one argument", node)
    value = self.translate(node.arguments[0])
    return Typed(f"TRY({value.sql})" if not value.atomic else value.sql, value.type)


def _typeof(self: Expressions, node: Call) -> Typed:
    if len(node.arguments) != 1:
        raise self.error("FUNCTION_NOT_FOUND", "Unexpected parameters for function typeof. Expected: typeof(t)", node)
    value = self.translate(node.arguments[0])
    return Typed(quoted(shown(value.type)), VARCHAR)


def _greatest(function: str) -> Callable[[Expressions, Call], Typed]:
    def made(self: Expressions, node: Call) -> Typed:
        values = [self.translate(each) for each in node.arguments]
        kind = common_of([value.type for value in values])
        if kind is None or not values or not kinds.orderable(kind):
            shown_types = ", ".join(shown(value.type) for value in values)
            raise self.error(
                "FUNCTION_NOT_FOUND", f"Unexpected parameters ({shown_types}) for function {node.name}", node
            )
        if kinds.inner(kind) or isinstance(kind, TimestampZoned):
            raise not_supported(f"{node.name} of {shown(kind)}")
        plain = [coerced(self.context, value, kind) for value in values]
        if len(plain) == 1:
            return plain[0]

        def sql(bound: list[Typed]) -> str:
            texts = [each.sql for each in bound]
            missing = " OR ".join(f"{text} IS NULL" for text in texts)
            found = f"{function}({', '.join(texts)})"
            if function == "greatest" and kind in kinds.FLOATING:
                # NaN is the last that is taken for the greatest; DuckDB's leaves NULL out.
                numbers = (f"CASE WHEN NOT isnan({text}) THEN {text} END" for text in texts)
                found = f"coalesce(greatest({', '.join(numbers)}), {found})"
            return f"CASE WHEN NOT ({missing}) THEN {found} END"

        return Typed(self.context.once(plain, lambda v: sql(list(v))), kind)

    return made


def _format(self: Expressions, node: Call) -> Typed:
    """`format('%d', …)`: Java's Formatter."""
    values = [self.translate(each) for each in node.arguments]
    if len(values) < 2:
        raise self.error("SYNTAX_ERROR", "The 'format' function must have at least two arguments", node)
    if not isinstance(values[0].type, Varchar):
        raise self.error("TYPE_MISMATCH", "Type of first argument to format() must be VARCHAR", node)
    for value in values[1:]:
        if not printing.printable(value.type):
            raise not_supported(f"format of {shown(value.type)}")
    return Typed(self.context.python(printing.formatted, values, VARCHAR, nulls=True), VARCHAR)


FORMS: dict[str, Callable[[Expressions, Call], Typed]] = {
    "if": _if, "coalesce": _coalesce, "nullif": _nullif, "try": _try, "typeof": _typeof, "format": _format,
    "greatest": _greatest("greatest"), "least": _greatest("least"),
}  # fmt: skip
