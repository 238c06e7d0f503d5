"""Values of one path into the places meant for it, type by type.

A place is a column, a struct field or a list's element. What a place can't hold exactly is left for the next one; a
list or map is held whole or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np
import pyarrow as pa

from ddb_snapshot import types
from ddb_snapshot.encode.base64_text import decoded
from ddb_snapshot.encode.cells import Cells, kept
from ddb_snapshot.encode.null_pointers import NullPointers
from ddb_snapshot.numbers import Mask, decimals, doubles, integers, valid_mask
from ddb_snapshot.structs import children


@dataclass(frozen=True)
class Housed:
    """The arrays of all places of a path, what found no place, and the path's explicit NULLs."""

    arrays: tuple[pa.Array, ...]
    homeless: Cells
    nulls: NullPointers


@dataclass(frozen=True)
class Filled:
    """The array of one place, the rows whose values it holds, and the NULLs inside these values."""

    array: pa.Array
    held: Mask
    nulls: NullPointers = field(default_factory=NullPointers.none)


def house(places: Sequence[types.ColumnType], cells: Cells) -> Housed:
    """Each value into the first place that holds it."""
    nulls = [NullPointers.of(cells.by_tag.get("NULL"))]
    arrays: list[pa.Array] = []
    left = cells
    for place in places:
        tag = types.ddb_tag(place)
        if tag in left.by_tag or f"J{tag}" in left.by_tag:
            filled = fill(place, left)
            arrays.append(filled.array)
            nulls.append(filled.nulls)
            left = left.without((tag, f"J{tag}"), filled.held)
        else:
            arrays.append(pa.nulls(cells.rows, types.arrow_type(place)))
    return Housed(tuple(arrays), left, NullPointers.together(nulls))


@singledispatch
def fill(place: types.ColumnType, cells: Cells) -> Filled:
    """The values of the place's tag that the place holds exactly; the tag occurs in these cells."""
    raise NotImplementedError(type(place))


@fill.register(types.Text)
@fill.register(types.NumberText)
@fill.register(types.Boolean)
def _(place: types.ColumnType, cells: Cells) -> Filled:
    values = cells.by_tag[types.ddb_tag(place)]
    return Filled(values, valid_mask(values))


@fill.register
def _(place: types.Binary, cells: Cells) -> Filled:
    texts = cells.by_tag["B"]
    return Filled(decoded(texts), valid_mask(texts))


@fill.register
def _(place: types.Number64, cells: Cells) -> Filled:
    return Filled(*integers(cells.by_tag["N"]))


@fill.register
def _(place: types.Decimal, cells: Cells) -> Filled:
    return Filled(*decimals(cells.by_tag["N"], place.precision, place.scale))


@fill.register
def _(place: types.Double, cells: Cells) -> Filled:
    return Filled(*doubles(cells.by_tag["N"]))


@fill.register
def _(place: types.Json, cells: Cells) -> Filled:
    tags = (place.tag, f"J{place.tag}")
    texts = Cells(cells.rows, {tag: cells.by_tag[tag] for tag in tags if tag in cells.by_tag}).text()
    return Filled(texts, valid_mask(texts))


@fill.register
def _(place: types.SetOf, cells: Cells) -> Filled:
    if place.tag not in cells.by_tag:
        return _nothing(place, cells)
    sets = cells.by_tag[place.tag]
    elements = sets.flatten()
    return _fill_lists(place, sets, Cells(len(elements), {types.ddb_tag(place.element): elements}))


@fill.register
def _(place: types.ListOf, cells: Cells) -> Filled:
    if "L" not in cells.by_tag:
        return _nothing(place, cells)
    lists = cells.by_tag["L"]
    return _fill_lists(place, lists, Cells.of(lists.flatten()))


def _fill_lists(place: types.ListOf | types.SetOf, lists: pa.Array, elements: Cells) -> Filled:
    housed = house([place.element], elements)
    valid = valid_mask(lists)
    lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    ends = np.cumsum(lengths)
    owners = np.repeat(np.arange(len(lists)), lengths)
    held = valid.copy()
    held[owners[housed.homeless.valued()]] = False
    offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
    array = pa.ListArray.from_arrays(
        offsets, housed.arrays[0], type=types.arrow_type(place), mask=None if valid.all() else pa.array(~valid)
    )
    positions = np.arange(elements.rows) - (ends - lengths)[owners]
    return Filled(kept(array, held), held, housed.nulls.in_lists(owners, positions).within(held))


@fill.register
def _(place: types.Struct, cells: Cells) -> Filled:
    if "M" not in cells.by_tag:
        return _nothing(place, cells)
    maps = cells.by_tag["M"]
    valid = valid_mask(maps)
    held = valid.copy()
    arrays: dict[str, pa.Array] = {}
    nulls: list[NullPointers] = []
    places: dict[str, list[types.Field]] = {}
    for member in place.fields:
        places.setdefault(member.attribute, []).append(member)
    found = children(maps)
    for key in found.keys() - places.keys():
        held &= ~valid_mask(found[key])
    for key, own in places.items():
        if key in found:
            housed = house([member.type for member in own], Cells.of(found[key]))
            arrays.update(zip((member.name for member in own), housed.arrays, strict=True))
            held &= ~housed.homeless.valued()
            nulls.append(housed.nulls.below(key))
    kind = types.arrow_type(place)
    fields = [arrays[child.name] if child.name in arrays else pa.nulls(cells.rows, child.type) for child in kind]
    array = pa.StructArray.from_arrays(fields, fields=list(kind), mask=None if valid.all() else pa.array(~valid))
    return Filled(kept(array, held), held, NullPointers.together(nulls).within(held))


def _nothing(place: types.ColumnType, cells: Cells) -> Filled:
    return Filled(pa.nulls(cells.rows, types.arrow_type(place)), np.zeros(cells.rows, np.bool_))
