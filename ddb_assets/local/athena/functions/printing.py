"""`format`: Java's Formatter, as far as it is known here."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re
from typing import Any

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions import conversions
from ddb_assets.local.athena.types import kinds
from ddb_assets.local.athena.types.kinds import Decimal, Type, Varchar

_MARK = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")


def printable(kind: Type) -> bool:
    """Whether values of this type are printed here."""
    simple = (*kinds.INTEGERS, kinds.BOOLEAN, kinds.DOUBLE, kinds.DATE, kinds.UNKNOWN)
    return kind in simple or isinstance(kind, (Varchar, Decimal))


def formatted(form: str | None, *values: Any) -> str | None:
    """The text with the values in place of its marks."""
    if form is None:
        return None
    used = -1

    def put(match: re.Match[str]) -> str:
        nonlocal used
        place, flags, width, precision, letter = match.groups()
        if letter == "%":
            return "%"
        if letter == "n":
            return "\n"
        if place is None:
            used += 1
        number = int(place) - 1 if place else used
        if not 0 <= number < len(values):
            raise QueryError(
                "INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {form} (Format specifier '{match.group()}')"
            )
        text = _printed(values[number], flags, precision, letter, int(width or 0), match.group(), form)
        if letter.isupper():
            text = text.upper()
        if len(text) >= int(width or 0):
            return text
        return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))

    left = _MARK.sub("", form)
    if "%" in left:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {form}")
    return _MARK.sub(put, form)


def _printed(value: Any, flags: str, precision: str | None, letter: str, width: int, mark: str, form: str) -> str:
    kind = letter.lower()
    wrong = QueryError("INVALID_FUNCTION_ARGUMENT", f"Invalid format string: {form} ({mark})")
    if kind == "b":
        return "false" if value is None else str(value).lower() if isinstance(value, bool) else "true"
    if value is None:
        return "null"
    if kind == "s":
        return _text(value)[: int(precision) if precision else None]
    if kind == "d" and isinstance(value, int) and not isinstance(value, bool):
        return _number(str(abs(value)), value < 0, flags, width)
    if kind == "x" and isinstance(value, int) and not isinstance(value, bool) and value >= 0 and flags in ("", "0"):
        return format(value, "x").rjust(width if flags else 0, "0")
    if kind == "f" and isinstance(value, (float, decimal.Decimal)):
        exact = decimal.Decimal(repr(value)) if isinstance(value, float) else value
        if not exact.is_finite():
            raise not_supported("format of NaN and Infinity")
        digits = int(precision) if precision is not None else 6
        rounded = abs(exact).quantize(
            decimal.Decimal(1).scaleb(-digits), decimal.ROUND_HALF_UP, decimal.Context(prec=80)
        )
        return _number(format(rounded, "f"), exact < 0, flags, width)
    if kind == "e" and isinstance(value, float) and not flags:
        return f"{value:.{int(precision) if precision is not None else 6}e}"
    if kind in "dfxe":
        raise wrong
    raise not_supported(f"format with {mark}")


def _text(value: Any) -> str:
    from ddb_assets.local.athena.functions.json_text import plain_double

    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return plain_double(value) if math.isfinite(value) else conversions.double_text(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _number(digits: str, negative: bool, flags: str, width: int) -> str:
    if "," in flags:
        whole, point, rest = digits.partition(".")
        digits = f"{int(whole):,}{point}{rest}"
    if negative and "(" in flags:
        return f"({digits})"
    sign = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    return sign + digits.rjust(width - len(sign), "0") if "0" in flags else sign + digits
