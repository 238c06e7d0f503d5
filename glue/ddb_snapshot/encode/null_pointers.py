"""Where explicit NULLs lie, as JSON pointers (RFC 6901) below their row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot.numbers import Mask, valid_mask
from ddb_snapshot.types import ColumnType, arrow_type

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class NullPointers:
    """For each NULL its row and its pointer, which is empty for the row's own value."""

    rows: Rows
    pointers: Any

    @classmethod
    def none(cls) -> "NullPointers":
        """No NULL at all."""
        return cls(np.zeros(0, np.int64), pa.array([], pa.string()))

    @classmethod
    def of(cls, flags: pa.Array | None) -> "NullPointers":
        """The rows whose own value is NULL."""
        if flags is None:
            return cls.none()
        rows = np.flatnonzero(valid_mask(flags))
        return cls(rows, pa.repeat("", len(rows)))

    @classmethod
    def together(cls, parts: Sequence["NullPointers"]) -> "NullPointers":
        """The NULLs of several paths of the same rows."""
        some = [part for part in parts if len(part.rows)]
        if len(some) < 2:
            return some[0] if some else cls.none()
        return cls(np.concatenate([part.rows for part in some]), pa.concat_arrays([part.pointers for part in some]))

    def below(self, key: str) -> "NullPointers":
        """The same, seen from the map that has them under a key."""
        escaped = key.replace("~", "~0").replace("/", "~1")
        return NullPointers(self.rows, pc.binary_join_element_wise(f"/{escaped}", self.pointers, ""))

    def at(self, rows: Rows | None) -> "NullPointers":
        """The same, seen from the part: the values' own rows there."""
        return self if rows is None else NullPointers(rows[self.rows], self.pointers)

    def in_lists(self, owners: Rows, positions: Rows) -> "NullPointers":
        """The same, seen from the lists: each element's own list, and its position there."""
        if not len(self.rows):
            return self
        indexes = pa.array(positions[self.rows]).cast(pa.string())
        return NullPointers(owners[self.rows], pc.binary_join_element_wise("/", indexes, self.pointers, ""))

    def within(self, rows: Mask) -> "NullPointers":
        """Those of these rows only."""
        inside = rows[self.rows]
        return self if inside.all() else NullPointers(self.rows[inside], self.pointers.filter(pa.array(inside)))

    def column(self, rows: int, column_type: ColumnType) -> pa.Array:
        """One list of pointers for each row that has a NULL, null for the others."""
        counts = np.bincount(self.rows, minlength=rows)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        pointers = self.pointers.take(pa.array(np.argsort(self.rows, kind="stable")))
        return pa.ListArray.from_arrays(
            pa.array(offsets), pointers, type=arrow_type(column_type), mask=pa.array(counts == 0)
        )
