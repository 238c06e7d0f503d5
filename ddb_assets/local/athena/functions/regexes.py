"""Regular expressions. Trino's are Java's; Python's `re` is taken where both mean the same, other forms are refused."""

from __future__ import annotations

import re
from functools import lru_cache

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions.registry import python, scalar
from ddb_assets.local.athena.functions.signatures import Bindings
from ddb_assets.local.athena.types.kinds import Type, Varchar

_JAVA_ONLY = re.compile(r"(?<!\\)(?:\\\\)*(?:\\[hHRXzGkpPQEAuxcNvV]|&&|\[[^\]]*\[|\(\?[^:=!<imsP#>])|\(\?<[A-Za-z]")
_REASONS = {
    "unterminated subpattern": "end pattern with unmatched parenthesis",
    "unterminated character set": "premature end of char-class",
    "nothing to repeat": "target of repeat operator is not specified",
    "min repeat greater": "upper is smaller than lower in repeat range",
}
_GROUP = re.compile(r"\\(.)|\$(\d+|\{\w+\})|\$", re.DOTALL)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    if _JAVA_ONLY.search(pattern):
        raise not_supported(f"the regular expression '{pattern}'")
    try:
        return re.compile(pattern, re.ASCII if pattern.isascii() else 0)
    except (re.error, OverflowError) as error:
        if "inline flags" in str(error) or "global flags" in str(error):
            raise not_supported(f"the regular expression '{pattern}'") from None
        raise QueryError("INVALID_FUNCTION_ARGUMENT", _reason(pattern, str(error))) from None


def _reason(pattern: str, error: str) -> str:
    """The text that Trino has for what Python's `re` says."""
    known = (trinos for pythons, trinos in _REASONS.items() if pythons in error)
    return next(known, f"Invalid regular expression '{pattern}'")


def _replacement(pattern: re.Pattern[str], text: str) -> str:
    """`$1` and `\\$` as Python's templates."""
    out, at = "", 0
    for match in _GROUP.finditer(text):
        out += text[at : match.start()].replace("\\", "\\\\")
        at = match.end()
        if match.group(1) is not None:
            out += match.group(1).replace("\\", "\\\\")
        elif match.group(2) is None:
            raise QueryError("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: {text}")
        elif match.group(2).startswith("{"):
            raise not_supported(f"a named group in a replacement: {text}")
        else:
            digits = match.group(2)
            while len(digits) > 1 and int(digits) > pattern.groups:
                digits = digits[:-1]
            if int(digits) > pattern.groups:
                raise QueryError("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: unknown group {digits}")
            out += f"\\g<{digits}>" + match.group(2)[len(digits) :]
    return out + text[at:].replace("\\", "\\\\")


def _like(text: str, pattern: str) -> bool:
    return _compiled(pattern).search(text) is not None


def _replace(text: str, pattern: str, replacement: str = "") -> str:
    compiled = _compiled(pattern)
    return compiled.sub(_replacement(compiled, replacement), text)


def _group(compiled: re.Pattern[str], group: int) -> int:
    if group < 0 or group > compiled.groups:
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT", f"Pattern has {compiled.groups} groups. Cannot access group {group}"
        )
    return group


def _extract(text: str, pattern: str, group: int = 0) -> str | None:
    compiled = _compiled(pattern)
    number = _group(compiled, group)
    match = compiled.search(text)
    return match.group(number) if match else None


def _extract_all(text: str, pattern: str, group: int = 0) -> list[str | None]:
    compiled = _compiled(pattern)
    number = _group(compiled, group)
    return [match.group(number) for match in compiled.finditer(text)]


def _count(text: str, pattern: str) -> int:
    return sum(1 for _ in _compiled(pattern).finditer(text))


def _position(text: str, pattern: str, start: int = 1, occurrence: int = 1) -> int:
    if start < 1 or occurrence < 1:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", "start and occurrence must be positive")
    if start > len(text):
        return -1
    for number, match in enumerate(_compiled(pattern).finditer(text, start - 1), 1):
        if number == occurrence:
            return match.start() + 1
    return -1


def _split(text: str, pattern: str) -> list[str]:
    found, at = [], 0
    for match in _compiled(pattern).finditer(text):
        found.append(text[at : match.start()])
        at = match.end()
    return [*found, text[at:]]


def _replaced(bindings: Bindings) -> Type:
    """Source: Trino's JoniRegexpFunctions.regexpReplace: `min(2147483647, x + max(x * y / 2, y) * (x + 1))`."""
    x, y = bindings.numbers.get("x"), bindings.numbers.get("y")
    return Varchar() if x is None or y is None else Varchar(min(2_147_483_647, x + max(x * y // 2, y) * (x + 1)))


scalar("regexp_like(varchar(x), varchar(p)) -> boolean", python(_like),
       r"regexp_like('1a 2b', '\d+b')", "regexp_like('Hello', '(?i)^hello$')", "regexp_like('a', '')", "regexp_like('a', '(')")  # fmt: skip
scalar("regexp_replace(varchar(x), varchar(p)) -> varchar(x)", python(_replace), "regexp_replace('abc', '[ac]')")
scalar("regexp_replace(varchar(x), varchar(p), varchar(y)) -> varchar", python(_replace),
       "regexp_replace('1a 2b', '(\\d)([a-z])', '$2$1')", "regexp_replace('abc', 'b', '\\$')", "regexp_replace('abc', 'b', '$3')",
       "regexp_replace('new york', '(\\w)(\\w*)', '$2-$1')", "regexp_replace('aaa', 'x*', '-')", result=_replaced)  # fmt: skip
scalar("regexp_extract(varchar(x), varchar(p)) -> varchar(x)", python(_extract),
       "regexp_extract('x1 y22', '\\d+')", "regexp_extract('x', 'y')")  # fmt: skip
scalar("regexp_extract(varchar(x), varchar(p), bigint) -> varchar(x)", python(_extract),
       "regexp_extract('1a 2b 14m', '(\\d+)([a-z]+)', 2)", "regexp_extract('a', '(b)?a', 1)", "regexp_extract('a', 'a', 1)")  # fmt: skip
scalar("regexp_extract_all(varchar(x), varchar(p)) -> array(varchar(x))", python(_extract_all),
       "regexp_extract_all('1a 2b 14m', '\\d+')", "regexp_extract_all('a', 'b')")  # fmt: skip
scalar("regexp_extract_all(varchar(x), varchar(p), bigint) -> array(varchar(x))", python(_extract_all),
       "regexp_extract_all('1a 2b 14m', '(\\d+)([a-z]+)', 2)")  # fmt: skip
scalar(
    "regexp_count(varchar(x), varchar(p)) -> bigint",
    python(_count),
    "regexp_count('1a 2b 14m', '\\d+')",
    "regexp_count('abc', '')",
)
scalar(
    "regexp_position(varchar(x), varchar(p)) -> integer",
    python(_position),
    "regexp_position('abc123', '\\d')",
    "regexp_position('abc', '\\d')",
)
scalar(
    "regexp_position(varchar(x), varchar(p), integer) -> integer",
    python(_position),
    "regexp_position('a1b2', '\\d', 3)",
    "regexp_position('a1b2', '\\d', 9)",
)
scalar(
    "regexp_position(varchar(x), varchar(p), integer, integer) -> integer",
    python(_position),
    "regexp_position('a1b2', '\\d', 1, 2)",
)
scalar("regexp_split(varchar(x), varchar(p)) -> array(varchar(x))", python(_split),
       "regexp_split('1a 2b 14m', '\\s*[a-z]+\\s*')", "regexp_split('abc', '')", "regexp_split('a,b', ',')", "regexp_split(',a,', ',')")  # fmt: skip
