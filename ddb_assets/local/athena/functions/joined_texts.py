"""Texts joined and filled up: concat, concat_ws, lpad, rpad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.analysis.typed import quoted
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions.registry import python, scalar
from ddb_assets.local.athena.types.kinds import Type


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


def joined(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """concat of texts or bytes; less than two fail when they are evaluated."""
    if len(arguments) < 2:
        return too_few(context, arguments, result, "There must be two or more concatenation arguments")
    return "(" + " || ".join(argument.sql for argument in arguments) + ")"


def too_few(context: Context, arguments: Sequence[Any], result: Type, message: str) -> str:
    """A call that Trino refuses for each row whose arguments aren't NULL, and for no rows not at all.

    Raises QueryError, INVALID_FUNCTION_ARGUMENT, when there is no argument.
    """
    if not arguments:
        raise _refused(message)
    there = " AND ".join(f"{argument.sql} IS NOT NULL" for argument in arguments)
    return f"CASE WHEN {there} THEN {context.fail('INVALID_FUNCTION_ARGUMENT', quoted(message), result)} END"


def _concat_texts(context: Context, arguments: Sequence[Any], result: Type) -> str:
    """concat_ws of a separator and texts."""
    if len(arguments) < 2:
        return too_few(context, arguments, result, "There must be two or more arguments to concat_ws")
    return context.python(_concat_ws, arguments, result, nulls=True)


def _concat_ws(separator: str | None, *parts: str | None) -> str | None:
    return None if separator is None else separator.join(part for part in parts if part is not None)


def _concat_ws_array(separator: str | None, parts: list[str | None] | None) -> str | None:
    if separator is None or parts is None:
        return None
    return separator.join(part for part in parts if part is not None)


def _pad(text: str, length: int, padding: str, left: bool) -> str:
    if length < 0 or length > 2_147_483_647:
        raise _refused("Target length must be in the range [0..2147483647]")
    if not padding:
        raise _refused("Padding string must not be empty")
    if len(text) >= length:
        return text[:length]
    filled = (padding * (length - len(text)))[: length - len(text)]
    return filled + text if left else text + filled


def _lpad(text: str, length: int, padding: str) -> str:
    return _pad(text, length, padding, left=True)


def _rpad(text: str, length: int, padding: str) -> str:
    return _pad(text, length, padding, left=False)


scalar(
    "concat(varchar...) -> varchar",
    joined,
    "concat('a', 'b', 'c')",
    "concat('a', CAST(NULL AS varchar))",
    "concat('a')",
)
scalar("concat_ws(varchar, array(varchar)) -> varchar", python(_concat_ws_array, nulls=True),
       "concat_ws('-', ARRAY['a', NULL, 'b'])", "concat_ws('-', CAST(ARRAY[] AS array(varchar)))")  # fmt: skip
scalar("concat_ws(varchar, varchar...) -> varchar", _concat_texts,
       "concat_ws(',', 'a', NULL, 'b')", "concat_ws(CAST(NULL AS varchar), 'a', 'b')", "concat_ws(',', '', 'x')",
       "concat_ws(',')", "concat_ws(NULL, chr(-1))", nulls=(1,))  # fmt: skip
scalar("lpad(varchar(x), bigint, varchar(y)) -> varchar", python(_lpad),
       "lpad('5', 3, '0')", "lpad('hello', 2, 'x')", "lpad('a', 6, 'xyz')", "lpad('a', 3, '')", "lpad('a', -1, 'x')")  # fmt: skip
scalar("lpad(char(x), bigint, varchar(y)) -> varchar", python(_lpad), "lpad(CAST('a' AS char(2)), 4, 'x')")
scalar(
    "rpad(varchar(x), bigint, varchar(y)) -> varchar",
    python(_rpad),
    "rpad('ab', 5, 'x')",
    "rpad('hello', 2, 'x')",
    "rpad('a', 6, 'xyz')",
)
