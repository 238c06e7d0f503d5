"""The plan: a column for every attribute and type that any item has, and nothing published ever changes."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from ddb_snapshot import types
from ddb_snapshot.census import Census
from ddb_snapshot.columns import (
    Column,
    ColumnChanged,
    ColumnOptions,
    ForeignColumn,
    PinConflict,
    UnknownType,
    check_stable,
    parse_type,
    plan,
    require_pins_known,
    schema_diff,
)
from ddb_snapshot.columns.choice import looks_like_data
from ddb_snapshot.columns.column import NULLS
from ddb_snapshot.tagged import TaggedSchema, read_pages
from tests.ddb_snapshot.snapshots import Item, page


def planned(
    *items: Item, known: Sequence[Column] = (), options: ColumnOptions | None = None, keys: Any = ()
) -> tuple[Column, ...]:
    options = options or ColumnOptions()
    found, _ = read_pages(page(items), TaggedSchema.for_columns(known, options.limits()))
    return plan(Census.of(found), known, options, keys)


def named(columns: Sequence[Column]) -> dict[str, types.ColumnType]:
    return {column.name: column.type for column in columns}


def test_keys_come_first_then_attributes_by_name() -> None:
    columns = planned({"b": {"S": ""}, "id": {"S": "x"}, "a": {"N": "1"}, "sort": {"N": "1"}}, keys=["sort", "id"])

    assert [column.name for column in columns] == ["sort", "id", "a", "b"]


def test_keys_of_a_table_without_items_have_columns() -> None:
    columns = plan(Census(), (), keys={"id": "S", "n": "N", "b": "B"})

    assert named(columns) == {"id": types.Text(), "n": types.Number64(), "b": types.Binary()}


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ({"S": ""}, types.Text()),
        ({"N": "1E3"}, types.Number64()),
        ({"N": "1.5"}, types.Decimal()),
        ({"N": "1E-130"}, types.NumberText()),
        ({"N": str(2**63)}, types.Decimal()),
        ({"B": "AA=="}, types.Binary()),
        ({"BOOL": False}, types.Boolean()),
        ({"SS": ["x"]}, types.SetOf(types.Text(), "SS")),
        ({"NS": ["1", "1.5"]}, types.SetOf(types.Decimal(), "NS")),
        ({"BS": ["AA=="]}, types.SetOf(types.Binary(), "BS")),
        ({"L": [{"N": "1"}, {"N": "2"}]}, types.ListOf(types.Number64())),
        ({"L": [{"N": "1"}, {"S": "x"}]}, types.Json("L")),
        ({"L": [{"L": [{"BOOL": True}]}]}, types.ListOf(types.ListOf(types.Boolean()))),
        ({"M": {"A-b": {"N": "1"}}}, types.Struct((types.Field("a_b", "A-b", types.Number64()),))),
        ({"M": {f"2024-01-0{day}": {"N": "1"} for day in range(1, 7)}}, types.Json("M")),
        ({"M": {f"k{key}": {"N": "1"} for key in range(201)}}, types.Json("M")),
    ],
)
def test_type_of_a_first_value(value: Item, column: types.ColumnType) -> None:
    assert named(planned({"v": value})) == {"v": column}


def test_types_that_mix_have_a_column_each_the_most_frequent_first() -> None:
    columns = planned({"v": {"S": "a"}}, {"v": {"N": "1"}}, {"v": {"S": "b"}}, {"v": {"M": {"x": {"S": ""}}}})

    assert [column.name for column in columns] == ["v", "v__map", "v__bigint"]
    assert columns[0].type == types.Text()
    assert {column.attribute for column in columns} == {"v"}


def test_names_that_collide_are_told_apart_and_safe_ones_are_kept() -> None:
    columns = planned(
        {name: {"S": "x"} for name in ("Id", "ID", "id", "a-b", "a_b", "ddb_nulls", "snapshot_timestamp")}
    )

    by_attribute = {column.attribute: column.name for column in columns}
    assert by_attribute["id"] == "id"
    assert by_attribute["a_b"] == "a_b"
    assert len(set(by_attribute.values())) == 7
    assert not {"ddb_nulls", "snapshot_timestamp"} & set(by_attribute.values())


def test_explicit_nulls_bring_their_column() -> None:
    assert NULLS not in planned({"v": {"S": "x"}})
    assert planned({"v": {"NULL": True}}) == (NULLS,)
    assert NULLS not in planned({"v": {"L": []}}, {"v": {"L": [{"S": "x"}]}}, {"v": {"L": []}})
    assert NULLS in planned({"v": {"L": [{"S": "x"}, {"NULL": True}]}})
    assert NULLS not in planned(
        {"v": {"M": {"a": {"NULL": True}, "b": {"S": ""}}}}, options=ColumnOptions(nested="json")
    )


def test_known_columns_stay_and_drift_adds_columns_and_fields() -> None:
    first = planned({"v": {"N": "1"}, "m": {"M": {"a": {"N": "1"}}}, "l": {"L": [{"S": "x"}]}})
    second = planned(
        {"v": {"N": "1.5"}, "m": {"M": {"b": {"S": ""}, "a": {"S": ""}}}, "l": {"L": [{"N": "1"}]}, "new": {"S": ""}},
        known=first,
    )

    check_stable(first, second)
    assert named(second) == {
        "l": types.ListOf(types.Text()),
        "m": types.Struct(
            (
                types.Field("a", "a", types.Number64()),
                types.Field("a__string", "a", types.Text()),
                types.Field("b", "b", types.Text()),
            )
        ),
        "v": types.Number64(),
        "l__list": types.ListOf(types.Number64()),
        "new": types.Text(),
        "v__decimal": types.Decimal(),
    }
    diff = schema_diff(first, second)
    assert {column.name for column in diff.added_columns} == {"l__list", "new", "v__decimal"}
    assert diff.appended_fields == ("m.a__string", "m.b")
    assert not schema_diff(second, second)


def test_attributes_that_are_gone_keep_their_columns() -> None:
    first = planned({"gone": {"S": "x"}, "n": {"NULL": True}})

    assert planned({"id": {"S": "a"}}, known=first) == (*first, Column("id", "id", types.Text()))


def test_map_that_becomes_open_goes_on_as_text_beside_its_struct() -> None:
    first = planned({"m": {"M": {"a": {"N": "1"}}}})
    second = planned({"m": {"M": {f"k{n}": {"N": "1"} for n in range(300)}}}, known=first)

    # Whether there are NULLs in maps that are text isn't known, so their column is there as well.
    assert named(second) == {**named(first), "m__map": types.Json("M"), NULLS.name: NULLS.type}
    assert planned({"m": {"M": {"a": {"N": "1"}}}}, {"m": {"M": {"zz": {"N": "1"}}}}, known=second) == second


def test_numbers_options() -> None:
    items: list[Item] = [{"v": {"N": "0.1"}}, {"v": {"N": str(2**53 + 1)}}]

    assert named(planned(*items, options=ColumnOptions(numbers="string"))) == {"v": types.NumberText()}
    assert named(planned(*items, options=ColumnOptions(numbers="double"))) == {
        "v": types.Double(),
        "v__decimal": types.Decimal(),
    }


def test_pinned_type_comes_first_and_what_does_not_fit_gets_a_column() -> None:
    options = ColumnOptions(columns={"price": "decimal(10, 2)"})

    columns = planned({"price": {"N": "1.25"}}, {"price": {"N": "1.255"}}, options=options)

    assert named(columns) == {"price": types.Decimal(10, 2), "price__decimal": types.Decimal()}


def test_pin_that_contradicts_a_published_column_is_refused() -> None:
    known = planned({"price": {"N": "1"}})

    with pytest.raises(PinConflict, match="price is pinned to double, but is published as bigint"):
        planned({"price": {"N": "1"}}, known=known, options=ColumnOptions(columns={"price": "double"}))


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ({"pirce": "decimal(18,2)"}, "'pirce' is pinned to decimal(18,2) (is 'price' meant?)"),
        ({"PRICE": "double"}, "'PRICE' is pinned to double (is 'price' meant?)"),
        ({"zip-code": "string"}, "'zip-code' is pinned to string (is 'zip_code' meant?)"),
        ({"weather": "string"}, "columns: 'weather' is pinned to string. No item"),
        ({"": "string", "price": "double"}, "a pin names no attribute"),
        (
            {**{f"q{at}": "string" for at in range(9)}, "price": "double"},
            "'q4' is pinned to string; and 4 more. No item",
        ),
    ],
)
def test_a_pin_that_names_nothing_is_refused_with_the_name_that_may_be_meant(pins: dict[str, str], said: str) -> None:
    columns = planned(
        {"id": {"S": "1"}, "price": {"N": "1"}, "zip_code": {"S": ""}, "none": {"NULL": True}}, keys=["id"]
    )

    with pytest.raises(ValueError, match=re.escape(said)):
        require_pins_known(columns, ColumnOptions(columns=pins), items=1)


def test_pins_of_items_published_columns_and_empty_tables_are_known() -> None:
    pins = ColumnOptions(columns={"id": "string", "price": "double", "none": "bigint", "gone": "string"})
    gone = planned({"gone": {"S": "x"}})
    columns = planned({"price": {"N": "1"}, "none": {"NULL": True}}, known=gone, options=pins, keys={"id": "S"})

    require_pins_known(columns, pins, items=1)
    require_pins_known(planned(keys={"id": "S"}), pins, items=0)


@pytest.mark.parametrize("text", ["varchar", "decimal(39,1)", "decimal(1,2)", "", "array<string>"])
def test_pins_that_are_no_types_are_refused(text: str) -> None:
    with pytest.raises(UnknownType):
        parse_type(text)
    with pytest.raises(UnknownType, match="columns: price:"):
        ColumnOptions(columns={"price": text})


@pytest.mark.parametrize(
    "option", [{"nested": "flat"}, {"numbers": "float"}, {"max_map_keys": 0}, {"max_depth": 33}, {"max_dept": 3}]
)
def test_bad_options_are_refused_by_name(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(option))):
        ColumnOptions.from_json(option)


@pytest.mark.parametrize(
    ("new", "complaint"),
    [
        ((), "nothing is there"),
        ((Column("b", "b", types.Text()),), "now b is there"),
        ((Column("a", "A", types.Struct((types.Field("x", "x", types.Text()),))),), "would now hold 'A'"),
        ((Column("a", "a", types.Struct((types.Field("y", "y", types.Text()),))),), "would change"),
        (
            (
                Column(
                    "a", "a", types.Struct((types.Field("y", "y", types.Text()), types.Field("x", "x", types.Text())))
                ),
            ),
            "would change",
        ),
        ((Column("a", "a", types.Text()),), "would change from struct<x:string> to string"),
    ],
)
def test_published_column_that_would_change_is_refused(new: tuple[Column, ...], complaint: str) -> None:
    old = (Column("a", "a", types.Struct((types.Field("x", "x", types.Text()),))),)

    with pytest.raises(ColumnChanged, match=complaint):
        check_stable(old, new, "snapshots_t")


def test_fields_appended_inside_lists_are_shown_by_their_paths() -> None:
    def column(*fields: str) -> Column:
        struct = types.Struct(tuple(types.Field(name, name, types.Text()) for name in fields))
        return Column("a", "a", types.ListOf(struct))

    check_stable([column("x")], [column("x", "y")])
    assert schema_diff([column("x")], [column("x", "y")]).appended_fields == ("a.y",)


@pytest.mark.parametrize(
    ("keys", "data"),
    [
        (["1", "2", "3", "4", "5"], True),
        (["2024-01-01", "2024-01-02", "2024-01-03", "x", "2024-01-05"], True),
        ([f"0190a{n}b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b" for n in range(5)], True),
        ([f"user{n}@example.com" for n in range(5)], True),
        (["1", "2", "3", "4"], False),
        (["name", "street", "zip", "city", "1"], False),
        ([], False),
    ],
)
def test_keys_that_are_data_are_told_from_names(keys: list[str], data: bool) -> None:
    assert looks_like_data(keys) == data


def test_crawled_scalar_columns_are_adopted_and_others_refused() -> None:
    assert Column.from_catalog({"Name": "a", "Type": "decimal(5,2)"}) == Column("a", "a", types.Decimal(5, 2))
    with pytest.raises(ForeignColumn, match="column a of type array<string>"):
        Column.from_catalog({"Name": "a", "Type": "array<string>"})
    with pytest.raises(ForeignColumn, match="changed by a crawler"):
        Column.from_catalog({"Name": "a", "Type": "int", "Parameters": Column("a", "a", types.Number64()).parameters()})
    with pytest.raises(ForeignColumn, match="damaged"):
        Column.from_catalog({"Name": "a", "Type": "int", "Parameters": {"ddb.column": "{"}})
