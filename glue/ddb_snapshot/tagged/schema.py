"""What paths and tags the reader expects in a block of DynamoDB-JSON.

A node stands for one attribute path and knows which tags occur there. A path whose maps or lists have no sensible
columnar shape (keys that are data, too many levels, a column that holds JSON text) is *sealed*: its values arrive as
text under the pseudo-tags `JM` and `JL`, unless they have the shape that the node knows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, singledispatchmethod
from typing import Any, Protocol

import pyarrow as pa

from ddb_snapshot import types

SCALAR_TAGS = ("S", "N", "B", "BOOL", "NULL")
SET_TAGS = ("SS", "NS", "BS")
_FLAT_TYPES = {
    **dict.fromkeys(("S", "N", "B"), pa.string()),
    **dict.fromkeys(("BOOL", "NULL"), pa.bool_()),
    **dict.fromkeys(SET_TAGS, pa.list_(pa.string())),
}


class Home(Protocol):
    """A column or a struct field: a place for values of one attribute."""

    @property
    def name(self) -> str: ...
    @property
    def attribute(self) -> str: ...
    @property
    def type(self) -> types.ColumnType: ...


@dataclass(frozen=True)
class Limits:
    """Where columnar shape ends and JSON text begins.

    `max_map_keys`: distinct keys of one map path. `max_depth`: levels of maps and lists under an item. `max_nodes`:
    nested paths of a whole table, so that adversarial keys can't fill the memory; top-level attributes aren't limited.
    """

    max_map_keys: int = 200
    max_depth: int = 8
    max_nodes: int = 50_000


@dataclass
class Node:
    """One attribute path."""

    tags: set[str] = field(default_factory=set)
    members: dict[str, "Node"] | None = None
    elements: "Node | None" = None
    sealed_map: bool = False
    sealed_list: bool = False

    def copy(self) -> "Node":
        members = None if self.members is None else {key: node.copy() for key, node in self.members.items()}
        elements = None if self.elements is None else self.elements.copy()
        return Node(set(self.tags), members, elements, self.sealed_map, self.sealed_list)

    def absorb(self, other: "Node") -> None:
        """Also expect what another node expects."""
        self.tags |= other.tags
        self.sealed_map |= other.sealed_map
        self.sealed_list |= other.sealed_list
        if other.members is not None:
            self.members = {} if self.members is None else self.members
            for key, node in other.members.items():
                self.members.setdefault(key, Node()).absorb(node)
        if other.elements is not None:
            self.elements = self.elements or Node()
            self.elements.absorb(other.elements)

    def absorb_nulls(self, other: "Node") -> None:
        """Also expect explicit NULLs where another node does, at the paths that this one has."""
        self.tags |= other.tags & {"NULL"}
        for key, node in (self.members or {}).items():
            if other.members and key in other.members:
                node.absorb_nulls(other.members[key])
        if self.elements and other.elements:
            self.elements.absorb_nulls(other.elements)

    def expect_nulls_beside_text(self, beside: bool = False) -> None:
        """Where values of a known shape are told from those that are text, an explicit NULL is part of any shape."""
        if beside:
            self.tags.add("NULL")
        for node in (self.members or {}).values():
            node.expect_nulls_beside_text(beside or self.sealed_map)
        if self.elements is not None:
            self.elements.expect_nulls_beside_text(beside or self.sealed_list)

    def seal_map(self) -> None:
        self.members, self.sealed_map = None, True

    def seal_list(self) -> None:
        self.elements, self.sealed_list = None, True

    @property
    def any_sealed(self) -> bool:
        if self.sealed_map or self.sealed_list or (self.elements is not None and self.elements.any_sealed):
            return True
        return any(node.any_sealed for node in (self.members or {}).values())

    @property
    def leaves(self) -> int:
        below = sum(node.leaves for node in (self.members or {}).values())
        below += self.elements.leaves if self.elements else 0
        return 1 + len(self.tags) + below

    def arrow_type(self) -> Any:
        fields = [pa.field(tag, flat) for tag, flat in _FLAT_TYPES.items() if tag in self.tags]
        if self.members is not None:
            fields.append(pa.field("M", struct_type(self.members)))
        if self.elements is not None:
            fields.append(pa.field("L", pa.list_(self.elements.arrow_type())))
        if self.sealed_map:
            fields.append(pa.field("JM", pa.string()))
        if self.sealed_list:
            fields.append(pa.field("JL", pa.string()))
        return pa.struct(fields)

    @singledispatchmethod
    def admit(self, column: types.ColumnType) -> None:
        """Expect the values of a column's type."""
        self.tags.add(types.ddb_tag(column))

    @admit.register
    def _(self, column: types.ListOf) -> None:
        self.elements = self.elements or Node()
        self.elements.admit(column.element)

    @admit.register
    def _(self, column: types.Struct) -> None:
        self.members = {} if self.members is None else self.members
        for member in column.fields:
            self.members.setdefault(member.attribute, Node()).admit(member.type)

    @admit.register
    def _(self, column: types.Json) -> None:
        if column.tag == "M":
            self.sealed_map = True
        else:
            self.sealed_list = True


def struct_type(nodes: Mapping[str, Node]) -> Any:
    """The Arrow type of an object with these keys."""
    return pa.struct([pa.field(key, node.arrow_type()) for key, node in nodes.items()])


@dataclass(frozen=True)
class TaggedSchema:
    """The paths known so far. Treated as a value: readers return a new one when they met more. Picklable."""

    limits: Limits = field(default_factory=Limits)
    attributes: Mapping[str, Node] = field(default_factory=dict)
    page_keys: frozenset[str] = frozenset()

    @classmethod
    def for_columns(
        cls, columns: Iterable[Home], limits: Limits | None = None, seen: "TaggedSchema | None" = None
    ) -> "TaggedSchema":
        """The schema with which to read data that is meant for these columns.

        Paths with a JSON column arrive as text. `seen`, the schema of a first pass, adds where explicit NULLs are.
        """
        attributes: dict[str, Node] = {}
        for column in columns:
            if column.attribute:
                attributes.setdefault(column.attribute, Node()).admit(column.type)
        for attribute, node in (seen.attributes if seen else {}).items():
            if attribute in attributes:
                attributes[attribute].absorb_nulls(node)
        for node in attributes.values():
            node.expect_nulls_beside_text()
        return cls(limits or (seen.limits if seen else Limits()), attributes, seen.page_keys if seen else frozenset())

    def merge(self, other: "TaggedSchema") -> "TaggedSchema":
        """The schema that expects what either expects."""
        attributes = {key: node.copy() for key, node in self.attributes.items()}
        for key, node in other.attributes.items():
            attributes.setdefault(key, Node()).absorb(node)
        return TaggedSchema(self.limits, attributes, self.page_keys | other.page_keys)

    @cached_property
    def sealed(self) -> Mapping[str, Node]:
        """The top-level attributes with sealed paths in them."""
        return {key: node for key, node in self.attributes.items() if node.any_sealed}

    @cached_property
    def leaves(self) -> int:
        """Number of Arrow arrays that one read makes: the width of the table."""
        return sum(node.leaves for node in self.attributes.values())

    @cached_property
    def item_type(self) -> Any:
        """The Arrow type of an item, without the attributes that have sealed paths."""
        return struct_type({key: node for key, node in self.attributes.items() if key not in self.sealed})
