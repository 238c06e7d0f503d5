"""What lies in Arrow's arrays of structs."""

from typing import Any


def children(structs: Any) -> dict[str, Any]:
    """The array of each field, null where its struct is null; those that no struct has are left out.

    Arrow keeps the fields of a null struct in arrays of their own, and what lies there may be valid: an array that was
    made of Python objects has `""` and `false` there. So `StructArray.field` must not be asked for a field's values.
    Source: Apache Arrow's columnar format, "Struct Layout" (a child's validity is hidden by its parent's).
    """
    arrays = zip((field.name for field in structs.type), structs.flatten(), strict=True)
    return {name: array for name, array in arrays if array.null_count < len(array)}
