"""Arrow arrays of a file as the column's declared type.

What fits: a wider integer or float, a decimal of another scale that holds the value, a timestamp of another unit, text
as binary. A struct's fields are matched by name, without case; those a file lacks are NULL. Anything else is refused.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ddb_assets.local.athena.hive_types import Array, Decimal, HiveType, Map, Primitive, Struct, Text, arrow_type


class Unfit(ValueError):
    """A file's column can't be read as its declared type. `found` is Arrow's type, `path` the dotted field."""

    def __init__(self, path: str, found: pa.DataType, declared: HiveType, detail: str = "") -> None:
        super().__init__(f"{path}: {found} read as {declared} {detail}")
        self.path = path
        self.found = found
        self.declared = declared
        self.detail = detail


def conform(array: pa.Array, kind: HiveType, path: str) -> pa.Array:
    """The array in `arrow_type(kind)`. Raises Unfit."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    target = arrow_type(kind)
    if array.type == target:
        return array
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), target)
    if isinstance(kind, Array):
        return _list(array, kind, path)
    if isinstance(kind, Map):
        return _map(array, kind, path)
    if isinstance(kind, Struct):
        return _struct(array, kind, path)
    if not _readable(array.type, kind):
        raise Unfit(path, array.type, kind)
    try:
        if pa.types.is_timestamp(array.type):
            return _timestamp(array, target)
        return pc.cast(array, target)
    except pa.ArrowInvalid as error:
        raise Unfit(path, array.type, kind, str(error)) from error


def _readable(found: pa.DataType, kind: HiveType) -> bool:
    types = pa.types
    if isinstance(kind, Text) or kind == Primitive("string"):
        return bool(types.is_string(found) or types.is_large_string(found) or types.is_binary(found)
                    or types.is_large_binary(found) or types.is_string_view(found))  # fmt: skip
    if isinstance(kind, Decimal):
        return bool(types.is_decimal(found) or types.is_integer(found))
    name = kind.name if isinstance(kind, Primitive) else ""
    if name in ("tinyint", "smallint", "int", "bigint"):
        return bool(types.is_integer(found))
    if name in ("float", "double"):
        return bool(types.is_floating(found))
    if name == "binary":
        return bool(types.is_binary(found) or types.is_large_binary(found) or types.is_fixed_size_binary(found)
                    or types.is_string(found) or types.is_large_string(found))  # fmt: skip
    if name == "timestamp":
        return bool(types.is_timestamp(found))
    if name == "date":
        return bool(types.is_date(found))
    return False


def _timestamp(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Sub-microsecond digits are cut off; an instant is shown in UTC, as Athena shows it."""
    if array.type.tz is not None:
        array = array.cast(pa.timestamp(array.type.unit, "UTC")).cast(pa.timestamp(array.type.unit))
    return pc.cast(array, target, safe=False)


def _list(array: pa.Array, kind: Array, path: str) -> pa.Array:
    if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        raise Unfit(path, array.type, kind)
    array = _rebased(array)
    values = conform(array.values, kind.element, f"{path}.element")
    return pa.ListArray.from_arrays(array.offsets.cast(pa.int32()), values, arrow_type(kind), mask=array.is_null())


def _map(array: pa.Array, kind: Map, path: str) -> pa.Array:
    if pa.types.is_list(array.type) and pa.types.is_struct(array.type.value_type):
        # ORC and older Parquet writers give a map as a list of key and value.
        array = _rebased(array)
        keys, items = array.values.field(0), array.values.field(1)
    elif pa.types.is_map(array.type):
        array = _rebased(array)
        keys, items = array.keys, array.items
    else:
        raise Unfit(path, array.type, kind)
    return pa.MapArray.from_arrays(
        array.offsets,
        conform(keys, kind.key, f"{path}.key"),
        conform(items, kind.value, f"{path}.value"),
        arrow_type(kind),
        mask=array.is_null(),
    )


def _struct(array: pa.Array, kind: Struct, path: str) -> pa.Array:
    if not pa.types.is_struct(array.type):
        raise Unfit(path, array.type, kind)
    # A later field of the same folded name doesn't replace the first, as in Trino.
    places = {array.type.field(i).name.lower(): i for i in reversed(range(array.type.num_fields))}
    array = _rebased(array)
    # Not `array.field`: what lies below a null struct may be valid there.
    members = array.flatten()
    children = [
        conform(members[places[name.lower()]], field, f"{path}.{name}")
        if name.lower() in places
        else pa.nulls(len(array), arrow_type(field))
        for name, field in kind.fields
    ]
    if not children:
        return pa.array([None if null else {} for null in array.is_null().to_pylist()], arrow_type(kind))
    return pa.StructArray.from_arrays(children, fields=list(arrow_type(kind)), mask=array.is_null())


def _rebased(array: pa.Array) -> pa.Array:
    """The array from offset 0: offsets and children of a slice are those of the whole."""
    return array if array.offset == 0 else array.take(pa.array(range(len(array)), pa.int64()))
