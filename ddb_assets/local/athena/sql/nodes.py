"""The tree of an expression. Every node knows where in the text it begins (`at`), which no comparison of nodes sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ddb_assets.local.athena.sql.query_nodes import Query


@dataclass(frozen=True)
class Node:
    """A part of a query."""

    at: int = field(compare=False, repr=False)


@dataclass(frozen=True)
class Expression(Node):
    """What has a value."""


@dataclass(frozen=True)
class Literal(Expression):
    """`NULL`, `true`, a number or a text: `kind` is null, boolean, integer, decimal, double, text or binary."""

    kind: str
    text: str


@dataclass(frozen=True)
class TypedLiteral(Expression):
    """`DATE '2024-01-01'`: a type's name and a text."""

    type: TypeName
    text: str


@dataclass(frozen=True)
class IntervalLiteral(Expression):
    """`INTERVAL '-1-2' YEAR TO MONTH`, `first` and `last` in upper case."""

    negative: bool
    text: str
    first: str
    last: str | None


@dataclass(frozen=True)
class Identifier(Expression):
    """A bare name; `name` is in lower case, as Trino resolves it."""

    name: str
    shown: str = field(compare=False)


@dataclass(frozen=True)
class Dereference(Expression):
    """`base.field`."""

    base: Expression
    field: str


@dataclass(frozen=True)
class Subscript(Expression):
    """`base[index]`."""

    base: Expression
    index: Expression


@dataclass(frozen=True)
class SortItem(Node):
    """`key [ASC | DESC] [NULLS FIRST | LAST]`."""

    key: Expression
    descending: bool
    nulls_first: bool


@dataclass(frozen=True)
class Bound(Node):
    """An end of a window's frame, e.g. `kind` UNBOUNDED PRECEDING, PRECEDING or CURRENT ROW."""

    kind: str
    value: Expression | None


@dataclass(frozen=True)
class Window(Node):
    """OVER (…); `base` names a window of the WINDOW clause."""

    base: str | None
    partition: tuple[Expression, ...]
    order: tuple[SortItem, ...]
    unit: str | None
    start: Bound | None
    end: Bound | None


@dataclass(frozen=True)
class Call(Expression):
    """A function's call with all that may stand around it; `star` is `f(*)`."""

    name: str
    arguments: tuple[Expression, ...]
    star: bool = False
    distinct: bool = False
    order: tuple[SortItem, ...] = ()
    filter: Expression | None = None
    nulls: str | None = None
    window: Window | None = None


@dataclass(frozen=True)
class Special(Expression):
    """A form of the grammar that isn't a call, e.g. JSON_VALUE or LISTAGG: its name, its operands and its words."""

    name: str
    operands: tuple[Expression, ...]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lambda(Expression):
    """`(x, y) -> body`."""

    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True)
class Operator(Expression):
    """A binary operator by its symbol: arithmetic, comparison, `||`, AND, OR, `IS DISTINCT FROM`."""

    symbol: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Unary(Expression):
    """`-`, `+`, NOT, `IS NULL`, `IS NOT NULL`."""

    symbol: str
    operand: Expression


@dataclass(frozen=True)
class Between(Expression):
    """`value BETWEEN low AND high`."""

    value: Expression
    low: Expression
    high: Expression


@dataclass(frozen=True)
class InList(Expression):
    """`value IN (…)`."""

    value: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class InQuery(Expression):
    """`value IN (SELECT …)`."""

    value: Expression
    query: Query


@dataclass(frozen=True)
class Like(Expression):
    """`value LIKE pattern ESCAPE escape`."""

    value: Expression
    pattern: Expression
    escape: Expression | None


@dataclass(frozen=True)
class Quantified(Expression):
    """`value = ANY (SELECT …)`: `quantifier` is ALL or ANY."""

    symbol: str
    quantifier: str
    value: Expression
    query: Query


@dataclass(frozen=True)
class Exists(Expression):
    """`EXISTS (SELECT …)`."""

    query: Query


@dataclass(frozen=True)
class ScalarQuery(Expression):
    """`(SELECT …)` as a value."""

    query: Query


@dataclass(frozen=True)
class Case(Expression):
    """CASE, with an operand or without."""

    operand: Expression | None
    whens: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None


@dataclass(frozen=True)
class Cast(Expression):
    """CAST, or TRY_CAST when `safe`."""

    value: Expression
    type: TypeName
    safe: bool


@dataclass(frozen=True)
class AtZone(Expression):
    """`value AT TIME ZONE zone`."""

    value: Expression
    zone: Expression


@dataclass(frozen=True)
class Extract(Expression):
    """`EXTRACT(field FROM value)`, the field in upper case."""

    field: str
    value: Expression


@dataclass(frozen=True)
class ArrayOf(Expression):
    """`ARRAY[…]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class RowOf(Expression):
    """`ROW(…)` or `(a, b)`, with the names of `ROW(1 AS x)` where given."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Parameter(Expression):
    """`?`, by its number from 0."""

    number: int


@dataclass(frozen=True)
class TypeName(Node):
    """A type as written: `decimal(10, 2)`, `array(integer)`, `row(x integer)`, `timestamp(3) with time zone`.

    `arguments` holds numbers and types; `names` holds a row's field names, None where a field has none.
    """

    name: str
    arguments: tuple[int | TypeName, ...] = ()
    names: tuple[str | None, ...] = ()
