"""Names in a query and what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.sql.nodes import Dereference, Expression, Identifier, Node
from ddb_assets.local.athena.types.kinds import Type


@dataclass(frozen=True)
class Field:
    """A column of a relation: its name in the query, its type, its name in DuckDB's SQL, and the relation's name."""

    name: str | None
    type: Type
    sql: str
    relation: tuple[str, ...] = ()
    hidden: bool = False
    shown: str | None = None

    def named(self, name: str, qualifiers: tuple[str, ...]) -> bool:
        """Whether `qualifiers.name` means this column."""
        if self.name is None or self.name.lower() != name:
            return False
        return not qualifiers or self.relation[-len(qualifiers) :] == qualifiers


@dataclass(frozen=True)
class Source:
    """What stands after FROM in DuckDB's SQL, with its columns."""

    sql: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Relation:
    """A whole query in DuckDB's SQL, with its columns in order."""

    sql: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class With:
    """A query of a WITH clause: its name in DuckDB's SQL and its columns."""

    sql: str
    fields: tuple[Field, ...]


@dataclass
class Scope:
    """The columns that can be named here, and those of the query around."""

    fields: Sequence[Field]
    parent: Scope | None = None
    withs: dict[str, With] = field(default_factory=dict)
    ungrouped: frozenset[str] = frozenset()
    """Columns (by their SQL) that a grouped query can't show."""

    def find(self, context: Context, parts: tuple[str, ...], node: Node) -> Typed | None:
        """The column of that name. Raises QueryError: AMBIGUOUS_NAME, or EXPRESSION_NOT_AGGREGATE."""
        *qualifiers, name = parts
        found = [each for each in self.fields if each.named(name, tuple(qualifiers))]
        if len(found) > 1:
            raise context.error("AMBIGUOUS_NAME", f"Column '{'.'.join(parts)}' is ambiguous", node)
        if found:
            if found[0].sql in self.ungrouped:
                raise context.error(
                    "EXPRESSION_NOT_AGGREGATE",
                    f"'{'.'.join(parts)}' must be an aggregate expression or appear in GROUP BY clause",
                    node,
                )
            return Typed(found[0].sql, found[0].type)
        return self.parent.find(context, parts, node) if self.parent is not None else None

    def with_query(self, name: str) -> With | None:
        """The query of a WITH clause that the name means, here or further out."""
        if name in self.withs:
            return self.withs[name]
        return self.parent.with_query(name) if self.parent is not None else None


def name_parts(node: Expression) -> tuple[str, ...] | None:
    """`a.b.c` as its parts; None for what is no chain of names."""
    if isinstance(node, Identifier):
        return (node.name,)
    if isinstance(node, Dereference):
        base = name_parts(node.base)
        return (*base, node.field) if base is not None else None
    return None
