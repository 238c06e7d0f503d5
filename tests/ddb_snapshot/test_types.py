"""Types answer the same everywhere: in the catalog, in SQL, in Arrow and in the catalog's memory."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot import types

SCALARS: list[types.ColumnType] = [
    types.Text(), types.Number64(), types.Decimal(), types.Decimal(10, 2), types.Double(), types.NumberText(),
    types.Binary(), types.Boolean(), types.Json("M"), types.Json("L"), types.SetOf(types.Text(), "SS"),
    types.SetOf(types.Number64(), "NS"), types.SetOf(types.Binary(), "BS"),
]  # fmt: skip
column_types = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.one_of(
        inner.map(types.ListOf),
        st.lists(st.builds(types.Field, st.from_regex("[a-z]{1,3}", fullmatch=True), st.text(), inner), min_size=1).map(
            lambda fields: types.Struct(tuple(fields))
        ),
    ),
)


@settings(deadline=None)
@given(column_types)
def test_type_survives_its_json(column: types.ColumnType) -> None:
    assert types.from_json(json.loads(json.dumps(types.to_json(column)))) == column


@settings(deadline=None)
@given(column_types)
def test_every_question_has_an_answer_for_every_type(column: types.ColumnType) -> None:
    assert types.hive_type(column)
    assert types.athena_type(column)
    assert types.ddb_tag(column) in {"S", "N", "B", "BOOL", "SS", "NS", "BS", "L", "M"}
    assert isinstance(types.arrow_type(column), pa.DataType)


def test_nested_type_in_three_languages() -> None:
    column = types.ListOf(
        types.Struct(
            (types.Field("a", "A", types.Decimal(5, 2)), types.Field("b", "b", types.SetOf(types.Text(), "SS")))
        )
    )

    assert types.hive_type(column) == "array<struct<a:decimal(5,2),b:array<string>>>"
    assert types.athena_type(column) == "array(row(a decimal(5,2), b array(varchar)))"
    assert types.arrow_type(column) == pa.list_(
        pa.field("element", pa.struct([("a", pa.decimal128(5, 2)), ("b", pa.list_(pa.field("element", pa.string())))]))
    )


def test_type_without_a_line_in_a_function_says_so() -> None:
    class Novel(types.ColumnType):
        pass

    with pytest.raises(NotImplementedError, match="Novel"):
        types.hive_type(Novel())


@pytest.mark.parametrize(
    "written", ["varchar", None, 1, {"list": "nothing"}, {"json": "S"}, {"set": "text", "tag": "L"}, {}]
)
def test_what_is_no_type_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="not a column type"):
        types.from_json(written)


@pytest.mark.parametrize(("precision", "scale"), [(0, 0), (39, 0), (10, 11), (10, -1)])
def test_decimals_that_no_engine_has_are_refused(precision: int, scale: int) -> None:
    with pytest.raises(ValueError, match="precision must be"):
        types.Decimal(precision, scale)
