"""The list's examples as statements, which a real Trino has answered and tests replay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ddb_assets.local.athena.functions import loaded
from ddb_assets.local.athena.functions.registry import Function

_ROWS = "(VALUES (1,'a'),(2,NULL),(3,'b'),(NULL,'a')) t(x, y)"
_FORMS = (
    (loaded.SCALARS, "SELECT {}"),
    (loaded.AGGREGATES, f"SELECT {{}} FROM {_ROWS}"),
    (loaded.WINDOWS, f"SELECT x, {{}} FROM {_ROWS} ORDER BY x"),
)


def statements() -> list[str]:
    """Every example once."""
    return list(dict.fromkeys(statement for _, statement in of_functions()))


def of_functions() -> Iterator[tuple[Function, str]]:
    """Each function's examples."""
    for functions, form in _FORMS:
        entries: Mapping[str, list[Function]] = functions
        for function in (each for listed in entries.values() for each in listed):
            for example in function.examples:
                yield function, form.format(example).replace("\n", " ")
