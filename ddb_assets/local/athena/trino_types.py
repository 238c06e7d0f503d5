"""Trino's type names, read: `array(row("a" integer))` as it stands in a view's text."""

from __future__ import annotations

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import STRING, Array, HiveType, Map, Primitive, Struct
from ddb_assets.local.athena.sql.nodes import TypeName
from ddb_assets.local.athena.sql.queries import QueryReader
from ddb_assets.local.athena.types.read import read_type, to_hive

_MOMENTS = ("time", "timestamp", "timestamp with time zone")


def from_trino(name: str) -> HiveType:
    """The type that Trino's `name` means; text for one that Hive has no word for."""
    try:
        reader = QueryReader(name)
        read = reader.type()
        reader.end()
    except QueryError:
        return STRING
    return _from(read)


def _from(name: TypeName) -> HiveType:
    parts = [_from(part) for part in name.arguments if isinstance(part, TypeName)]
    if name.name == "array" and len(parts) == 1:
        return Array(parts[0])
    if name.name == "map" and len(parts) == 2:
        return Map(parts[0], parts[1])
    if name.name == "row":
        # A field without a name is `field0`, as Athena shows it.
        names = (each or f"field{place}" for place, each in enumerate(name.names))
        return Struct(tuple(zip(names, parts, strict=True)))
    if name.name in _MOMENTS:
        # Also with more digits of a second than are held here.
        return Primitive(name.name)
    try:
        return to_hive(read_type(name))
    except QueryError:
        return STRING
