"""JSON text of Arrow values, made by Arrow's kernels rather than row by row; and back.

Exact both ways: decimals are JSON strings of their digits (JSON readers make doubles of numbers with many digits),
integers and doubles are JSON numbers, binary is base64 text, a missing struct field is left out, a null list element is
`null`.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from ddb_snapshot.numbers import decimal_text

_CONTROLS: Final = {chr(code): json.dumps(chr(code))[1:-1] for code in range(0x20)}
_ANY_CONTROL: Final = r"[\x00-\x1f]"


def json_text(array: pa.Array) -> pa.Array:
    """Each value's JSON, null where the value is null."""
    kind = array.type
    if pa.types.is_list(kind):
        return list_text(array, json_text(array.flatten()))
    if pa.types.is_struct(kind):
        return json_object([field.name for field in kind], array.flatten(), valid=array.is_valid())
    if pa.types.is_binary(kind):
        return _quoted(base64_text(array))
    if pa.types.is_decimal(kind):
        return _quoted(decimal_text(array))
    if pa.types.is_string(kind):
        return _quoted(_escaped(array))
    return array.cast(pa.string())


def base64_text(array: pa.Array) -> pa.Array:
    """Each value's bytes as base64 text."""
    return pa.array([None if value is None else b64encode(value) for value in array.to_pylist()], pa.string())


def json_object(names: list[str], arrays: list[pa.Array], valid: pa.Array) -> pa.Array:
    """One object for each row, of the arrays' values under their names; null where `valid` is false."""
    return object_text(dict(zip(names, map(json_text, arrays), strict=True)), valid)


def object_text(texts: Mapping[str, pa.Array], valid: pa.Array) -> pa.Array:
    """One object for each row, of JSON texts under their names; a null text is left out."""
    members = []
    for name, text in texts.items():
        member = pc.binary_join_element_wise(f",{json.dumps(name, ensure_ascii=False)}:", text, "")
        members.append(member.fill_null(""))
    joined = pc.binary_join_element_wise(*members, "") if members else pa.repeat("", len(valid))
    # Each member brings its comma: the first one becomes the brace.
    text = pc.binary_join_element_wise(pc.binary_replace_slice(joined, 0, 1, "{"), "}", "")
    return pc.if_else(valid, text, pa.scalar(None, pa.string()))


def list_text(lists: pa.Array, texts: pa.Array) -> pa.Array:
    """One array for each list, of the JSON texts of all the lists' elements; null where the list is null."""
    lengths = lists.value_lengths().fill_null(0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, texts.fill_null("null")), ",")
    text = pc.binary_join_element_wise("[", joined, "]", "")
    return pc.if_else(lists.is_valid(), text, pa.scalar(None, pa.string()))


def from_json_value(value: Any, kind: pa.DataType) -> Any:
    """A parsed JSON value as the Python value that Arrow builds `kind` from."""
    if value is None:
        return None
    if pa.types.is_list(kind):
        return [from_json_value(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {field.name: from_json_value(value.get(field.name), field.type) for field in kind}
    if pa.types.is_decimal(kind):
        return Decimal(value)
    if pa.types.is_binary(kind):
        return b64decode(value, validate=True)
    return value


def _quoted(text: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', text, '"', "")


def _escaped(text: pa.Array) -> pa.Array:
    text = pc.replace_substring(text, "\\", "\\\\")
    text = pc.replace_substring(text, '"', '\\"')
    if pc.any(pc.match_substring_regex(text, _ANY_CONTROL)).as_py():
        for control, escape in _CONTROLS.items():
            text = pc.replace_substring(text, control, escape)
    return text
