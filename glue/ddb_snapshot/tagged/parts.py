"""Items as Arrow, attribute by attribute, in the way that costs least for the table's width."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ddb_snapshot.structs import children
from ddb_snapshot.tagged.schema import TaggedSchema


@dataclass(frozen=True)
class Values:
    """What the items of a part have of one attribute: tag-structs, a field in them for each tag.

    `rows` says which items these are, in order; None stands for all of them, with nulls where an item has nothing.
    """

    structs: Any
    rows: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Part:
    """Some items, in the order in which they were read: how many, and the values of each attribute that any has.

    In a table of few attributes these are arrays over all items. In a table of many, most of which an item lacks, they
    are the values alone with their rows, so that the cost is that of the values and not of rows times attributes.
    """

    length: int
    attributes: Mapping[str, Values]

    @classmethod
    def of_arrays(cls, items: Any) -> "Part":
        """The part of an array of items, each a struct of its attributes."""
        return cls(len(items), {key: Values(array) for key, array in children(items).items()})

    @classmethod
    def of_objects(cls, items: Iterable[Mapping[str, Any]], schema: TaggedSchema) -> "Part":
        """The part of parsed items. The schema must know every path: Arrow drops silently what it isn't told of.

        Raises pyarrow.ArrowException for values of other types than DynamoDB's.
        """
        found: dict[str, tuple[list[int], list[Any]]] = {}
        length = 0
        for row, item in enumerate(items):
            length += 1
            for key, value in item.items():
                if key not in found:
                    found[key] = ([], [])
                rows, values = found[key]
                rows.append(row)
                values.append(value)
        return cls(
            length,
            {
                key: Values(pa.array(values, schema.attributes[key].arrow_type()), np.asarray(rows, np.int64))
                for key, (rows, values) in found.items()
            },
        )

    def to_pylist(self) -> list[dict[str, Any]]:
        """The items as Python objects, for a look at them."""
        items: list[dict[str, Any]] = [{} for _ in range(self.length)]
        for key, values in self.attributes.items():
            rows = range(self.length) if values.rows is None else values.rows.tolist()
            for row, value in zip(rows, values.structs.to_pylist(), strict=True):
                if value is not None:
                    items[row][key] = value
        return items


@dataclass(frozen=True)
class Tagged:
    """A block's items, and the schema with which they were read."""

    parts: tuple[Part, ...]
    schema: TaggedSchema

    @cached_property
    def rows(self) -> int:
        return sum(part.length for part in self.parts)
