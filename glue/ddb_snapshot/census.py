"""The census of a snapshot: which types every attribute path has, how often, and how big its numbers are.

Taken in the tasks on the tagged Arrow arrays, merged on the driver, kept in the manifest. Its size is bounded by the
reader's limits: at most `max_map_keys` keys of one map (beyond it the path counts as *open* and its keys are
forgotten) and `max_nodes` nested paths in all, each of a few hundred bytes. Top-level attributes are all kept, since
each becomes a column: the census is linear in their number and in nothing else.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

from ddb_snapshot.numbers import DECIMAL_AFTER_POINT, DECIMAL_BEFORE_POINT, float_exact, shapes
from ddb_snapshot.structs import children
from ddb_snapshot.tagged import Limits, Tagged

_KIND_TAGS = ("S", "N", "B", "BOOL", "SS", "NS", "BS", "M", "L")


@dataclass
class NumberFacts:
    """Numbers in three classes: 64-bit integers, others that fit decimal(38,18), and the rest.

    For the first two also the most digits before and after the point; `inexact` counts what a double would change.
    """

    integers: int = 0
    decimals: int = 0
    others: int = 0
    inexact: int = 0
    integer_digits: int = 0
    before_point: int = 0
    after_point: int = 0

    @classmethod
    def of(cls, values: Any) -> "NumberFacts":
        """The facts of a string array of numbers."""
        values = values.drop_null() if values.null_count else values
        if not len(values):
            return cls()
        found = shapes(values)
        decimal = found.within(DECIMAL_BEFORE_POINT + DECIMAL_AFTER_POINT, DECIMAL_AFTER_POINT) & ~found.integer
        integers, decimals = int(found.integer.sum()), int(decimal.sum())
        count = int(found.valid.sum())
        return cls(
            integers=integers,
            decimals=decimals,
            others=count - integers - decimals,
            inexact=count - int(float_exact(values).sum()),
            integer_digits=int(np.max(found.before, where=found.integer, initial=0)),
            before_point=int(np.max(found.before, where=decimal, initial=0)),
            after_point=int(np.max(found.after, where=decimal, initial=0)),
        )

    def add(self, other: "NumberFacts") -> None:
        """Also count another array's facts."""
        for name in ("integers", "decimals", "others", "inexact"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("integer_digits", "before_point", "after_point"):
            setattr(self, name, max(getattr(self, name), getattr(other, name)))

    def to_json(self) -> list[int]:
        return [*vars(self).values()]


@dataclass
class PathFacts:
    """What one attribute path holds.

    `counts` are values per DynamoDB type, with `JM` and `JL` for maps and lists that were read as text. `list_kinds`
    counts lists by the types of their elements, NULLs aside: `"S"`, `"N|S"`, `""` for those with no typed element.
    `open_map` says that the map has too many distinct keys to list.
    """

    counts: dict[str, int] = field(default_factory=dict)
    numbers: NumberFacts = field(default_factory=NumberFacts)
    set_numbers: NumberFacts = field(default_factory=NumberFacts)
    members: dict[str, "PathFacts"] = field(default_factory=dict)
    elements: "PathFacts | None" = None
    list_kinds: dict[str, int] = field(default_factory=dict)
    open_map: bool = False

    def add(self, other: "PathFacts", limits: Limits) -> None:
        """Also count another part's facts of the same path."""
        _add_counts(self.counts, other.counts)
        _add_counts(self.list_kinds, other.list_kinds)
        self.numbers.add(other.numbers)
        self.set_numbers.add(other.set_numbers)
        if other.elements is not None:
            self.elements = self.elements or PathFacts()
            self.elements.add(other.elements, limits)
        self.open_map |= other.open_map
        if not self.open_map:
            for key, facts in other.members.items():
                self.members.setdefault(key, PathFacts()).add(facts, limits)
        if self.open_map or len(self.members) > limits.max_map_keys:
            self.open()

    def open(self) -> None:
        """Forget the keys of the map: they are data."""
        self.open_map, self.members = True, {}

    def paths_below(self) -> int:
        """Number of nested paths."""
        return sum(1 + facts.paths_below() for facts in self.children())

    def children(self) -> Iterator["PathFacts"]:
        yield from self.members.values()
        if self.elements is not None:
            yield self.elements

    def maps_at(self, depth: int) -> Iterator["PathFacts"]:
        """The paths with maps, this many levels below."""
        if depth == 0:
            if self.members:
                yield self
        else:
            for facts in self.children():
                yield from facts.maps_at(depth - 1)

    def to_json(self) -> dict[str, Any]:
        written: dict[str, Any] = {"counts": self.counts}
        if "N" in self.counts:
            written["numbers"] = self.numbers.to_json()
        if "NS" in self.counts:
            written["set_numbers"] = self.set_numbers.to_json()
        if self.members:
            written["members"] = {key: facts.to_json() for key, facts in self.members.items()}
        if self.elements is not None:
            written["elements"] = self.elements.to_json()
        if self.list_kinds:
            written["list_kinds"] = self.list_kinds
        if self.open_map:
            written["open_map"] = True
        return written

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "PathFacts":
        elements = written.get("elements")
        return cls(
            counts=dict(written["counts"]),
            numbers=NumberFacts(*written.get("numbers", ())),
            set_numbers=NumberFacts(*written.get("set_numbers", ())),
            members={key: cls.from_json(facts) for key, facts in written.get("members", {}).items()},
            elements=None if elements is None else cls.from_json(elements),
            list_kinds=dict(written.get("list_kinds", {})),
            open_map=bool(written.get("open_map")),
        )


@dataclass
class Census:
    """What a whole snapshot holds, or a part of one."""

    rows: int = 0
    attributes: dict[str, PathFacts] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(cls, tagged: Tagged) -> "Census":
        """The census of a block."""
        limits = tagged.schema.limits
        census = cls(limits=limits)
        for part in tagged.parts:
            facts = {key: _facts(values.structs, limits) for key, values in part.attributes.items()}
            census._add(cls(part.length, facts, limits))
        return census

    @classmethod
    def merge(cls, *parts: "Census") -> "Census":
        """The census of several parts together. The parts aren't changed."""
        return reduce(cls._add, parts, cls(limits=parts[0].limits if parts else Limits()))._bounded()

    def _add(self, other: "Census") -> "Census":
        self.rows += other.rows
        for key, facts in other.attributes.items():
            self.attributes.setdefault(key, PathFacts()).add(facts, self.limits)
        return self

    def _bounded(self) -> "Census":
        """Open the deepest maps first until the nested paths are few enough."""
        for depth in reversed(range(self.limits.max_depth + 1)):
            if sum(facts.paths_below() for facts in self.attributes.values()) <= self.limits.max_nodes:
                break
            for facts in self.attributes.values():
                for found in list(facts.maps_at(depth)):
                    found.open()
        return self

    def to_json(self) -> dict[str, Any]:
        """The census as plain JSON values; `from_json` inverts it."""
        return {
            "rows": self.rows,
            "limits": vars(self.limits),
            "attributes": {key: facts.to_json() for key, facts in self.attributes.items()},
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Census":
        attributes = {key: PathFacts.from_json(facts) for key, facts in written["attributes"].items()}
        return cls(written["rows"], attributes, Limits(**written["limits"]))


def _members(structs: Any, limits: Limits) -> dict[str, PathFacts]:
    """The facts of each key of an object; keys that no row has are left out."""
    return {key: _facts(cells, limits) for key, cells in children(structs).items()}


def _facts(cells: Any, limits: Limits) -> PathFacts:
    facts = PathFacts()
    for tag, values in children(cells).items():
        facts.counts[tag] = len(values) - values.null_count
        if tag in _DETAILS:
            _DETAILS[tag](facts, values, limits)
    return facts


def _number_details(facts: PathFacts, values: Any, limits: Limits) -> None:
    facts.numbers = NumberFacts.of(values)


def _number_set_details(facts: PathFacts, values: Any, limits: Limits) -> None:
    facts.set_numbers = NumberFacts.of(values.flatten())


def _map_details(facts: PathFacts, values: Any, limits: Limits) -> None:
    facts.members = _members(values, limits)
    if len(facts.members) > limits.max_map_keys:
        facts.open()


def _list_details(facts: PathFacts, values: Any, limits: Limits) -> None:
    elements = values.flatten()
    facts.elements = _facts(elements, limits)
    lengths = np.asarray(values.value_lengths().drop_null().to_numpy(zero_copy_only=False), np.int64)
    bits = np.zeros(len(elements) + 1, np.int64)
    for tag, found in children(elements).items():
        plain = tag.removeprefix("J")
        if plain in _KIND_TAGS:
            present = found.is_valid().to_numpy(zero_copy_only=False)
            bits[:-1] |= present.astype(np.int64) << _KIND_TAGS.index(plain)
    starts = np.cumsum(lengths) - lengths
    kinds = np.bitwise_or.reduceat(bits, starts) if len(starts) else np.zeros(0, np.int64)
    kinds[lengths == 0] = 0
    for kind, count in zip(*np.unique(kinds, return_counts=True), strict=True):
        name = "|".join(sorted(tag for bit, tag in enumerate(_KIND_TAGS) if kind >> bit & 1))
        facts.list_kinds[name] = int(count)


_DETAILS: dict[str, Callable[[PathFacts, Any, Limits], None]] = {
    "N": _number_details,
    "NS": _number_set_details,
    "M": _map_details,
    "L": _list_details,
}


def _add_counts(into: dict[str, int], more: Mapping[str, int]) -> None:
    for key, count in more.items():
        into[key] = into.get(key, 0) + count
