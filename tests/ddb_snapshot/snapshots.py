"""What the tests of the data's way share: items as DynamoDB sends them, and a snapshot of them without S3."""

import io
import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from ddb_snapshot import formats
from ddb_snapshot.census import Census
from ddb_snapshot.columns import Column, ColumnOptions, plan
from ddb_snapshot.encode import encode
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.items import canonical, to_items
from ddb_snapshot.tagged import TaggedSchema, read_pages

Item = dict[str, Any]


def page(items: Sequence[Item]) -> bytes:
    """One line of a staged piece."""
    return json.dumps({"Items": items}, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Snapshot:
    """What the job makes of items."""

    census: Census
    columns: tuple[Column, ...]
    rows: pa.Table

    def values(self, name: str) -> list[Any]:
        """A column's values."""
        found: list[Any] = self.rows.column(name).to_pylist()
        return found

    def types(self) -> dict[str, Any]:
        """Each column's type, by its name."""
        return {column.name: column.type for column in self.columns}

    def items(self) -> list[Item]:
        """The items again, comparable."""
        return [canonical(item) for item in to_items(self.rows, self.columns)]

    def through(self, output_format: str) -> "Snapshot":
        """The same after a file of that format was written and read."""
        sink = pa.BufferOutputStream()
        formats.write(output_format, self.rows, self.columns, sink)
        rows = formats.read(output_format, io.BytesIO(sink.getvalue()), self.columns)
        return Snapshot(self.census, self.columns, rows)


def snapshot(
    *pieces: Sequence[Item], known: Sequence[Column] = (), options: ColumnOptions | None = None, keys: Any = ()
) -> Snapshot:
    """Both passes of the job over pieces of items."""
    options = options or ColumnOptions()
    raw = [page(items) for items in pieces]
    expected = TaggedSchema.for_columns(known, options.limits())
    censuses = []
    for piece in raw:
        found, expected = read_pages(piece, expected)
        censuses.append(Census.of(found))
    census = Census.merge(*censuses) if censuses else Census(limits=options.limits())
    columns = plan(census, known, options, keys)
    expected = TaggedSchema.for_columns(columns, options.limits(), expected)
    batches = []
    for piece in raw:
        found, expected = read_pages(piece, expected)
        batches.append(encode(found, columns))
    return Snapshot(census, columns, pa.Table.from_batches(batches, schema(columns)))


def comparable(items: Iterable[Item]) -> list[Item]:
    """Items in the form of `Snapshot.items`."""
    return [canonical(item) for item in items]


ODD_TEXTS = ["", "\\N", "\\", "a\nb", "\r", ",", '"', "\x00", "\u2028", "📦", "null", "{}", "é", "e\u0301", "~/", "~1"]
ODD_NUMBERS = [
    "0", "-0", "1", "-1", "1.50", "1e5", "1E+20", "1E-130", "9.99E125", "-9.99E+125", "0.1", "1E1", "100", "0.10",
    str(2**63 - 1), str(-(2**63)), str(2**63), str(2**53 + 1), "12345678901234567890.123456789012345678", "1E-18",
    "12345678901234567890123456789012345678", "0.00000000000000000000000000000000000001", "100000000000000000000",
    "9E+37", "1E-19",
]  # fmt: skip
ODD_NAMES = [
    "id", "Id", "ID", "a-b", "a_b", "a.b", "a b", "é", "e", "📦", '"', "'", "x" * 255, "snapshot_timestamp",
    "ddb_nulls", "~", "/", "a/b", "~1", "0", "S", "N", "M", "L", "JM", "JL", "NULL", "Items", "`", "\\", "a\nb",
    "element", "_", "id__string",
]  # fmt: skip

texts = st.sampled_from(ODD_TEXTS) | st.text(st.characters(codec="utf-8"), max_size=4)
names = st.sampled_from(ODD_NAMES) | st.text(st.characters(codec="utf-8"), min_size=1, max_size=3)
numbers = (
    st.sampled_from(ODD_NUMBERS)
    | st.integers(-(10**38) + 1, 10**38 - 1).map(str)
    | st.integers(-99, 99).map(str)
    | st.builds(
        lambda digits, exponent: f"{digits}E{exponent:+d}", st.integers(-(10**6), 10**6), st.integers(-130, 110)
    )
    | st.decimals(-1000, 1000, places=2).map(str)
)
binaries = st.binary(max_size=5).map(lambda value: b64encode(value).decode())


def tagged(tag: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Item]:
    """Values under a tag."""
    return values.map(lambda value: {tag: value})


def sets(values: st.SearchStrategy[str], key: Any = None) -> st.SearchStrategy[list[str]]:
    """DynamoDB's sets: not empty, no element twice."""
    return st.lists(values, min_size=1, max_size=3, unique_by=key or (lambda value: value))


scalars = (
    tagged("S", texts)
    | tagged("N", numbers)
    | tagged("B", binaries)
    | tagged("BOOL", st.booleans())
    | st.just({"NULL": True})
    | tagged("SS", sets(texts))
    | tagged("NS", sets(numbers, lambda number: canonical({"": {"N": number}})[""]))
    | tagged("BS", sets(binaries))
)
# Few names below the top, so that maps of different items meet.
few_names = st.sampled_from(["a", "b", "A", "a/b", "🙂", "2024-01-01", "x y"])
values = st.recursive(
    scalars,
    lambda inner: tagged("L", st.lists(inner, max_size=3)) | tagged("M", st.dictionaries(few_names, inner, max_size=4)),
    max_leaves=8,
)
# Each item has a key.
items = st.builds(
    lambda item, key: item | {"id": key}, st.dictionaries(names | few_names, values, max_size=5), tagged("S", texts)
)
