"""Bytes: encodings, hashes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import string
import struct
import zlib
from collections.abc import Callable

from ddb_assets.local.athena.errors import QueryError, not_supported
from ddb_assets.local.athena.functions.joined_texts import joined
from ddb_assets.local.athena.functions.registry import python, scalar, sql

_LONGEST = 2_147_483_647


def _decoding(decode: Callable[[str], bytes]) -> Callable[[str], bytes]:
    def call(text: str) -> bytes:
        try:
            return decode(text)
        except (ValueError, binascii.Error) as error:
            raise QueryError("INVALID_FUNCTION_ARGUMENT", str(error)) from None

    return call


def _hex(text: str) -> bytes:
    if len(text) % 2:
        raise ValueError(f"invalid input length {len(text)}")
    for digit in text:
        if digit not in string.hexdigits:
            raise ValueError(f'not a hexadecimal digit: "{digit}" = {ord(digit)}')
    return bytes.fromhex(text)


def _base64(text: str) -> bytes:
    for letter in text:
        if not (letter.isascii() and (letter.isalnum() or letter in "+/=")):
            raise ValueError(f"Illegal base64 character {ord(letter):x}")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _base64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _base32(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _of_bytes(decode: Callable[[str], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: decode(data.decode("latin-1"))


def _part(data: bytes, start: int, length: int) -> bytes:
    first = start - 1 if start > 0 else len(data) + start
    if not start or first < 0 or length <= 0:
        return b""
    if length > _LONGEST - len(data):
        # Trino ends here with GENERIC_INTERNAL_ERROR, most often.
        raise not_supported(f"substr of {length} bytes")
    return data[first : first + length]


def _padding(data: bytes, length: int, padding: bytes) -> bytes:
    if not 0 <= length <= _LONGEST:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"Target length must be in the range [0..{_LONGEST}]")
    if not padding:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", "Padding bytes must not be empty")
    missing = max(0, length - len(data))
    return (padding * missing)[:missing]


def _lpad(data: bytes, length: int, padding: bytes) -> bytes:
    return (_padding(data, length, padding) + data)[:length]


def _rpad(data: bytes, length: int, padding: bytes) -> bytes:
    return (data + _padding(data, length, padding))[:length]


def _from_utf8_point(data: bytes, point: int) -> str:
    text = _from_utf8(data)
    if "\ufffd" not in text:
        return text
    if not 0 <= point <= 0x10FFFF:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", f"Invalid replacement character {point}")
    return _from_utf8(data, chr(point))


def _hashed(name: str) -> Callable[[bytes], bytes]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).digest()


def _keyed(name: str) -> Callable[[bytes, bytes], bytes]:
    def call(data: bytes, key: bytes) -> bytes:
        if not key:
            # Trino ends here with GENERIC_INTERNAL_ERROR.
            raise QueryError("INVALID_FUNCTION_ARGUMENT", "Empty key")
        return hmac.new(key, data, name).digest()

    return call


def _unpack(form: str, size: int) -> Callable[[bytes], object]:
    def call(data: bytes) -> object:
        if len(data) != size:
            raise QueryError("INVALID_FUNCTION_ARGUMENT", f"expected {size}-byte input, but got instead: {len(data)}")
        return struct.unpack(form, data)[0]

    return call


def _from_utf8(data: bytes, replacement: str = "\ufffd") -> str:
    if len(replacement) > 1:
        raise QueryError("INVALID_FUNCTION_ARGUMENT", "Replacement character string must empty or a single character")
    text = data.decode("utf-8", errors="replace")
    return text if replacement == "\ufffd" else text.replace("\ufffd", replacement)


scalar("to_utf8(varchar(x)) -> varbinary", sql("encode({0})"), "to_utf8('hé')", "to_utf8('')")
scalar("to_utf8(char(x)) -> varbinary", sql("encode({0})"), "to_utf8(CAST('a' AS char(3)))")
scalar("from_utf8(varbinary) -> varchar", python(_from_utf8), "from_utf8(X'68c3a9')", "from_utf8(X'61ff62')")
scalar(
    "from_utf8(varbinary, varchar(x)) -> varchar",
    python(_from_utf8),
    "from_utf8(X'61ff62', '?')",
    "from_utf8(X'61ff62', '')",
)
scalar("length(varbinary) -> bigint", sql("CAST(octet_length({0}) AS BIGINT)"), "length(X'0102')")
scalar("to_hex(varbinary) -> varchar", python(lambda data: data.hex().upper()), "to_hex(X'0aff')")
scalar("from_hex(varchar(x)) -> varbinary", python(_decoding(_hex)), "from_hex('0AFF')", "from_hex('0')")
scalar(
    "to_base64(varbinary) -> varchar",
    python(lambda data: base64.b64encode(data).decode()),
    "to_base64(X'616263')",
    "to_base64(X'')",
)
scalar(
    "from_base64(varchar(x)) -> varbinary",
    python(_decoding(_base64)),
    "from_base64('YWJj')",
    "from_base64('YQ')",
    "from_base64('!')",
)
scalar(
    "to_base64url(varbinary) -> varchar",
    python(lambda data: base64.urlsafe_b64encode(data).decode()),
    "to_base64url(X'fbff')",
)
scalar("from_base64url(varchar(x)) -> varbinary", python(_decoding(_base64url)), "from_base64url('-_8=')")
scalar("to_base32(varbinary) -> varchar", python(lambda data: base64.b32encode(data).decode()), "to_base32(X'616263')")
scalar(
    "from_base32(varchar(x)) -> varbinary",
    python(_decoding(_base32)),
    "from_base32('MFRGG===')",
    "from_base32('MFRGG')",
)
scalar("md5(varbinary) -> varbinary", python(_hashed("md5")), "md5(X'61')")
scalar("sha1(varbinary) -> varbinary", python(_hashed("sha1")), "sha1(X'61')")
scalar("sha256(varbinary) -> varbinary", python(_hashed("sha256")), "sha256(X'61')")
scalar("sha512(varbinary) -> varbinary", python(_hashed("sha512")), "sha512(X'61')")
scalar("crc32(varbinary) -> bigint", python(zlib.crc32), "crc32(X'616263')")
for _name in ("md5", "sha1", "sha256", "sha512"):
    scalar(
        f"hmac_{_name}(varbinary, varbinary) -> varbinary",
        python(_keyed(_name)),
        f"hmac_{_name}(X'61', X'62')",
        f"hmac_{_name}(X'61', X'')",
    )
scalar(
    "to_big_endian_32(integer) -> varbinary", python(lambda number: struct.pack(">i", number)), "to_big_endian_32(-2)"
)
scalar(
    "to_big_endian_64(bigint) -> varbinary", python(lambda number: struct.pack(">q", number)), "to_big_endian_64(258)"
)
scalar(
    "from_big_endian_32(varbinary) -> integer",
    python(_unpack(">i", 4)),
    "from_big_endian_32(X'00000102')",
    "from_big_endian_32(X'01')",
)
scalar("from_big_endian_64(varbinary) -> bigint", python(_unpack(">q", 8)), "from_big_endian_64(X'0000000000000102')")
scalar("to_ieee754_64(double) -> varbinary", python(lambda number: struct.pack(">d", number)), "to_ieee754_64(1.5E0)")
scalar("from_ieee754_64(varbinary) -> double", python(_unpack(">d", 8)), "from_ieee754_64(X'3ff8000000000000')")
scalar(
    "to_ieee754_32(real) -> varbinary", python(lambda number: struct.pack(">f", number)), "to_ieee754_32(REAL '1.5')"
)
scalar("from_ieee754_32(varbinary) -> real", python(_unpack(">f", 4)), "from_ieee754_32(X'3fc00000')")
scalar("concat(varbinary...) -> varbinary", joined, "concat(X'61', X'62')", "concat(X'61')")
scalar("substr(varbinary, bigint) -> varbinary", python(lambda data, start: data[start - 1 :] if start > 0 else data[start:] if 0 < -start <= len(data) else b""),
       "substr(X'616263', 2)", "substr(X'616263', -1)", "substr(X'616263', 0)", "substr(X'616263', 5000000000)")  # fmt: skip
scalar("substr(varbinary, bigint, bigint) -> varbinary", python(_part),
       "substr(X'616263', 2, 1)", "substr(X'616263', -2, 1)", "substr(X'616263', 0, 1)", "substr(X'616263', -5, 3)",
       "substr(X'616263', 2, -1)", "substr(X'616263', 2, 5000000000)", "substr(NULL, 1, 2)")  # fmt: skip
for _name, _left in (("lpad", True), ("rpad", False)):
    scalar(f"{_name}(varbinary, bigint, varbinary) -> varbinary",
           lambda context, arguments, result, left=_left: context.python(_lpad if left else _rpad, arguments, result),  # type: ignore[misc]
           f"{_name}(X'61', 4, X'6263')", f"{_name}(X'6162', 1, X'63')", f"{_name}(X'61', 2, X'')", f"{_name}(X'61', -1, X'62')")  # fmt: skip
for _name, _decode in (("hex", _hex), ("base64", _base64), ("base64url", _base64url), ("base32", _base32)):
    scalar(
        f"from_{_name}(varbinary) -> varbinary",
        python(_of_bytes(_decoding(_decode))),
        f"from_{_name}(X'')",
        f"from_{_name}(X'ff')",
    )
scalar(
    "from_utf8(varbinary, bigint) -> varchar",
    python(_from_utf8_point),
    "from_utf8(X'61ff62', 63)",
    "from_utf8(X'61', -1)",
)
scalar("reverse(varbinary) -> varbinary", python(lambda data: data[::-1]), "reverse(X'616263')")
