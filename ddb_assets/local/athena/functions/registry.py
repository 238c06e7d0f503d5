"""The list of functions, and how an entry is written.

    scalar("lower(varchar(x)) -> varchar(x)", sql("lower({0})"), "lower('Ä')")

An entry is a signature, a translation, and examples: expressions whose answers a real Trino gave (`make record-trino`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import LambdaValue, Typed
from ddb_assets.local.athena.functions.signatures import Bindings, Signature, signature
from ddb_assets.local.athena.types.kinds import Type

Argument = Typed | LambdaValue
Make = Callable[[Context, Sequence[Any], Type], str]
Result = Callable[[Bindings], Type]

SCALARS: dict[str, list[Function]] = {}
AGGREGATES: dict[str, list[Function]] = {}
WINDOWS: dict[str, list[Function]] = {}


@dataclass(frozen=True)
class Function:
    """One signature of one function. `result` is for types that a pattern can't say."""

    signature: Signature
    make: Make
    examples: tuple[str, ...]
    result: Result | None = None
    ordered: bool = False
    """Whether an aggregate's answer hangs on the order of its rows."""
    nulls: tuple[int, ...] = ()
    """The places of arguments for which NULL is a value as any other; elsewhere NULL makes NULL."""

    def is_null(self, arguments: Sequence[Argument]) -> bool:
        """Whether a call of a scalar is NULL whatever its other arguments are, which Trino then doesn't evaluate."""
        return any(
            isinstance(argument, Typed) and argument.null and self.strict(place)
            for place, argument in enumerate(arguments)
        )

    def strict(self, place: int) -> bool:
        """Whether NULL as this argument makes NULL."""
        return min(place, len(self.signature.arguments) - 1) not in self.nulls


def scalar(text: str, make: Make, *examples: str, result: Result | None = None, nulls: tuple[int, ...] = ()) -> None:
    """Add a function of one row's values."""
    made = Function(signature(text), make, examples, result, nulls=nulls)
    SCALARS.setdefault(made.signature.name, []).append(made)


def aggregate(text: str, make: Make, *examples: str, result: Result | None = None, ordered: bool = False) -> None:
    """Add a function of many rows' values. Its SQL has `{d}`, `{o}` and `{f}` where DISTINCT, ORDER BY and FILTER go."""
    made = Function(signature(text), make, examples, result, ordered)
    AGGREGATES.setdefault(made.signature.name, []).append(made)


def window(text: str, make: Make, *examples: str) -> None:
    """Add a function that needs OVER."""
    made = Function(signature(text), make, examples)
    WINDOWS.setdefault(made.signature.name, []).append(made)


def sql(template: str) -> Make:
    """DuckDB's SQL, with `{0}`, `{1}` for the arguments, each of which is evaluated once."""
    repeated = [place for place in range(9) if template.count(f"{{{place}}}") > 1]

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        def filled(texts: Sequence[str]) -> str:
            return re.sub(r"\{([\ddof])\}", lambda match: _filled(context, texts, match.group(1)), template)

        twice = [place for place in repeated if place < len(arguments)]
        if not twice:
            return filled([argument.sql for argument in arguments])

        def again(bound: Sequence[Typed]) -> str:
            texts = [argument.sql for argument in arguments]
            for place, each in zip(twice, bound, strict=True):
                texts[place] = each.sql
            return filled(texts)

        return context.once([arguments[place] for place in twice], again)

    return make


def _filled(context: Context, texts: Sequence[str], mark: str) -> str:
    return texts[int(mark)] if mark.isdigit() else context.clauses.get(mark, "")


def python(function: Callable[..., Any], *, nulls: bool = False, volatile: bool = False) -> Make:
    """A Python function that DuckDB calls row by row; without `nulls` a NULL argument makes NULL."""

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        return context.python(function, arguments, result, nulls=nulls, volatile=volatile)

    return make
