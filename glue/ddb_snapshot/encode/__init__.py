"""Tagged values to typed columns: each value into the first column, in catalog order, that holds it exactly."""

from ddb_snapshot.encode.rows import ValueHasNoColumn, encode, encode_parts

__all__ = ["ValueHasNoColumn", "encode", "encode_parts"]
