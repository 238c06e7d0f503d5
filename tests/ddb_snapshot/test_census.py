"""The census counts every value of every path, and parts add up to the whole."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot.census import Census, NumberFacts, PathFacts
from ddb_snapshot.tagged import Limits, TaggedSchema, read_pages
from tests.ddb_snapshot.snapshots import Item, items, page
from tests.profiles import cases


def census_of(*pieces: list[Item], limits: Limits | None = None) -> Census:
    schema, parts = TaggedSchema(limits or Limits()), []
    for piece in pieces:
        found, schema = read_pages(page(piece), schema)
        parts.append(Census.of(found))
    return Census.merge(*parts)


def sorted_json(census: Census) -> Any:
    return json.loads(json.dumps(census.to_json(), sort_keys=True))


@settings(max_examples=cases(80), deadline=None)
@given(st.lists(items, max_size=8), st.data())
def test_parts_add_up_to_the_whole(given_items: list[Item], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(given_items)), min_size=2, max_size=2)))
    parts = [given_items[: cuts[0]], given_items[cuts[0] : cuts[1]], given_items[cuts[1] :]]

    assert sorted_json(census_of(*parts)) == sorted_json(census_of(given_items))


@settings(max_examples=cases(50), deadline=None)
@given(st.lists(items, max_size=5))
def test_census_survives_its_json(given_items: list[Item]) -> None:
    census = census_of(given_items)

    assert Census.from_json(json.loads(json.dumps(census.to_json()))) == census


@settings(max_examples=cases(50), deadline=None)
@given(st.lists(items, max_size=6))
def test_values_are_counted_by_attribute_and_type(given_items: list[Item]) -> None:
    counted: dict[tuple[str, str], int] = {}
    for item in given_items:
        for attribute, value in item.items():
            (tag,) = value
            counted[attribute, tag] = counted.get((attribute, tag), 0) + 1

    census = census_of(given_items)

    assert census.rows == len(given_items)
    assert counted == {
        (attribute, tag): count for attribute, facts in census.attributes.items() for tag, count in facts.counts.items()
    }


def facts_of(*values: Item) -> PathFacts:
    return census_of([{"v": value} for value in values]).attributes["v"]


def test_numbers_are_counted_by_what_they_need() -> None:
    facts = facts_of(*({"N": text} for text in ("1", "1E3", "-123.45", "1E-19", str(2**63), str(2**53 + 1))))

    assert facts.numbers == NumberFacts(
        integers=3, decimals=2, others=1, inexact=2, integer_digits=16, before_point=19, after_point=2
    )


def test_numbers_in_sets_are_looked_at() -> None:
    assert facts_of({"NS": ["1", "2.5"]}, {"NS": ["1E100"]}).set_numbers == NumberFacts(1, 1, 1, 0, 1, 1, 1)


def test_lists_are_counted_by_the_types_of_their_elements() -> None:
    facts = facts_of(
        {"L": []},
        {"L": [{"NULL": True}]},
        {"L": [{"S": ""}, {"NULL": True}]},
        {"L": [{"N": "1"}, {"S": ""}]},
        {"L": [{"S": "x"}]},
    )

    assert facts.list_kinds == {"": 2, "S": 2, "N|S": 1}
    assert facts.elements is not None
    assert facts.elements.counts == {"NULL": 2, "S": 3, "N": 1}


def test_open_map_forgets_its_keys_also_when_only_the_parts_together_have_too_many() -> None:
    parts: list[list[Item]] = [[{"m": {"M": {f"k{k}{n}": {"N": "1"} for n in range(2)}}}] for k in range(3)]
    censuses = [Census.of(read_pages(page(part), TaggedSchema(Limits(max_map_keys=4)))[0]) for part in parts]

    facts = Census.merge(*censuses).attributes["m"]

    assert facts.open_map
    assert facts.members == {}
    assert facts.counts == {"M": 3}


def test_nested_paths_are_limited_deepest_first() -> None:
    limits = Limits(max_nodes=5)
    parts: list[list[Item]] = [
        [{f"m{k}": {"M": {"a": {"M": {"b": {"S": ""}}}}}}] for k in range(4)
    ]  # each part is within the limit, together they are not
    census = Census.merge(*(Census.of(read_pages(page(part), TaggedSchema(limits))[0]) for part in parts))

    assert sum(facts.paths_below() for facts in census.attributes.values()) <= 5
    assert all(not facts.open_map and facts.members["a"].open_map for facts in census.attributes.values())


@pytest.mark.parametrize("census", [Census(), Census.merge()])
def test_empty_census(census: Census) -> None:
    assert census.rows == 0
    assert Census.from_json(census.to_json()) == census
