"""JSON."""

from __future__ import annotations

from typing import Any

from ddb_assets.local.athena.errors import not_supported
from ddb_assets.local.athena.functions import json_paths, json_text
from ddb_assets.local.athena.functions.json_paths import MISSING
from ddb_assets.local.athena.functions.json_text import Number
from ddb_assets.local.athena.functions.registry import python, scalar, sql


def _loaded(text: str) -> Any:
    try:
        return json_text.loads_in_order(text)
    except (ValueError, RecursionError):
        return MISSING


def _parse(text: str) -> str:
    return json_text.dumps(json_text.written(text))


def _taken(text: str, path: str) -> Any:
    json_paths.steps(path)
    value = _loaded(text)
    return MISSING if value is MISSING else json_paths.taken(value, path)


def _extract(text: str, path: str) -> str | None:
    found = _taken(text, path)
    return None if found is MISSING else json_text.dumps(found)


def _extract_scalar(text: str, path: str) -> str | None:
    found = _taken(text, path)
    if found is MISSING or found is None or isinstance(found, (dict, list)):
        return None
    return ("true" if found else "false") if isinstance(found, bool) else str(found)


def _array_length(text: str) -> int | None:
    value = _loaded(text)
    return len(value) if isinstance(value, list) else None


def _array_get(text: str, place: int) -> str | None:
    value = _loaded(text)
    if not isinstance(value, list) or not -len(value) <= place < len(value):
        return None
    found = value[place]
    if isinstance(found, str) and not isinstance(found, Number):
        # Trino gives the bare text, though it calls it JSON.
        return found
    if found is None:
        raise not_supported("json_array_get of a null")
    return json_text.dumps(found)


def _contains(text: str, sought: Any) -> bool | None:
    value = _loaded(text)
    if not isinstance(value, list):
        return None
    return any(_same(each, sought) for each in value)


def _same(each: Any, sought: Any) -> bool:
    if isinstance(sought, bool) or isinstance(each, bool):
        return each is sought
    if isinstance(sought, str):
        return isinstance(each, str) and not isinstance(each, Number) and each == sought
    if not isinstance(each, Number):
        return False
    return (
        int(each) == sought
        if isinstance(sought, int) and each.whole
        else isinstance(sought, float) and not each.whole and float(each) == sought
    )


def _size(text: str, path: str) -> int | None:
    found = _taken(text, path)
    if found is MISSING:
        return None
    return len(found) if isinstance(found, (dict, list)) else 0


def _is_scalar(text: str) -> bool:
    value = json_text.written(text)
    return not isinstance(value, (dict, list))


_MIXED = """'[1,"a",[2]]'"""
_SOUGHT = """'[2,2.5,true,"a"]'"""
_DOCUMENT = """'{"a":{"b":[1,2]},"s":"x","n":5,"t":true,"z":null,"f":1.50}'"""
_PATHS = ("$", "$.s", "$.nope", "$.n", "$.t", "$.z", "$.f", "$.a", "$.a.b", "$.a.b[1]", '$["s"]', "$.a.b[9]")
scalar(
    "json_parse(varchar(x)) -> json",
    python(_parse),
    """json_parse('{"b": 1, "a": [1, 2.50, 1e3]}')""",
    "json_parse('{bad')",
    "json_parse('\"x\"')",
)
scalar("json_format(json) -> varchar", sql("{0}"), 'json_format(JSON \'{"b": 1, "a": 2}\')')
for _kind, _cast in (("varchar(x)", _DOCUMENT), ("json", f"json_parse({_DOCUMENT})")):
    _result = "varchar(x)" if _kind == "varchar(x)" else "varchar"
    scalar(
        f"json_extract({_kind}, varchar(y)) -> json",
        python(_extract),
        *(f"json_extract({_cast}, '{path}')" for path in _PATHS),
        f"json_extract({_cast}, 'a')",
    )
    scalar(
        f"json_extract_scalar({_kind}, varchar(y)) -> {_result}",
        python(_extract_scalar),
        *(f"json_extract_scalar({_cast}, '{path}')" for path in _PATHS),
    )
    scalar(
        f"json_size({_kind}, varchar(y)) -> bigint",
        python(_size),
        *(f"json_size({_cast}, '{path}')" for path in ("$", "$.a", "$.a.b", "$.s", "$.nope", "$.z")),
    )
for _kind, _cast in (("varchar(x)", "{0}"), ("json", "JSON {0}")):
    scalar(
        f"json_array_length({_kind}) -> bigint",
        python(_array_length),
        *(f"json_array_length({_cast.format(d)})" for d in ("'[1,2,3]'", "'{}'", "'1'")),
    )
    scalar(f"json_array_get({_kind}, bigint) -> json", python(_array_get),
           *(f"json_array_get({_cast.format(_MIXED)}, {n})" for n in (0, 1, 2, -1, 9)))  # fmt: skip
    for _sought, _values in (
        ("boolean", ("true",)),
        ("bigint", ("2", "7")),
        ("double", ("2.5E0", "2E0")),
        ("varchar(y)", ("'a'", "'2'")),
    ):
        scalar(f"json_array_contains({_kind}, {_sought}) -> boolean", python(_contains),
               *(f"json_array_contains({_cast.format(_SOUGHT)}, {v})" for v in _values))  # fmt: skip
    scalar(
        f"is_json_scalar({_kind}) -> boolean",
        python(_is_scalar),
        *(f"is_json_scalar({_cast.format(d)})" for d in ("'1'", "'[1]'", "'null'", "'\"a\"'")),
    )
