"""The tree of a query: what stands in FROM, SELECT, and the queries around them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ddb_assets.local.athena.sql.nodes import Expression, Node, SortItem, Window


@dataclass(frozen=True)
class Relation(Node):
    """What stands in FROM."""


@dataclass(frozen=True)
class TableName(Relation):
    """`catalog.schema.table`, in lower case; `travel` is the word after FOR of a time travel."""

    parts: tuple[str, ...]
    travel: str | None = None


@dataclass(frozen=True)
class SubqueryRelation(Relation):
    """`(SELECT …)`."""

    query: Query
    lateral: bool = False


@dataclass(frozen=True)
class Unnest(Relation):
    """`UNNEST(…) [WITH ORDINALITY]`."""

    values: tuple[Expression, ...]
    ordinality: bool


@dataclass(frozen=True)
class Aliased(Relation):
    """`relation AS name (columns)`."""

    relation: Relation
    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Sampled(Relation):
    """`relation TABLESAMPLE method (percent)`."""

    relation: Relation
    method: str
    percent: Expression


@dataclass(frozen=True)
class Join(Relation):
    """A join: `kind` is CROSS, INNER, LEFT, RIGHT or FULL; the condition or the columns of USING."""

    kind: str
    left: Relation
    right: Relation
    on: Expression | None
    using: tuple[str, ...]


@dataclass(frozen=True)
class Unsupported(Relation):
    """A clause of FROM that Trino has and this engine doesn't, by its name."""

    name: str


@dataclass(frozen=True)
class SelectItem(Node):
    """`expression [AS alias]`; with `star`, `*` (no expression) or `t.*` (the expression before the star)."""

    expression: Expression | None
    alias: str | None
    star: bool = False
    shown: str | None = field(default=None, compare=False)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grouping(Node):
    """A GROUP BY element: the sets of expressions that it stands for; `simple` is neither ROLLUP, CUBE nor SETS."""

    sets: tuple[tuple[Expression, ...], ...]
    simple: bool


@dataclass(frozen=True)
class Select(Node):
    """SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW …"""

    distinct: bool
    items: tuple[SelectItem, ...]
    source: Relation | None
    where: Expression | None
    groups: tuple[Grouping, ...] | None
    groups_distinct: bool
    having: Expression | None
    windows: tuple[tuple[str, Window], ...]


@dataclass(frozen=True)
class SetOperation(Node):
    """UNION, INTERSECT or EXCEPT."""

    kind: str
    all: bool
    left: Body
    right: Body


@dataclass(frozen=True)
class ValuesBody(Node):
    """`VALUES (…), (…)`."""

    rows: tuple[Expression, ...]


@dataclass(frozen=True)
class TableBody(Node):
    """`TABLE name`."""

    table: TableName


@dataclass(frozen=True)
class WithQuery(Node):
    """`name (columns) AS (query)`."""

    name: str
    columns: tuple[str, ...]
    query: Query


@dataclass(frozen=True)
class Query(Node):
    """A query with what stands around it. `limit` is None for LIMIT ALL; `ties` is FETCH … WITH TIES."""

    withs: tuple[WithQuery, ...]
    recursive: bool
    body: Body
    order: tuple[SortItem, ...]
    offset: Expression | None
    limit: Expression | None
    ties: bool = False


Body = Select | SetOperation | ValuesBody | TableBody | Query
