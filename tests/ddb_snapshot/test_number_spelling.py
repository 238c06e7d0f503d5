"""One number has one text, DynamoDB's own, whichever way it went."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot import types
from ddb_snapshot.columns import ColumnOptions
from ddb_snapshot.encode.recolumn import recolumned
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.items import to_items
from ddb_snapshot.numbers import number_texts, spelled
from tests.ddb_snapshot.snapshots import Item, numbers, snapshot
from tests.profiles import cases


@settings(max_examples=cases(200), deadline=None)
@given(st.lists(st.none() | numbers, max_size=8))
def test_texts_of_an_array_are_those_of_each_number(written: list[str | None]) -> None:
    assert number_texts(pa.array(written, pa.string())).to_pylist() == [text and spelled(text) for text in written]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([0, -1, 100, 2**63 - 1, None], pa.int64()),
        pa.array([0.0, -0.0, 1e22, 2.5, 1e-7, 123456789012345680.0, None], pa.float64()),
        pa.array([Decimal("2.5"), Decimal("0"), Decimal("100"), Decimal("1E-18"), None], pa.decimal128(38, 18)),
        pa.array([Decimal("120"), None], pa.decimal128(38, 0)),
    ],
    ids=lambda array: str(array.type),
)
def test_typed_numbers_have_the_same_texts(array: Any) -> None:
    assert number_texts(array).to_pylist() == [
        None if value is None else spelled(str(value)) for value in array.to_pylist()
    ]


@pytest.mark.parametrize("numbers", ["decimal", "double"])
def test_a_number_is_spelled_alike_however_its_draft_is_rewritten(numbers: str) -> None:
    """The draft's column is typed; in the snapshot it is text, and a map's drift sends its rows by way of items."""
    small: list[Item] = [
        {"id": {"S": "1"}, "n": {"N": "2.5"}, "m": {"M": {"a": {"N": "1.5"}, "s": {"NS": ["0.5"]}}}},
        {"id": {"S": "2"}, "n": {"N": "10000000000000000000000"}, "m": {"M": {"a": {"N": "100"}}}},
    ]
    huge: list[Item] = [
        {"id": {"S": "3"}, "n": {"N": "1" + "0" * 60 + ".5"}, "m": {"L": [{"N": "2.5"}]}},
        {"id": {"S": "4"}, "n": {"N": "2.5"}, "m": {"M": {f"key{number}": {"N": "1.5"} for number in range(300)}}},
    ]
    options = ColumnOptions(numbers="double") if numbers == "double" else ColumnOptions()
    part, whole = snapshot(small, options=options), snapshot(small, huge, options=options)
    straight = whole.rows.slice(0, 2)

    rewritten = pa.Table.from_batches([*recolumned(part.rows, part.columns, whole.columns)], schema(whole.columns))

    assert any(isinstance(column.type, types.Json) for column in whole.columns)
    for name in straight.column_names:
        assert rewritten.column(name).to_pylist() == straight.column(name).to_pylist()
    assert [item["n"] for item in to_items(rewritten, whole.columns)] == [item["n"] for item in small]
