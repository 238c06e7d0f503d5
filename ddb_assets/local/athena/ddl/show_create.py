"""SHOW CREATE TABLE and SHOW CREATE VIEW: the statement that makes the entry again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ddb_assets.local.athena import view_text
from ddb_assets.local.athena.analysis.typed import identifier
from ddb_assets.local.athena.catalog import Column, Table
from ddb_assets.local.athena.ddl.names import existing_table
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import STRING, hive_name
from ddb_assets.local.athena.result import Result, ResultColumn, lines
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.sql.lexer import RESERVED
from ddb_assets.local.athena.statement import Cursor

_PLAIN = re.compile("[a-z_][a-z0-9_]*")


def table(cursor: Cursor, session: Session) -> Result:
    """`SHOW CREATE TABLE name`."""
    found = existing_table(cursor, session)
    cursor.end()
    if found.is_view:
        raise QueryError("FAILED", f"SemanticException {found.qualified} is a view: use SHOW CREATE VIEW")
    return lines(_create_table(found), "createtab_stmt")


def view(cursor: Cursor, session: Session) -> Result:
    """`SHOW CREATE VIEW name`."""
    found = existing_table(cursor, session)
    cursor.end()
    if not found.is_view:
        raise QueryError("FAILED", f"SemanticException {found.qualified} is not a view")
    sql = view_text.decode(found).sql
    text = [f"CREATE VIEW {_shown(found.database)}.{_shown(found.name)} AS", *sql.rstrip("\n").split("\n")]
    # A statement of Trino's, whose column is a varchar; that Athena has it so is unproven.
    return Result((ResultColumn("Create View", STRING),), tuple((each,) for each in text), header=False)


def _shown(name: str) -> str:
    """The name, in double quotes where Trino needs them."""
    plain = _PLAIN.fullmatch(name) and name.upper() not in RESERVED
    return name if plain else identifier(name)


def _create_table(found: Table) -> list[str]:
    storage = found.raw.get("StorageDescriptor", {})
    text = [f"CREATE EXTERNAL TABLE {_name(found.qualified)}(", *_columns(found.storage.columns)]
    if found.raw.get("Description"):
        text.append(f"COMMENT {_quoted(found.raw['Description'])}")
    if found.partition_columns:
        text += ["PARTITIONED BY ( ", *_columns(found.partition_columns)]
    if storage.get("BucketColumns"):
        names = list(storage["BucketColumns"])
        text += ["CLUSTERED BY ( ", *_names(names), f"INTO {storage['NumberOfBuckets']} BUCKETS"]
    text += ["ROW FORMAT SERDE ", f"  {_quoted(found.storage.serde)} "]
    if found.storage.parameters:
        text += ["WITH SERDEPROPERTIES ( ", *_pairs(found.storage.parameters)]
    text += [
        "STORED AS INPUTFORMAT ",
        f"  {_quoted(found.storage.input_format)} ",
        "OUTPUTFORMAT ",
        f"  {_quoted(storage.get('OutputFormat', ''))}",
        "LOCATION",
        f"  {_quoted(found.storage.location)}",
    ]
    properties = {key: value for key, value in found.parameters.items() if key != "EXTERNAL"}
    if properties:
        text += ["TBLPROPERTIES (", *_pairs(properties)]
    return text


def _columns(columns: Sequence[Column]) -> list[str]:
    last = len(columns) - 1
    return [
        f"  {_identifier(column.name)} {hive_name(column.type)}"
        + (f" COMMENT {_quoted(column.comment)}" if column.comment else "")
        + (")" if place == last else ", ")
        for place, column in enumerate(columns)
    ]


def _names(names: Sequence[str]) -> list[str]:
    last = len(names) - 1
    return [f"  {_identifier(name)}" + (") " if place == last else ", ") for place, name in enumerate(names)]


def _pairs(pairs: Mapping[str, str]) -> list[str]:
    last = len(pairs) - 1
    return [
        f"  {_quoted(key)}={_quoted(value)}" + (")" if place == last else ", ")
        for place, (key, value) in enumerate(sorted(pairs.items()))
    ]


def _name(qualified: str) -> str:
    return ".".join(_identifier(part) for part in qualified.split(".", 1))


def _identifier(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _quoted(text: str) -> str:
    return "'" + text.translate(_ESCAPES) + "'"
