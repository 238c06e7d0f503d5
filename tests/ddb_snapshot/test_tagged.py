"""Blocks of DynamoDB-JSON become arrays of the same values, whatever is new, deep, wide or odd in them."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot import types
from ddb_snapshot.columns import Column
from ddb_snapshot.items import canonical
from ddb_snapshot.tagged import BadBlock, Limits, Tagged, TaggedSchema, read_lines, read_pages
from tests.ddb_snapshot.snapshots import Item, comparable, items, page
from tests.profiles import cases


def untagged(found: Tagged) -> list[Item]:
    """The items again: absent keys dropped, text forms parsed."""
    return [canonical(_members(item)) for part in found.parts for item in part.to_pylist()]


def _members(struct: dict[str, Any]) -> Item:
    return {key: _value(cell) for key, cell in struct.items() if cell is not None}


def _value(cell: dict[str, Any]) -> Item:
    ((tag, inner),) = [(tag, inner) for tag, inner in cell.items() if inner is not None]
    if tag in ("JM", "JL"):
        parsed: Item = json.loads(inner)
        return parsed
    if tag == "M":
        return {"M": _members(inner)}
    return {"L": [_value(element) for element in inner]} if tag == "L" else {tag: inner}


@settings(max_examples=cases(80), deadline=None)
@given(st.lists(items, max_size=5), st.builds(Limits, st.sampled_from([1, 2, 200]), st.sampled_from([1, 2, 8])))
def test_values_are_those_of_the_block(given_items: list[Item], limits: Limits) -> None:
    found, schema = read_pages(page(given_items), TaggedSchema(limits))

    assert untagged(found) == comparable(given_items)
    again, same = read_pages(page(given_items), schema)
    assert untagged(again) == comparable(given_items)
    assert same.item_type == schema.item_type


@settings(max_examples=cases(40), deadline=None)
@given(st.lists(items, min_size=1, max_size=4), st.lists(items, max_size=4))
def test_schema_learnt_from_other_items_grows(first: list[Item], second: list[Item]) -> None:
    _, schema = read_pages(page(first))
    before = schema.item_type

    found, grown = read_pages(page(second), schema)

    assert untagged(found) == comparable(second)
    assert schema.item_type == before
    assert {*schema.attributes} <= {*grown.attributes}


def test_whole_responses_are_read_as_they_are() -> None:
    response = {
        "Items": [{"id": {"S": "a"}}],
        "Count": 1,
        "ScannedCount": 1,
        "ConsumedCapacity": {"TableName": "T", "CapacityUnits": 0.5},
        "LastEvaluatedKey": {"id": {"S": "a"}},
    }

    found, schema = read_pages(json.dumps(response).encode() + b"\n" + page([]))
    assert untagged(found) == comparable(response["Items"])  # type: ignore[arg-type]
    assert schema.page_keys == {"id"}


def test_lines_of_an_export_hold_an_item_each() -> None:
    lines = b'{"Item":{"id":{"S":"a"}}}\n{"Item":{"id":{"S":"b"},"n":{"N":"1"}}}\n'

    found, _ = read_lines(lines)

    assert untagged(found) == comparable([{"id": {"S": "a"}}, {"id": {"S": "b"}, "n": {"N": "1"}}])


def test_strings_that_look_like_times_stay_strings() -> None:
    given_items = [{"at": {"S": "2024-01-01T00:00:00Z"}, "n": {"N": "007"}}]

    assert untagged(read_pages(page(given_items))[0]) == comparable(given_items)


@pytest.mark.parametrize("depth", [7, 8, 9, 32])
def test_depth_beyond_the_limit_is_text(depth: int) -> None:
    value: Item = {"S": "deep"}
    for level in range(depth):
        value = {"M": {"k": value}} if level % 2 else {"L": [value, {"NULL": True}]}

    found, _ = read_pages(page([{"id": {"S": "a"}, "v": value}]))

    assert untagged(found) == comparable([{"id": {"S": "a"}, "v": value}])
    assert any(
        tag in str(values.structs.type) for values in found.parts[0].attributes.values() for tag in ("JM", "JL")
    ) == (depth > 8)


def test_map_with_too_many_keys_is_text() -> None:
    given_items: list[Item] = [
        {"m": {"M": {f"k{n}": {"N": "1"} for n in range(201)}}},
        {"m": {"M": {"k1": {"N": "1"}}}},
    ]

    found, schema = read_pages(page(given_items))

    assert schema.attributes["m"].sealed_map
    assert untagged(found) == comparable(given_items)


def test_nested_paths_are_limited_in_all() -> None:
    given_items: list[Item] = [{f"m{n}": {"M": {f"k{k}": {"N": "1"} for k in range(5)}}} for n in range(10)]

    found, schema = read_pages(page(given_items), TaggedSchema(Limits(max_nodes=12)))

    assert sum(len(node.members or {}) for node in schema.attributes.values()) <= 12
    assert untagged(found) == comparable(given_items)


def test_wide_sparse_items_cost_what_they_hold_and_keep_their_order() -> None:
    given_items: list[Item] = [{"id": {"S": str(n)}, f"a{n}": {"S": "x"}, f"b{n % 7}": {"N": "1"}} for n in range(700)]

    found, _ = read_pages(page(given_items))

    (part,) = found.parts
    assert sum(len(values.structs) for values in part.attributes.values()) == 3 * 700
    assert untagged(found) == comparable(given_items)


def test_a_wide_table_in_which_something_is_new_is_read_whole() -> None:
    first: list[Item] = [{f"a{n}": {"S": "x"} for n in range(700)}]
    second: list[Item] = [{"a1": {"M": {"new": {"L": [{"N": "1"}]}}}, "further": {"BS": ["AA=="]}}]
    _, schema = read_pages(page(first))

    found, _ = read_pages(page(second), schema)

    assert untagged(found) == comparable(second)


@pytest.mark.parametrize("value", [{"S": 5}, {"N": 1}, {"BOOL": "true"}, {"L": [{"S": 1}]}, {"X": "?"}, "text"])
def test_values_of_a_wide_table_that_dynamodb_does_not_have_are_refused(value: Any) -> None:
    wide: list[Item] = [{f"a{n}": {"S": "x"} for n in range(700)}, {"odd": value}]

    with pytest.raises(BadBlock):
        read_pages(page(wide))


def test_path_with_a_json_column_arrives_as_text_unless_a_struct_knows_it() -> None:
    struct = types.Struct((types.Field("a", "a", types.Number64()),))
    columns = [Column("m", "m", struct), Column("m__map", "m", types.Json("M"))]
    given_items: list[Item] = [{"m": {"M": {"a": {"N": "1"}}}}, {"m": {"M": {"b": {"N": "1"}}}}]

    found, _ = read_pages(page(given_items), TaggedSchema.for_columns(columns))

    assert untagged(found) == comparable(given_items)
    cells = [row["m"] for part in found.parts for row in part.to_pylist()]
    assert cells[0]["M"]["a"]["N"] == "1"
    assert json.loads(cells[1]["JM"]) == given_items[1]["m"]


@pytest.mark.parametrize(
    "block",
    [
        b"not json\n", b"[1]\n", b'{"a":1}\n', b'{"Items":[{"a":{"X":"1"}}]}\n', b'{"Items":[{"a":"plain"}]}\n',
        b'{"Items":[{"a":{"S":1}}]}\n', b'{"Items":[{"a":{"S":"x"}}\n', b'{"Items":[{"a":{"S":"\xff"}}]}\n',
        b'{"Items":[{"a":{"S":"\\ud800"}}]}\n', b'{"Items":[{"a":{"M":{"b":1}}}]}\n',
        b'{"Items":[{"a":{"L":{"b":1}}}]}\n',
    ],
)  # fmt: skip
def test_what_is_not_dynamodb_json_is_refused(block: bytes) -> None:
    with pytest.raises(BadBlock):
        read_pages(block)


def test_escaped_characters_are_read() -> None:
    found, _ = read_pages(b'{"Items":[{"a\\u00e9":{"S":"\\ud83d\\udce6\\u0000\\n"}}]}\n')

    assert untagged(found) == [canonical({"aé": {"S": "📦\0\n"}})]


def test_nothing_is_read_from_nothing() -> None:
    assert read_pages(b"")[0].rows == 0
    assert read_pages(page([]))[0].rows == 0


def test_schema_travels_to_tasks() -> None:
    _, schema = read_pages(page([{"a": {"M": {"b": {"L": []}}}}]))

    assert pickle.loads(pickle.dumps(schema)).item_type == schema.item_type
    assert schema.merge(TaggedSchema()).item_type == schema.item_type
