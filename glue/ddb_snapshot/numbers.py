"""DynamoDB numbers as text: how many digits, whether an integer, and the ways into typed arrays.

DynamoDB sends numbers as strings of up to 38 significant digits between 1E-130 and 9.99E+125 (DynamoDB developer guide,
"Naming rules and data types"). Plain spellings are told by regular-expression kernels over a whole array; only the odd
ones (exponents, trailing zeros, more than 18 digits) are looked at one by one.
"""

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal as Exact
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]
Digits = npt.NDArray[np.int32]

DECIMAL_BEFORE_POINT = 20
DECIMAL_AFTER_POINT = 18
"""Digits that decimal(38,18) has on either side of the point."""

_PLAIN_INTEGER = r"^-?(?:0|[1-9][0-9]{0,17})$"
_PLAIN_FRACTION = r"^-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]$"
_SPELLED = r"^(?:0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9])$"
_SURELY_FLOAT_DIGITS = 15


@dataclass(frozen=True)
class Shapes:
    """Of each number of an array: is it an integer of 64 bits, and its digits before and after the point.

    Digits are those of the value, not of the spelling: `1E+2` has three before the point, `0.50` one after it.
    """

    valid: Mask
    integer: Mask
    before: Digits
    after: Digits

    def within(self, precision: int, scale: int) -> Mask:
        """Where the value fits decimal(precision, scale) exactly."""
        return self.valid & (self.before <= precision - scale) & (self.after <= scale)


def shapes(values: Any) -> Shapes:
    """The shapes of a string array of numbers."""
    valid = valid_mask(values)
    length = np.zeros(len(values), np.int32) + _filled(pc.binary_length(values))
    negative = _mask(pc.starts_with(values, "-"))
    zero_last = _mask(pc.ends_with(values, "0"))
    point = np.where(valid, _filled(pc.find_substring(values, ".")), -1)
    plainly = _plainly_written(values)
    if plainly:
        integer = valid & (point < 0) & (length - negative <= 18)
        fraction = (point >= 0) & ~zero_last
    else:
        integer = _mask(pc.match_substring_regex(values, _PLAIN_INTEGER))
        fraction = _mask(pc.match_substring_regex(values, _PLAIN_FRACTION))
    before = np.where(integer, length - negative, np.where(fraction, point - negative, 0)).astype(np.int32)
    after = np.where(fraction, length - point - 1, 0).astype(np.int32)
    before[integer & (before == 1) & zero_last] = 0
    if fraction.any():
        before[fraction & (_mask(pc.starts_with(values, "0.")) | _mask(pc.starts_with(values, "-0.")))] = 0
    odd = np.flatnonzero(valid & ~integer & ~fraction)
    texts = values.take(pa.array(odd))
    if plainly and len(odd) and bool((point[odd] >= 0).all()):
        trimmed = shapes(pc.utf8_rtrim(pc.utf8_rtrim(texts, "0"), "."))
        before[odd], after[odd], integer[odd] = trimmed.before, trimmed.after, trimmed.integer
        return Shapes(valid, integer, before, after)
    for index, text in zip(odd, texts.to_pylist(), strict=True):
        before[index], after[index], integer[index] = _shape(text)
    return Shapes(valid, integer, before, after)


def _plainly_written(values: Any) -> bool:
    """Whether all are surely numbers, without exponents and short: Arrow's cast is a faster judge than expressions."""
    if not _surely_shorter(values, DECIMAL_BEFORE_POINT):
        return False
    with suppress(pa.ArrowInvalid):
        pc.cast(values, pa.decimal128(DECIMAL_BEFORE_POINT + DECIMAL_AFTER_POINT, DECIMAL_AFTER_POINT))
        return True
    return False


def _shape(text: str) -> tuple[int, int, bool]:
    number = Exact(text)
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{text!r} is not a DynamoDB number")
    if not number:
        return 0, 0, True
    zeros = 0
    while digits[-1 - zeros] == 0:
        zeros += 1
    leading = next(index for index, digit in enumerate(digits) if digit)
    exponent += zeros
    significant = len(digits) - zeros - leading
    before, after = max(0, significant + exponent), max(0, -exponent)
    return before, after, after == 0 and before <= 19 and -(2**63) <= int(number) < 2**63


def float_exact(values: Any) -> Mask:
    """Where the number's value survives the way through a 64-bit float and its shortest text."""
    valid = valid_mask(values)
    exact = valid & (_filled(pc.binary_length(values)) <= _SURELY_FLOAT_DIGITS)
    exact &= ~_mask(_has_exponent(values))
    unsure = np.flatnonzero(valid & ~exact)
    texts = values.take(pa.array(unsure))
    # Most long numbers were floats when they were stored: they have their shortest text already.
    same = _mask(pc.equal(pc.cast(pc.cast(texts, pa.float64()), pa.string()), texts))
    exact[unsure[same]] = True
    for index, text in zip(unsure[~same], texts.filter(pa.array(~same)).to_pylist(), strict=True):
        exact[index] = Exact(repr(float(text))) == Exact(text)
    return exact


def integers(values: Any) -> tuple[Any, Mask]:
    """The integers of 64 bits, in whatever spelling, as an int64 array; and where they are."""
    with suppress(pa.ArrowInvalid):  # most often all are plain, and the cast tells
        return pc.cast(values, pa.int64()), valid_mask(values)
    held = shapes(values).integer
    return pc.cast(_respelled(_only(values, held), keep=_PLAIN_INTEGER), pa.int64()), held


def decimals(values: Any, precision: int, scale: int) -> tuple[Any, Mask]:
    """The numbers that decimal(precision, scale) holds exactly, as a decimal128 array; and where they are."""
    wanted = pa.decimal128(precision, scale)
    # The cast refuses to drop digits after the point, but beyond 38 digits it wraps around without a word.
    if _surely_shorter(values, precision - scale):
        with suppress(pa.ArrowInvalid):
            return pc.cast(values, wanted), valid_mask(values)
    held = shapes(values).within(precision, scale)
    return pc.cast(_respelled(_only(values, held), keep=f"{_PLAIN_INTEGER}|{_PLAIN_FRACTION}"), wanted), held


def doubles(values: Any) -> tuple[Any, Mask]:
    """The numbers whose value survives the way through a 64-bit float, as such; and where they are."""
    held = float_exact(values)
    return pc.cast(_only(values, held), pa.float64()), held


def _surely_shorter(values: Any, digits: int) -> bool:
    """Whether no number can have more digits before the point."""
    longest = pc.max(pc.binary_length(values)).as_py() or 0
    return longest <= digits and not pc.any(_has_exponent(values)).as_py()


def _has_exponent(values: Any) -> Any:
    return pc.or_(pc.match_substring(values, "E"), pc.match_substring(values, "e"))


def _only(values: Any, rows: Mask) -> Any:
    return values if rows.all() else pc.if_else(pa.array(rows), values, pa.scalar(None, pa.string()))


def _respelled(values: Any, keep: str) -> Any:
    """The numbers without exponents and trailing zeros, which Arrow's casts don't take everywhere."""
    change = valid_mask(values) & ~_mask(pc.match_substring_regex(values, keep))
    if not change.any():
        return values
    texts = [spelled(text) for text in values.filter(pa.array(change)).to_pylist()]
    return pc.replace_with_mask(values, pa.array(change), pa.array(texts, pa.string()))


def number_texts(numbers: Any) -> Any:
    """Each number of an array as `spelled` gives it: of texts, integers, decimals or doubles."""
    if pa.types.is_decimal(numbers.type):
        text = decimal_text(numbers)
        return pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".") if numbers.type.scale else text
    if pa.types.is_integer(numbers.type):
        return numbers.cast(pa.string())
    return _respelled(numbers.cast(pa.string()), keep=_SPELLED)


def decimal_text(decimals: Any) -> Any:
    """All digits that the decimals' type has, never `1E-18`, which Arrow writes and Athena's casts don't take."""
    text = decimals.cast(pa.string())
    scientific = pc.match_substring(text, "E").fill_null(False)
    if not pc.any(scientific).as_py():
        return text
    plain = [format(Exact(value), "f") for value in text.filter(scientific).to_pylist()]
    return pc.replace_with_mask(text, scientific, pa.array(plain, pa.string()))


def spelled(text: str) -> str:
    """The one spelling of a number, without exponent and trailing zeros: equal numbers have equal ones.

    It is DynamoDB's own, in which it gives a number back however it was put. So texts that come from a table have it.
    Source: Amazon DynamoDB developer guide, "Naming rules and data types" (leading and trailing zeroes are trimmed);
    dynalite, whose tests run against the service too (`Big.toFixed`, so no exponent either).
    """
    number = Exact(text)
    plain = f"{number:f}" if number else "0"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def valid_mask(values: Any) -> Mask:
    """Where an array isn't null."""
    if values.null_count == 0:
        return np.ones(len(values), np.bool_)
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), np.bool_)


def _mask(flags: Any) -> Mask:
    return np.asarray(flags.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)


def _filled(integers: Any) -> Digits:
    return np.asarray(integers.fill_null(0).to_numpy(zero_copy_only=False), np.int32)
