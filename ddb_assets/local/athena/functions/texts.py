"""Text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from ddb_assets.local.athena.analysis.context import Context
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions.registry import Make, python, scalar, sql
from ddb_assets.local.athena.functions.signatures import Bindings
from ddb_assets.local.athena.types.kinds import Type, Varchar


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


def _split_part(text: str, delimiter: str, place: int) -> str | None:
    if place <= 0:
        raise _refused("Index must be greater than zero")
    if not delimiter:
        return text[place - 1] if place <= len(text) else None
    parts = text.split(delimiter)
    return parts[place - 1] if place <= len(parts) else None


def _split(text: str, delimiter: str, limit: int | None = None) -> list[str]:
    if not delimiter:
        raise _refused("The delimiter may not be the empty string")
    if limit is not None and limit <= 0:
        raise _refused("Limit must be positive")
    return text.split(delimiter, -1 if limit is None else limit - 1)


def _split_to_map(text: str, entries: str, values: str) -> dict[str, str]:
    if not entries or not values:
        raise _refused("Delimiters may not be the empty string")
    if entries == values:
        raise _refused("entryDelimiter and keyValueDelimiter must not be the same")
    found: dict[str, str] = {}
    # Only after the last delimiter may there be nothing.
    listed = text.split(entries)
    for entry in listed if listed[-1] else listed[:-1]:
        key, separator, value = entry.partition(values)
        if not separator:
            raise _refused(f"Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'")
        if key in found:
            raise _refused(f"Duplicate keys ({key}) are not allowed")
        found[key] = value
    return found


def _strpos(text: str, sought: str, instance: int) -> int:
    if instance == 0 or instance == -(1 << 63):
        raise _refused("'instance' must be a positive or negative number.")
    if not sought:
        return 1
    at = -1
    if instance > 0:
        for _ in range(instance):
            at = text.find(sought, at + 1)
            if at < 0:
                return 0
        return at + 1
    at = len(text)
    for _ in range(-instance):
        at = text.rfind(sought, 0, at + len(sought) - 1) if at < len(text) else text.rfind(sought)
        if at < 0:
            return 0
    return at + 1


def _translate(text: str, source: str, target: str) -> str:
    table: dict[int, str] = {}
    for place, character in enumerate(source):
        table.setdefault(ord(character), target[place] if place < len(target) else "")
    return text.translate(table)


def _chr(point: int) -> str:
    if not 0 <= point <= 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise _refused(f"Not a valid Unicode code point: {point}")
    return chr(point)


def _codepoint(text: str) -> int:
    if len(text) != 1:
        raise _refused("Input string must be a single character string")
    return ord(text)


def _hamming(left: str, right: str) -> int:
    if len(left) != len(right):
        raise _refused("The input strings to hamming_distance function must have the same length")
    return sum(a != b for a, b in zip(left, right, strict=True))


def _levenshtein(left: str, right: str) -> int:
    if left == right:
        return 0
    above = list(range(len(right) + 1))
    for row, a in enumerate(left, 1):
        line = [row]
        for column, b in enumerate(right, 1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (a != b)))
        above = line
    return above[-1]


def _soundex(text: str) -> str:
    codes = dict.fromkeys("BFPV", "1") | dict.fromkeys("CGJKQSXZ", "2") | dict.fromkeys("DT", "3")
    codes |= {"L": "4", "M": "5", "N": "5", "R": "6"}
    letters = [letter for letter in text.upper() if letter.isascii() and letter.isalpha()]
    if not letters:
        return ""
    found, last = letters[0], codes.get(letters[0])
    for letter in letters[1:]:
        code = codes.get(letter)
        if code and code != last:
            found += code
        if letter not in "HW":
            last = code
    return found[:4].ljust(4, "0")


def _luhn(text: str) -> bool:
    if not text.isascii() or not text.isdigit():
        if not text:
            return False
        raise _refused("Input string must contain only digits")
    doubled = [int(c) * (2 if place % 2 else 1) for place, c in enumerate(reversed(text))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _replaced(bindings: Bindings) -> Type:
    """Source: Trino's StringFunctions.replace: `min(2147483647, x + z * (x + 1))`."""
    x, z = bindings.numbers.get("x"), bindings.numbers.get("z")
    return Varchar() if x is None or z is None else Varchar(min(2_147_483_647, x + z * (x + 1)))


def _normalized(text: str, form: Any) -> str:
    return unicodedata.normalize(form, text)


_TAIL = (
    "CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN {1} = 0 OR {1} NOT BETWEEN -length({0}) AND length({0}) THEN '' "
    "ELSE substring({0}, {1}) END"
)
_PART = (
    "CASE WHEN {0} IS NULL OR {1} IS NULL OR {2} IS NULL THEN NULL "
    "WHEN {1} = 0 OR {1} NOT BETWEEN -length({0}) AND length({0}) OR {2} <= 0 THEN '' "
    "WHEN {1} < 0 AND {2} > 2147000000 THEN [too long] "
    "ELSE substring({0}, {1}, least({2}, length({0}))) END"
)
_LONGEST = 2_147_483_647
_BLANKS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(28) || chr(29) || chr(30) || chr(31)"


def _substring(careful: str, plain: str) -> Make:
    """DuckDB's own where the start and the length are such that both mean the same."""

    def make(context: Context, arguments: Sequence[Any], result: Type) -> str:
        numbers = [argument.number for argument in arguments[1:]]
        simple = all(number is not None and 0 <= number <= _LONGEST for number in numbers) and numbers[0] > 0
        # Where Trino counts from the end, a length near the largest integer makes its sum overflow.
        too_long = context.fail("NOT_SUPPORTED", "'substr with such a length'", Varchar())
        return sql(plain if simple else careful.replace("[too long]", too_long))(context, arguments, result)

    return make


_UPPER = sql(
    "CASE WHEN contains({0}, 'ß') THEN array_to_string(list_transform(string_split({0}, 'ß'), lambda v: upper(v)), 'ß') "
    "ELSE upper({0}) END"
)
"""Java's letters have no single capital of ß, DuckDB's have."""

scalar("lower(varchar(x)) -> varchar(x)", sql("lower({0})"), "lower('HeLLo')", "lower('ÄÉ')", "lower(NULL)")
scalar("lower(char(x)) -> char(x)", sql("lower({0})"), "lower(CAST('Ab' AS char(3)))")
scalar("upper(varchar(x)) -> varchar(x)", _UPPER, "upper('hello')", "upper('äé')")
scalar("upper(char(x)) -> char(x)", _UPPER, "upper(CAST('Ab' AS char(3)))")
scalar(
    "length(varchar(x)) -> bigint", sql("CAST(length({0}) AS BIGINT)"), "length('héé')", "length('')", "length(NULL)"
)
scalar("length(char(x)) -> bigint", sql("CAST(length({0}) AS BIGINT)"), "length(CAST('a' AS char(3)))")
scalar("reverse(varchar(x)) -> varchar(x)", python(lambda text: text[::-1]), "reverse('abc')", "reverse('hé')")
scalar("reverse(char(x)) -> char(x)", python(lambda text: text[::-1]), "reverse(CAST('ab' AS char(3)))")
for _name in ("substr", "substring"):
    scalar(f"{_name}(varchar(x), bigint) -> varchar(x)", _substring(_TAIL, "substring({0}, {1})"),
           f"{_name}('hello', 2)", f"{_name}('hello', 0)", f"{_name}('hello', -3)", f"{_name}('hello', -9)", f"{_name}('hello', 9)")  # fmt: skip
    scalar(f"{_name}(varchar(x), bigint, bigint) -> varchar(x)", _substring(_PART, "substring({0}, {1}, {2})"),
           f"{_name}('hello', 2, 3)", f"{_name}('hello', 0, 3)", f"{_name}('hello', -3, 2)", f"{_name}('hello', 2, -1)",
           f"{_name}('hello', -9, 5)", f"{_name}('hello', 4, 10)", f"{_name}('hello', 5000000000, 7)",
           f"{_name}('hello', -3, 5000000000)", f"{_name}('hello', -9223372036854775807 - 1)")  # fmt: skip
    scalar(f"{_name}(char(x), bigint) -> varchar(x)", _substring(_TAIL, "substring({0}, {1})"),
           f"{_name}(CAST('ab' AS char(4)), 2)", f"{_name}(CAST('ab' AS char(4)), 3)", f"{_name}(CAST('ab' AS char(4)), -1)")  # fmt: skip
    scalar(f"{_name}(char(x), bigint, bigint) -> varchar(x)", _substring(_PART, "substring({0}, {1}, {2})"),
           f"{_name}(CAST('ab' AS char(4)), 1, 3)", f"{_name}(CAST('ab' AS char(4)), -2, 1)")  # fmt: skip
scalar("split_part(varchar(x), varchar(y), bigint) -> varchar(x)", python(_split_part),
       "split_part('a,b', ',', 2)", "split_part('a,b', ',', 5)", "split_part('abc', '', 2)", "split_part('a,b', ',', 0)",
       "split_part('a,,b', ',', 2)")  # fmt: skip
scalar(
    "split(varchar(x), varchar(y)) -> array(varchar(x))",
    python(_split),
    "split('a,b,,c', ',')",
    "split('abc', '')",
    "split('', ',')",
)
scalar("split(varchar(x), varchar(y), bigint) -> array(varchar(x))", python(_split),
       "split('a,b,c', ',', 2)", "split('a,b,c', ',', 0)", "split('a,b', ',', 5)")  # fmt: skip
scalar("split_to_map(varchar, varchar, varchar) -> map(varchar, varchar)", python(_split_to_map),
       "split_to_map('a=1,b=2', ',', '=')", "split_to_map('a=1,a=2', ',', '=')", "split_to_map('a', ',', '=')")  # fmt: skip
scalar("strpos(varchar(x), varchar(y)) -> bigint", sql("CAST(strpos({0}, {1}) AS BIGINT)"),
       "strpos('abcabc', 'b')", "strpos('abc', 'z')", "strpos('abc', '')", "position('b' IN 'abc')")  # fmt: skip
scalar("strpos(varchar(x), varchar(y), bigint) -> bigint", python(_strpos),
       "strpos('abcabc', 'b', 2)", "strpos('abcabc', 'b', -1)", "strpos('abcabc', 'b', -2)", "strpos('abcabc', 'b', 3)",
       "strpos('aaa', 'aa', 2)", "strpos('aaaa', 'aa', -2)", "strpos('abc', 'b', 0)")  # fmt: skip
scalar(
    "starts_with(varchar(x), varchar(y)) -> boolean",
    sql("starts_with({0}, {1})"),
    "starts_with('abc', 'ab')",
    "starts_with('abc', '')",
)
scalar("replace(varchar(x), varchar(y)) -> varchar(x)", python(lambda text, old: text.replace(old, "") if old else text),
       "replace('aXbX', 'X')", "replace('abc', '')")  # fmt: skip
scalar("replace(varchar(x), varchar(y), varchar(z)) -> varchar", python(lambda text, old, new: text.replace(old, new)),
       "replace('aXbX', 'X', 'yy')", "replace('abc', '', '-')", "typeof(replace('abc', 'a', 'bb'))", result=_replaced)  # fmt: skip
for _name, _function in (("trim", "trim"), ("ltrim", "ltrim"), ("rtrim", "rtrim")):
    scalar(f"{_name}(varchar(x)) -> varchar(x)", sql(f"{_function}({{0}}, {_BLANKS})"),
           f"{_name}('  x ')", f"{_name}(' \t a b \n')", f"{_name}('')")  # fmt: skip
    scalar(f"{_name}(varchar(x), varchar(y)) -> varchar(x)", sql(f"{_function}({{0}}, {{1}})"),
           f"{_name}('xxhixyx', 'xy')", f"{_name}('hi', 'z')")  # fmt: skip
    scalar(
        f"{_name}(char(x)) -> varchar(x)",
        sql(f"{_function}(rtrim({{0}}, ' '), {_BLANKS})"),
        f"{_name}(CAST('a' AS char(3)))",
    )
    scalar(
        f"{_name}(char(x), varchar(y)) -> varchar(x)",
        sql(f"{_function}(rtrim({{0}}, ' '), {{1}})"),
        f"{_name}(CAST('abxa' AS char(6)), 'a')",
    )
scalar("chr(bigint) -> varchar(1)", python(_chr), "chr(65)", "chr(8364)", "chr(-1)")
scalar("codepoint(varchar(1)) -> integer", python(_codepoint), "codepoint('A')", "codepoint('é')", "codepoint('')")
scalar(
    "hamming_distance(varchar(x), varchar(y)) -> bigint",
    python(_hamming),
    "hamming_distance('abc', 'abd')",
    "hamming_distance('a', 'ab')",
)
scalar("levenshtein_distance(varchar(x), varchar(y)) -> bigint", python(_levenshtein),
       "levenshtein_distance('kitten', 'sitting')", "levenshtein_distance('', 'abc')")  # fmt: skip
scalar(
    "soundex(varchar) -> varchar(4)", python(_soundex), "soundex('Miller')", "soundex('Ashcraft')", "soundex('Tymczak')"
)
scalar(
    "luhn_check(varchar) -> boolean",
    python(_luhn),
    "luhn_check('79927398713')",
    "luhn_check('79927398714')",
    "luhn_check('')",
)
scalar("translate(varchar(x), varchar(y), varchar(z)) -> varchar", python(_translate),
       "translate('abcd', 'abc', 'AB')", "translate('aabb', 'ab', 'ba')", "translate('abc', '', 'x')")  # fmt: skip
scalar(
    "normalize(varchar(x), varchar(y)) -> varchar", python(_normalized), "normalize('é', NFD)", "normalize('ﬁ', NFKC)"
)
