"""A value decides a type, its absence doesn't: NULL, `[]` and `{}` wait in the nulls column, and their names too."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot import formats, types
from ddb_snapshot.columns import Column, ColumnOptions, UnknownPin, check_stable, require_pins_known, with_names_of
from ddb_snapshot.columns.column import NULLS
from ddb_snapshot.encode.recolumn import recolumned
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.items import canonical, to_items
from tests.ddb_snapshot.snapshots import Item, comparable, few_names, snapshot, tagged, values
from tests.profiles import cases

NULL: Item = {"NULL": True}
NO_LIST: Item = {"L": []}
NO_MAP: Item = {"M": {}}
DAY_1: Item = {
    "id": {"S": "1"},
    "price": NULL,
    "tags": NO_LIST,
    "meta": NO_MAP,
    "m": {"M": {"x": NULL, "y": {"S": "y"}}},
    "n": {"M": {"x": NULL}},
    "l": {"L": [NO_LIST, NO_LIST]},
    "s": {"L": [NULL, {"S": "a"}, NO_LIST, NO_MAP]},
    "a~/b": NULL,
}
DAY_2: Item = {
    "id": {"S": "2"},
    "price": {"N": "9.99"},
    "tags": {"L": [{"S": "new"}]},
    "meta": {"M": {"a": {"BOOL": True}}},
    "m": {"M": {"x": {"N": "1"}}},
    "n": {"M": {"x": {"L": [NO_LIST, {"L": [{"N": "2"}]}]}}},
    "l": {"L": [{"L": [{"N": "1"}]}, NO_LIST]},
    "s": {"L": [{"S": "b"}]},
    "a~/b": {"S": ""},
}


def field(name: str, column_type: types.ColumnType) -> types.Field:
    return types.Field(name, name, column_type)


def test_what_says_nothing_gets_no_column_and_is_told() -> None:
    taken = snapshot([DAY_1], keys={"id": "S"})

    assert taken.types() == {
        "id": types.Text(),
        "m": types.Struct((field("y", types.Text()),)),
        "s": types.ListOf(types.Text()),
        NULLS.name: NULLS.type,
    }
    assert taken.values("m") == [{"y": "y"}]
    assert taken.values("s") == [[None, "a", None, None]]
    assert set(taken.values(NULLS.name)[0]) == {
        "/price", "[]/tags", "{}/meta", "/m/x", "{}/n", "/n/x", "[]/l", "[]/l/0", "[]/l/1",
        "/s/0", "[]/s/2", "{}/s/3", "/a~0~1b",
    }  # fmt: skip
    assert taken.items() == comparable([DAY_1])


def test_the_first_value_decides_under_the_plain_name() -> None:
    known = snapshot([DAY_1], keys={"id": "S"}).columns

    taken = snapshot([DAY_1, DAY_2], known=known)

    check_stable(known, taken.columns)
    assert taken.types() == {
        "id": types.Text(),
        "m": types.Struct((field("y", types.Text()), field("x", types.Number64()))),
        "s": types.ListOf(types.Text()),
        NULLS.name: NULLS.type,
        "a__b": types.Text(),
        "price": types.Decimal(),
        "tags": types.ListOf(types.Text()),
        "meta": types.Struct((field("a", types.Boolean()),)),
        "n": types.Struct((field("x", types.ListOf(types.ListOf(types.Number64()))),)),
        "l": types.ListOf(types.ListOf(types.Number64())),
    }
    # What has a column is there, and is not told any more.
    assert (taken.values("tags"), taken.values("meta")) == ([[], ["new"]], [{"a": None}, {"a": True}])
    assert taken.values("l") == [[[], []], [[1], []]]
    assert set(taken.values(NULLS.name)[0]) == {"/price", "/m/x", "/n/x", "/s/0", "[]/s/2", "{}/s/3", "/a~0~1b"}
    assert taken.values(NULLS.name)[1] is None
    assert taken.items() == comparable([DAY_1, DAY_2])


@pytest.mark.parametrize("value", [NULL, NO_LIST, NO_MAP, {"L": [NO_MAP]}, {"M": {"x": {"L": [NULL]}}}])
def test_nothing_is_told_from_anything_like_it(value: Item) -> None:
    taken = snapshot([{"id": {"S": "1"}, "v": value}, {"id": {"S": "2"}}])

    assert "v" not in taken.types()
    assert taken.items() == comparable([{"id": {"S": "1"}, "v": value}, {"id": {"S": "2"}}])


def test_a_waiting_attribute_keeps_its_name_for_itself() -> None:
    known = snapshot([{"id": {"S": "1"}, "Price": NULL, "m": {"M": {"A": NULL, "b": {"S": ""}}}}]).columns
    known = snapshot([{"id": {"S": "1"}, "price": {"N": "1"}, "m": {"M": {"a": {"N": "1"}}}}], known=known).columns
    # An increment's census knows nothing of items that have not changed.
    known = snapshot([{"id": {"S": "2"}}], known=known).columns

    taken = snapshot([{"id": {"S": "1"}, "Price": {"S": "x"}, "m": {"M": {"A": {"S": "x"}}}}], known=known)

    attributes = {column.name: column.attribute for column in taken.columns}
    (price,) = (column.name for column in taken.columns if column.attribute == "price")
    assert attributes["price"] == "Price"
    assert price.startswith("price__")
    struct = taken.types()["m"]
    assert {member.attribute: member.name for member in struct.fields}["A"] == "a"
    assert not {"/Price", "/m/A"} & taken.columns[-1].reserved.keys()


def test_names_inside_of_maps_and_lists_that_wait_are_kept() -> None:
    known = snapshot([{"id": {"S": "1"}, "l": {"L": [{"M": {"A/b": NULL}}]}}]).columns

    taken = snapshot([{"id": {"S": "1"}, "l": {"L": [{"M": {"a_b": {"N": "1"}, "A/b": {"N": "1"}}}]}}], known=known)

    listed = taken.types()["l"]
    assert {member.attribute: member.name for member in listed.element.fields}["A/b"] == "a_b"


@pytest.mark.parametrize("output_format", formats.OUTPUT_FORMATS)
def test_the_catalog_remembers_the_names(output_format: str) -> None:
    columns = snapshot([DAY_1, {"id": {"S": "1"}, "ü~/": NULL}]).columns
    described = [
        {"Name": name, "Type": hive_type, "Parameters": column.parameters()}
        for column, (name, hive_type) in zip(columns, formats.catalog_columns(columns, output_format), strict=True)
    ]

    found = formats.columns_from_catalog(described, output_format)

    assert found == columns
    assert [column.reserved for column in found] == [column.reserved for column in columns]
    assert found[-1].reserved["/ü~0~1"] == "u__"


def test_names_of_two_memories_come_together() -> None:
    waiting = snapshot([{"id": {"S": "1"}, "Price": NULL, "Other": NULL}]).columns
    given_away = snapshot([{"id": {"S": "1"}, "price": {"N": "1"}, "more": NULL}]).columns

    assert with_names_of(given_away, waiting)[-1].reserved == {"/Other": "other", "/more": "more"}


def test_a_pin_decides_without_a_value() -> None:
    pins = ColumnOptions(columns={"price": "decimal(10,2)", "tags": "json", "meta": "json"})

    taken = snapshot([DAY_1], options=pins)

    assert taken.types()["price"] == types.Decimal(10, 2)
    assert (taken.types()["tags"], taken.types()["meta"]) == (types.Json("L"), types.Json("M"))
    assert taken.items() == comparable([DAY_1])
    require_pins_known(taken.columns, pins, items=1)


def test_a_pin_that_comes_later_decides_too_though_no_item_has_changed() -> None:
    known = snapshot([DAY_1]).columns
    pins = ColumnOptions(columns={"price": "decimal(10,2)"})

    taken = snapshot([{"id": {"S": "2"}}], known=known, options=pins)

    assert taken.types()["price"] == types.Decimal(10, 2)
    require_pins_known(taken.columns, pins, items=1)
    with pytest.raises(UnknownPin, match=r"is 'tags' meant\?"):
        require_pins_known(taken.columns, ColumnOptions(columns={"Tags": "json"}), items=1)


def test_what_an_earlier_version_published_stays() -> None:
    """That version made `string`, `array<string>` and JSON text of NULL, `[]` and `{}`."""
    lists = types.ListOf(types.ListOf(types.Text()))
    published = (
        Column("id", "id", types.Text()),
        Column("l", "l", lists),
        Column("meta", "meta", types.Json("M")),
        Column("n", "n", types.Struct((field("x", types.Text()),))),
        Column("price", "price", types.Text()),
        Column("tags", "tags", types.ListOf(types.Text())),
        Column("tags__list", "tags", lists),
        NULLS,
    )

    first = snapshot([DAY_1], known=published)
    taken = snapshot([DAY_1, DAY_2, {"id": {"S": "3"}, "tags": {"L": [NO_LIST]}}], known=first.columns)

    check_stable(published, first.columns)
    check_stable(first.columns, taken.columns)
    assert taken.types()["price__decimal"] == types.Decimal()
    assert taken.values("price__decimal")[1] is not None
    # What a column held exactly, it holds as before, though an earlier one could hold it without what is empty in it.
    assert taken.values("tags__list")[2] == [[]]
    assert taken.values("meta")[0] == '{"M":{}}'
    assert taken.items() == comparable([DAY_1, DAY_2, {"id": {"S": "3"}, "tags": {"L": [NO_LIST]}}])


def test_rows_move_into_the_column_that_their_value_waited_for() -> None:
    items: list[Item] = [{**DAY_1, "id": {"S": "1"}}, {"id": {"S": "2"}, "price": NULL}, {**DAY_1, "id": {"S": "3"}}]
    before = snapshot(items)
    columns = snapshot([DAY_2, *items], known=before.columns).columns

    rows = pa.Table.from_batches(recolumned(before.rows, before.columns, columns))

    assert "[]/tags" in before.values(NULLS.name)[0]
    assert rows.column("tags").to_pylist() == [[], None, []]
    assert rows.to_pylist() == snapshot(items, known=columns).rows.to_pylist()


silent = st.recursive(
    st.sampled_from([NULL, NO_LIST, NO_MAP]),
    lambda inner: tagged("L", st.lists(inner, max_size=3)) | tagged("M", st.dictionaries(few_names, inner, max_size=3)),
    max_leaves=5,
)
NAMES = ("price", "Price", "PRICE", "v", "m")


def says_nothing(value: Any) -> bool:
    ((tag, inner),) = value.items()
    if tag == "L":
        return all(map(says_nothing, inner))
    return tag == "NULL" or (tag == "M" and all(map(says_nothing, inner.values())))


@st.composite
def histories(draw: st.DrawFn) -> list[list[Item]]:
    """Three to four days of a table whose attributes say nothing at first, and get a value on a day of their own."""
    days = draw(st.integers(2, 4))
    firsts = {name: draw(st.integers(0, days)) for name in NAMES}
    loud = {name: draw(values.filter(lambda value: not says_nothing(value))) for name in NAMES}
    history = []
    for day in range(days):
        choices = {name: silent if day < firsts[name] else silent | st.just(loud[name]) for name in NAMES}
        items = draw(st.lists(st.fixed_dictionaries({}, optional=choices), max_size=3))
        items.append({name: loud[name] for name in NAMES if day == firsts[name]})
        history.append([{**item, "id": {"S": str(number)}} for number, item in enumerate(items)])
    return history


def bare(column_type: types.ColumnType) -> Any:
    """A type without the names in it, which depend on what came first."""
    match column_type:
        case types.ListOf(element):
            return ("list", bare(element))
        case types.Struct(members):
            return ("map", frozenset((member.attribute, bare(member.type)) for member in members))
    return column_type


@settings(max_examples=cases(150), deadline=None)
@given(history=histories())
def test_the_first_value_of_an_attribute_decides_whenever_it_comes(history: list[list[Item]]) -> None:
    known: Sequence[Column] = ()
    firsts: dict[str, str] = {}
    for items in history:
        taken = snapshot(items, known=known, keys={"id": "S"})

        check_stable(known, taken.columns)
        assert taken.items() == comparable(items)
        alone = snapshot(items, keys={"id": "S"})
        for name in NAMES:
            own = [column for column in taken.columns if column.attribute == name]
            if any(name in item and not says_nothing(item[name]) for item in items):
                before = [column for column in known if column.attribute == name]
                fresh = [column.type for column in alone.columns if column.attribute == name]
                if not before:
                    assert [bare(column.type) for column in own] == [bare(column_type) for column_type in fresh]
                    assert own[0].name == firsts.get(name, own[0].name)
            elif not any(column.attribute == name for column in known):
                assert not own
        for column in taken.columns:
            firsts.update({pointer[1:]: name for pointer, name in column.reserved.items() if "/" not in pointer[1:]})
        known = taken.columns


@settings(max_examples=cases(150), deadline=None)
@given(history=histories())
def test_drafts_of_undecided_attributes_become_the_rows_of_the_whole(history: list[list[Item]]) -> None:
    whole = snapshot(*history, keys={"id": "S"})
    for items in history:
        part = snapshot(items, keys={"id": "S"})
        rows = pa.Table.from_batches(recolumned(part.rows, part.columns, whole.columns), schema(whole.columns))

        expected = snapshot(items, known=whole.columns)

        assert [canonical(item) for item in to_items(rows, whole.columns)] == comparable(items)
        for name in rows.column_names:
            column = next(column for column in whole.columns if column.name == name)
            if not isinstance(column.type, types.Json) and not column.holds_nulls:
                assert rows.column(name).to_pylist() == expected.values(name)
