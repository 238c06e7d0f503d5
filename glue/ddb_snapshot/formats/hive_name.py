"""Hive's name of an Arrow type, for formats whose files hold something else than the column's own type."""

import pyarrow as pa

_SCALARS = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double", pa.bool_(): "boolean"}


def hive_name(kind: pa.DataType, binary: str) -> str:
    """The type's name in the Data Catalog, with `binary` in place of binary.

    Source: Athena user guide, "Data types in Amazon Athena".
    """
    if pa.types.is_list(kind):
        return f"array<{hive_name(kind.value_type, binary)}>"
    if pa.types.is_struct(kind):
        fields = [f"{field.name}:{hive_name(field.type, binary)}" for field in kind]
        return f"struct<{','.join(fields)}>"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    return binary if pa.types.is_binary(kind) else _SCALARS[kind]
