"""DESCRIBE: a table's columns, and with FORMATTED what else the catalog knows.

The result has three columns, but each row is one value, with tabs in it (pyathena-dev/PyAthenaJDBC, issue 26).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timezone

from ddb_assets.local.athena.catalog import Table
from ddb_assets.local.athena.ddl.names import existing_table
from ddb_assets.local.athena.ddl.printed import BLANK, HEADING, cell, column_lines, line
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.result import Result, lines
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor
from ddb_assets.local.athena.view_text import columns_of


def describe(cursor: Cursor, session: Session) -> Result:
    """`DESCRIBE [FORMATTED] name`. Source: Amazon Athena user guide, "DESCRIBE", "DESCRIBE VIEW"."""
    if cursor.accept("EXTENDED"):
        raise _refused("EXTENDED", "DESCRIBE FORMATTED shows the same")
    formatted = cursor.accept("FORMATTED")
    table = existing_table(cursor, session)
    if cursor.more():
        raise _refused("of one partition or one column", "DESCRIBE shows all columns of a table")
    shown = [HEADING, BLANK] if formatted else []
    shown += column_lines(columns_of(table))
    if table.partition_columns:
        shown += [BLANK, line("# Partition Information"), HEADING, BLANK, *column_lines(table.partition_columns)]
    if formatted:
        shown += _details(table)
    return lines(shown, "col_name", "data_type", "comment")


def _refused(what: str, instead: str) -> QueryError:
    return QueryError("NOT_SUPPORTED", f"The local Athena does not run DESCRIBE {what}. {instead}.")


def _details(table: Table) -> list[str]:
    """As Hive's source has it; which of these lines Athena shows is unproven."""
    storage = table.raw.get("StorageDescriptor") or {}
    created = table.raw.get("CreateTime")
    place = [] if table.is_view else [_pair("Location:", table.storage.location)]
    view = [
        BLANK,
        line("# View Information"),
        _pair("View Original Text:", table.raw.get("ViewOriginalText") or ""),
        _pair("View Expanded Text:", table.raw.get("ViewExpandedText") or ""),
    ]
    return [
        BLANK,
        line("# Detailed Table Information"),
        _pair("Database:", table.database),
        _pair("Owner:", table.raw.get("Owner") or "null"),
        _pair("CreateTime:", f"{created.astimezone(timezone.utc):%a %b %d %H:%M:%S %Z %Y}" if created else "UNKNOWN"),
        _pair("LastAccessTime:", "UNKNOWN"),
        _pair("Retention:", str(table.raw.get("Retention", 0))),
        *place,
        _pair("Table Type:", table.raw.get("TableType") or "EXTERNAL_TABLE"),
        *_parameters("Table Parameters:", table.parameters),
        BLANK,
        line("# Storage Information"),
        _pair("SerDe Library:", table.storage.serde),
        _pair("InputFormat:", table.storage.input_format),
        _pair("OutputFormat:", storage.get("OutputFormat", "")),
        _pair("Compressed:", "Yes" if storage.get("Compressed") else "No"),
        _pair("Num Buckets:", str(storage.get("NumberOfBuckets", 0))),
        _pair("Bucket Columns:", f"[{', '.join(storage.get('BucketColumns') or ())}]"),
        _pair("Sort Columns:", f"[{', '.join(each['Column'] for each in storage.get('SortColumns') or ())}]"),
        *_parameters("Storage Desc Params:", table.storage.parameters),
        *(view if table.is_view else []),
    ]


def _pair(name: str, value: str) -> str:
    return line(cell(name), cell(value))


def _parameters(title: str, parameters: Mapping[str, str]) -> list[str]:
    if not parameters:
        return []
    values = {key: json.dumps(value)[1:-1] for key, value in sorted(parameters.items())}
    return [line(title), *(line("", cell(key), cell(value)) for key, value in values.items())]
