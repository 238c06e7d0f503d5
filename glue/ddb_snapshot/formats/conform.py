"""Tables in exactly the types of their columns."""

from collections.abc import Sequence

import pyarrow as pa

from ddb_snapshot.columns import Column
from ddb_snapshot.structs import children
from ddb_snapshot.types import arrow_type


def schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of rows with these columns."""
    return pa.schema([pa.field(column.name, arrow_type(column.type)) for column in columns])


def conform(table: pa.Table, target: pa.Schema) -> pa.Table:
    """`table` with the target's columns, in its order and types; what the table lacks is null.

    A format may name list elements and dictionary-encode as it likes; no value changes.
    """
    arrays = [
        _cast(table.column(field.name), field.type) if field.name in table.schema.names
        else pa.chunked_array([pa.nulls(table.num_rows, field.type)])
        for field in target
    ]  # fmt: skip
    return pa.Table.from_arrays(arrays, schema=target)


def _cast(column: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray:
    if column.type == target:
        return column
    return pa.chunked_array([conform_array(chunk, target) for chunk in column.chunks], type=target)


def conform_array(array: pa.Array, target: pa.DataType) -> pa.Array:
    """One array in the target type: a list or struct may be built otherwise, and lack fields."""
    if array.type == target:
        return array
    if pa.types.is_list(target):
        lengths = array.value_lengths().fill_null(0)
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), pa.compute.cumulative_sum(lengths).cast(pa.int32())])
        values = conform_array(array.flatten(), target.value_type)
        return pa.ListArray.from_arrays(offsets, values, type=target, mask=array.is_null())
    if pa.types.is_struct(target):
        found = children(array)
        fields = [
            conform_array(found[field.name], field.type) if field.name in found else pa.nulls(len(array), field.type)
            for field in target
        ]
        return pa.StructArray.from_arrays(fields, fields=list(target), mask=array.is_null())
    return array.cast(target)
