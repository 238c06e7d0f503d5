"""Which of the list's functions a call is, by its arguments' types."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ddb_assets.local.athena.analysis.casts import coerced
from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import LambdaValue, Typed
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions.known import TRINO_FUNCTIONS
from ddb_assets.local.athena.functions.registry import Argument, Function
from ddb_assets.local.athena.functions.signatures import Bindings, bind, bind_null, made
from ddb_assets.local.athena.sql.nodes import Expression, Lambda, Node, TypeName
from ddb_assets.local.athena.types.coercion import coercible, common_type
from ddb_assets.local.athena.types.kinds import MOST_DIGITS, UNKNOWN, Decimal, Type
from ddb_assets.local.athena.types.names import shown

Translate = Callable[[Expression], Typed]
_MARK = secrets.token_hex(3)
"""Makes the names of lambdas' parameters such that no query has them."""


@dataclass(frozen=True)
class Resolved:
    """A function with its arguments as it takes them, and its result's type."""

    function: Function
    arguments: tuple[Argument, ...]
    result: Type

    def sql(self, context: Context) -> str:
        """The call in DuckDB's SQL."""
        return self.function.make(context, self.arguments, self.result)


def resolved(
    context: Context,
    name: str,
    functions: Sequence[Function],
    arguments: Sequence[Expression],
    translate: Translate,
    node: Node,
) -> Resolved:
    """The call. Raises QueryError: FUNCTION_NOT_FOUND, or NOT_SUPPORTED when Trino has what the list hasn't."""
    if not functions:
        if name in TRINO_FUNCTIONS:
            raise not_supported(f"the function {name}")
        raise context.error("FUNCTION_NOT_FOUND", f"Function '{name}' not registered", node)
    given = [None if isinstance(argument, Lambda) else translate(argument) for argument in arguments]
    lambdas = [argument if isinstance(argument, Lambda) else None for argument in arguments]
    for coerce in (False, True):
        tried = (_tried(context, function, given, lambdas, translate, coerce) for function in functions)
        found: Iterator[Resolved] = (each for each in tried if each is not None)
        if coerce:
            chosen = _most_specific(list(found), given)
            if len(chosen) > 1 and any(each is not None and each.type == UNKNOWN for each in given):
                raise context.error("AMBIGUOUS_FUNCTION_CALL", "Could not choose a best candidate function", node)
            found = iter(chosen)
        if (first := next(found, None)) is not None:
            return first
    types = ", ".join("function" if each is None else shown(each.type) for each in given)
    if name in TRINO_FUNCTIONS and (_taken_elsewhere(name, functions, given) or _with_lambda(name, lambdas)):
        raise not_supported(f"the function {name}({types})")
    raise context.error("FUNCTION_NOT_FOUND", f"Unexpected parameters ({types}) for function {name}", node)


def _most_specific(found: Sequence[Resolved], given: Sequence[Typed | None]) -> Sequence[Resolved]:
    """Of those that take the arguments after a coercion, the one whose types need the least of it.

    NULL alone may not choose: then there are those that differ in kind, as sums of numbers and of intervals.

    Source: a Trino 476's answers to such calls, which are in the recorded examples.
    """
    types = [[_any_decimal(each.type) if isinstance(each, Typed) else None for each in one.arguments] for one in found]
    specific = [
        one
        for one, mine in zip(found, types, strict=True)
        if not any(_narrower(others, mine) and not _narrower(mine, others) for others in types)
    ]
    if len(specific) > 1:
        as_given = [
            one
            for one, mine in zip(found, types, strict=True)
            if all(each is None or each.type in (UNKNOWN, kind) for each, kind in zip(given, mine, strict=True))
        ]
        specific = as_given or specific
    return specific[:1] if len({shown(one.result) for one in specific}) == 1 else specific


def _any_decimal(kind: Type) -> Type:
    """A decimal of no precision of its own: what NULL stands for may become any."""
    return Decimal(MOST_DIGITS, 0) if isinstance(kind, Decimal) else kind


def _narrower(types: Sequence[Type | None], others: Sequence[Type | None]) -> bool:
    """Whether each of the types can stand for the other in its place."""
    return all(
        one is None or other is None or one == other or coercible(one, other)
        for one, other in zip(types, others, strict=True)
    )


def _taken_elsewhere(name: str, functions: Sequence[Function], given: Sequence[Typed | None]) -> bool:
    """Whether Trino has a signature for this many arguments, or with a lambda, that the list hasn't."""
    counts = TRINO_FUNCTIONS[name]
    here = {len(function.signature.arguments) for function in functions}
    return len(given) in counts - here and not any(function.signature.variadic for function in functions)


def _with_lambda(name: str, lambdas: Sequence[Lambda | None]) -> bool:
    """Whether the call is of a signature with a lambda that the list hasn't, though it has one of as many arguments."""
    return name == "regexp_replace" and lambdas[-1] is not None


def _tried(
    context: Context,
    function: Function,
    given: Sequence[Typed | None],
    lambdas: Sequence[Lambda | None],
    translate: Translate,
    coerce: bool,
) -> Resolved | None:
    patterns = function.signature.expanded(len(given))
    if patterns is None:
        return None
    bindings = Bindings()
    for pattern, each, fn in zip(patterns, given, lambdas, strict=True):
        if (pattern.name == "function") != (fn is not None):
            return None
        if each is not None and not bind(pattern, each.type, bindings, coerce=coerce):
            return None
    for pattern, each in zip(patterns, given, strict=True):
        if each is not None and each.type == UNKNOWN:
            if pattern.name == "char":
                # NULL alone has no length of a char: `lower(NULL)` is a varchar(0).
                return None
            bind_null(pattern, bindings)
    values: list[Argument | None] = [None] * len(given)
    for place, (pattern, fn) in enumerate(zip(patterns, lambdas, strict=True)):
        if fn is not None:
            value = _lambda(context, pattern, fn, bindings, translate)
            if value is None:
                return None
            values[place] = value
    for place, (pattern, each) in enumerate(zip(patterns, given, strict=True)):
        if each is not None:
            values[place] = coerced(context, each, made(pattern, bindings))
    result = function.result(bindings) if function.result else made(function.signature.result, bindings)
    return Resolved(function, tuple(value for value in values if value is not None), result)


def _lambda(
    context: Context, pattern: TypeName, node: Lambda, bindings: Bindings, translate: Translate
) -> LambdaValue | None:
    *inputs, output = (part for part in pattern.arguments if isinstance(part, TypeName))
    if len(inputs) != len(node.parameters):
        return None
    names = tuple(f"{context.fresh('l')}_{_MARK}" for _ in inputs)
    scope = {
        shown_name: Typed(name, made(part, bindings))
        for shown_name, name, part in zip(node.parameters, names, inputs, strict=True)
    }
    with context.lambda_scope(scope):
        body = translate(node.body)
    known = bindings.types.get(output.name)
    if known is None and not bind(output, body.type, bindings, coerce=True):
        return None
    if known is not None and not coercible(body.type, known) and body.type != UNKNOWN:
        wider = common_type(body.type, known)
        if wider is None or wider == known:
            return None
        # The state takes the wider type, and so does the parameter that stands for it.
        bindings.types[output.name] = wider
        return _lambda(context, pattern, node, bindings, translate)
    wanted = made(output, bindings)
    if not (body.type == UNKNOWN or coercible(body.type, wanted)):
        return None
    return LambdaValue(names, coerced(context, body, wanted))
