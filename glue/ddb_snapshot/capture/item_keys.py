"""Keys of items as text, equal for equal keys and different for different ones: from items, and from typed rows."""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot import types
from ddb_snapshot.columns import Column
from ddb_snapshot.formats.json_text import base64_text
from ddb_snapshot.numbers import number_texts, spelled


def item_key(key: Mapping[str, Mapping[str, str]], names: Sequence[str]) -> str:
    """The key of an item in DynamoDB-JSON; `names` are the key attributes, partition key first.

    A partition key that a sort key follows stands behind its length in bytes; alone it is its own text.
    """
    if len(names) == 1:
        return _text(key[names[0]])
    partition, sort = (_text(key[name]) for name in names)
    return f"{len(partition.encode())}:{partition}{sort}"


def _text(value: Mapping[str, str]) -> str:
    ((tag, text),) = value.items()
    return spelled(text) if tag == "N" else text


def key_columns(columns: Sequence[Column], names: Sequence[str]) -> tuple[Column, ...]:
    """The columns that hold key attributes: of one attribute there may be several."""
    return tuple(column for column in columns if column.attribute in names)


def row_keys(rows: pa.Table, columns: Sequence[Column], names: Sequence[str]) -> pa.ChunkedArray:
    """The key of each row, as `item_key` gives it. The rows have at least the key attributes' columns."""
    texts = []
    for name in names:
        own = [column for column in columns if column.attribute == name]
        texts.append(pc.coalesce(*(_key_text(column.type, rows.column(column.name)) for column in own)))
    if len(texts) == 1:
        return texts[0]
    partition, sort = texts
    return pc.binary_join_element_wise(pc.binary_length(partition).cast(pa.string()), ":", partition, sort, "")


@singledispatch
def _key_text(column: types.ColumnType, values: Any) -> Any:
    """A key attribute's values as DynamoDB-JSON has them, numbers in their one spelling. Keys are S, N or B."""
    raise NotImplementedError(type(column))


@_key_text.register
def _(column: types.Text, values: Any) -> Any:
    return values


@_key_text.register(types.Number64)
@_key_text.register(types.Decimal)
@_key_text.register(types.Double)
@_key_text.register(types.NumberText)
def _(column: types.ColumnType, values: Any) -> Any:
    return pa.chunked_array([number_texts(chunk) for chunk in values.chunks], pa.string())


@_key_text.register
def _(column: types.Binary, values: Any) -> Any:
    return pa.chunked_array([base64_text(chunk) for chunk in values.chunks], pa.string())
