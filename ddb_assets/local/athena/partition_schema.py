"""Whether a partition's columns fit its table's, as Athena checks before it reads.

By name for Parquet, and for ORC read by name; by position for the others. Source: Athena user guide, "Update tables
with partitions"; the coercions are those of Trino's HiveCoercionPolicy.
"""

from __future__ import annotations

from ddb_assets.local.athena import catalog
from ddb_assets.local.athena.catalog import Column, Partition, Table
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import Array, Decimal, HiveType, Map, Primitive, Struct, Text, hive_name
from ddb_assets.local.athena.readers import orc

_INTEGERS = ("tinyint", "smallint", "int", "bigint")


def by_position(storage: catalog.Storage) -> bool:
    """Whether the table's n-th column is the partition's n-th."""
    if storage.serde.endswith(".ParquetHiveSerDe"):
        return False
    return not (storage.serde.endswith(".OrcSerde") and orc.by_name(storage.parameters))


def check(table: Table, partition: Partition) -> None:
    """Raises QueryError, HIVE_PARTITION_SCHEMA_MISMATCH, naming the first column that doesn't fit."""
    named = {column.name: column for column in partition.storage.columns}
    positional = by_position(partition.storage)
    for position, column in enumerate(table.storage.columns):
        if positional:
            columns = partition.storage.columns
            declared = columns[position] if position < len(columns) else None
        else:
            declared = named.get(column.name)
        if declared is not None and not coercible(declared.type, column.type):
            raise _mismatch(table, partition, column, declared)


def coercible(partition: HiveType, table: HiveType) -> bool:
    """Whether values of the partition's type can be given in the table's type."""
    if partition == table:
        return True
    if isinstance(partition, Array) and isinstance(table, Array):
        return coercible(partition.element, table.element)
    if isinstance(partition, Map) and isinstance(table, Map):
        return coercible(partition.key, table.key) and coercible(partition.value, table.value)
    if isinstance(partition, Struct) and isinstance(table, Struct):
        # Position by position: fields may only be appended, or be missing at the end.
        pairs = zip(partition.fields, table.fields, strict=False)
        return all(p[0].lower() == t[0].lower() and coercible(p[1], t[1]) for p, t in pairs)
    if isinstance(partition, Decimal):
        return isinstance(table, Decimal) or table in (Primitive("double"), Primitive("float")) or _text(table)
    if _text(partition):
        return _text(table) or _integer(table)
    if _integer(partition):
        return _text(table) or (_integer(table) and _rank(table) >= _rank(partition))
    return partition == Primitive("float") and table == Primitive("double")


def _text(kind: HiveType) -> bool:
    return isinstance(kind, Text) or kind == Primitive("string")


def _integer(kind: HiveType) -> bool:
    return isinstance(kind, Primitive) and kind.name in _INTEGERS


def _rank(kind: HiveType) -> int:
    return _INTEGERS.index(kind.name) if isinstance(kind, Primitive) else -1


def _mismatch(table: Table, partition: Partition, column: Column, declared: Column) -> QueryError:
    keys = (key.name for key in table.partition_columns)
    name = "/".join(f"{key}={value}" for key, value in zip(keys, partition.values, strict=False))
    return QueryError(
        "HIVE_PARTITION_SCHEMA_MISMATCH",
        "There is a mismatch between the table and partition schemas. The types are incompatible and cannot be "
        f"coerced. The column '{column.name}' in table '{table.qualified}' is declared as type "
        f"'{hive_name(column.type)}', but partition '{name}' declared column '{declared.name}' as type "
        f"'{hive_name(declared.type)}'.",
    )
