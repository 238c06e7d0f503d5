"""Which rows must be housed anew when columns change: those that tell in the nulls column what a new column may hold.

`[]/tags` waited there for a type; once `tags` has a column the empty list belongs there, in every row of a snapshot.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot import types
from ddb_snapshot.columns import Column
from ddb_snapshot.columns.reservations import TOP
from ddb_snapshot.numbers import Mask


@dataclass(frozen=True)
class Rehoming:
    """From which columns what is told may move.

    `waiting` are the attributes with other columns than before, `texts` those with a further column of JSON text,
    where even a NULL inside a map belongs into the text. `holder` is the nulls column's name.
    """

    holder: str | None
    waiting: frozenset[str]
    texts: frozenset[str]

    @classmethod
    def between(cls, old: Sequence[Column], new: Sequence[Column]) -> "Rehoming":
        """From old columns to new ones."""
        holder = next((column.name for column in old if column.holds_nulls), None)
        before, after = _by_attribute(old), _by_attribute(new)
        changed = frozenset(attribute for attribute in after if before.get(attribute) != after[attribute])
        texts = {attribute for attribute in changed if _texts(after[attribute]) > _texts(before.get(attribute, []))}
        return cls(holder, changed, frozenset(texts))

    def rows(self, batch: pa.RecordBatch) -> Mask | None:
        """The rows that must be housed anew; None where there is none."""
        if self.holder is None or not self.waiting or not batch.num_rows:
            return None
        lists = batch.column(self.holder)
        told = lists.flatten()
        moving = _told(told, r"^(?:\[\]|\{\})(?P<first>/[^/]*)", self.waiting)
        moving |= _told(told, r"^(?P<first>/[^/]*)/", self.texts)
        if not moving.any():
            return None
        lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        found = np.zeros(batch.num_rows, np.bool_)
        found[np.repeat(np.arange(batch.num_rows), lengths)[moving]] = True
        return found


def _told(told: pa.Array, pattern: str, attributes: Iterable[str]) -> Mask:
    """Which pointers lead into one of the attributes."""
    wanted = [TOP.member(attribute).path for attribute in attributes]
    if not wanted or not len(told):
        return np.zeros(len(told), np.bool_)
    found = pc.struct_field(pc.extract_regex(told, pattern), "first")
    inside: Mask = pc.is_in(found, pa.array(wanted)).to_numpy(zero_copy_only=False).copy()
    return inside


def _by_attribute(columns: Sequence[Column]) -> dict[str, list[types.ColumnType]]:
    found: dict[str, list[types.ColumnType]] = {}
    for column in columns:
        if not column.holds_nulls:
            found.setdefault(column.attribute, []).append(column.type)
    return found


def _texts(column_types: Iterable[types.ColumnType]) -> int:
    """How many places for JSON text there are."""
    return sum(isinstance(inner, types.Json) for column_type in column_types for inner in _all(column_type))


def _all(column_type: types.ColumnType) -> Iterator[types.ColumnType]:
    yield column_type
    match column_type:
        case types.ListOf(element):
            yield from _all(element)
        case types.Struct(fields):
            for member in fields:
                yield from _all(member.type)
