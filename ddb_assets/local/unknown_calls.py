"""Calls that local AWS doesn't have: AWS's error in the service's own form, never a page of HTML."""

from collections.abc import Callable, Iterable
from typing import Any

from ddb_assets.local import refusals

Application = Callable[[Any, Any], Iterable[bytes]]


def answered(application: Application) -> Application:
    """The application, whose answers of status 500 in HTML become errors that an SDK shows.

    Source: "Common errors" of AWS's API references (`UnknownOperationException`, `InvalidAction`).
    """

    def call(environ: Any, start_response: Any) -> Iterable[bytes]:
        started: list[tuple[Any, ...]] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            if _is_page(status, headers):
                started.append((status, headers))
                return lambda body: None
            found: Callable[[bytes], object] = start_response(status, headers, exc_info)
            return found

        body = application(environ, start)
        if not started:
            return body
        for _ in body:
            pass
        status, headers, answer = refusals.answer(_refusal(environ), environ)
        start_response(status, headers)
        return [answer]

    return call


def _is_page(status: str, headers: list[tuple[str, str]]) -> bool:
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return status.startswith("500") and any(kind.startswith("text/html") for kind in kinds)


def _refusal(environ: Any) -> refusals.Refusal:
    target = str(environ.get("HTTP_X_AMZ_TARGET") or "")
    what = target.rpartition(".")[2] or f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
    message = f"{what} is not a call that local AWS answers, or it failed inside: the server's log says more."
    return refusals.Refusal("NotImplemented", "InvalidAction", "UnknownOperationException", message)
