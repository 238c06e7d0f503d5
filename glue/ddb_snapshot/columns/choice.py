"""The choice of types: for the values of one path, beside the types that it already has.

For each DynamoDB type of a path: known types that hold all its values stay as they are; a struct (also inside lists)
is extended; otherwise a new type is added that holds what is left over. JSON text, once chosen, holds everything of its
tag for ever. Values that say nothing (`columns.hollow`) decide no type: their path waits, and its name is kept.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ddb_snapshot import types
from ddb_snapshot.census import PathFacts
from ddb_snapshot.columns.hollow import hollow_tag, list_kinds
from ddb_snapshot.columns.naming import assign_names
from ddb_snapshot.columns.numeric import holds_all_numbers, new_number_types, whole_number_type
from ddb_snapshot.columns.options import ColumnOptions
from ddb_snapshot.columns.reservations import TOP, Place

MAX_TYPE_TEXT = 100_000
"""Characters of a column's type in the catalog (the Glue API allows 131,072)."""

MAX_TYPE_JSON = 480_000
"""Bytes of a type in the column's parameters (the Glue API allows 512,000)."""

FEW_KEYS = 5
_DATA_KEY = re.compile(
    r"[0-9]+([.:-][0-9]+)*"  # numbers, dates, versions
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|[0-9a-fA-F]{16,}"
    r"|[0-9A-HJKMNP-TV-Z]{26}"  # ULID
    r"|[^@\s]+@[^@\s]+",
    re.DOTALL,
)
_PLAIN_TYPES: dict[str, types.ColumnType] = {
    "S": types.Text(),
    "B": types.Binary(),
    "BOOL": types.Boolean(),
    "SS": types.SetOf(types.Text(), "SS"),
    "BS": types.SetOf(types.Binary(), "BS"),
}


class Preset(Protocol):
    """Gives types that an attribute has whatever its values."""

    def types(self, attribute: str, facts: PathFacts, known: Sequence[types.ColumnType]) -> list[types.ColumnType]: ...


def looks_like_data(keys: Iterable[str]) -> bool:
    """Whether a map's keys are data rather than names: most of at least five are numbers, dates, ids or addresses."""
    listed = list(keys)
    return len(listed) >= FEW_KEYS and sum(map(bool, map(_DATA_KEY.fullmatch, listed))) * 2 > len(listed)


def values_by_tag(facts: PathFacts) -> dict[str, int]:
    """How many values of each DynamoDB type, text forms included and NULLs left out; most frequent first."""
    counts: dict[str, int] = {}
    for tag, count in facts.counts.items():
        if tag != "NULL":
            plain = tag.removeprefix("J")
            counts[plain] = counts.get(plain, 0) + count
    return dict(sorted(counts.items(), key=lambda counted: (-counted[1], counted[0])))


class Chooser:
    """Chooses types under a table's options. `kept` are the names that wait for a type: a place's, by attribute.

    They are brought up to date with each call of `members`.
    """

    def __init__(self, options: ColumnOptions, kept: Mapping[Place, Mapping[str, str]] | None = None) -> None:
        self.options = options
        self.kept = {place: dict(names) for place, names in (kept or {}).items()}

    def members(
        self,
        attributes: Mapping[str, PathFacts],
        known: Sequence[types.Field],
        place: Place = TOP,
        preset: Preset | None = None,
        reserved: Iterable[str] = (),
        order: Sequence[str] = (),
    ) -> list[types.Field]:
        """The columns of a table, or the fields of a struct: the known ones, extended, then the new ones."""
        by_attribute: dict[str, list[types.Field]] = {}
        for field in known:
            by_attribute.setdefault(field.attribute, []).append(field)
        extended: dict[str, types.ColumnType] = {}
        new: dict[str, list[types.ColumnType]] = {}
        first = {attribute: index for index, attribute in enumerate(order)}
        for attribute in sorted(attributes, key=lambda attribute: (first.get(attribute, len(first)), attribute)):
            fields = by_attribute.get(attribute, [])
            own = place.member(attribute)
            kept, added = self._path(attribute, attributes[attribute], [field.type for field in fields], own, preset)
            extended.update((field.name, column) for field, column in zip(fields, kept, strict=True))
            new[attribute] = added
        stay = [types.Field(field.name, field.attribute, extended.get(field.name, field.type)) for field in known]
        named = assign_names(stay, new, reserved, self.kept.get(place))
        self.kept[place] = dict(named.kept)
        return stay + named.fields

    def _path(
        self,
        attribute: str,
        facts: PathFacts,
        known: list[types.ColumnType],
        place: Place,
        preset: Preset | None,
    ) -> tuple[list[types.ColumnType], list[types.ColumnType]]:
        """The known types of a path, extended, and the types to add."""
        kept = list(known)
        added = preset.types(attribute, facts, known) if preset else []
        tags = values_by_tag(facts)
        for tag in tags:
            if hollow_tag(facts, tag) and not any(types.ddb_tag(column) == tag for column in [*kept, *added]):
                self._keep_names(tag, facts, place)
                continue
            indexes = [index for index, column in enumerate(kept) if types.ddb_tag(column) == tag]
            pinned = [column for column in added if types.ddb_tag(column) == tag]
            before = [kept[index] for index in indexes] + pinned
            after, more = self._tag(tag, facts, before, place)
            for index, column in zip(indexes, after, strict=False):
                kept[index] = column
            added += more
        return kept, sorted(added, key=lambda column: [*tags, types.ddb_tag(column)].index(types.ddb_tag(column)))

    def _keep_names(self, tag: str, facts: PathFacts, place: Place) -> None:
        """Keep the names of what maps and lists without a value hold."""
        if tag == "M":
            self.members(facts.members, (), place)
        elif facts.elements is not None:
            for inner in values_by_tag(facts.elements):
                self._keep_names(inner, facts.elements, place.elements)

    def _tag(
        self, tag: str, facts: PathFacts, known: list[types.ColumnType], place: Place
    ) -> tuple[list[types.ColumnType], list[types.ColumnType]]:
        """The same for one DynamoDB type of a path."""
        if tag == "N":
            return known, new_number_types(facts.numbers, known, self.options.numbers)
        if tag == "M":
            return self._maps(facts, known, place)
        if tag == "L":
            return self._lists(facts, known, place)
        return self._whole(tag, facts, known, place)

    def _maps(
        self, facts: PathFacts, known: list[types.ColumnType], place: Place
    ) -> tuple[list[types.ColumnType], list[types.ColumnType]]:
        for index, column in enumerate(known):
            extended = self.extended(column, facts, place)
            if extended is not None:
                return [*known[:index], extended, *known[index + 1 :]], []
        return known, [types.Json("M") if known else self.fresh("M", facts, place)]

    def _lists(
        self, facts: PathFacts, known: list[types.ColumnType], place: Place
    ) -> tuple[list[types.ColumnType], list[types.ColumnType]]:
        if not known:
            return [], [self.fresh("L", facts, place)]
        if types.Json("L") in known:
            return known, []
        kept, added = list(known), []
        kinds = list_kinds(facts)
        for kind in sorted(kind for kind in kinds if "|" not in kind):
            of_kind = PathFacts(counts={"L": kinds[kind]}, elements=facts.elements, list_kinds={kind: kinds[kind]})
            for index, column in enumerate(kept):
                extended = self.extended(column, of_kind, place)
                if extended is not None:
                    kept[index] = extended
                    break
            else:
                added.append(self.fresh("L", of_kind, place))
        if facts.counts.get("JL") or any("|" in kind for kind in kinds) or types.Json("L") in added:
            added = [types.Json("L")]
        return kept, added

    def _whole(
        self, tag: str, facts: PathFacts, known: list[types.ColumnType], place: Place
    ) -> tuple[list[types.ColumnType], list[types.ColumnType]]:
        if any(self.extended(column, facts, place) is not None for column in known):
            return known, []
        return known, [self.fresh(tag, facts, place)]

    def extended(self, column: types.ColumnType, facts: PathFacts, place: Place) -> types.ColumnType | None:
        """A known type with what it takes to hold all the path's values of its tag, or None if it can't."""
        match column:
            case types.Struct(fields):
                if facts.counts.get("JM") or facts.open_map:
                    return None
                struct = types.Struct(tuple(self.members(facts.members, fields, place)))
                if struct != column and (self._too_open(struct, facts) or _too_long(struct)):
                    return None
                return struct
            case types.ListOf(element):
                kinds = list_kinds(facts).keys()
                if facts.counts.get("JL") or kinds - {types.ddb_tag(element)}:
                    return None
                inside = self.extended(element, facts.elements or PathFacts(), place.elements) if kinds else element
                extended = None if inside is None else types.ListOf(inside)
                return None if extended is None or (extended != column and _too_long(extended)) else extended
            case types.SetOf(element, "NS"):
                return column if holds_all_numbers(element, facts.set_numbers) else None
            case types.Number64() | types.Decimal() | types.Double() | types.NumberText():
                return column if holds_all_numbers(column, facts.numbers) else None
        return column

    def fresh(self, tag: str, facts: PathFacts, place: Place) -> types.ColumnType:
        """One type that holds all the path's values of a tag."""
        if tag == "N":
            return whole_number_type(facts.numbers, self.options.numbers)
        if tag == "NS":
            return types.SetOf(whole_number_type(facts.set_numbers, self.options.numbers), "NS")
        if tag == "M":
            return self._fresh_map(facts, place)
        if tag == "L":
            return self._fresh_list(facts, place)
        return _PLAIN_TYPES[tag]

    def _fresh_map(self, facts: PathFacts, place: Place) -> types.ColumnType:
        text = types.Json("M")
        if self.options.nested == "json" or facts.counts.get("JM") or facts.open_map:
            return text
        if place.depth > self.options.max_depth:
            return text
        struct = types.Struct(tuple(self.members(facts.members, (), place)))
        return text if self._too_open(struct, facts) or _too_long(struct) else struct

    def _fresh_list(self, facts: PathFacts, place: Place) -> types.ColumnType:
        text = types.Json("L")
        if self.options.nested == "json" or facts.counts.get("JL") or place.depth > self.options.max_depth:
            return text
        kinds = [*list_kinds(facts)]
        if len(kinds) > 1 or "|" in kinds[0]:
            return text
        listed = types.ListOf(self.fresh(kinds[0], facts.elements or PathFacts(), place.elements))
        return text if _too_long(listed) else listed

    def _too_open(self, struct: types.Struct, facts: PathFacts) -> bool:
        keys = {field.attribute for field in struct.fields} | facts.members.keys()
        return len(keys) > self.options.max_map_keys or looks_like_data(keys)


def _too_long(column: types.ColumnType) -> bool:
    if len(types.hive_type(column)) > MAX_TYPE_TEXT:
        return True
    return len(json.dumps(types.to_json(column), ensure_ascii=False).encode()) > MAX_TYPE_JSON
