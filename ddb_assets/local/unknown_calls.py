"""Calls that local AWS doesn't have, or fails at: AWS's error in the service's own form, never a page of HTML."""

import traceback
from collections.abc import Callable, Iterable
from typing import Any

from ddb_assets.local import refusals

Application = Callable[[Any, Any], Iterable[bytes]]


def answered(application: Application) -> Application:
    """The application, with an answer that an SDK shows for each call at which it fails.

    moto raises NotImplementedError for a call that it doesn't have; other exceptions go into the server's log.

    Source: "Common errors" of AWS's API references (`UnknownOperationException`, `InvalidAction`, `InternalFailure`).
    """

    def call(environ: Any, start_response: Any) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except NotImplementedError:
            refused = refusals.unknown_call(f"{_asked(environ)} is not a call that local AWS answers.")
        except Exception:
            traceback.print_exc()
            refused = refusals.failed_inside(f"{_asked(environ)} failed inside local AWS: its server.log says more.")
        status, headers, answer = refusals.answer(refused, environ)
        start_response(status, headers)
        return [answer]

    return call


def _asked(environ: Any) -> str:
    target = str(environ.get("HTTP_X_AMZ_TARGET") or "")
    return target.rpartition(".")[2] or f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
