"""Blocks of raw DynamoDB-JSON to Arrow arrays of type-tagged values.

`N` is always a string and `M` always an object, so a columnar JSON reader with an explicit schema never meets a type
conflict. The reader is told to fail on a key it wasn't told about: then the block is looked at once as Python objects,
the schema grows, and it is read again. Blocks with sealed paths, and those of wide tables, always go that way.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as pj

from ddb_snapshot.shown import one_line
from ddb_snapshot.tagged.discovery import Item, grow, taken_out
from ddb_snapshot.tagged.parts import Part, Tagged
from ddb_snapshot.tagged.schema import TaggedSchema, struct_type

LOOK_BYTES = 128 << 10
"""Bytes that are looked at as Python objects where something is new; the rest may be known then."""

GROUP_BYTES = 4 << 20
"""Bytes that are looked at as Python objects at a time where that can't be helped."""

WIDE_GROUP_BYTES = 32 << 20
"""The same for wide tables, where each attribute costs something for each group."""

WIDE_LEAVES = 600
"""Arrays beyond which a table is wide: its items are read by way of Python objects, for the values they have alone."""


class BadBlock(ValueError):
    """Bytes that are not the DynamoDB-JSON they should be."""


def read_pages(buffer: bytes, known: TaggedSchema | None = None) -> tuple[Tagged, TaggedSchema]:
    """Read raw Scan response bodies, one per line: `{"Items":[…],"Count":…}`.

    Gives the items and the schema, grown if the block held more than `known`. Raises BadBlock for other bytes.
    """
    return _read(buffer, known or TaggedSchema(), _PAGES)


def read_lines(buffer: bytes, known: TaggedSchema | None = None) -> tuple[Tagged, TaggedSchema]:
    """Read lines of a native full export, one item per line: `{"Item":{…}}`. Otherwise as `read_pages`."""
    return _read(buffer, known or TaggedSchema(), _LINES)


@dataclass(frozen=True)
class _Layout:
    """How items are wrapped in lines."""

    arrow_schema: Callable[[TaggedSchema], Any]
    items: Callable[[Any], Any]
    parsed: Callable[[Any], list[Item]]


def _read(buffer: bytes, schema: TaggedSchema, layout: _Layout) -> tuple[Tagged, TaggedSchema]:
    part = _direct(buffer, schema, layout)
    if part is not None:
        return Tagged((part,) if part.length else (), schema), schema
    parts: list[Part] = []
    start, size = 0, LOOK_BYTES
    while start < len(buffer):
        fixed = _fixed_bytes(schema)
        group = buffer[start : _group_end(buffer, start, fixed or size)]
        part = _direct(group, schema, layout) if group.strip() else Part(0, {})
        if part is None and not fixed and size > LOOK_BYTES:
            # What is new in it may be anywhere: look at little of it.
            size = LOOK_BYTES
            continue
        if part is None:
            with _collecting_no_garbage():
                part, schema = _looked_at(group, start, schema, layout)
        size *= 4
        parts.append(part)
        start += len(group)
    return Tagged(tuple(part for part in parts if part.length), schema), schema


def _fixed_bytes(schema: TaggedSchema) -> int | None:
    """How much to take at a time where all is looked at anyway; else None: more and more while nothing is new."""
    if schema.leaves > WIDE_LEAVES:
        return WIDE_GROUP_BYTES
    return GROUP_BYTES if schema.sealed else None


def _group_end(buffer: bytes, start: int, size: int) -> int:
    """Where the lines end that are taken together."""
    end = buffer.find(b"\n", min(start + size, len(buffer)))
    return len(buffer) if end < 0 else end + 1


def _direct(buffer: bytes, schema: TaggedSchema, layout: _Layout) -> Part | None:
    """The whole buffer at once, or None where it isn't possible: something is new, sealed, or the table is wide.

    Sealed attributes are left out of the expected ones, so a block without them still goes this way.
    """
    if schema.leaves > WIDE_LEAVES or not schema.item_type.num_fields:
        return None
    try:
        return Part.of_arrays(layout.items(_parse(buffer, layout.arrow_schema(schema))))
    except pa.ArrowInvalid:
        return None


def _parse(buffer: bytes, schema: Any) -> Any:
    # One block for all: the reader would otherwise cut lines longer than a block.
    reading = pj.ReadOptions(use_threads=False, block_size=len(buffer) + 1)
    parsing = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    return pj.read_json(pa.BufferReader(buffer), read_options=reading, parse_options=parsing)


def _looked_at(group: bytes, start: int, schema: TaggedSchema, layout: _Layout) -> tuple[Part, TaggedSchema]:
    """A group by way of Python objects: because of what is new in it, or sealed, or because the table is wide."""
    items, page_keys = _items(group, start, schema, layout)
    if not items:
        return Part(0, {}), TaggedSchema(schema.limits, schema.attributes, page_keys)
    if page_keys == schema.page_keys and schema.sealed and schema.leaves <= WIDE_LEAVES:
        # Most often nothing is new, and there is no need to look for it.
        with suppress(BadBlock, KeyError, TypeError, AttributeError):
            return _again(taken_out(schema, items), schema), schema
    try:
        grown = grow(schema, items)
    except (ValueError, AttributeError, TypeError) as error:
        raise BadBlock(f"the lines from byte {start}: {error}") from error
    schema = TaggedSchema(grown.limits, grown.attributes, page_keys)
    part = _direct(group, schema, layout)
    if part is not None:
        return part, schema
    known = taken_out(schema, items)
    if schema.leaves <= WIDE_LEAVES:
        return _again(known, schema), schema
    try:
        return Part.of_objects(known, schema), schema
    except (pa.ArrowException, TypeError) as error:
        raise BadBlock(f"the lines from byte {start}: values that are not DynamoDB-JSON: {error}") from error


@contextmanager
def _collecting_no_garbage() -> Iterator[None]:
    """Parsed JSON has no cycles; looking for them again and again would take a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _items(group: bytes, start: int, schema: TaggedSchema, layout: _Layout) -> tuple[list[Item], frozenset[str]]:
    """The items of a group's lines, and the keys of the pages' LastEvaluatedKeys."""
    items: list[Item] = []
    page_keys: set[str] = set(schema.page_keys)
    position = start
    for line in group.splitlines(keepends=True):
        if line.strip():
            try:
                parsed = orjson.loads(line)
                items.extend(layout.parsed(parsed))
                page_keys.update(parsed.get("LastEvaluatedKey") or ())
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                shown = one_line(line[:80].decode(errors="replace"))
                raise BadBlock(f"byte {position}: not a line of DynamoDB-JSON ({error}): {shown}") from error
        position += len(line)
    return items, frozenset(page_keys)


def _again(items: Iterable[Item], schema: TaggedSchema) -> Part:
    """Items whose sealed values are text by now, written and read once more with all attributes of the schema."""
    lines = b"\n".join([orjson.dumps({"Item": item}) for item in items])
    try:
        return Part.of_arrays(_line_items(_parse(lines, pa.schema([("Item", struct_type(schema.attributes))]))))
    except pa.ArrowInvalid as error:
        raise BadBlock(f"values that are not DynamoDB-JSON: {error}") from error


def _line_schema(schema: TaggedSchema) -> Any:
    return pa.schema([pa.field("Item", schema.item_type)])


def _line_items(table: Any) -> Any:
    return _one_array(table.column("Item"))


def _line_parsed(line: dict[str, Any]) -> list[Item]:
    return [line["Item"]]


_CAPACITY = pa.struct([(name, pa.float64()) for name in ("CapacityUnits", "ReadCapacityUnits", "WriteCapacityUnits")])
_CONSUMED = pa.struct([pa.field("TableName", pa.string()), *_CAPACITY, pa.field("Table", _CAPACITY)])
_KEY_VALUE = pa.struct([("S", pa.string()), ("N", pa.string()), ("B", pa.string())])


def _page_schema(schema: TaggedSchema) -> Any:
    return pa.schema(
        [
            pa.field("Items", pa.list_(schema.item_type)),
            pa.field("Count", pa.int64()),
            pa.field("ScannedCount", pa.int64()),
            pa.field("ConsumedCapacity", _CONSUMED),
            pa.field("LastEvaluatedKey", pa.struct([pa.field(key, _KEY_VALUE) for key in sorted(schema.page_keys)])),
        ]
    )


def _page_items(table: Any) -> Any:
    return _one_array(table.column("Items")).flatten()


def _page_parsed(page: dict[str, Any]) -> list[Item]:
    items: list[Item] = page["Items"]
    return items


def _one_array(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


_LINES = _Layout(_line_schema, _line_items, _line_parsed)
_PAGES = _Layout(_page_schema, _page_items, _page_parsed)
