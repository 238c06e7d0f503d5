"""Paths into JSON: `json_extract`'s own (`$.a[0]["b"]`), and SQL's (`lax $.a[*]`)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions import json_text
from ddb_assets.local.athena.functions.conversions import double_text
from ddb_assets.local.athena.functions.json_text import Number

MISSING = object()
_STEP = re.compile(r"\.([A-Za-z0-9_:@$-]+)|\[\s*(-?\d+)\s*\]|\[\s*\"((?:[^\"\\]|\\.)*)\"\s*\]|\[\s*'([^']*)'\s*\]")
_SQL_STEP = re.compile(r"\s*(?:\.\s*([A-Za-z_][A-Za-z0-9_]*)|\.\s*\"([^\"]*)\"|\[\s*(\d+)\s*\]|(\[\s*\*\s*\]))")


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple[str | int, ...]:
    """The members and places of a path. Raises QueryError: INVALID_FUNCTION_ARGUMENT or NOT_SUPPORTED."""
    invalid = QueryError("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{path}'")
    if not path.startswith("$") or "[*]" in path:
        raise invalid
    found: list[str | int] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise not_supported(f"the JSON path '{path}'") if ".." in path or "?" in path or "*" in path else invalid
        name, place, quoted, single = match.groups()
        if place is not None:
            if place.startswith("-"):
                raise invalid
            found.append(int(place))
        else:
            found.append(next(each for each in (name, quoted, single) if each is not None))
        at = match.end()
    return tuple(found)


def taken(value: Any, path: str) -> Any:
    """What the path leads to; MISSING when there is nothing."""
    for step in steps(path):
        if isinstance(value, dict) and str(step) in value:
            value = value[str(step)]
        elif isinstance(value, list) and str(step).isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def form(name: str, path: str, words: Sequence[str]) -> Callable[[str], Any]:
    """JSON_VALUE, JSON_QUERY or JSON_EXISTS with this path, as a function of the document."""
    return _form(name, path, tuple(words))


@lru_cache(maxsize=512)
def _form(name: str, path: str, words: tuple[str, ...]) -> Callable[[str], Any]:
    lax, wanted = _sql_path(path)
    if name == "JSON_EXISTS":
        if words:
            raise not_supported(f"JSON_EXISTS ... {' '.join(words)}")
        return lambda text: _exists(text, lax, wanted)
    if name == "JSON_VALUE":
        if words:
            raise not_supported(f"JSON_VALUE ... {' '.join(words)}")
        return lambda text: _value(text, lax, wanted)
    wrapped = {(): False, ("WITHOUT", "WRAPPER"): False, ("WITHOUT", "ARRAY", "WRAPPER"): False, ("WITH", "WRAPPER"): True,
               ("WITH", "ARRAY", "WRAPPER"): True, ("WITH", "UNCONDITIONAL", "WRAPPER"): True}.get(words)  # fmt: skip
    if wrapped is None:
        raise not_supported(f"JSON_QUERY ... {' '.join(words)}")
    return lambda text: _query(text, lax, wanted, wrapped)


def _sql_path(path: str) -> tuple[bool, tuple[str | int | None, ...]]:
    match = re.match(r"\s*(lax|strict)?\s*\$", path)
    if match is None:
        raise not_supported(f"the JSON path '{path}'")
    found: list[str | int | None] = []
    at = match.end()
    while path[at:].strip():
        step = _SQL_STEP.match(path, at)
        if step is None:
            raise not_supported(f"the JSON path '{path}'")
        name, quoted, place, every = step.groups()
        found.append(None if every else int(place) if place is not None else name if name is not None else quoted)
        at = step.end()
    return match.group(1) != "strict", tuple(found)


class _Fails(Exception):
    """The path doesn't fit the document, in strict mode; or the document is no JSON."""


def _walked(text: str, lax: bool, wanted: Sequence[str | int | None]) -> list[Any]:
    try:
        items = [json_text.loads_in_order(text)]
    except ValueError:
        raise _Fails from None
    for step in wanted:
        found: list[Any] = []
        for item in items:
            found += _stepped(item, step, lax)
        items = found
    return items


def _stepped(item: Any, step: str | int | None, lax: bool) -> list[Any]:
    if isinstance(step, str):
        members = item if lax and isinstance(item, list) else [item]
        found = [each[step] for each in members if isinstance(each, dict) and step in each]
        if not lax and len(found) < len(members):
            raise _Fails
        return found
    if not isinstance(item, list):
        if not lax:
            raise _Fails
        item = [item]
    if step is None:
        return list(item)
    if step < len(item):
        return [item[step]]
    if not lax:
        raise _Fails
    return []


def _exists(text: str, lax: bool, wanted: Sequence[str | int | None]) -> bool:
    try:
        return bool(_walked(text, lax, wanted))
    except _Fails:
        return False


def _value(text: str, lax: bool, wanted: Sequence[str | int | None]) -> str | None:
    try:
        items = _walked(text, lax, wanted)
    except _Fails:
        return None
    if len(items) != 1 or items[0] is None or isinstance(items[0], (list, dict)):
        return None
    return scalar_text(items[0])


def scalar_text(value: Any) -> str:
    """A JSON scalar as Trino's casts make it text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return str(int(value)) if value.whole else double_text(float(value))
    return str(value)


def _query(text: str, lax: bool, wanted: Sequence[str | int | None], wrapped: bool) -> str | None:
    try:
        items = _walked(text, lax, wanted)
    except _Fails:
        return None
    if wrapped:
        return json_text.dumps(items) if items else None
    return json_text.dumps(items[0]) if len(items) == 1 else None


def json_object(keep: bool, *parts: str | None) -> str:
    """Keys and values as JSON's texts, in turn; its members come in the order of Java's HashMap, as in Trino."""
    if any(part is not None and max(part, default="") > "\uffff" for part in parts):
        raise not_supported("JSON_OBJECT with letters beyond U+FFFF, which Trino writes as two escapes")
    members: dict[str, str] = {}
    for key, value in zip(parts[::2], parts[1::2], strict=True):
        if key is None:
            raise QueryError(
                "INVALID_FUNCTION_ARGUMENT", "null value passed for JSON object key to JSON_OBJECT function"
            )
        if keep or value is not None:
            if key in members:
                raise QueryError("NOT_SUPPORTED", "cannot construct a JSON object with duplicate key")
            members[key] = value or "null"
    return "{" + ",".join(f"{key}:{members[key]}" for key in _hashed(members)) + "}"


def _hashed(members: Collection[str]) -> list[str]:
    """Keys by their bucket in a HashMap, which has twice as many as soon as they are three quarters full."""
    buckets = 16
    while len(members) > buckets * 3 // 4:
        buckets *= 2
    return sorted(members, key=lambda key: _java_hash(json.loads(key)) % buckets)


def _java_hash(text: str) -> int:
    found = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        found = (31 * found + (high << 8 | low)) % 2**32
    return found ^ (found >> 16)


def json_array(keep: bool, *items: str | None) -> str:
    """Values as JSON's texts."""
    return "[" + ",".join(item or "null" for item in items if keep or item is not None) + "]"
