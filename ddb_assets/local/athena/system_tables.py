"""`information_schema` and `"table$partitions"`: tables that Trino makes up from the catalog."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from ddb_assets.local.athena.catalog import CATALOG, Catalog, Column, Table
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import arrow_type, trino_name
from ddb_assets.local.athena.scan import partition_value
from ddb_assets.local.athena.view_text import columns_of

SCHEMA = "information_schema"
_PARTITIONS = "$partitions"


def partitions_of(name: str) -> str | None:
    """The table whose partitions `"name$partitions"` lists; None for another name."""
    return name.removesuffix(_PARTITIONS) if name.endswith(_PARTITIONS) else None


def partitions(catalog: Catalog, table: Table) -> pa.Table:
    """One row for each partition, with its values in their types."""
    found = catalog.partitions(table)
    return pa.table(
        {
            column.name: pa.array([partition_value(column, p.values[i]) for p in found], arrow_type(column.type))
            for i, column in enumerate(table.partition_columns)
        }
    )


def information_schema(catalog: Catalog, name: str) -> pa.Table | None:
    """The table of that name; None when Trino's information_schema has none such (or this one doesn't)."""
    read = _TABLES.get(name)
    return read(catalog) if read else None


def _schemata(catalog: Catalog) -> pa.Table:
    names = [*catalog.databases(), SCHEMA]
    return pa.table({"catalog_name": _texts([CATALOG] * len(names)), "schema_name": _texts(names)})


def _tables(catalog: Catalog) -> pa.Table:
    found = _every(catalog)
    return pa.table(
        {
            "table_catalog": _texts([CATALOG] * len(found)),
            "table_schema": _texts([table.database for table in found]),
            "table_name": _texts([table.name for table in found]),
            "table_type": _texts(["VIEW" if table.is_view else "BASE TABLE" for table in found]),
        }
    )


def _columns(catalog: Catalog) -> pa.Table:
    found = [(table, place, column) for table in _every(catalog) for place, column in enumerate(_shown(table), 1)]
    keys = {(table.qualified, key.name) for table, _, _ in found for key in table.partition_columns}
    return pa.table(
        {
            "table_catalog": _texts([CATALOG] * len(found)),
            "table_schema": _texts([table.database for table, _, _ in found]),
            "table_name": _texts([table.name for table, _, _ in found]),
            "column_name": _texts([column.name for _, _, column in found]),
            "ordinal_position": pa.array([place for _, place, _ in found], pa.int64()),
            "column_default": _texts([None] * len(found)),
            "is_nullable": _texts(["YES"] * len(found)),
            "data_type": _texts([trino_name(column.type) for _, _, column in found]),
            "comment": _texts([column.comment for _, _, column in found]),
            "extra_info": _texts(["partition key" if (t.qualified, c.name) in keys else None for t, _, c in found]),
        }
    )


def _shown(table: Table) -> Sequence[Column]:
    """The columns; none of a view whose text can't be read, which is listed all the same."""
    try:
        return columns_of(table)
    except QueryError:
        return ()


def _every(catalog: Catalog) -> list[Table]:
    return [table for database in catalog.databases() for table in catalog.tables(database)]


def _texts(values: Sequence[str | None]) -> pa.Array:
    return pa.array(values, pa.string())


_TABLES: dict[str, Callable[[Catalog], pa.Table]] = {"schemata": _schemata, "tables": _tables, "columns": _columns}
