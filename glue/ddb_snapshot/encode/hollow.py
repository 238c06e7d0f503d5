"""Values that say nothing about a type: NULL, `[]`, `{}`, and lists and maps that hold nothing but such.

Where no column holds one it is told in the nulls column, whole. `columns.hollow` tells the same from a census.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ddb_snapshot.encode.cells import Cells
from ddb_snapshot.encode.null_pointers import NullPointers
from ddb_snapshot.numbers import Mask, valid_mask
from ddb_snapshot.structs import children


@dataclass(frozen=True)
class Hollow:
    """The rows whose value says nothing, and the pointers that tell these values."""

    rows: Mask
    pointers: NullPointers

    @classmethod
    def of(cls, cells: Cells) -> "Hollow":
        """Of the values of one path, explicit NULLs included."""
        nulls = NullPointers.of(cells.by_tag.get("NULL"))
        parts = [cls(_at(nulls.rows, cells.rows), nulls)]
        if "M" in cells.by_tag:
            parts.append(_maps(cells.by_tag["M"]))
        if "L" in cells.by_tag:
            parts.append(_lists(cells.by_tag["L"]))
        return cls(
            np.logical_or.reduce([part.rows for part in parts]),
            NullPointers.together([part.pointers for part in parts]),
        )


def _maps(maps: pa.Array) -> Hollow:
    rows = valid_mask(maps)
    inside = []
    for key, structs in sorted(children(maps).items()):
        cells = Cells.of(structs)
        found = Hollow.of(cells)
        rows = rows & ~(cells.valued() & ~found.rows)
        inside.append(found.pointers.below(key))
    return Hollow(rows, NullPointers.together([NullPointers.empty("{}", rows), *inside]).within(rows))


def _lists(lists: pa.Array) -> Hollow:
    elements = Cells.of(lists.flatten())
    found = Hollow.of(elements)
    lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    owners = np.repeat(np.arange(len(lists)), lengths)
    positions = np.arange(elements.rows) - (np.cumsum(lengths) - lengths)[owners]
    rows = valid_mask(lists) & ~_at(owners[elements.valued() & ~found.rows], len(lists))
    inside = found.pointers.in_lists(owners, positions)
    return Hollow(rows, NullPointers.together([NullPointers.empty("[]", rows), inside]).within(rows))


def _at(indexes: npt.NDArray[np.signedinteger[Any]], rows: int) -> Mask:
    found = np.zeros(rows, np.bool_)
    found[indexes] = True
    return found
