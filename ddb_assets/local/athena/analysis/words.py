"""Forms that begin with a word of the grammar: EXTRACT, the clock, AT TIME ZONE, JSON_VALUE and its kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ddb_assets.local.athena.analysis.calls import resolved
from ddb_assets.local.athena.analysis.casts import cast, coerced
from ddb_assets.local.athena.analysis.typed import Typed
from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions import json_paths, loaded
from ddb_assets.local.athena.sql import nodes
from ddb_assets.local.athena.sql.nodes import Special
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import (
    BOOLEAN,
    JSON,
    VARCHAR,
    Time,
    Timestamp,
    TimestampZoned,
    Type,
    Varchar,
)
from ddb_assets.local.athena.types.names import shown

if TYPE_CHECKING:
    from ddb_assets.local.athena.analysis.expressions import Expressions

_FIELDS = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEK": "week", "DAY": "day", "DAY_OF_MONTH": "day",
    "DAY_OF_WEEK": "day_of_week", "DOW": "day_of_week", "DAY_OF_YEAR": "day_of_year", "DOY": "day_of_year",
    "YEAR_OF_WEEK": "year_of_week", "YOW": "year_of_week", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second",
    "TIMEZONE_HOUR": "timezone_hour", "TIMEZONE_MINUTE": "timezone_minute",
}  # fmt: skip


def extract(self: Expressions, node: nodes.Extract) -> Typed:
    """`EXTRACT(field FROM value)`: the function of the field's name."""
    name = _FIELDS.get(node.field)
    if name is None:
        raise self.error("SYNTAX_ERROR", f"Invalid EXTRACT field: {node.field}", node)
    value = self.translate(node.value)
    if value.type == kinds.DATE and name in ("hour", "minute", "second"):
        raise self.error("TYPE_MISMATCH", f"Cannot extract {node.field} from date", node)
    try:
        found = resolved(self.context, name, loaded.SCALARS[name], [node.value], self.translate, node)
    except Exception as error:
        raise self.error("TYPE_MISMATCH", f"Cannot extract {node.field} from {shown(value.type)}", node) from error
    return Typed(found.sql(self.context), found.result)


def at_zone(self: Expressions, node: nodes.AtZone) -> Typed:
    """`value AT TIME ZONE zone`."""
    value = self.translate(node.value)
    if isinstance(value.type, Timestamp):
        value = coerced(self.context, value, TimestampZoned(value.type.precision, "UTC"))
    if not isinstance(value.type, TimestampZoned):
        if isinstance(value.type, Time):
            raise not_supported("AT TIME ZONE of a time")
        raise self.error(
            "TYPE_MISMATCH", f"Type of value must be a time or timestamp (actual {shown(value.type)})", node
        )
    zone = self.translate(node.zone)
    if not isinstance(zone.type, Varchar):
        raise not_supported("AT TIME ZONE with an interval")
    return loaded.in_zone(self.context, value, zone)


def special(self: Expressions, node: Special) -> Typed:
    """A form that begins with a word of its own."""
    if node.name in _CLOCK:
        return _CLOCK[node.name](self, node)
    if node.name in ("JSON_VALUE", "JSON_QUERY", "JSON_EXISTS"):
        return _json_path(self, node)
    if node.name in ("JSON_OBJECT", "JSON_ARRAY"):
        return _json_made(self, node)
    raise not_supported(node.name)


def _now(self: Expressions, node: Special) -> Typed:
    precision = int(node.words[0]) if node.words else 3
    if precision > 6:
        raise not_supported(f"{node.name}({precision})")
    now = self.context.now.replace(tzinfo=None)
    digits = f".{now.microsecond:06d}"[: precision + 1] if precision else ""
    text = f"TIMESTAMP '{now:%Y-%m-%d %H:%M:%S}{digits}'"
    if node.name == "CURRENT_TIMESTAMP":
        return Typed(f"struct_pack(t := {text}, z := 'UTC')", TimestampZoned(precision, "UTC"))
    if node.name == "LOCALTIME":
        return Typed(f"CAST({text} AS TIME)", Time(precision))
    return Typed(text, Timestamp(precision))


def _today(self: Expressions, node: Special) -> Typed:
    return Typed(f"DATE '{self.context.now:%Y-%m-%d}'", kinds.DATE)


def _refuse(self: Expressions, node: Special) -> Typed:
    raise not_supported(node.name)


_CLOCK: dict[str, Callable[[Expressions, Special], Typed]] = {
    "CURRENT_DATE": _today,
    "CURRENT_TIMESTAMP": _now,
    "LOCALTIMESTAMP": _now,
    "LOCALTIME": _now,
    "CURRENT_TIME": _refuse,
    "CURRENT_USER": _refuse,
    "CURRENT_ROLE": _refuse,
    "CURRENT_PATH": _refuse,
    "CURRENT_CATALOG": lambda self, node: Typed("'awsdatacatalog'", VARCHAR),
    "CURRENT_SCHEMA": _refuse,
}


def _json_path(self: Expressions, node: Special) -> Typed:
    document = self.translate(node.operands[0])
    if not isinstance(document.type, Varchar):
        raise not_supported(f"{node.name} of {shown(document.type)}")
    path = node.operands[1]
    assert isinstance(path, nodes.Literal)
    function = json_paths.form(node.name, path.text, node.words)
    kind: Type = BOOLEAN if node.name == "JSON_EXISTS" else VARCHAR
    return Typed(self.context.python(function, [document], kind), kind)


def _json_made(self: Expressions, node: Special) -> Typed:
    values = [self.translate(each) for each in node.operands]
    for value in values:
        if value.type == JSON or kinds.inner(value.type):
            raise not_supported(f"{node.name} with a value of {shown(value.type)}")
    keep = "ABSENT" not in node.words if node.name == "JSON_OBJECT" else "NULL" in node.words
    if node.name == "JSON_OBJECT" and any(not isinstance(each.type, Varchar) for each in values[::2]):
        raise self.error("TYPE_MISMATCH", "JSON_OBJECT keys must be of character string type", node)
    texts = []
    for value in values:
        made = cast(self.context, value, JSON)
        if made is None:
            raise not_supported(f"{node.name} with a value of {shown(value.type)}")
        texts.append(Typed(f"CAST({made.sql} AS VARCHAR)", JSON))
    flag = Typed("true" if keep else "false", BOOLEAN)
    function = json_paths.json_object if node.name == "JSON_OBJECT" else json_paths.json_array
    return Typed(self.context.python(function, [flag, *texts], VARCHAR, nulls=True), VARCHAR)
