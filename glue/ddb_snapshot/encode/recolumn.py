"""Rows of one list of columns as rows of another that holds the same values.

Most columns are the same in both, or differ by struct fields: these are taken over. Scalars whose column has another
type go by way of their DynamoDB text. What is left, such as a map that became JSON text, is made into items again, and
so are rows with values that waited for a column (`encode.rehoming`).
A number keeps its value; in text it has the one spelling that DynamoDB gives it (`numbers.spelled`).
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from typing import TypeVar

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot import thresholds, types
from ddb_snapshot.columns import Column
from ddb_snapshot.encode.cells import Cells
from ddb_snapshot.encode.filling import house
from ddb_snapshot.encode.rehoming import Rehoming
from ddb_snapshot.encode.rows import ValueHasNoColumn, encode_parts
from ddb_snapshot.formats.conform import conform_array, schema
from ddb_snapshot.items import to_items
from ddb_snapshot.numbers import number_texts
from ddb_snapshot.tagged import Limits, TaggedSchema, read_lines
from ddb_snapshot.tagged.schema import Home

AnyHome = TypeVar("AnyHome", bound=Home)


def recolumned(rows: pa.Table, old: Sequence[Column], new: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    """The rows, whose columns are `old`, with the columns `new`: some at a time, as in `encode_parts`.

    Raises ValueHasNoColumn when `new` can't hold a value.
    """
    if tuple(old) == tuple(new):
        yield from rows.to_batches()
        return
    by_attribute = _by_attribute(new)
    ways = {attribute: _way(own, by_attribute.get(attribute, [])) for attribute, own in _by_attribute(old).items()}
    if None in ways.values():
        yield from by_way_of_items(rows, old, new)
        return
    at_once, rehoming = max(1, thresholds.now().batch_cells // max(1, len(new))), Rehoming.between(old, new)
    for batch in rows.combine_chunks().to_batches(max_chunksize=at_once):
        moving = rehoming.rows(batch)
        if moving is None:
            yield _array_by_array(batch, old, new, ways)
        else:
            stay = _array_by_array(batch.filter(pa.array(~moving)), old, new, ways)
            moved = by_way_of_items(pa.Table.from_batches([batch.filter(pa.array(moving))]), old, new)
            order = np.argsort(np.concatenate([np.flatnonzero(~moving), np.flatnonzero(moving)]))
            yield from pa.Table.from_batches([stay, *moved]).take(pa.array(order)).combine_chunks().to_batches()


def _array_by_array(
    batch: pa.RecordBatch, old: Sequence[Column], new: Sequence[Column], ways: Mapping[str, str | None]
) -> pa.RecordBatch:
    """The batch with the new columns: each attribute's arrays taken over or by way of text."""
    target, by_attribute = schema(new), _by_attribute(new)
    arrays: dict[str, pa.Array] = {}
    nothing = {kind: pa.nulls(batch.num_rows, kind) for kind in set(target.types)}
    for attribute, own in _by_attribute(old).items():
        if ways[attribute] == "taken over":
            arrays.update(_taken_over(batch, own, by_attribute[attribute]))
        else:
            arrays.update(_by_way_of_text(batch, own, by_attribute.get(attribute, [])))
    return pa.RecordBatch.from_arrays(
        [arrays[field.name] if field.name in arrays else nothing[field.type] for field in target], schema=target
    )


def by_way_of_items(rows: pa.Table, old: Sequence[Column], new: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    """The same by the way that is always open, for whatever columns."""
    # What is text was decided before, and is in the columns.
    unlimited = Limits(max_map_keys=sys.maxsize, max_depth=sys.maxsize, max_nodes=sys.maxsize)
    known, limits = TaggedSchema.for_columns(new, unlimited), thresholds.now()
    at_once = max(1, min(limits.object_rows, limits.object_cells // len(old)))
    for start in range(0, rows.num_rows, at_once):
        items = to_items(rows.slice(start, at_once), old)
        lines = b"\n".join([orjson.dumps({"Item": item}) for item in items])
        tagged, known = read_lines(lines, known)
        yield from encode_parts(tagged, new)


def _by_attribute(columns: Sequence[AnyHome]) -> dict[str, list[AnyHome]]:
    found: dict[str, list[AnyHome]] = {}
    for column in columns:
        found.setdefault(column.attribute, []).append(column)
    return found


def _way(old: Sequence[Column], new: Sequence[Column]) -> str | None:
    """How the columns of one attribute come to their new ones; None where only its items' own values lead there."""
    if _same_homes(old, new):
        return "taken over"
    if all(isinstance(column.type, _SCALARS) for column in [*old, *new]):
        return "as text"
    return None


def _same_homes(old: Sequence[Column], new: Sequence[Column]) -> bool:
    """Whether each value stays in its column: of each DynamoDB type the old columns are the first of the new ones."""
    return all(now is not None and _fits(was.type, now.type) for was, now in _pairs(old, new))


def _pairs(old: Sequence[AnyHome], new: Sequence[AnyHome]) -> Iterator[tuple[AnyHome, AnyHome | None]]:
    """Each old column with the new one of the same place among those of its DynamoDB type."""
    homes: dict[str, list[AnyHome]] = {}
    for column in reversed(new):
        homes.setdefault(types.ddb_tag(column.type), []).append(column)
    for column in old:
        own = homes.get(types.ddb_tag(column.type))
        yield column, own.pop() if own else None


@singledispatch
def _fits(old: types.ColumnType, new: types.ColumnType) -> bool:
    """Whether an array of the old type is one of the new type, but for struct fields that it lacks."""
    return old == new


@_fits.register
def _(old: types.ListOf, new: types.ColumnType) -> bool:
    return isinstance(new, types.ListOf) and _fits(old.element, new.element)


@_fits.register
def _(old: types.Struct, new: types.ColumnType) -> bool:
    if not isinstance(new, types.Struct):
        return False
    before, after = _by_attribute(old.fields), _by_attribute(new.fields)
    return all(
        now is not None and was.name == now.name and _fits(was.type, now.type)
        for attribute, own in before.items()
        for was, now in _pairs(own, after.get(attribute, []))
    )


def _taken_over(batch: pa.RecordBatch, old: Sequence[Column], new: Sequence[Column]) -> Iterator[tuple[str, pa.Array]]:
    for column, home in _pairs(old, new):
        if home is not None:
            yield home.name, conform_array(batch.column(column.name), types.arrow_type(home.type))


def _by_way_of_text(
    batch: pa.RecordBatch, old: Sequence[Column], new: Sequence[Column]
) -> Iterator[tuple[str, pa.Array]]:
    by_tag: dict[str, pa.Array] = {}
    for column in old:
        tag, text = types.ddb_tag(column.type), _scalar_text(column.type, batch.column(column.name))
        by_tag[tag] = pc.coalesce(by_tag[tag], text) if tag in by_tag else text
    housed = house([column.type for column in new], Cells(batch.num_rows, by_tag))
    homeless = housed.homeless.valued()
    if homeless.any():
        shown = housed.homeless.text()[int(homeless.argmax())].as_py()
        raise ValueHasNoColumn(old[0].attribute, types.ddb_tag(old[0].type), shown)
    yield from zip((column.name for column in new), housed.arrays, strict=True)


_SCALARS = (types.Text, types.Number64, types.Decimal, types.Double, types.NumberText, types.Boolean)


@singledispatch
def _scalar_text(column: types.ColumnType, array: pa.Array) -> pa.Array:
    """The values as DynamoDB-JSON has them under the column's tag."""
    return array


@_scalar_text.register(types.Number64)
@_scalar_text.register(types.Decimal)
@_scalar_text.register(types.Double)
@_scalar_text.register(types.NumberText)
def _(column: types.ColumnType, array: pa.Array) -> pa.Array:
    return number_texts(array)
