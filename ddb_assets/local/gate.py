"""Who may ask local AWS anything: programs that name its access key, and no web page.

A page in the user's browser can send requests to 127.0.0.1, and local AWS runs the programs that it is given. So each
request is looked at before any of it is acted on. What gives a page away: `Origin` (sent with each request that is not
a plain GET or that reads its answer, WebSockets included), `Sec-Fetch-Site` (sent with all requests by the browsers of
today), and a `Host` that is not the loopback address, which is what remains when a page's own name was made to point at
127.0.0.1 (DNS rebinding). What a page can't know is the access key.

Sources: Fetch standard, "`Origin` header"; W3C, "Fetch Metadata Request Headers".
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from moto.iam.models import iam_backends

from ddb_assets.local import refusals
from ddb_assets.local.access_key import AccessKey
from ddb_assets.local.refusals import Refusal

Application = Callable[[Any, Any], Iterable[bytes]]

_ENV = 'eval "$(ddb-assets local env)"'
# moto's own pages: they show, change and forget everything, outside of AWS's API. And what an EC2 instance would find
# at its link-local address, which hands out credentials.
_NOT_AWS = ("/moto-api", "/favicon.ico", "/latest/meta-data/", "/latest/api/")
_SIGV4_CREDENTIAL = re.compile(r"\bCredential=([^/,\s]+)/")


class Gate:
    """An application that hands on what may pass to another, and answers the rest as AWS answers what it refuses."""

    def __init__(self, application: Application, port: int, key: AccessKey) -> None:
        self._application = application
        self._key = key
        self._url = f"http://127.0.0.1:{port}"
        names = ("127.0.0.1", "localhost", "[::1]")
        self._hosts = frozenset(f"{name}:{port}" for name in names) | (frozenset(names) if port == 80 else frozenset())

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        refusal = self.refusal(environ)
        if refusal is None:
            return self._application(environ, _for_no_page(start_response))
        status, headers, body = refusals.answer(refusal, environ)
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def refusal(self, environ: Mapping[str, Any]) -> Refusal | None:
        """Why the request, a WSGI environment, does not pass; None when it does."""
        if (host := environ.get("HTTP_HOST", "")).lower() not in self._hosts:
            return refusals.not_from_here(
                f"Local AWS is {self._url}, and was asked for {_shown(host)}. Use that address as it is, with buckets "
                "in the path (boto3: Config(s3={'addressing_style': 'path'}))."
            )
        if "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none").strip().lower() != "none":
            return refusals.not_from_here(
                "Local AWS takes no requests from web pages: it runs the programs that it is given. Use an AWS SDK, "
                f"the AWS command line or ddb-assets, after {_ENV}"
            )
        if str(environ.get("PATH_INFO", "")).lower().startswith(_NOT_AWS):
            return refusals.not_from_here("Local AWS has AWS's API only; moto's own pages (/moto-api) are off.")
        if _climbs(str(environ.get("PATH_INFO", ""))):
            return refusals.bad_request(
                "Local AWS takes no path that leads out of its bucket: write a key whose `..` stand for no more "
                "than what is before them."
            )
        named = _named_key(environ)
        if named is None:
            return refusals.anonymous(f"Local AWS takes no anonymous requests. Its access key comes with: {_ENV}")
        if not self._known(named):
            return refusals.unknown_key(
                f"Local AWS at {self._url} doesn't know the access key {_shown(named)}. It has its own, made anew at "
                f"each start; take it with: {_ENV}"
            )
        return None

    def _known(self, key_id: str) -> bool:
        """Whether the key is this endpoint's own, or one that it has issued (STS AssumeRole, IAM CreateAccessKey)."""
        if hmac.compare_digest(key_id.encode(), self._key.id.encode()):
            return True
        accounts = [partitions for _, partitions in list(iam_backends.items())]
        return any(key_id in backend.access_keys for partitions in accounts for backend in list(partitions.values()))


def _for_no_page(start_response: Any) -> Any:
    """The same, without the headers by which moto lets every web page read its answers."""

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
        return start_response(status, kept, *more)

    return start


def _climbs(path: str) -> bool:
    """Whether a key's `..` lead out of its bucket, which S3 takes for no key.

    Source: Amazon S3 user guide, "Naming Amazon S3 objects" (relative path elements).
    """
    bucket, *parts = path.removeprefix("/").split("/")
    depth = 0
    for part in parts:
        depth += -1 if part == ".." else 1 if part else 0
        if depth < 0:
            return True
    return bucket == ".."


def _named_key(environ: Mapping[str, Any]) -> str | None:
    """The access key id that signs the request: Signature Version 4 or 2, in the header or (presigned) in the query."""
    if authorization := environ.get("HTTP_AUTHORIZATION"):
        scheme, _, rest = str(authorization).partition(" ")
        if scheme == "AWS":
            return rest.strip().partition(":")[0] or None
        found = _SIGV4_CREDENTIAL.search(rest) if scheme.startswith("AWS4-") else None
        return found[1] if found else None
    query = parse_qs(str(environ.get("QUERY_STRING", "")))
    for name in ("X-Amz-Credential", "AWSAccessKeyId"):
        if name in query:
            return query[name][0].partition("/")[0] or None
    return None


def _shown(text: str) -> str:
    return ascii(text[:60])
