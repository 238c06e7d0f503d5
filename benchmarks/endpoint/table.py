"""A table's items as one run of JSON bytes, of which any page is a slice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

Item = dict[str, Any]
Key = Mapping[str, Mapping[str, str]]

PAGE_BYTES = 1024 * 1024
"""Where a page ends, in bytes as DynamoDB counts them. Source: DynamoDB API reference, "Scan"."""


@dataclass(frozen=True)
class Table:
    """`text` is the items' JSON with a comma between any two; `ends` says where each ends, `until` the size so far.

    Sizes are those that DynamoDB charges for, which is less than the JSON. Segments are runs of neighbouring items.
    """

    text: bytes = field(repr=False)
    ends: npt.NDArray[np.int64] = field(repr=False)
    until: npt.NDArray[np.int64] = field(repr=False)
    key: Mapping[str, str]

    @classmethod
    def of_items(cls, items: Iterable[Item], key: Mapping[str, str] | None = None) -> "Table":
        """The table of these items. `key` has the key attributes' types, partition key first; without it, `id` is S."""
        texts, sizes = [], []
        for item in items:
            texts.append(orjson.dumps(item))
            sizes.append(item_size(item))
        return cls.of_texts(texts, sizes, key)

    @classmethod
    def of_texts(cls, texts: list[bytes], sizes: list[int], key: Mapping[str, str] | None = None) -> "Table":
        """The same, of items that are JSON already."""
        ends = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64) - 1
        return cls(b",".join(texts), ends, np.cumsum(sizes, dtype=np.int64), key or {"id": "S"})

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def bytes(self) -> int:
        """The table's size as DynamoDB counts it."""
        return int(self.until[-1]) if len(self) else 0

    def first(self, text_bytes: int) -> "Table":
        """The table of the first items, up to so many bytes of JSON."""
        count = max(1, int(np.searchsorted(self.ends, text_bytes)))
        return Table(self.text[: int(self.ends[count - 1])], self.ends[:count], self.until[:count], self.key)

    def slice(self, start: int, end: int) -> memoryview:
        """The JSON of the items from `start` to before `end`, with commas between."""
        if start >= end:
            return memoryview(b"")
        return memoryview(self.text)[int(self.ends[start - 1]) + 1 if start else 0 : int(self.ends[end - 1])]

    def size(self, start: int, end: int) -> int:
        """The size of those items as DynamoDB counts it."""
        return (int(self.until[end - 1]) if end else 0) - (int(self.until[start - 1]) if start else 0)

    def segment(self, number: int, total: int) -> tuple[int, int]:
        """The items of a segment: the first, and the one after the last."""
        return number * len(self) // total, (number + 1) * len(self) // total

    def page_end(self, start: int, segment_end: int, limit: int | None) -> int:
        """Where the page that begins at `start` ends: at 1 MB, at `limit` items, or with the segment."""
        if start >= segment_end:
            return start
        before = int(self.until[start - 1]) if start else 0
        full = int(np.searchsorted(self.until, before + PAGE_BYTES, side="right"))
        end = min(max(full, start + 1), segment_end)
        return end if limit is None else min(end, start + limit)

    def key_of(self, index: int) -> Key:
        """The key of an item."""
        item = orjson.loads(self.slice(index, index + 1))
        return {name: item[name] for name in self.key}

    def index_of(self, key: Key) -> int:
        """The item with a key; looks at one after another. Raises LookupError when there is none."""
        for index in range(len(self)):
            if self.key_of(index) == key:
                return index
        raise LookupError(f"no item has the key {key}")

    def pages(self) -> Iterable[memoryview]:
        """The items of each page of a scan in one segment."""
        start = 0
        while start < len(self):
            end = self.page_end(start, len(self), None)
            yield self.slice(start, end)
            start = end


def item_size(item: Mapping[str, Any]) -> int:
    """An item's size in bytes. Source: DynamoDB developer guide, "DynamoDB item sizes and formats"."""
    return sum(_text_size(name) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    ((tag, inner),) = value.items()
    match tag:
        case "S":
            return _text_size(inner)
        case "N":
            return len(inner) // 2 + 1
        case "B":
            return len(inner) * 3 // 4
        case "L":
            return 3 + sum(1 + _size(element) for element in inner)
        case "M":
            return 3 + sum(1 + _text_size(name) + _size(member) for name, member in inner.items())
        case "SS" | "NS" | "BS":
            return sum(_size({tag[0]: element}) for element in inner)
    return 1


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())
