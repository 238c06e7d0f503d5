"""The values of one attribute path, apart by DynamoDB type."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot.formats.json_text import json_text, list_text, object_text
from ddb_snapshot.numbers import Mask, valid_mask
from ddb_snapshot.structs import children


@dataclass(frozen=True)
class Cells:
    """One value or none in each row: for each tag that occurs an array, null where the value has another tag."""

    rows: int
    by_tag: Mapping[str, pa.Array]

    @classmethod
    def of(cls, structs: pa.Array) -> "Cells":
        """The cells of an array of tag-structs."""
        return cls(len(structs), children(structs))

    def without(self, tags: Iterable[str], held: Mask) -> "Cells":
        """The cells but for those of these tags in the rows held."""
        left = dict(self.by_tag)
        for tag in tags:
            if tag in left:
                rows = valid_mask(left[tag]) & ~held
                if rows.any():
                    left[tag] = kept(left[tag], rows)
                else:
                    del left[tag]
        return Cells(self.rows, left)

    def valued(self) -> Mask:
        """Where there is a value that isn't an explicit NULL."""
        there = np.zeros(self.rows, np.bool_)
        for tag, array in self.by_tag.items():
            if tag != "NULL":
                there |= valid_mask(array)
        return there

    def text(self) -> pa.Array:
        """Each value's DynamoDB-JSON, `{"S":"x"}`; null where there is none."""
        texts = [_tagged(tag, array) for tag, array in self.by_tag.items()]
        return pc.coalesce(*texts) if texts else pa.nulls(self.rows, pa.string())


def kept(array: pa.Array, rows: Mask) -> pa.Array:
    """The array with null in all other rows; nothing stays behind under nulls."""
    if len(array) - array.null_count == np.count_nonzero(rows & valid_mask(array)):
        return array
    return array.take(pa.array(np.arange(len(array)), mask=~rows))


def _tagged(tag: str, array: pa.Array) -> pa.Array:
    if tag in ("JM", "JL"):
        return array
    return pc.binary_join_element_wise(f'{{"{tag}":', _untagged(tag, array), "}", "")


def _untagged(tag: str, array: pa.Array) -> pa.Array:
    if tag == "M":
        # In the order in which a map that was never in structs is written, too.
        texts = {key: Cells.of(structs).text() for key, structs in sorted(children(array).items())}
        return object_text(texts, valid=array.is_valid())
    if tag == "L":
        return list_text(array, Cells.of(array.flatten()).text())
    return json_text(array)
