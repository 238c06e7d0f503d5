"""CREATE EXTERNAL TABLE."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ddb_assets.local.athena import hive_types
from ddb_assets.local.athena.ddl.formats import FORMATS, TEXT, FileFormat
from ddb_assets.local.athena.ddl.names import database_not_found
from ddb_assets.local.athena.errors import QueryError, hive_ddl_error, never_supported, not_supported
from ddb_assets.local.athena.result import NOTHING, Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor

ICEBERG = "CREATE TABLE with columns and without EXTERNAL (Iceberg): use CREATE EXTERNAL TABLE"
"""What a statement of that form would make, and what to use in its place."""

_SLASHES_OF_A_BUCKET = "s3://bucket/".count("/")


def create(cursor: Cursor, session: Session) -> Result:
    """`CREATE EXTERNAL TABLE [IF NOT EXISTS] name (…) [PARTITIONED BY (…)] [ROW FORMAT …] [STORED AS …] LOCATION …`."""
    may_exist = cursor.accept("IF", "NOT", "EXISTS")
    named, name = cursor.qualified()
    columns = column_list(cursor)
    clauses = _Clauses()
    while cursor.more():
        clauses.read(cursor)
    if clauses.location is None:
        raise hive_ddl_error("MetaException(message:LOCATION must be specified for an external table)")
    _require_once([*columns, *clauses.partitions])
    _require_known(clauses.bucket_columns, columns)
    database = named or session.database
    if not session.catalog.has_database(database):
        raise database_not_found(database)
    if session.catalog.table(database, name) is not None:
        return _exists(name, may_exist)
    if not session.catalog.create_table(database, clauses.table_input(name, columns)):
        return _exists(name, may_exist)
    return NOTHING


def _exists(name: str, may_exist: bool) -> Result:
    if may_exist:
        return NOTHING
    raise hive_ddl_error(f"AlreadyExistsException(message:Table {name} already exists)")


def refuse(cursor: Cursor, session: Session) -> Result:
    """Tables that Athena manages itself (Iceberg) and CREATE TABLE AS."""
    cursor.accept("IF", "NOT", "EXISTS")
    cursor.qualified()
    raise never_supported(ICEBERG) if cursor.peek("(") else not_supported("CREATE TABLE AS SELECT")


def column_list(cursor: Cursor) -> list[dict[str, str]]:
    """`(name type [COMMENT '…'], …)` as Glue's columns."""
    columns = []
    cursor.expect("(")
    while True:
        column = {"Name": cursor.identifier(), "Type": column_type(cursor)}
        if cursor.accept("COMMENT"):
            column["Comment"] = cursor.string()
        columns.append(column)
        if cursor.accept(")"):
            return columns
        cursor.expect(",")


def column_type(cursor: Cursor) -> str:
    """A type, as the catalog stores it."""
    wrong = cursor.unexpected("a Hive type")
    text = cursor.typed()
    try:
        return hive_types.hive_name(hive_types.parse(text))
    except hive_types.InvalidType as error:
        raise QueryError("FAILED", f"ParseException {wrong.text}: {error}") from None


def _without_slash(location: str) -> str:
    """The location as Athena stores it: without the slash at its end, unless that is all of its path."""
    return location if location.count("/") == _SLASHES_OF_A_BUCKET else location.rstrip("/")


def _require_once(columns: list[dict[str, str]]) -> None:
    seen: set[str] = set()
    for column in columns:
        if column["Name"] in seen:
            raise hive_ddl_error(f"Duplicate column name {column['Name']} in the table definition.")
        seen.add(column["Name"])


def _require_known(buckets: list[str], columns: list[dict[str, str]]) -> None:
    known = [column["Name"] for column in columns]
    for name in buckets:
        if name not in known:
            raise QueryError("FAILED", f"SemanticException [Error 10002]: Invalid column reference {name}")


@dataclass
class _Clauses:
    """What follows the columns, in any order."""

    comment: str | None = None
    location: str | None = None
    format: FileFormat = TEXT
    serde: str | None = None
    serde_parameters: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    partitions: list[dict[str, str]] = field(default_factory=list)
    bucket_columns: list[str] = field(default_factory=list)
    buckets: int = -1

    def read(self, cursor: Cursor) -> None:
        """One clause."""
        if cursor.accept("COMMENT"):
            self.comment = cursor.string()
        elif cursor.accept("PARTITIONED", "BY"):
            self.partitions = column_list(cursor)
        elif cursor.accept("ROW", "FORMAT", "SERDE"):
            self.serde = cursor.string()
        elif cursor.accept("WITH", "SERDEPROPERTIES"):
            self.serde_parameters.update(cursor.pairs())
        elif cursor.accept("ROW", "FORMAT", "DELIMITED"):
            self._delimited(cursor)
        elif cursor.accept("STORED", "AS"):
            self._stored_as(cursor)
        elif cursor.accept("LOCATION"):
            self.location = cursor.string()
        elif cursor.accept("TBLPROPERTIES"):
            self.properties = cursor.pairs()
        elif cursor.accept("CLUSTERED", "BY"):
            self._clustered_by(cursor)
        else:
            raise cursor.unexpected("a clause of CREATE EXTERNAL TABLE")

    def table_input(self, name: str, columns: list[dict[str, str]]) -> dict[str, object]:
        """Glue's TableInput."""
        description: dict[str, object] = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": self.partitions,
            "Parameters": {"EXTERNAL": "TRUE", "transient_lastDdlTime": str(int(time.time())), **self.properties},
            "StorageDescriptor": {
                "Columns": columns,
                "Location": _without_slash(self.location or ""),
                "InputFormat": self.format.input_format,
                "OutputFormat": self.format.output_format,
                "Compressed": False,
                "NumberOfBuckets": self.buckets,
                "BucketColumns": self.bucket_columns,
                "SerdeInfo": {
                    "SerializationLibrary": self.serde or self.format.serde,
                    "Parameters": self.serde_parameters or {"serialization.format": "1"},
                },
                "SortColumns": [],
                "StoredAsSubDirectories": False,
            },
        }
        if self.comment is not None:
            description["Description"] = self.comment
        return description

    def _clustered_by(self, cursor: Cursor) -> None:
        cursor.expect("(")
        self.bucket_columns = [cursor.identifier()]
        while cursor.accept(","):
            self.bucket_columns.append(cursor.identifier())
        cursor.expect(")")
        if cursor.peek("SORTED"):
            raise not_supported("sorted buckets (SORTED BY)")
        cursor.expect("INTO")
        wrong, number = cursor.unexpected("a number of buckets"), cursor.literal()
        if not number.isdecimal() or int(number) < 1:
            raise wrong
        self.buckets = int(number)
        cursor.expect("BUCKETS")

    def _delimited(self, cursor: Cursor) -> None:
        given = self.serde_parameters
        while True:
            if cursor.accept("FIELDS", "TERMINATED", "BY"):
                given["field.delim"] = given["serialization.format"] = cursor.string()
                if cursor.accept("ESCAPED", "BY"):
                    given["escape.delim"] = cursor.string()
            elif cursor.accept("ESCAPED", "BY"):
                given["escape.delim"] = cursor.string()
            elif cursor.accept("COLLECTION", "ITEMS", "TERMINATED", "BY"):
                # Hive has misspelt this key ever since; readers know both spellings.
                given["colelction.delim"] = given["collection.delim"] = cursor.string()
            elif cursor.accept("MAP", "KEYS", "TERMINATED", "BY"):
                given["mapkey.delim"] = cursor.string()
            elif cursor.accept("LINES", "TERMINATED", "BY"):
                given["line.delim"] = cursor.string()
            elif cursor.accept("NULL", "DEFINED", "AS"):
                given["serialization.null.format"] = cursor.string()
            else:
                return

    def _stored_as(self, cursor: Cursor) -> None:
        if cursor.accept("INPUTFORMAT"):
            input_format = cursor.string()
            cursor.expect("OUTPUTFORMAT")
            self.format = FileFormat(self.format.serde, input_format, cursor.string())
            return
        wrong = cursor.unexpected(" | ".join([*sorted(FORMATS), "INPUTFORMAT"]))
        found = FORMATS.get(cursor.identifier().upper())
        if found is None:
            raise wrong
        self.format = found
