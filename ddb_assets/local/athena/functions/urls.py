"""URLs, by Java's rules of a URI."""

from __future__ import annotations

import re
from urllib.parse import quote_plus, unquote_plus

from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.functions.registry import python, scalar
from ddb_assets.local.athena.functions.signatures import Bindings
from ddb_assets.local.athena.types.kinds import Type, Varchar

_URI = re.compile(
    r"(?:(?P<protocol>[A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)(?::(?P<port>\d*))?)?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?"
    r"|\d{1,3}(?:\.\d{1,3}){3}|\[.*\]"
)
_ILLEGAL = re.compile(r"[\s\x00-\x1f\x7f<>\"{}|\\^`]|%(?![0-9A-Fa-f]{2})")


def _parts(url: str) -> re.Match[str] | None:
    scheme, colon, _ = re.split(r"[/?#]", url, maxsplit=1)[0].partition(":")
    rest = url[len(scheme) + 1 :] if colon else url
    if _ILLEGAL.search(url) or (colon and (not _SCHEME.fullmatch(scheme) or rest[:1] in ("", "#"))):
        return None
    if rest.startswith("//") and rest[2:3] in ("", "?", "#"):
        return None
    if colon and not rest.startswith("/"):
        # An opaque URI, such as `mailto:x?y`, has no path and no query.
        url = f"{scheme}:" + "".join(rest.partition("#")[1:])
    return _URI.fullmatch(url)


def _server(parts: re.Match[str]) -> bool:
    """Whether its authority is that of a server: a host's name, or an address."""
    return parts.group("host") is not None and _HOST.fullmatch(parts.group("host")) is not None


def _named(name: str, missing: str | None) -> object:
    def extract(url: str) -> str | None:
        parts = _parts(url)
        if parts is None:
            return None
        found = parts.group(name) if name != "host" or _server(parts) else None
        found = unquote_plus(found.replace("+", "%2B")) if found else found
        return found if found is not None else missing

    return extract


def _port(url: str) -> int | None:
    parts = _parts(url)
    return int(parts.group("port")) if parts is not None and _server(parts) and parts.group("port") else None


def _parameter(url: str, name: str) -> str | None:
    parts = _parts(url)
    if parts is None or not parts.group("query"):
        return None
    for pair in parts.group("query").split("&"):
        key, separator, value = pair.partition("=")
        if unquote_plus(key) == name:
            return unquote_plus(value) if separator else ""
    return None


def _encode(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")


def _decode(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise QueryError("INVALID_FUNCTION_ARGUMENT", "URLDecoder: Illegal hex characters in escape (%) pattern")
    return unquote_plus(text)


def _encoded(bindings: Bindings) -> Type:
    length = bindings.numbers.get("x")
    return Varchar(None if length is None else min(2_147_483_647, length * 12))


_URL = "'https://user@a.b:8080/c/d%20e?x=1&y=b%26c&z#frag'"
for _name, _missing in (("protocol", None), ("host", None), ("path", ""), ("query", None), ("fragment", None)):
    _missing_shown = {"query": "", "fragment": "", "protocol": "", "host": ""}.get(_name, _missing)
    scalar(f"url_extract_{_name}(varchar(x)) -> varchar(x)", python(_named(_name, _missing_shown)),  # type: ignore[arg-type]
           f"url_extract_{_name}({_URL})", f"url_extract_{_name}('https://a.b')", f"url_extract_{_name}('a b')", f"url_extract_{_name}('x')")  # fmt: skip
scalar(
    "url_extract_port(varchar(x)) -> bigint",
    python(_port),
    f"url_extract_port({_URL})",
    "url_extract_port('https://a.b')",
)
scalar("url_extract_parameter(varchar(x), varchar(y)) -> varchar(x)", python(_parameter),
       f"url_extract_parameter({_URL}, 'y')", f"url_extract_parameter({_URL}, 'z')", f"url_extract_parameter({_URL}, 'w')")  # fmt: skip
scalar("url_encode(varchar(x)) -> varchar", python(_encode), "url_encode('a b&é~*-_.')", result=_encoded)
scalar("url_decode(varchar(x)) -> varchar(x)", python(_decode), "url_decode('a+b%26%C3%A9')", "url_decode('%zz')")
