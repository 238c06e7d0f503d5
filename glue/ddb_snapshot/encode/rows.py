"""The rows of a block: one array for each column, and every value in exactly one of them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from ddb_snapshot import thresholds
from ddb_snapshot.batches import one_batch
from ddb_snapshot.columns import Column
from ddb_snapshot.encode.cells import Cells, kept
from ddb_snapshot.encode.filling import house
from ddb_snapshot.encode.null_pointers import NullPointers
from ddb_snapshot.tagged import Part, Tagged, Values
from ddb_snapshot.types import ColumnType, arrow_type

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
    return batches[0] if len(batches) == 1 else one_batch([_rows([], columns), *batches])


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
        yield from _batches(part, columns, places)


def _batches(part: Part, columns: Sequence[Column], places: Mapping[str, Sequence[Column]]) -> Iterator[pa.RecordBatch]:
    """The part's rows, so many at a time that all columns together stay within `batch_cells`."""
    placed = _placed(part, columns, places)
    rows = max(1, thresholds.now().batch_cells // len(columns))
    for start in range(0, part.length, rows):
        yield _rows(_arrays(placed, columns, start, min(start + rows, part.length)), columns)


def _arrays(placed: Mapping[str, Values], columns: Sequence[Column], start: int, end: int) -> list[pa.Array]:
    nothing: dict[ColumnType, pa.Array] = {}
    arrays = []
    for column in columns:
        array = spread(placed[column.name], start, end) if column.name in placed else None
        if array is None:
            if column.type not in nothing:
                nothing[column.type] = pa.nulls(end - start, arrow_type(column.type))
            array = nothing[column.type]
        arrays.append(array)
    return arrays


def spread(values: Values, start: int, end: int) -> pa.Array | None:
    """An array over the rows from `start` to before `end`, null where there is no value; None if there is none."""
    if values.rows is None:
        return values.structs.slice(start, end - start)
    first, last = np.searchsorted(values.rows, (start, end))
    if first == last:
        return None
    missing = np.ones(end - start, np.bool_)
    indexes = np.zeros(end - start, np.int64)
    rows = values.rows[first:last] - start
    missing[rows] = False
    indexes[rows] = np.arange(first, last)
    return values.structs.take(pa.array(indexes, mask=missing))


def _rows(arrays: Sequence[pa.Array], columns: Sequence[Column]) -> pa.RecordBatch:
    schema = pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])
    return pa.RecordBatch.from_arrays(arrays or [pa.array([], field.type) for field in schema], schema=schema)


def _placed(part: Part, columns: Sequence[Column], places: Mapping[str, Sequence[Column]]) -> dict[str, Values]:
    """The values of each column that has any, by its name."""
    placed: dict[str, Values] = {}
    found: list[NullPointers] = []
    there = part.attributes
    # In the columns' order, so that the same items give the same rows in whatever order attributes were met.
    for attribute in [*(key for key in places if key in there), *sorted(there.keys() - places.keys())]:
        own, values = places.get(attribute, ()), there[attribute]
        housed = house([column.type for column in own], Cells.of(values.structs))
        _require_all_housed(attribute, housed.homeless)
        for column, array in zip(own, housed.arrays, strict=True):
            placed[column.name] = Values(array, values.rows)
        found.append(housed.nulls.below(attribute).at(values.rows))
    nulls = NullPointers.together(found)
    holder = next((column for column in columns if column.holds_nulls), None)
    if holder is not None:
        placed[holder.name] = Values(nulls.column(part.length, holder.type))
    elif len(nulls.rows):
        told = nulls.texts()[0].as_py()
        raise ValueHasNoColumn(nulls.pointers[0].as_py(), "NULL, L or M", f"{told}, and there is no column of NULLs")
    return placed


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
