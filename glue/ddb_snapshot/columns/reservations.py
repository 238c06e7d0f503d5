"""Names that wait: an attribute without a type has no column yet, but nobody else gets its name meanwhile.

The nulls column remembers them, in its Parameters in the Data Catalog and in manifests, since it is there wherever
such an attribute is.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ddb_snapshot.columns.column import Column

MAX_RESERVED_JSON = 480_000
"""Bytes of all kept names (the Glue API allows 512,000 for a parameter). The deepest ones are given up beyond it."""


@dataclass(frozen=True)
class Place:
    """A table, a map or a list, by its attribute path: a JSON pointer in which `~` stands for any element.

    (A pointer's own `~` is always followed by 0 or 1.)
    """

    path: str = ""

    @property
    def depth(self) -> int:
        """Levels below the item: 1 for an attribute's value."""
        return self.path.count("/")

    @property
    def elements(self) -> "Place":
        """The elements of a list."""
        return Place(f"{self.path}/~")

    def member(self, key: str) -> "Place":
        """What has this key."""
        return Place(f"{self.path}/{key.replace('~', '~0').replace('/', '~1')}")


TOP = Place()
"""The table."""


def kept_names(columns: Sequence[Column]) -> dict[Place, dict[str, str]]:
    """The names that wait, for each place by the attribute or key."""
    found: dict[Place, dict[str, str]] = {}
    for column in columns:
        for pointer, name in column.reserved.items():
            path, _, key = pointer.rpartition("/")
            found.setdefault(Place(path), {})[key.replace("~1", "/").replace("~0", "~")] = name
    return found


def keeping_names(columns: Sequence[Column], kept: Mapping[Place, Mapping[str, str]]) -> tuple[Column, ...]:
    """The columns, with the names in the memory of their nulls column. Without such a column there are none."""
    reserved = {place.member(key).path: name for place, names in kept.items() for key, name in names.items()}
    while len(json.dumps(reserved, ensure_ascii=False).encode()) > MAX_RESERVED_JSON:
        nearest = sorted(reserved, key=lambda pointer: (pointer.count("/"), pointer))
        reserved = {pointer: reserved[pointer] for pointer in nearest[: len(nearest) * 9 // 10]}
    ordered = {pointer: reserved[pointer] for pointer in sorted(reserved)}
    return tuple(replace(column, reserved=ordered) if column.holds_nulls else column for column in columns)


def with_names_of(columns: Sequence[Column], others: Sequence[Column]) -> tuple[Column, ...]:
    """The columns, with the names that they or others keep, but for those that columns have by now."""
    attributes = {column.attribute for column in columns}
    taken = {column.name for column in columns}
    kept: dict[Place, dict[str, str]] = {}
    for memory in (kept_names(columns), kept_names(others)):
        for place, names in memory.items():
            own = kept.setdefault(place, {})
            for key, name in names.items():
                if place != TOP:
                    own.setdefault(key, name)
                elif not (key in own or key in attributes or name in taken):
                    own[key] = name
                    taken.add(name)
    return keeping_names(columns, kept)
