"""Columns: what they are, how they are planned from a census, and what may never change about them."""

from ddb_snapshot.columns.column import Column, ForeignColumn
from ddb_snapshot.columns.options import ColumnOptions, UnknownType, parse_type
from ddb_snapshot.columns.pins import UnknownPin, require_pins_known
from ddb_snapshot.columns.planning import PinConflict, plan
from ddb_snapshot.columns.reservations import with_names_of
from ddb_snapshot.columns.stability import ColumnChanged, SchemaDiff, check_stable, schema_diff

__all__ = [
    "Column",
    "ColumnChanged",
    "ColumnOptions",
    "ForeignColumn",
    "PinConflict",
    "SchemaDiff",
    "UnknownPin",
    "UnknownType",
    "check_stable",
    "parse_type",
    "plan",
    "require_pins_known",
    "schema_diff",
    "with_names_of",
]
