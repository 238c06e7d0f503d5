"""The instant of a request, in microseconds since 1970: now, or the one that its header gives.

The header lets sample data and tests write a past that AWS has no way to write. An answer repeats it, so that a client
can tell local AWS from everything else before it writes anything.
"""

import threading
import time
from datetime import datetime, timedelta, timezone
from functools import wraps
from typing import Any

from moto.core.responses import BaseResponse
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.responses import DynamoHandler

from ddb_assets.local.past import HEADER

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_request = threading.local()
_ticking = threading.Lock()
_last = 0


def install() -> None:
    """Let moto's DynamoDB honour the header in this process."""
    call_action = DynamoHandler.call_action

    @wraps(call_action)
    def dated(handler: BaseResponse) -> Any:
        given = handler.headers.get(HEADER)
        if given is None:
            return call_action(handler)
        handler.response_headers[HEADER] = given
        _request.given = given
        try:
            return call_action(handler)
        finally:
            del _request.given

    DynamoHandler.call_action = dated


def request_instant() -> int:
    """The instant of the request that this thread answers.

    Raises:
        MockValidationException: the header is no instant, or one to come.
    """
    given = getattr(_request, "given", None)
    if given is None:
        return now()
    try:
        instant = to_micros(datetime.fromisoformat(given))
    except (TypeError, ValueError):
        raise MockValidationException(f"{HEADER}: {given!r} is not an ISO 8601 instant with an offset") from None
    if instant > now():
        raise MockValidationException(f"{HEADER}: {given} is in the future")
    return instant


def now() -> int:
    """The clock, never the same twice."""
    global _last
    with _ticking:
        _last = max(_last + 1, time.time_ns() // 1000)
        return _last


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 of an instant that has an offset."""
    return (instant - _EPOCH) // _MICROSECOND


def to_datetime(micros: int) -> datetime:
    """The instant in UTC."""
    return _EPOCH + micros * _MICROSECOND
