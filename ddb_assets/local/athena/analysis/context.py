"""What one statement's analysis shares: names, Python functions that DuckDB calls, the clock, the tables."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import duckdb

from ddb_assets.local.athena.analysis.carrying import carried, doubles_as_texts, one_nan
from ddb_assets.local.athena.analysis.typed import Typed, quoted
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.sql.lexer import place
from ddb_assets.local.athena.sql.nodes import Expression, Node
from ddb_assets.local.athena.sql.query_nodes import TableName
from ddb_assets.local.athena.types.kinds import INTEGER, VARCHAR, Type
from ddb_assets.local.athena.types.names import duckdb_type

Python = Callable[..., Any]


class Tables(Protocol):
    """Where tables and views come from."""

    def table(self, name: TableName, context: Context) -> Any:
        """The relation that a name stands for. Raises QueryError."""


@dataclass(frozen=True)
class Registered:
    """A Python function as DuckDB will know it; `texts` when the doubles of its result go there as texts."""

    function: Python
    arguments: tuple[str, ...]
    result: str
    nulls: bool
    volatile: bool
    texts: bool


@dataclass
class Context:
    """One statement. `sql` is the text that positions point into; a view's is its own."""

    sql: str
    tables: Tables
    parameters: Sequence[Expression] = ()
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.timezone.utc))
    functions: dict[Registered, str] = field(default_factory=dict)
    lambdas: list[dict[str, Typed]] = field(default_factory=list)
    clauses: dict[str, str] = field(default_factory=dict)
    """What an aggregate's call says beside its arguments: DISTINCT (d), ORDER BY (o), FILTER and OVER (f)."""
    _numbers: list[int] = field(default_factory=lambda: [0])

    def inside(self, sql: str) -> Context:
        """The context of a view's text in this statement."""
        return Context(sql, self.tables, (), self.now, self.functions, _numbers=self._numbers)

    def fresh(self, prefix: str = "c") -> str:
        """A name that nothing else in the statement has."""
        self._numbers[0] += 1
        return f"{prefix}{self._numbers[0]}"

    def error(self, name: str, message: str, node: Node) -> QueryError:
        """A refusal with the node's position."""
        line, column = place(self.sql, node.at)
        return QueryError(name, message, line=line, column=column)

    def python(
        self, function: Python, arguments: Sequence[Typed], result: Type, *, nulls: bool = False, volatile: bool = False
    ) -> str:
        """A call of a Python function; without `nulls` a NULL argument makes NULL."""
        given, made, kind = (
            (duckdb_type(each.type) for each in arguments),
            duckdb_type(carried(result)),
            duckdb_type(result),
        )
        wanted = Registered(function, tuple(given), made, nulls, volatile, texts=made != kind)
        name = self.functions.setdefault(wanted, f"trino_f{len(self.functions)}")
        call = f"{name}({', '.join(argument.sql for argument in arguments)})"
        return f"CAST({call} AS {kind})" if wanted.texts else call

    def number(self, value: int) -> Typed:
        """A whole number as an argument of a Python function."""
        return Typed(str(value) if value >= 0 else f"({value})", INTEGER, None, value)

    def fail(self, name: str, message: str, result: Type) -> str:
        """An expression that fails when it is evaluated; `message` is SQL of a text."""
        return f"CAST({self._failing(name, message)} AS {duckdb_type(result)})"

    def _failing(self, name: str, message: str) -> str:
        return self.python(_fail, [Typed(quoted(name), VARCHAR), Typed(message, VARCHAR)], VARCHAR, nulls=True)

    def once(self, arguments: Sequence[Typed], make: Callable[[Sequence[Typed]], str]) -> str:
        """SQL that uses its arguments more than once, though each is written once."""
        costly = [place for place, argument in enumerate(arguments) if not argument.atomic]
        if not costly:
            return make(arguments)
        name = self.fresh("v")
        bound = list(arguments)
        if len(costly) == 1:
            bound[costly[0]] = Typed(name, arguments[costly[0]].type, arguments[costly[0]].text)
            return f"list_transform([{arguments[costly[0]].sql}], lambda {name}: {make(bound)})[1]"
        packed = []
        for number, place_ in enumerate(costly):
            packed.append(f"p{number} := {arguments[place_].sql}")
            bound[place_] = Typed(f"{name}.p{number}", arguments[place_].type, arguments[place_].text)
        return f"list_transform([struct_pack({', '.join(packed)})], lambda {name}: {make(bound)})[1]"

    @contextmanager
    def lambda_scope(self, parameters: dict[str, Typed]) -> Iterator[None]:
        """While a lambda's body is read, its parameters hide other names."""
        self.lambdas.append(parameters)
        try:
            yield
        finally:
            self.lambdas.pop()

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give DuckDB the Python functions that the statement calls."""
        for known, name in self.functions.items():
            connection.create_function(
                name,
                _callable(known),
                list(known.arguments),
                known.result,
                null_handling="special",
                side_effects=known.volatile,
            )


def _callable(known: Registered) -> Python:
    """The function with the arguments that DuckDB asks its signature for, and NULL for NULL unless it takes them."""

    floating = any("DOUBLE" in kind or "FLOAT" in kind for kind in known.arguments)

    def call(*arguments: Any) -> Any:
        if not known.nulls and any(argument is None for argument in arguments):
            return None
        result = known.function(*(one_nan(argument) for argument in arguments) if floating else arguments)
        return doubles_as_texts(result) if known.texts else result

    names = [f"a{place}" for place in range(len(known.arguments))]
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return call


def _fail(name: str, message: str) -> str:
    raise QueryError(name, message or "")
