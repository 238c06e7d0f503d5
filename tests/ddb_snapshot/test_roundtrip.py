"""No value is lost or rounded: items are the same after both passes, through every format, and under drift."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot import formats
from ddb_snapshot.columns import Column, ColumnOptions, check_stable
from tests.ddb_snapshot.snapshots import (
    Item,
    comparable,
    few_names,
    items,
    numbers,
    scalars,
    snapshot,
    tagged,
    texts,
    values,
)
from tests.profiles import cases

options = st.builds(
    ColumnOptions,
    nested=st.sampled_from(["struct", "struct", "json"]),
    numbers=st.sampled_from(["exact", "double", "string"]),
    max_map_keys=st.sampled_from([1, 3, 200]),
    max_depth=st.sampled_from([1, 2, 8]),
)
# Items that look alike, as those of a table do.
alike = st.fixed_dictionaries(
    {"id": tagged("S", texts)},
    optional={
        "n": tagged("N", numbers),
        "v": values,
        "l": tagged("L", st.lists(scalars, max_size=3)),
        "m": tagged("M", st.dictionaries(few_names, values, max_size=3)),
        "ls": tagged("L", st.lists(tagged("M", st.dictionaries(few_names, scalars, max_size=2)), max_size=2)),
    },
)
pieces = st.lists(st.lists(alike | items, max_size=4), min_size=1, max_size=3)


@settings(max_examples=cases(100), deadline=None)
@given(pieces=pieces, chosen=options)
def test_items_are_the_same_after_both_passes(pieces: list[list[Item]], chosen: ColumnOptions) -> None:
    taken = snapshot(*pieces, options=chosen)

    assert taken.items() == comparable(item for piece in pieces for item in piece)


@pytest.mark.parametrize("output_format", formats.OUTPUT_FORMATS)
@settings(max_examples=cases(50), deadline=None)
@given(pieces=pieces)
def test_items_are_the_same_through_files(output_format: str, pieces: list[list[Item]]) -> None:
    taken = snapshot(*pieces)

    assert taken.through(output_format).items() == taken.items()


@settings(max_examples=cases(100), deadline=None)
@given(history=st.lists(st.tuples(pieces, options), min_size=2, max_size=4))
def test_columns_stay_and_hold_everything_while_items_drift(
    history: list[tuple[list[list[Item]], ColumnOptions]],
) -> None:
    known: tuple[Column, ...] = ()
    for pieces, chosen in history:
        taken = snapshot(*pieces, known=known, options=chosen)

        check_stable(known, taken.columns)
        assert taken.items() == comparable(item for piece in pieces for item in piece)
        assert len({column.name for column in taken.columns}) == len(taken.columns)
        known = taken.columns


@settings(max_examples=cases(50), deadline=None)
@given(pieces=pieces)
def test_snapshot_taken_again_has_the_same_columns(pieces: list[list[Item]]) -> None:
    first = snapshot(*pieces)

    assert snapshot(*pieces, known=first.columns).columns == first.columns


@settings(max_examples=cases(50), deadline=None)
@given(pieces=pieces, data=st.data())
def test_columns_do_not_depend_on_how_items_are_cut_into_pieces(pieces: list[list[Item]], data: Any) -> None:
    whole = [item for piece in pieces for item in piece]
    cut = data.draw(st.integers(0, len(whole)))

    assert snapshot(whole[:cut], whole[cut:]).columns == snapshot(whole).columns
