"""Each value is in the first column that holds it exactly, and only there; nothing is dropped in silence."""

import json
from base64 import b64encode
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot import formats, thresholds, types
from ddb_snapshot.census import Census
from ddb_snapshot.columns import Column, ColumnOptions, plan
from ddb_snapshot.columns.column import NULLS
from ddb_snapshot.encode import ValueHasNoColumn, encode
from ddb_snapshot.encode.base64_text import NotBase64, decoded
from ddb_snapshot.items import canonical, to_items
from ddb_snapshot.tagged import TaggedSchema, read_pages
from tests.ddb_snapshot.snapshots import ODD_NAMES, ODD_NUMBERS, Item, comparable, page, snapshot
from tests.profiles import cases


def encoded(items: list[Item], *columns: Column) -> list[dict[str, Any]]:
    """Items in these columns, read in the way of the first pass and in that of the second: the rows are the same."""
    first = encode(read_pages(page(items))[0], columns).to_pylist()
    second = encode(read_pages(page(items), TaggedSchema.for_columns(columns))[0], columns).to_pylist()
    assert [*map(parsed, first)] == [*map(parsed, second)]
    return first


def parsed(row: dict[str, Any]) -> dict[str, Any]:
    """JSON texts compare by what they say: keys of maps have no order."""
    return {name: json.loads(value) if str(value).startswith(('{"M', '{"L')) else value for name, value in row.items()}


def v(*column_types: types.ColumnType) -> list[Column]:
    return [Column(f"c{number}", "v", column_type) for number, column_type in enumerate(column_types)]


def test_number_goes_to_the_first_column_that_holds_it() -> None:
    texts = ["1", "1E2", "1.50", "0.001", "1.2345", "1E-40", str(2**63), "-0"]
    columns = v(types.Number64(), types.Decimal(5, 2), types.Double(), types.NumberText())

    rows = encoded([{"v": {"N": text}} for text in texts], *columns)

    assert [row["c0"] for row in rows] == [1, 100, None, None, None, None, None, 0]
    assert [row["c1"] for row in rows] == [None, None, Decimal("1.50"), None, None, None, None, None]
    assert [row["c2"] for row in rows] == [None, None, None, 0.001, 1.2345, 1e-40, None, None]
    assert [row["c3"] for row in rows] == [None, None, None, None, None, None, str(2**63), None]


def test_number_text_keeps_its_exact_text() -> None:
    assert [
        row["c0"] for row in encoded([{"v": {"N": text}} for text in ODD_NUMBERS], *v(types.NumberText()))
    ] == ODD_NUMBERS


def test_list_is_held_whole_or_goes_on() -> None:
    columns = [*v(types.ListOf(types.Number64()), types.ListOf(types.Text()), types.Json("L")), NULLS]
    lists: list[Any] = [
        [{"N": "1"}, {"NULL": True}], [{"S": "x"}], [{"N": "1.5"}], [{"N": "1"}, {"S": "x"}], [], [{"NULL": True}],
    ]  # fmt: skip

    rows = encoded([{"v": {"L": value}} for value in lists], *columns)

    assert [row["c0"] for row in rows] == [[1, None], None, None, None, [], [None]]
    assert [row["c1"] for row in rows] == [None, ["x"], None, None, None, None]
    assert [row["c2"] and json.loads(row["c2"]) for row in rows] == [
        None, None, {"L": lists[2]}, {"L": lists[3]}, None, None,
    ]  # fmt: skip
    assert [row["ddb_nulls"] for row in rows] == [["/v/1"], None, None, None, None, ["/v/0"]]


def test_map_is_held_whole_or_is_text() -> None:
    struct = types.Struct((types.Field("a", "A", types.Number64()), types.Field("a__string", "A", types.Text())))
    maps: list[Any] = [
        {"A": {"N": "1"}},
        {"A": {"S": "x"}},
        {"A": {"N": "1.5"}},
        {"B": {"S": ""}},
        {},
        {"A": {"NULL": True}},
    ]

    rows = encoded(
        [{"v": {"M": value}} for value in maps] + [{"w": {"S": ""}}],
        *v(struct, types.Json("M")),
        Column("w", "w", types.Text()),
        NULLS,
    )

    empty = {"a": None, "a__string": None}
    assert [row["c0"] for row in rows][:2] == [{**empty, "a": 1}, {**empty, "a__string": "x"}]
    assert [row["c0"] for row in rows][2:] == [None, None, empty, empty, None]
    assert [row["ddb_nulls"] for row in rows] == [None] * 5 + [["/v/A"], None]
    assert json.loads(rows[2]["c1"]) == {"M": maps[2]}
    assert json.loads(rows[3]["c1"]) == {"M": maps[3]}


def test_sets_of_numbers_go_by_their_numbers() -> None:
    columns = v(
        types.SetOf(types.Number64(), "NS"), types.SetOf(types.Decimal(), "NS"), types.SetOf(types.NumberText(), "NS")
    )

    rows = encoded([{"v": {"NS": value}} for value in (["1", "2E1"], ["1", "1.5"], ["1", "1E-50"])], *columns)

    assert [row["c0"] for row in rows] == [[1, 20], None, None]
    assert [row["c1"] for row in rows] == [None, [Decimal(1), Decimal("1.5")], None]
    assert [row["c2"] for row in rows] == [None, None, ["1", "1E-50"]]


def test_pointers_show_explicit_nulls_outside_of_text_only() -> None:
    null = {"NULL": True}
    items: list[Item] = [
        {
            "id": {"S": "1"},
            "a/b~c": null,
            "l": {"L": [{"M": {"x": null}}, null, {"M": {"x": {"S": ""}}}]},
            "j": {"M": {"k": null}},
        },
        {"id": {"S": "2"}},
    ]
    columns = plan(Census.of(read_pages(page(items))[0]), [Column("j", "j", types.Json("M"))])

    rows = encoded(items, *columns)

    assert rows[0]["ddb_nulls"] == ["/a~1b~0c", "/l/0/x", "/l/1"]
    assert rows[1]["ddb_nulls"] is None
    assert rows[0]["j"] == '{"M":{"k":{"NULL":true}}}'


def test_json_text_of_maps_that_were_read_as_structs_loses_nothing() -> None:
    deep: Item = {
        "M": {
            'q"uo\\te': {"S": 'a"\n\\\u0001📦'}, "n": {"N": "1.50"}, "b": {"B": "AP8="}, "f": {"BOOL": False},
            "0": {"NULL": True}, "ss": {"SS": ["", "x"]}, "ns": {"NS": ["1"]}, "bs": {"BS": ["AA=="]}, "e": {"M": {}},
            "el": {"L": []}, "l": {"L": [{"M": {"x": {"L": [{"N": "1"}, {"S": "y"}]}}}, {"NULL": True}]},
        }
    }  # fmt: skip

    rows = encoded(
        [{"v": deep}, {"v": {"M": {}}}, {"w": {"S": ""}}], *v(types.Json("M")), Column("w", "w", types.Text())
    )

    assert json.loads(rows[0]["c0"]) == deep
    assert rows[1]["c0"] == '{"M":{}}'
    assert rows[2]["c0"] is None


@pytest.mark.parametrize(
    ("value", "column", "tag"),
    [
        ({"N": "1.5"}, types.Number64(), "N"),
        ({"S": "x" * 1000}, types.Number64(), "S"),
        ({"M": {"b": {"S": "x"}}}, types.Struct((types.Field("a", "a", types.Text()),)), "M"),
        ({"L": [{"N": "1"}, {"S": "x"}]}, types.ListOf(types.Text()), "L"),
        ({"NS": ["1E100"]}, types.SetOf(types.Decimal(), "NS"), "NS"),
    ],
)
def test_value_without_a_column_is_an_error_that_names_it(value: Item, column: types.ColumnType, tag: str) -> None:
    items: list[Item] = [{"id": {"S": "1"}}, {"id": {"S": "2"}, "v": value}]

    with pytest.raises(ValueHasNoColumn, match=rf"'v': no column holds this value of type {tag}: .{{1,200}}$"):
        encode(read_pages(page(items))[0], [Column("id", "id", types.Text()), Column("v", "v", column)])


def test_attribute_or_null_without_a_column_is_an_error() -> None:
    found, _ = read_pages(page([{"id": {"S": "1"}, "v": {"NULL": True}}]))

    with pytest.raises(ValueHasNoColumn, match="'id'"):
        encode(found, [NULLS])
    with pytest.raises(ValueHasNoColumn, match="'/v'"):
        encode(found, [Column("id", "id", types.Text()), Column("v", "v", types.Text())])


@thresholds.changed(batch_cells=30_000)
def test_rows_of_all_batches_have_all_columns() -> None:
    items: list[Item] = [{"id": {"N": str(n)}, f"a{n % 400}": {"S": str(n)}} for n in range(800)]

    taken = snapshot(items)

    assert taken.values("id") == [*range(800)]
    assert taken.items() == comparable(items)


def test_no_items_are_no_rows_in_the_columns_types() -> None:
    columns = (Column("id", "id", types.Text()), Column("l", "l", types.ListOf(types.Decimal())), NULLS)

    rows = encode(read_pages(b"")[0], columns)

    assert rows.num_rows == 0
    assert rows.schema.types == [types.arrow_type(column.type) for column in columns]


@settings(max_examples=cases(80), deadline=None)
@given(st.lists(st.none() | st.binary(max_size=9)), st.integers(0, 3))
def test_base64_is_decoded_as_python_does(values: list[bytes | None], start: int) -> None:
    texts = pa.array([None if value is None else b64encode(value).decode() for value in values], pa.string())

    assert decoded(texts.slice(start)).to_pylist() == values[start:]


@pytest.mark.parametrize("text", ["A", "AA", "AAA", "AA=A", "=AAA", "A===", "AA-_", "AAAA\n", "é==="])
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(NotBase64):
        decoded(pa.array(["AAAA", text]))


# What DynamoDB allows and tables are full of, once each, through both passes and every format.
ODDITIES: dict[str, list[Item]] = {
    "nulls everywhere": [
        {"NULL": True}, {"M": {"a": {"NULL": True}, "b": {"L": [{"NULL": True}]}}}, {"L": [{"NULL": True}] * 3},
    ],
    "empty things": [{"S": ""}, {"M": {}}, {"L": []}, {"B": ""}, {"L": [{"M": {}}, {"L": []}]}],
    "empty and absent": [
        {"M": {"a": {"M": {"b": {"S": ""}}}}}, {"M": {"a": {"M": {}}}}, {"M": {}}, {"M": {"b": {"L": []}}},
    ],
    "odd names": [{"M": {name: {"N": "1"} for name in ODD_NAMES}}, *({"M": {name: {"S": ""}}} for name in ODD_NAMES)],
    "odd numbers": [{"N": text} for text in ODD_NUMBERS],
    "odd numbers in lists": [{"L": [{"N": text}]} for text in ODD_NUMBERS],
    "sets of numbers": [{"NS": [text]} for text in ODD_NUMBERS],
    "mixed lists": [{"L": [{"S": "x"}, {"N": "1"}, {"BOOL": True}]}, {"L": [{"N": "1"}]}, {"L": [{"M": {}}]}],
    "many keys": [{"M": {f"k{n}": {"N": str(n)} for n in range(250)}}, {"M": {"k1": {"S": "x"}}}],
    "keys that are data": [{"M": {f"2024-01-{day:02}": {"N": str(day)} for day in range(1, 29)}}, {"M": {}}],
    "every type": [
        {"S": "1"}, {"N": "1"}, {"B": "AQ=="}, {"BOOL": True}, {"NULL": True}, {"SS": ["1"]}, {"NS": ["1"]},
        {"BS": ["AQ=="]}, {"L": [{"S": "1"}]}, {"M": {"1": {"S": "1"}}},
    ],
}  # fmt: skip


@pytest.mark.parametrize("output_format", formats.OUTPUT_FORMATS)
@pytest.mark.parametrize("oddity", ODDITIES)
def test_oddities_come_back_from_every_format(oddity: str, output_format: str) -> None:
    items: list[Item] = [{"id": {"S": str(n)}, "v": value} for n, value in enumerate(ODDITIES[oddity])]

    assert snapshot(items).through(output_format).items() == comparable(items)


@pytest.mark.parametrize("output_format", formats.OUTPUT_FORMATS)
def test_odd_attribute_names_come_back_from_every_format(output_format: str) -> None:
    items: list[Item] = [{"id": {"S": "0"}, **{name: {"S": name} for name in ODD_NAMES}}, {"id": {"S": "1"}}]

    assert snapshot(items).through(output_format).items() == comparable(items)


@pytest.mark.parametrize("max_depth", [1, 8, 32])
def test_dynamodbs_deepest_nesting_comes_back(max_depth: int) -> None:
    value: Item = {"NULL": True}
    for level in range(32):
        value = {"M": {"k": value, "n": {"N": str(level)}}} if level % 2 else {"L": [value]}
    items: list[Item] = [{"id": {"S": "a"}, "v": value}, {"id": {"S": "b"}}]

    taken = snapshot(items, options=ColumnOptions(max_depth=max_depth))

    for output_format in formats.OUTPUT_FORMATS:
        assert taken.through(output_format).items() == comparable(items)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"N": "1.0"}, {"N": "1E0"}, True),
        ({"N": "-0"}, {"N": "0"}, True),
        ({"N": "0.10000000000000000000000000000000000001"}, {"N": "0.1"}, False),
        ({"NS": ["1", "2.0"]}, {"NS": ["2", "1"]}, True),
        ({"SS": ["1", "2"]}, {"SS": ["2", "1"]}, True),
        ({"L": [{"S": "1"}, {"S": "2"}]}, {"L": [{"S": "2"}, {"S": "1"}]}, False),
        ({"N": "1"}, {"S": "1"}, False),
        ({"B": "AQ=="}, {"B": b"\x01"}, True),
        ({"M": {}}, {"L": []}, False),
        ({"SS": ["1"]}, {"NS": ["1"]}, False),
    ],
)
def test_items_compare_by_value(one: Item, other: Item, same: bool) -> None:
    assert (canonical({"v": one}) == canonical({"v": other})) == same


def test_value_in_two_columns_is_an_error() -> None:
    rows = pa.table({"a": ["x"], "b": [1]})

    with pytest.raises(ValueError, match="several columns"):
        list(to_items(rows, [Column("a", "v", types.Text()), Column("b", "v", types.Number64())]))
