"""Rows back to DynamoDB-JSON items, and items in a form in which equal ones compare equal.

The inverse of `encode`: it shows that nothing was lost, and serves those who want their items back.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal as Exact
from functools import singledispatch
from typing import Any

import orjson
import pyarrow as pa

from ddb_snapshot import thresholds, types
from ddb_snapshot.columns import Column
from ddb_snapshot.numbers import spelled

Item = dict[str, Any]

_NULL = {"NULL": True}


def to_items(rows: pa.Table | pa.RecordBatch, columns: Sequence[Column]) -> Iterator[Item]:
    """The items that `encode` made the rows of.

    Numbers of typed columns come in DynamoDB's spelling (`numbers.spelled`), those in text as they stand there.
    """
    batches = rows.to_batches(thresholds.now().item_rows) if isinstance(rows, pa.Table) else [rows]
    for batch in batches:
        for start in range(0, batch.num_rows, thresholds.now().item_rows):
            for row in batch.slice(start, thresholds.now().item_rows).to_pylist():
                yield _item(row, columns)


def canonical(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item so that `==` compares values: numbers exactly whatever their spelling, sets without order, bytes."""
    return {attribute: _canonical(value) for attribute, value in item.items()}


def _item(row: Mapping[str, Any], columns: Sequence[Column]) -> Item:
    item: Item = {}
    pointers: Sequence[str] = ()
    for column in columns:
        value = row.get(column.name)
        if value is None:
            continue
        if column.holds_nulls:
            pointers = value
        elif column.attribute in item:
            raise ValueError(f"attribute {column.attribute!r} has values in several columns, {column.name} the last")
        else:
            item[column.attribute] = _tagged(column.type, value)
    # A list or a map before what is in it.
    for told in sorted(pointers, key=lambda told: told.count("/")):
        prefix, *tokens = told.split("/")
        path = [token.replace("~1", "/").replace("~0", "~") for token in tokens]
        _put(item, path, {"L": []} if prefix == "[]" else {"M": {}} if prefix == "{}" else dict(_NULL))
    return item


def _put(members: Item, path: Sequence[str], value: dict[str, Any]) -> None:
    """Put an explicit NULL, a list or a map where a pointer shows."""
    place: Any = members
    for token in path[:-1]:
        inner = place[int(token)] if isinstance(place, list) else place[token]
        (place,) = inner.values()
    if isinstance(place, list):
        # A list that no column holds comes element by element, in any order.
        place.extend(dict(_NULL) for _ in range(len(place), int(path[-1]) + 1))
        place[int(path[-1])] = value
    else:
        place[path[-1]] = value


@singledispatch
def _tagged(column: types.ColumnType, value: Any) -> dict[str, Any]:
    """A column's value with its tag."""
    return {types.ddb_tag(column): value}


@_tagged.register(types.Decimal)
@_tagged.register(types.Double)
def _(column: types.ColumnType, value: Any) -> dict[str, Any]:
    # The shortest text of a float is that which `encode` found to be exact.
    return {"N": spelled(str(value))}


@_tagged.register
def _(column: types.Number64, value: int) -> dict[str, Any]:
    return {"N": str(value)}


@_tagged.register
def _(column: types.Binary, value: bytes) -> dict[str, Any]:
    return {"B": b64encode(value).decode()}


@_tagged.register
def _(column: types.ListOf, value: Sequence[Any]) -> dict[str, Any]:
    return {"L": [dict(_NULL) if element is None else _tagged(column.element, element) for element in value]}


@_tagged.register
def _(column: types.SetOf, value: Sequence[Any]) -> dict[str, Any]:
    tag = types.ddb_tag(column.element)
    return {column.tag: [_tagged(column.element, element)[tag] for element in value]}


@_tagged.register
def _(column: types.Struct, value: Mapping[str, Any]) -> dict[str, Any]:
    members = [(member, value[member.name]) for member in column.fields if value[member.name] is not None]
    return {"M": {member.attribute: _tagged(member.type, inner) for member, inner in members}}


@_tagged.register
def _(column: types.Json, value: str) -> dict[str, Any]:
    tagged: dict[str, Any] = orjson.loads(value)
    return tagged


def _canonical(value: Mapping[str, Any]) -> tuple[str, Any]:
    ((tag, inner),) = value.items()
    match tag:
        case "N":
            return tag, Exact(inner)
        case "B":
            return tag, _bytes(inner)
        case "SS":
            return tag, frozenset(inner)
        case "NS":
            return tag, frozenset(map(Exact, inner))
        case "BS":
            return tag, frozenset(map(_bytes, inner))
        case "L":
            return tag, [_canonical(element) for element in inner]
        case "M":
            return tag, {key: _canonical(member) for key, member in inner.items()}
    return tag, inner


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else b64decode(value, validate=True)
