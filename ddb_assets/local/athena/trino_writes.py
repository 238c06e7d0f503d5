"""Statements that write rows, as Athena spells them and as Trino does: CREATE TABLE AS, and UNLOAD, which Trino lacks.

Sources: Athena user guide, "CREATE TABLE AS" and "UNLOAD"; Trino's documentation, "Hive connector".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot.tokens import TokenType

from ddb_assets.local.athena.analysis.typed import identifier
from ddb_assets.local.athena.ddl.create_table import ICEBERG
from ddb_assets.local.athena.errors import QueryError, never_supported
from ddb_assets.local.athena.statement import Cursor
from ddb_assets.local.trino.client import CATALOG

Value = str | int | bool | tuple[str, ...]

# Athena's property -> Trino's. Those of compression are the session's there.
_PROPERTIES = {
    "external_location": "external_location", "format": "format", "partitioned_by": "partitioned_by",
    "bucketed_by": "bucketed_by", "bucket_count": "bucket_count", "field_delimiter": "textfile_field_separator",
}  # fmt: skip
_COMPRESSIONS = ("write_compression", "parquet_compression", "orc_compression", "compression")
_CODECS = {"GZIP": "GZIP", "ZLIB": "GZIP", "SNAPPY": "SNAPPY", "ZSTD": "ZSTD", "LZ4": "LZ4", "NONE": "NONE"}
# Names for what a table says of itself in Athena, which Trino's Hive tables are anyway.
_UNSAID = ("table_type", "is_external", "compression_level")


@dataclass(frozen=True)
class Creation:
    """A table made of a query's rows. `start` is where the query stands in the statement that was sent."""

    database: str | None
    name: str
    may_exist: bool
    properties: Mapping[str, Value]
    query: str
    start: tuple[int, int]

    @property
    def location(self) -> str | None:
        """Where its files are to be; None when the statement doesn't say."""
        found = self.properties.get("external_location")
        return None if found is None else str(found)

    def at(self, database: str, location: str) -> Creation:
        """The same in this database, with its files there."""
        return replace(self, database=database, properties={**self.properties, "external_location": location})

    def head(self, columns: Sequence[str] = ()) -> str:
        """The statement for Trino, up to the query. `columns` are names to give to the query's."""
        settings = {_PROPERTIES[name]: value for name, value in self.properties.items() if name in _PROPERTIES}
        written = ", ".join(f"{name} = {_literal(value)}" for name, value in settings.items())
        may_exist = "IF NOT EXISTS " if self.may_exist else ""
        named = f" ({', '.join(map(identifier, columns))})" if columns else ""
        table = f"{CATALOG}.{identifier(self.database or '')}.{identifier(self.name)}"
        return f"CREATE TABLE {may_exist}{table}{named} WITH ({written}) AS "

    def session_properties(self) -> Mapping[str, str]:
        """What Trino wants in the session: how files are compressed."""
        codec = next((str(self.properties[name]) for name in _COMPRESSIONS if name in self.properties), None)
        if codec is None:
            return {}
        if codec.upper() not in _CODECS:
            raise never_supported(f"the compression {codec}")
        return {f"{CATALOG}.compression_codec": _CODECS[codec.upper()]}


def creation(cursor: Cursor) -> Creation:
    """`[IF NOT EXISTS] name [WITH (…)] AS query`, after CREATE TABLE."""
    may_exist = cursor.accept("IF", "NOT", "EXISTS")
    database, name = cursor.qualified()
    if cursor.peek("("):
        raise never_supported(ICEBERG)
    properties = _properties(cursor) if cursor.accept("WITH") else {}
    if str(properties.get("table_type", "hive")).lower() != "hive":
        raise never_supported(f"tables of type {properties['table_type']}")
    cursor.expect("AS")
    start = cursor.position()
    return Creation(database, name, may_exist, properties, cursor.rest(), start)


def unloading(cursor: Cursor, name: str) -> Creation:
    """`(query) TO 'place' [WITH (…)]`, after UNLOAD, as a table of that name."""
    cursor.expect("(")
    start = cursor.position()
    query = cursor.enclosed()
    cursor.expect("TO")
    place = cursor.string()
    properties = _properties(cursor) if cursor.accept("WITH") else {}
    cursor.end()
    if "format" not in properties:
        raise QueryError("SYNTAX_ERROR", "UNLOAD needs the property 'format'", line=1, column=1)
    return Creation(None, name, False, {**properties, "external_location": place}, query, start)


def quoted_text(text: str) -> str:
    """The text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def _properties(cursor: Cursor) -> dict[str, Value]:
    found: dict[str, Value] = {}
    cursor.expect("(")
    while not cursor.accept(")"):
        name = cursor.identifier()
        if name not in (*_PROPERTIES, *_COMPRESSIONS, *_UNSAID):
            raise QueryError(
                "INVALID_TABLE_PROPERTY",
                f"Catalog '{CATALOG}' table property '{name}' does not exist",
                line=1,
                column=1,
            )
        cursor.expect("=")
        found[name] = _value(cursor)
        if not cursor.peek(")"):
            cursor.expect(",")
    return found


def _value(cursor: Cursor) -> Value:
    if not cursor.accept("ARRAY"):
        for word, value in (("TRUE", True), ("FALSE", False)):
            if cursor.accept(word):
                return value
        number = cursor.next_is(TokenType.NUMBER)
        text = cursor.literal()
        return int(text) if number else text
    cursor.expect("[")
    items = []
    while not cursor.accept("]"):
        items.append(cursor.string())
        cursor.accept(",")
    return tuple(items)


def _literal(value: Any) -> str:
    if isinstance(value, tuple):
        return f"ARRAY[{', '.join(map(_literal, value))}]"
    return quoted_text(value) if isinstance(value, str) else str(value).lower()
