"""Literals: what they are worth and of what type."""

from __future__ import annotations

import re

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import Typed, null, quoted
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions import conversions, json_text, zones
from ddb_assets.local.athena.sql.nodes import IntervalLiteral, Literal, TypedLiteral
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    INTERVAL_DAY,
    INTERVAL_YEAR,
    JSON,
    UNKNOWN,
    VARBINARY,
    Decimal,
    Time,
    Timestamp,
    TimestampZoned,
    Varchar,
)

_UNIT_MILLIS = {"DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1000}


def literal(context: Context, node: Literal) -> Typed:
    """A literal. Raises QueryError, INVALID_LITERAL."""
    if node.kind == "null":
        return null(UNKNOWN)
    if node.kind == "boolean":
        return Typed(node.text, BOOLEAN)
    if node.kind == "text":
        return Typed(quoted(node.text), Varchar(len(node.text)), node.text)
    if node.kind == "binary":
        return _binary(context, node)
    if node.kind == "double":
        return Typed(f"CAST({quoted(node.text)} AS DOUBLE)" if len(node.text) > 300 else f"({node.text})", DOUBLE)
    if node.kind == "decimal":
        return decimal(context, node.text, node)
    return _integer(context, node)


def _integer(context: Context, node: Literal) -> Typed:
    value = int(node.text, 0) if node.text.lstrip("-")[:2].lower() in ("0x", "0b", "0o") else int(node.text)
    if not -(1 << 63) <= value < 1 << 63:
        raise context.error("INVALID_LITERAL", f"Invalid numeric literal: {node.text}", node)
    kind = INTEGER if -(1 << 31) <= value < 1 << 31 else BIGINT
    shown = str(value) if value > -(1 << 63) else "(-9223372036854775807 - 1)"
    return Typed(
        f"CAST({shown} AS BIGINT)" if kind == BIGINT else (shown if value >= 0 else f"({shown})"), kind, None, value
    )


def decimal(context: Context, text: str, node: Literal | TypedLiteral) -> Typed:
    """The digits as written are the type; zeros in front count for nothing."""
    match = re.fullmatch(r"\s*([+-]?)(\d*)(?:\.(\d*))?\s*", text)
    if match is None or not (match.group(2) or match.group(3)):
        raise context.error("INVALID_LITERAL", f"'{text}' is not a valid DECIMAL literal", node)
    whole, fraction = match.group(2).lstrip("0"), match.group(3) or ""
    precision = max(1, len(whole) + len(fraction))
    if precision > kinds.MOST_DIGITS:
        raise context.error("INVALID_LITERAL", f"'{text}' is not a valid DECIMAL literal", node)
    kind = Decimal(precision, len(fraction))
    sign = "-" if match.group(1) == "-" else ""
    digits = f"{whole or '0'}.{fraction}" if fraction else (whole or "0")
    return Typed(f"CAST('{sign}{digits}' AS DECIMAL({precision},{len(fraction)}))", kind)


def _binary(context: Context, node: Literal) -> Typed:
    text = re.sub(r"\s", "", node.text)
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2})*", text):
        raise context.error("SYNTAX_ERROR", "Binary literal must contain an even number of hexadecimal digits", node)
    return Typed(f"unhex('{text}')", VARBINARY)


def typed_literal(context: Context, node: TypedLiteral) -> Typed | None:
    """`DATE '…'` and the like; None when the literal is a cast of its text."""
    name, text = node.type.name, node.text
    try:
        if name == "decimal" and not node.type.arguments:
            return decimal(context, text, node)
        if name == "timestamp" and not node.type.arguments:
            local, digits, zone = conversions.moment(text, "timestamp")
            shown = local.isoformat(" ")
            if digits > 6:
                raise QueryError(
                    "NOT_SUPPORTED", "The local Athena does not run timestamps with more than 6 digits of a second"
                )
            if zone is None:
                return Typed(f"TIMESTAMP '{shown}'", Timestamp(digits))
            known = zones.zone(zone)[0]
            utc = zones.to_utc(local, zone)
            if zones.to_local(utc, zone) != local:
                # A time that the zone's clocks leap over; a CAST takes the one after the gap.
                raise ValueError(text)
            return Typed(
                f"struct_pack(t := TIMESTAMP '{utc.isoformat(' ')}', z := {quoted(known)})",
                TimestampZoned(digits, known),
            )
        if name == "time" and not node.type.arguments:
            match = re.search(r"\.(\d+)\s*$", text)
            digits = len(match.group(1)) if match else 0
            return Typed(f"TIME '{conversions.text_time(text, min(digits, 6)).isoformat()}'", Time(digits))
        if name == "date":
            conversions.known_year(text, "date")
            match = re.fullmatch(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})\s*", text)
            if match is None:
                raise ValueError(text)
            import datetime as dt

            return Typed(f"DATE '{dt.date(*map(int, match.groups())).isoformat()}'", kinds.DATE)
        if name == "json":
            return Typed(quoted(json_text.dumps(json_text.loads(text))), JSON)
    except QueryError as error:
        if error.name == "NOT_SUPPORTED":
            raise
        raise context.error("INVALID_LITERAL", f"'{text}' is not a valid {name.upper()} literal", node) from None
    except ValueError:
        raise context.error("INVALID_LITERAL", f"'{text}' is not a valid {name.upper()} literal", node) from None
    return None


_FORMS = {
    ("YEAR", None): r"(\d+)", ("MONTH", None): r"(\d+)", ("YEAR", "MONTH"): r"(\d+)-(\d+)",
    ("DAY", None): r"(\d+)", ("HOUR", None): r"(\d+)", ("MINUTE", None): r"(\d+)",
    ("SECOND", None): r"(\d+(?:\.\d{1,3})?)", ("DAY", "HOUR"): r"(\d+) (\d+)", ("DAY", "MINUTE"): r"(\d+) (\d+):(\d+)",
    ("DAY", "SECOND"): r"(\d+) (\d+):(\d+):(\d+(?:\.\d{1,3})?)", ("HOUR", "MINUTE"): r"(\d+):(\d+)",
    ("HOUR", "SECOND"): r"(\d+):(\d+):(\d+(?:\.\d{1,3})?)", ("MINUTE", "SECOND"): r"(\d+):(\d+(?:\.\d{1,3})?)",
}  # fmt: skip
_UNITS = ("DAY", "HOUR", "MINUTE", "SECOND")


def interval(context: Context, node: IntervalLiteral) -> Typed:
    """An interval as its milliseconds or its months."""
    form = _FORMS.get((node.first, node.last))
    match = re.fullmatch(rf"\s*([+-]?)\s*{form}\s*", node.text) if form else None
    if match is None:
        raise context.error("INVALID_LITERAL", f"'{node.text}' is not a valid INTERVAL literal", node)
    sign = -1 if node.negative != (match.group(1) == "-") else 1
    parts = match.groups()[1:]
    if node.first in ("YEAR", "MONTH"):
        units = {"YEAR": 12, "MONTH": 1}
        names = [node.first, *([node.last] if node.last else [])]
        months = sum(int(part) * units[name] for part, name in zip(parts, names, strict=True))
        return Typed(f"({sign * months})", INTERVAL_YEAR)
    first = _UNITS.index(node.first)
    millis = sum(
        round(float(part) * _UNIT_MILLIS[name])
        for part, name in zip(parts, _UNITS[first : first + len(parts)], strict=True)
    )
    return Typed(f"CAST({sign * millis} AS BIGINT)", INTERVAL_DAY)
