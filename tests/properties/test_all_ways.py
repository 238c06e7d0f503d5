"""The same items give the same answer whichever way they go.

Whatever has a second way has it behind a threshold (`ddb_snapshot.thresholds`) or another entrance. Each table is sent
every way: read as pages or as lines, at once, piece by piece or as objects; in one draft or many, whose rows are
taken over, go by way of texts or items; through every format and its variants. `test_all_captures` does the same with
the whole job: scan, export and increments, with files that are copied or written again.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ddb_snapshot import formats, thresholds
from ddb_snapshot.census import Census
from ddb_snapshot.columns import Column, ColumnOptions, plan
from ddb_snapshot.encode import encode
from ddb_snapshot.encode.recolumn import by_way_of_items, recolumned
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.items import to_items
from ddb_snapshot.tagged import TaggedSchema, read_lines, read_pages
from tests.ddb_snapshot.snapshots import Item, page
from tests.ddb_snapshot.test_absent_members import WITH_NUMBERS, wide
from tests.profiles import cases
from tests.properties.conftest import Tried
from tests.properties.tables import Block, tables

Thresholds = Mapping[str, float]

READING: Sequence[Thresholds] = (
    {},
    {"wide_leaves": 0},
    {"wide_leaves": 0, "wide_group_bytes": 1},
    {"wide_leaves": 25, "look_bytes": 1},
    {"look_bytes": 1, "group_bytes": 1},
    {"batch_cells": 1},
    {"wide_leaves": 0, "batch_cells": 1},
)
"""Known shape at once, or with a look at what is new; wide tables as objects; few rows at a time."""

RECOLUMNING: Sequence[Thresholds] = ({}, {"object_rows": 1, "item_rows": 1}, {"object_cells": 1, "batch_cells": 1})

FORMATS: Mapping[str, Sequence[Thresholds]] = {
    "parquet": (
        {"parquet_judged_rows": 1, "parquet_few_values": 0},
        {"parquet_row_group_bytes": 1, "parquet_rows": 1},
        {"parquet_row_group_bytes": 1, "parquet_few_values": 10**6},
    ),
    "orc": (
        {"orc_compressed_columns": 10**6},
        {"orc_compressed_columns": 0},
        {"orc_compressed_columns": 0, "orc_gathered_bytes": 1, "orc_stripe_cells": 1},
    ),
    "avro": ({}, {"avro_rows": 1}),
    "json": ({}, {"text_rows": 1}, {"text_cells": 1}),
    "csv": ({}, {"text_rows": 1}, {"text_cells": 1}),
}

options = st.builds(
    lambda chosen: ColumnOptions(**chosen),
    st.fixed_dictionaries(
        {},
        optional={
            "nested": st.just("json"),
            "numbers": st.sampled_from(["double", "string"]),
            "max_map_keys": st.sampled_from([1, 3]),
            "max_depth": st.sampled_from([1, 2]),
        },
    ),
)
W1: list[Block] = [wide(3, WITH_NUMBERS)]
IN_ANY_ORDER: list[Block] = [
    [{"id": {"S": "1"}, "m": {"M": {"z": {"N": "1"}, "b": {"S": "2"}}}}],
    [{"id": {"S": "2"}, "m": {"M": {key: {"S": "1"} for key in "qwert"}}}],
]
"""A map whose first draft has a struct, while the snapshot has text."""


@dataclass(frozen=True)
class Answer:
    """What a way makes of items: columns, and cells by key."""

    columns: tuple[Column, ...]
    rows: Mapping[str, Mapping[str, Any]]


def answer(columns: Sequence[Column], rows: pa.Table) -> Answer:
    found = rows.to_pylist()
    assert len({row["id"] for row in found}) == len(found)
    return Answer(tuple(columns), {row["id"]: row for row in found})


def spelled_items(items: Sequence[Item]) -> dict[str, Item]:
    """Items by key, with sets and members in order; numbers as they are spelled."""
    return {item["id"]["S"]: _in_order(item) for item in items}


def _in_order(item: Item) -> Item:
    found: Item = json.loads(json.dumps(item), object_hook=_sorted_sets)
    return found


def _sorted_sets(value: dict[str, Any]) -> dict[str, Any]:
    return {
        key: sorted(inner) if key in ("SS", "NS", "BS") and isinstance(inner, list) and len(value) == 1
        and all(isinstance(element, str) for element in inner) else inner
        for key, inner in value.items()
    }  # fmt: skip


@settings(max_examples=cases(20), deadline=None, suppress_health_check=[*HealthCheck])
@example(blocks=W1, chosen=ColumnOptions())
@example(blocks=IN_ANY_ORDER, chosen=ColumnOptions(max_map_keys=3))
@given(blocks=tables(), chosen=options)
def test_all_ways_of_reading_and_writing_give_the_same_answer(
    tried: Tried, blocks: list[Block], chosen: ColumnOptions
) -> None:
    tried.cases += 1
    items = [item for block in blocks for item in block]
    put = spelled_items(items)
    census, columns, rows = read(blocks, chosen, {}, lines=False)
    expected = answer(columns, rows)
    assert spelled_items([*to_items(rows, columns)]) == put
    for forced in READING:
        for lines in (False, True):
            for pieces in (blocks, [items]):
                same_census, same_columns, same_rows = read(pieces, chosen, forced, lines)
                # Whether a map or list is counted as one or as text tells which way it came once keys are data.
                assert same_census == census or not (columnar(census) and columnar(same_census))
                assert answer(same_columns, same_rows) == expected
    for forced in RECOLUMNING:
        for ways in (recolumned, by_way_of_items):
            assert answer(columns, redrafted(blocks, chosen, columns, forced, ways)) == expected
    for output_format, variants in FORMATS.items():
        for forced in variants:
            for stored in through(output_format, rows, columns, forced):
                assert answer(columns, stored) == expected
                assert spelled_items([*to_items(stored, columns)]) == put


def columnar(census: Census) -> bool:
    """Whether no path was beyond the limits of columnar shape."""
    text = json.dumps(census.to_json())
    return not any(word in text for word in ('"JM"', '"JL"', '"open_map"'))


def read(
    blocks: Sequence[Block], chosen: ColumnOptions, forced: Thresholds, lines: bool
) -> tuple[Census, tuple[Column, ...], pa.Table]:
    """Both passes of the job over blocks, for all that is in them."""
    raw = [_lines(block) if lines else page(block) for block in blocks]
    reader = read_lines if lines else read_pages
    with thresholds.changed(**forced):
        known = TaggedSchema(chosen.limits())
        censuses = []
        for block in raw:
            found, known = reader(block, known)
            censuses.append(Census.of(found))
        census = Census.merge(*censuses)
        columns = plan(census, (), chosen)
        known = TaggedSchema.for_columns(columns, chosen.limits(), known)
        batches = []
        for block in raw:
            found, known = reader(block, known)
            batches.append(encode(found, columns))
    return census, columns, pa.Table.from_batches(batches, schema(columns))


def _lines(items: Sequence[Item]) -> bytes:
    return b"".join(json.dumps({"Item": item}, ensure_ascii=False).encode() + b"\n" for item in items)


def redrafted(
    blocks: Sequence[Block], chosen: ColumnOptions, columns: Sequence[Column], forced: Thresholds, ways: Any
) -> pa.Table:
    """Each block drafted in columns of its own, then with those of all."""
    batches: list[pa.RecordBatch] = []
    for block in blocks:
        _, own, rows = read([block], chosen, {}, lines=False)
        with thresholds.changed(**forced):
            batches += ways(rows, own, columns)
    return pa.Table.from_batches(batches, schema(columns))


def through(output_format: str, rows: pa.Table, columns: Sequence[Column], forced: Thresholds) -> Iterator[pa.Table]:
    """The rows of a file of that format, and of its copy as a merge makes one."""
    with thresholds.changed(**forced):
        first = pa.BufferOutputStream()
        formats.write(output_format, rows, columns, first)
        body = first.getvalue().to_pybytes()
        yield formats.read(output_format, io.BytesIO(body), columns)
        copy = pa.BufferOutputStream()
        writer = formats.by_name(output_format).Writer(copy, columns)
        for part in formats.stored_parts(output_format, io.BytesIO(body), columns):
            for batch in part.to_batches():
                writer.write(batch)
        writer.close()
        yield formats.read(output_format, io.BytesIO(copy.getvalue().to_pybytes()), columns)
