"""The rows of a block: one array for each column, and every value in exactly one of them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from ddb_snapshot.columns import Column
from ddb_snapshot.encode.cells import Cells, kept, members
from ddb_snapshot.encode.filling import house
from ddb_snapshot.encode.null_pointers import NullPointers
from ddb_snapshot.tagged import Tagged
from ddb_snapshot.types import arrow_type

_SHOWN = 120


class ValueHasNoColumn(ValueError):
    """No column holds a value: the columns weren't planned from a census of it."""

    def __init__(self, attribute: str, tag: str, value: str) -> None:
        shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        super().__init__(
            f"attribute {attribute!r}: no column holds this value of type {tag}: {shown}. The columns were not planned "
            "from these items"
        )


def encode(tagged: Tagged, columns: Sequence[Column]) -> pa.RecordBatch:
    """All rows of all parts, in order: `encode_parts` in one."""
    batches = [*encode_parts(tagged, columns)]
    return batches[0] if len(batches) == 1 else pa.concat_batches([_rows([], columns), *batches])


def encode_parts(tagged: Tagged, columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    """The rows of each part: of a wide table all columns of all rows together may be too many for the memory.

    Of one attribute and DynamoDB type each value goes to the first column that holds it exactly, and only there. What
    the items don't have is null.
    Raises ValueHasNoColumn rather than leave a value out.
    """
    places: dict[str, list[Column]] = {}
    for column in columns:
        places.setdefault(column.attribute, []).append(column)
    for part in tagged.parts:
        yield _rows(_part(part, columns, places), columns)


def _rows(arrays: Sequence[pa.Array], columns: Sequence[Column]) -> pa.RecordBatch:
    schema = pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])
    return pa.RecordBatch.from_arrays(arrays or [pa.array([], field.type) for field in schema], schema=schema)


def _part(items: pa.Array, columns: Sequence[Column], places: Mapping[str, Sequence[Column]]) -> list[pa.Array]:
    arrays: dict[str, pa.Array] = {}
    found: list[NullPointers] = []
    there = members(items)
    # In the columns' order, so that the same items give the same rows in whatever order attributes were met.
    for attribute in [*(key for key in places if key in there), *sorted(there.keys() - places.keys())]:
        own = places.get(attribute, ())
        housed = house([column.type for column in own], Cells.of(there[attribute]))
        _require_all_housed(attribute, housed.homeless)
        arrays.update(zip((column.name for column in own), housed.arrays, strict=True))
        found.append(housed.nulls.below(attribute))
    nulls = NullPointers.together(found)
    for column in columns:
        if column.holds_nulls:
            arrays[column.name] = nulls.column(len(items), column.type)
        elif column.name not in arrays:
            arrays[column.name] = pa.nulls(len(items), arrow_type(column.type))
    if len(nulls.rows) and not any(column.holds_nulls for column in columns):
        raise ValueHasNoColumn(nulls.pointers[0].as_py(), "NULL", "an explicit NULL, and there is no column of NULLs")
    return [arrays[column.name] for column in columns]


def _require_all_housed(attribute: str, homeless: Cells) -> None:
    rows = np.flatnonzero(homeless.valued())
    if len(rows):
        first = np.zeros(homeless.rows, np.bool_)
        first[rows[0]] = True
        alone = Cells(
            homeless.rows, {tag: kept(array, first) for tag, array in homeless.by_tag.items() if tag != "NULL"}
        )
        tag = next(tag for tag, array in alone.by_tag.items() if array.null_count < len(array))
        raise ValueHasNoColumn(attribute, tag.removeprefix("J"), alone.text()[int(rows[0])].as_py())
