"""One statement run by a Trino, by its REST API.

Source: Trino's documentation, "Trino client REST API".
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from ddb_assets.local.trino.token import USER

CATALOG = "awsdatacatalog"
_ANSWER_SECONDS = 60.0
_TRIES = 20
# What Trino answers when it is to be asked again.
_BUSY = (429, 502, 503, 504)


@dataclass(frozen=True)
class Address:
    """Where a Trino is, and the token it wants, if any.

    A token goes over HTTP here, as behind a proxy that ended HTTPS; the Trino must take that
    (`http-server.process-forwarded`).
    """

    url: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Column:
    """A column of an answer: its name, and its type as Trino's ClientTypeSignature."""

    name: str
    signature: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a statement gave. Cells are JSON values as Trino sends them."""

    query_id: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    update_count: int | None
    statistics: Mapping[str, Any]


class Failed(Exception):
    """The statement failed; `error` is Trino's QueryError."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error.get('errorName')}: {error.get('message')}")
        self.error = error


class Unreachable(Exception):
    """The Trino does not answer, or not as one."""


class Stopped(Exception):
    """The statement was cancelled because `stopped` said so."""


def run(
    address: Address,
    sql: str,
    *,
    schema: str | None = None,
    properties: Mapping[str, str] | None = None,
    stopped: Callable[[], bool] = lambda: False,
    seen: Callable[[Mapping[str, Any]], None] = lambda _: None,
) -> Answer:
    """Run a statement to its end, names looked up in `schema`, in the time zone UTC.

    Args:
        properties: session properties, such as `awsdatacatalog.compression_codec`.
        stopped: asked again and again; when it says so, the statement is cancelled.
        seen: told the statistics, again and again.

    Raises:
        Failed, Stopped, Unreachable.
    """
    headers = {"X-Trino-User": USER, "X-Trino-Source": "ddb-assets", "X-Trino-Time-Zone": "UTC"}
    # Else timestamps come cut to milliseconds, and without their precision.
    headers |= {"X-Trino-Catalog": CATALOG, "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME"}
    if schema is not None:
        # A header holds Latin-1; Trino decodes what is percent-encoded in session properties only.
        headers["X-Trino-Schema"] = schema.encode().decode("latin-1")
    if properties:
        headers["X-Trino-Session"] = ",".join(f"{name}={quote(value)}" for name, value in properties.items())
    page = _ask(address, "POST", f"{address.url}/v1/statement", headers, sql.encode())
    rows: list[Sequence[Any]] = []
    columns: Sequence[Column] = ()
    while True:
        seen(page.get("stats", {}))
        if page.get("columns") and not columns:
            columns = tuple(Column(column["name"], column["typeSignature"]) for column in page["columns"])
        rows += page.get("data") or ()
        if (error := page.get("error")) is not None:
            raise Failed(error)
        if "nextUri" not in page:
            return Answer(page["id"], columns, rows, page.get("updateCount"), page.get("stats", {}))
        following = _at(address, page["nextUri"])
        if stopped():
            _ask(address, "DELETE", following, headers)
            raise Stopped
        page = _ask(address, "GET", following, headers)


def answers(address: Address) -> bool:
    """Whether a Trino is there and has begun to take statements."""
    try:
        return _ask(address, "GET", f"{address.url}/v1/info", {}, tries=1).get("starting") is False
    except Unreachable:
        return False


def _at(address: Address, uri: str) -> str:
    """The URI at the address that we know: Trino believes that it is asked by HTTPS."""
    parts = urlsplit(uri)
    return f"{address.url}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _ask(
    address: Address, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, tries: int = _TRIES
) -> dict[str, Any]:
    own = {"Authorization": f"Bearer {address.token}", "X-Forwarded-Proto": "https"} if address.token else {}
    request = urllib.request.Request(url, data=body, headers={**headers, **own}, method=method)
    # Whatever proxy the environment names, this one is asked directly.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for left in reversed(range(tries)):
        try:
            with opener.open(request, timeout=_ANSWER_SECONDS) as response:
                text = response.read()
            return json.loads(text) if text else {}
        except urllib.error.HTTPError as error:
            if error.code not in _BUSY or not left:
                said = error.read(300).decode(errors="replace").strip()
                raise Unreachable(f"Trino at {address.url} answered {error.code} {error.reason}: {said}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            # A POST may have begun a statement: it is not sent again.
            raise Unreachable(f"Trino at {address.url} does not answer: {error}") from None
        time.sleep(0.1)
    raise Unreachable(f"Trino at {address.url} does not answer")
