"""DESCRIBE: a table's columns, and with FORMATTED what else the catalog knows."""

from __future__ import annotations

from collections.abc import Sequence

from ddb_assets.local.athena.catalog import Column, Table
from ddb_assets.local.athena.ddl.names import existing_table
from ddb_assets.local.athena.hive_types import STRING, hive_name
from ddb_assets.local.athena.result import Result, ResultColumn
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor
from ddb_assets.local.athena.view_text import columns_of

_COLUMNS = tuple(ResultColumn(name, STRING) for name in ("col_name", "data_type", "comment"))
_HEADING = ("# col_name", "data_type", "comment")


def describe(cursor: Cursor, session: Session) -> Result:
    """`DESCRIBE [EXTENDED | FORMATTED] name`, padded as Hive pads it, with tabs between."""
    detailed = cursor.accept("FORMATTED") or cursor.accept("EXTENDED")
    table = existing_table(cursor, session)
    cursor.end()
    rows = _lines(columns_of(table))
    if table.partition_columns:
        rows += ["\t \t ", "# Partition Information", _padded(_HEADING), "\t \t ", *_lines(table.partition_columns)]
    if detailed:
        rows += _details(table)
    return Result(_COLUMNS, tuple((row,) for row in rows), header=False)


def _lines(columns: Sequence[Column]) -> list[str]:
    return [_padded((column.name, hive_name(column.type), column.comment or "")) for column in columns]


def _padded(cells: Sequence[str]) -> str:
    return "\t".join(cell.ljust(20) for cell in cells)


def _details(table: Table) -> list[str]:
    storage = table.storage
    parameters = [f"\t{key:20}\t{value}" for key, value in sorted(table.parameters.items())]
    serde = [f"\t{key:20}\t{value}" for key, value in sorted(storage.parameters.items())]
    return [
        "",
        "# Detailed Table Information",
        f"Database:           \t{table.database}",
        f"Location:           \t{storage.location}",
        f"Table Type:         \t{table.raw.get('TableType', '')}",
        "Table Parameters:",
        *parameters,
        "",
        "# Storage Information",
        f"SerDe Library:      \t{storage.serde}",
        f"InputFormat:        \t{storage.input_format}",
        "Storage Desc Params:",
        *serde,
    ]
