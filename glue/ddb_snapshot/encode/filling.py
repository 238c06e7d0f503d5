"""Values of one path into the places meant for it, type by type.

A place is a column, a struct field or a list's element. What a place can't hold exactly is left for the next one; a
list or map is held whole or not at all.

What says nothing about a type, such as `[]`, finds a place as any value does, if there is one. Otherwise it is told in
the nulls column, and lists and maps around it are held without it: in the first place that can, unless another one
holds them with all that is in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np
import pyarrow as pa

from ddb_snapshot import types
from ddb_snapshot.encode.base64_text import decoded
from ddb_snapshot.encode.cells import Cells, kept
from ddb_snapshot.encode.hollow import Hollow
from ddb_snapshot.encode.null_pointers import NullPointers
from ddb_snapshot.numbers import Mask, decimals, doubles, integers, valid_mask
from ddb_snapshot.structs import children


@dataclass(frozen=True)
class Housed:
    """The arrays of all places of a path, what found no place, and what of the path the nulls column tells.

    `beside` are the rows of which something is told there for want of a place.
    """

    arrays: tuple[pa.Array, ...]
    homeless: Cells
    nulls: NullPointers
    beside: Mask


@dataclass(frozen=True)
class Filled:
    """The array of one place, the rows whose values it holds, and what of these values the nulls column tells.

    `beside` are those of the rows of which something is told there for want of a place; None stands for no row.
    """

    array: pa.Array
    held: Mask
    nulls: NullPointers = field(default_factory=NullPointers.none)
    beside: Mask | None = None

    def only(self, rows: Mask) -> "Filled":
        """The same without the other rows."""
        return Filled(kept(self.array, self.held & rows), self.held & rows, self.nulls.within(rows))


def house(places: Sequence[types.ColumnType], cells: Cells) -> Housed:
    """Each value into the first place that holds it."""
    filled: list[Filled] = []
    left = cells
    for place in places:
        tag = types.ddb_tag(place)
        if tag in left.by_tag or f"J{tag}" in left.by_tag:
            found = fill(place, left)
            whole = found.held if found.beside is None else found.held & ~found.beside
            filled.append(found)
            left = left.without((tag, f"J{tag}"), whole)
        else:
            filled.append(Filled(pa.nulls(cells.rows, types.arrow_type(place)), np.zeros(cells.rows, np.bool_)))
    beside = np.zeros(cells.rows, np.bool_)
    for index, (place, found) in enumerate(zip(places, filled, strict=True)):
        if found.beside is not None and found.beside.any():
            # Rows that a later place has taken whole aren't left any more.
            tag = types.ddb_tag(place)
            here = found.beside & valid_mask(left.by_tag[tag]) if tag in left.by_tag else np.zeros_like(beside)
            left = left.without((tag,), here)
            filled[index] = found.only(~found.beside | here)
            beside |= here
    untold = Cells(cells.rows, {tag: array for tag, array in left.by_tag.items() if tag in ("M", "L")})
    silent = Hollow.of(untold)
    own = NullPointers.of(cells.by_tag.get("NULL"))
    if not places:
        beside[own.rows] = True
    return Housed(
        tuple(found.array for found in filled),
        left.without(("M", "L"), silent.rows),
        NullPointers.together([own, *(found.nulls for found in filled), silent.pointers]),
        beside | silent.rows,
    )


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
    beside = np.zeros(len(lists), np.bool_)
    beside[owners[housed.beside]] = True
    offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
    array = pa.ListArray.from_arrays(
        offsets, housed.arrays[0], type=types.arrow_type(place), mask=None if valid.all() else pa.array(~valid)
    )
    positions = np.arange(elements.rows) - (ends - lengths)[owners]
    nulls = housed.nulls.in_lists(owners, positions).within(held)
    return Filled(kept(array, held), held, nulls, beside & held)


@fill.register
def _(place: types.Struct, cells: Cells) -> Filled:
    if "M" not in cells.by_tag:
        return _nothing(place, cells)
    maps = cells.by_tag["M"]
    valid = valid_mask(maps)
    held = valid.copy()
    beside = np.zeros(cells.rows, np.bool_)
    arrays: dict[str, pa.Array] = {}
    nulls: list[NullPointers] = []
    places: dict[str, list[types.Field]] = {}
    for member in place.fields:
        places.setdefault(member.attribute, []).append(member)
    found = children(maps)
    for key in [*(key for key in places if key in found), *sorted(found.keys() - places.keys())]:
        own = places.get(key, [])
        housed = house([member.type for member in own], Cells.of(found[key]))
        arrays.update(zip((member.name for member in own), housed.arrays, strict=True))
        held &= ~housed.homeless.valued()
        beside |= housed.beside
        nulls.append(housed.nulls.below(key))
    kind = types.arrow_type(place)
    fields = [arrays[child.name] if child.name in arrays else pa.nulls(cells.rows, child.type) for child in kind]
    array = pa.StructArray.from_arrays(fields, fields=list(kind), mask=None if valid.all() else pa.array(~valid))
    return Filled(kept(array, held), held, NullPointers.together(nulls).within(held), beside & held)


def _nothing(place: types.ColumnType, cells: Cells) -> Filled:
    return Filled(pa.nulls(cells.rows, types.arrow_type(place)), np.zeros(cells.rows, np.bool_))
