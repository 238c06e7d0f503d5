"""Whole numbers as bits and as digits of a base."""

from __future__ import annotations

from collections.abc import Callable

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions.registry import python, scalar, sql

_LONG = 64
_LEAST = -(1 << (_LONG - 1))
_JAVAS_SHIFTS = _LONG - 1
"""Java shifts a long by the last six bits of the count, also of one below zero."""
_INTEGERS = ("tinyint", "smallint", "integer", "bigint")


def _refused(message: str) -> QueryError:
    return QueryError("INVALID_FUNCTION_ARGUMENT", message)


def _from_base(text: str, radix: int) -> int:
    _radix(radix)
    try:
        if "_" in text or text != text.strip():
            raise ValueError(text)
        found = int(text, radix)
    except ValueError:
        raise _refused(f"Not a valid base-{radix} number: {text}") from None
    if not -(1 << 63) <= found < 1 << 63:
        raise _refused(f"Not a valid base-{radix} number: {text}")
    return found


def _to_base(number: int, radix: int) -> str:
    _radix(radix)
    if number == _LEAST:
        # Java has no absolute value of it: Trino ends with GENERIC_INTERNAL_ERROR.
        raise QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"to_base of {number}")
    digits, rest = "", abs(number)
    while rest:
        rest, place = divmod(rest, radix)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[place] + digits
    return ("-" if number < 0 else "") + (digits or "0")


def _radix(radix: int) -> None:
    if not 2 <= radix <= 36:
        raise _refused("Radix must be between 2 and 36")


def _wrapped(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _left_shift(bits: int) -> Callable[[int, int], int]:
    def call(value: int, count: int) -> int:
        return 0 if count >= bits else _wrapped(value << (count & _JAVAS_SHIFTS), bits)

    return call


def _right_shift(bits: int) -> Callable[[int, int], int]:
    def call(value: int, count: int) -> int:
        if count >= bits or not count:
            return 0 if count else value
        shifted = (value & ((1 << bits) - 1)) >> (count & _JAVAS_SHIFTS)
        if bits < _LONG and shifted >> (bits - 1):
            # Trino ends here with GENERIC_INTERNAL_ERROR.
            raise QueryError("NUMERIC_VALUE_OUT_OF_RANGE", f"Value {shifted} exceeds {bits} bits")
        return _wrapped(shifted, bits)

    return call


def _right_shift_arithmetic(bits: int) -> Callable[[int, int], int]:
    def call(value: int, count: int) -> int:
        return (-1 if value < 0 else 0) if count >= bits else value >> (count & _JAVAS_SHIFTS)

    return call


def _bit_count(value: int, bits: int) -> int:
    if not 2 <= bits <= 64:
        raise _refused("Bits specified in bit_count must be between 2 and 64, got " + str(bits))
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise _refused(
            f"Number must be representable with the bits specified. {value} cannot be represented with {bits} bits"
        )
    return (value & ((1 << bits) - 1)).bit_count()


for _name, _symbol in (("and", "&"), ("or", "|")):
    scalar(
        f"bitwise_{_name}(bigint, bigint) -> bigint",
        sql(f"({{0}} {_symbol} {{1}})"),
        f"bitwise_{_name}(5, 3)",
        f"bitwise_{_name}(-5, 3)",
    )
scalar("bitwise_xor(bigint, bigint) -> bigint", sql("xor({0}, {1})"), "bitwise_xor(5, 3)", "bitwise_xor(-5, 3)")
scalar("bitwise_not(bigint) -> bigint", sql("(-1 - {0})"), "bitwise_not(5)", "bitwise_not(-1)")
for _kind, _bits in zip(_INTEGERS, (8, 16, 32, 64), strict=True):
    scalar(
        f"bitwise_left_shift({_kind}, integer) -> {_kind}",
        python(_left_shift(_bits)),
        f"bitwise_left_shift(CAST(7 AS {_kind}), 2)",
        f"bitwise_left_shift(CAST(7 AS {_kind}), -63)",
        f"bitwise_left_shift(CAST(7 AS {_kind}), 70)",
    )
    scalar(
        f"bitwise_right_shift({_kind}, integer) -> {_kind}",
        python(_right_shift(_bits)),
        f"bitwise_right_shift(CAST(-8 AS {_kind}), 1)",
        f"bitwise_right_shift(CAST(-8 AS {_kind}), -63)",
    )
    scalar(
        f"bitwise_right_shift_arithmetic({_kind}, integer) -> {_kind}",
        python(_right_shift_arithmetic(_bits)),
        f"bitwise_right_shift_arithmetic(CAST(-8 AS {_kind}), 1)",
        f"bitwise_right_shift_arithmetic(CAST(-8 AS {_kind}), -63)",
    )
scalar(
    "bit_count(bigint, bigint) -> bigint",
    python(_bit_count),
    "bit_count(9, 64)",
    "bit_count(-7, 8)",
    "bit_count(300, 8)",
)
scalar(
    "from_base(varchar(x), bigint) -> bigint",
    python(_from_base),
    "from_base('ff', 16)",
    "from_base('-101', 2)",
    "from_base('z', 10)",
    "from_base('1', 1)",
)
scalar(
    "to_base(bigint, bigint) -> varchar(64)", python(_to_base), "to_base(255, 16)", "to_base(-5, 2)", "to_base(0, 2)"
)
