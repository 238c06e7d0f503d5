"""A column, and its memory in the Data Catalog.

The catalog's own type can't say which attribute a column holds, whether an array is a list or a set, or what a struct
field's exact key is. The column's Parameters do (AWS Glue API, "Column structure": keys up to 255 bytes, values up to
512,000 bytes).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ddb_snapshot import types
from ddb_snapshot.names import NULLS_COLUMN

ATTRIBUTE_PARAMETER = "ddb.attribute"
TYPE_PARAMETER = "ddb.type"
COLUMN_PARAMETER = "ddb.column"
RESERVED_PARAMETER = "ddb.reserved"
MAX_PARAMETER = 512_000


class ForeignColumn(ValueError):
    """A catalog column whose DynamoDB meaning can't be known."""


@dataclass(frozen=True)
class Column:
    """A column of a snapshots table: its name, the attribute's exact name, and the type.

    The nulls column, which lists where items hold what no typed column can say (`encode.null_pointers`), belongs to no
    attribute: its attribute is "". It also remembers the names that are kept for attributes without a type
    (`reservations`): these are no part of what the column holds, so columns that differ in them alone are equal.
    """

    name: str
    attribute: str
    type: types.ColumnType
    reserved: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def holds_nulls(self) -> bool:
        """Whether this is the column of NULL pointers."""
        return self.attribute == ""

    def parameters(self) -> dict[str, str]:
        """The Parameters of the column in the Data Catalog; `from_catalog` reads them."""
        column = json.dumps(types.to_json(self.type), separators=(",", ":"), ensure_ascii=False)
        if self.holds_nulls:
            kept = json.dumps(self.reserved, separators=(",", ":"), ensure_ascii=False)
            return {
                TYPE_PARAMETER: "NULL",
                COLUMN_PARAMETER: column,
                **({RESERVED_PARAMETER: kept} if self.reserved else {}),
            }
        return {
            ATTRIBUTE_PARAMETER: self.attribute,
            TYPE_PARAMETER: types.ddb_tag(self.type),
            COLUMN_PARAMETER: column,
        }

    @classmethod
    def from_catalog(cls, glue_column: Mapping[str, Any]) -> "Column":
        """The column of a catalog entry (`Name`, `Type`, `Parameters` as the Glue API gives them).

        A scalar column without our parameters, made by a crawler or by hand, is adopted as the attribute of the same
        name. Raises ForeignColumn where that would be a guess, or where type and parameters contradict each other.
        """
        name, hive = glue_column["Name"], "".join(glue_column.get("Type", "").lower().split())
        parameters = glue_column.get("Parameters") or {}
        if COLUMN_PARAMETER not in parameters:
            return cls(name, name, _adopted(name, hive))
        try:
            column_type = types.from_json(json.loads(parameters[COLUMN_PARAMETER]))
            reserved = dict(json.loads(parameters.get(RESERVED_PARAMETER, "{}")))
        except (ValueError, TypeError) as error:
            raise ForeignColumn(
                f"column {name}: one of its parameters {COLUMN_PARAMETER} and {RESERVED_PARAMETER} is damaged: {error}"
            ) from error
        if hive != types.hive_type(column_type):
            raise ForeignColumn(
                f"column {name} has type {hive} in the catalog, but its parameters say {types.hive_type(column_type)}: "
                "the type was changed by a crawler or by hand. Restore the earlier version of the table"
            )
        return cls(name, parameters.get(ATTRIBUTE_PARAMETER, ""), column_type, reserved)


NULLS = Column(NULLS_COLUMN, "", types.ListOf(types.Text()))

_ADOPTED: dict[str, types.ColumnType] = {
    "string": types.Text(),
    "bigint": types.Number64(),
    "double": types.Double(),
    "binary": types.Binary(),
    "boolean": types.Boolean(),
}


def _adopted(name: str, hive: str) -> types.ColumnType:
    if hive in _ADOPTED:
        return _ADOPTED[hive]
    if match := re.fullmatch(r"decimal\((\d+),(\d+)\)", hive):
        return types.Decimal(int(match[1]), int(match[2]))
    raise ForeignColumn(
        f"column {name} of type {hive or '(none)'} has no parameter {COLUMN_PARAMETER}, so it isn't known which "
        "DynamoDB type and keys it holds. Drop the column from the catalog table, or let the chain use a table of "
        "its own"
    )
