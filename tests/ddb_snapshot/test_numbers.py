"""Numbers: what fits is told exactly, and what fits arrives exactly; Python's Decimal is the judge."""

from decimal import Decimal, localcontext

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot.numbers import decimals, doubles, float_exact, integers, shapes
from tests.ddb_snapshot.snapshots import ODD_NUMBERS, numbers
from tests.profiles import cases

arrays = st.lists(st.none() | numbers, max_size=6).map(lambda texts: pa.array(texts, pa.string()))
DECIMALS = [(38, 18), (38, 0), (38, 38), (10, 2), (1, 0), (5, 5)]


def fits_decimal(number: Decimal, precision: int, scale: int) -> bool:
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = 400, 10_000, -10_000
        scaled = number.scaleb(scale)
        return scaled == scaled.to_integral_value() and abs(scaled) < Decimal(10) ** precision


def is_int64(number: Decimal) -> bool:
    return fits_decimal(number, 38, 0) and -(2**63) <= int(number) < 2**63


@settings(max_examples=cases(100), deadline=None)
@given(arrays)
def test_integers_are_those_of_64_bits_in_any_spelling(values: pa.Array) -> None:
    array, held = integers(values)

    texts = values.to_pylist()
    assert held.tolist() == [text is not None and is_int64(Decimal(text)) for text in texts]
    assert array.to_pylist() == [int(Decimal(text)) if there else None for text, there in zip(texts, held, strict=True)]


@settings(max_examples=cases(100), deadline=None)
@given(arrays, st.sampled_from(DECIMALS))
def test_decimals_are_exact_or_left(values: pa.Array, size: tuple[int, int]) -> None:
    array, held = decimals(values, *size)

    texts = values.to_pylist()
    assert held.tolist() == [text is not None and fits_decimal(Decimal(text), *size) for text in texts]
    assert array.to_pylist() == [Decimal(text) if there else None for text, there in zip(texts, held, strict=True)]


@settings(max_examples=cases(100), deadline=None)
@given(arrays)
def test_doubles_give_their_text_back(values: pa.Array) -> None:
    array, held = doubles(values)

    for text, there, number in zip(values.to_pylist(), held, array.to_pylist(), strict=True):
        assert there == (text is not None and Decimal(repr(float(text))) == Decimal(text))
        assert not there or Decimal(repr(number)) == Decimal(text)


@pytest.mark.parametrize("text", ODD_NUMBERS)
def test_alone_a_number_has_the_same_shape_as_among_others(text: str) -> None:
    alone, among = shapes(pa.array([text])), shapes(pa.array([None, "1", "0.5", text]))

    assert (alone.before[0], alone.after[0], alone.integer[0]) == (among.before[3], among.after[3], among.integer[3])


def test_shape_is_that_of_the_value_not_of_the_spelling() -> None:
    found = shapes(pa.array(["1E+2", "0.50", "-0.0", "0012.30", "100"]))

    assert found.before.tolist() == [3, 0, 0, 2, 3]
    assert found.after.tolist() == [0, 1, 0, 1, 0]


def test_number_too_long_for_a_decimal_does_not_wrap_around() -> None:
    _, held = decimals(pa.array(["12345678901234567890123456789012345678", "9E+37"]), 38, 18)

    assert not held.any()


def test_what_a_float_rounds_is_told() -> None:
    texts = ["0.1", str(2**53), str(2**53 + 1), "1E-130", "0.12345678901234567890", "1E400"]

    assert float_exact(pa.array(texts)).tolist() == [True, True, False, True, False, False]


def test_nothing_at_all() -> None:
    for values in (pa.array([], pa.string()), pa.array([None], pa.string())):
        for array, held in (integers(values), decimals(values, 38, 18), doubles(values)):
            assert array.null_count == len(values)
            assert not held.any()
