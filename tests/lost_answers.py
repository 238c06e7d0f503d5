"""Answers that are lost on their way: the call is made, and its caller is told that nothing came."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session


@contextmanager
def losing_answers(
    clients: list[Any],
    operation: str,
    which: Callable[[Any], bool] = lambda request: True,
    then: Callable[[Any], None] = lambda response: None,
    times: int = 1,
    repetitions: bool = False,
) -> Iterator[list[str]]:
    """Inside, the first answers to `operation` are lost, of those requests that `which` picks; yields their URLs.

    Of one URL only the first is lost, unless `repetitions` says that botocore's own are lost too.
    `then` is given each answer before it is lost.
    """
    lost: list[str] = []

    def send(request: Any, **_: Any) -> None:
        if len(lost) < times and which(request) and (repetitions or request.url not in lost):
            lost.append(request.url)
            then(URLLib3Session().send(request))
            raise ReadTimeoutError(endpoint_url=request.url)

    events = [(one.meta.events, f"before-send.{one.meta.service_model.service_name}.{operation}") for one in clients]
    for registry, event in events:
        registry.register(event, send)
    try:
        yield lost
    finally:
        for registry, event in events:
            registry.unregister(event, send)


def is_conditional(request: Any) -> bool:
    """Whether a request is carried out on a condition only."""
    return any(name.lower() in ("if-none-match", "if-match") for name in request.headers)
