"""What the nulls column tells: where explicit NULLs lie, and lists and maps that no column holds.

A NULL is its JSON pointer (RFC 6901) below the item: `/coupon`. A list or a map is one after the brackets of JSON:
`[]/tags`, `{}/meta`; what it holds follows as pointers of its own, and if none does it is empty. No pointer begins with
a bracket, so the three can't be mistaken for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot.numbers import Mask, valid_mask
from ddb_snapshot.types import ColumnType, arrow_type

Rows = npt.NDArray[np.int64]
Kinds = npt.NDArray[np.int8]

PREFIXES: Final = ("", "[]", "{}")
"""What stands before the pointer of a NULL, of a list, of a map."""


@dataclass(frozen=True)
class NullPointers:
    """For each NULL, list or map its row, its pointer, which is empty for the row's own value, and which it is.

    `kinds` are numbers of `PREFIXES`.
    """

    rows: Rows
    pointers: Any
    kinds: Kinds

    @classmethod
    def none(cls) -> "NullPointers":
        """No NULL at all."""
        return cls(np.zeros(0, np.int64), pa.array([], pa.string()), np.zeros(0, np.int8))

    @classmethod
    def of(cls, flags: pa.Array | None) -> "NullPointers":
        """The rows whose own value is NULL."""
        if flags is None:
            return cls.none()
        return cls.empty("", valid_mask(flags))

    @classmethod
    def empty(cls, prefix: str, at: Mask) -> "NullPointers":
        """The rows whose own value is a NULL, a list or a map: which one, its prefix tells."""
        rows = np.flatnonzero(at)
        return cls(rows, pa.repeat("", len(rows)), np.full(len(rows), PREFIXES.index(prefix), np.int8))

    @classmethod
    def together(cls, parts: Sequence["NullPointers"]) -> "NullPointers":
        """What is told of several paths of the same rows."""
        some = [part for part in parts if len(part.rows)]
        if len(some) < 2:
            return some[0] if some else cls.none()
        return cls(
            np.concatenate([part.rows for part in some]),
            pa.concat_arrays([part.pointers for part in some]),
            np.concatenate([part.kinds for part in some]),
        )

    def below(self, key: str) -> "NullPointers":
        """The same, seen from the map that has them under a key."""
        escaped = key.replace("~", "~0").replace("/", "~1")
        return NullPointers(self.rows, pc.binary_join_element_wise(f"/{escaped}", self.pointers, ""), self.kinds)

    def at(self, rows: Rows | None) -> "NullPointers":
        """The same, seen from the part: the values' own rows there."""
        return self if rows is None else NullPointers(rows[self.rows], self.pointers, self.kinds)

    def in_lists(self, owners: Rows, positions: Rows) -> "NullPointers":
        """The same, seen from the lists: each element's own list, and its position there."""
        if not len(self.rows):
            return self
        indexes = pa.array(positions[self.rows]).cast(pa.string())
        pointers = pc.binary_join_element_wise("/", indexes, self.pointers, "")
        return NullPointers(owners[self.rows], pointers, self.kinds)

    def within(self, rows: Mask) -> "NullPointers":
        """Those of these rows only."""
        inside = rows[self.rows]
        if inside.all():
            return self
        return NullPointers(self.rows[inside], self.pointers.filter(pa.array(inside)), self.kinds[inside])

    def texts(self) -> pa.Array:
        """Each pointer as the column tells it."""
        if not self.kinds.any():
            return self.pointers
        return pc.binary_join_element_wise(pa.array(PREFIXES).take(pa.array(self.kinds)), self.pointers, "")

    def column(self, rows: int, column_type: ColumnType) -> pa.Array:
        """One list of pointers in order for each row that has any, null for the others."""
        counts = np.bincount(self.rows, minlength=rows)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        texts = self.texts()
        pointers = texts.take(_row_by_row(self.rows, texts, counts))
        return pa.ListArray.from_arrays(
            pa.array(offsets), pointers, type=arrow_type(column_type), mask=pa.array(counts == 0)
        )


def _row_by_row(rows: Rows, texts: pa.Array, counts: Rows) -> pa.Array:
    """The order by rows, and in a row by text: one list whichever way the row came."""
    if counts.max(initial=0) < 2:
        return pa.array(np.argsort(rows, kind="stable"))
    table = pa.table({"row": rows, "text": texts})
    return pc.sort_indices(table, [("row", "ascending"), ("text", "ascending")])
