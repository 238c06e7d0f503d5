"""S3's PutObject on a condition, with any release of botocore.

Its parameters `IfNoneMatch` and `IfMatch` came to PutObject with botocore 1.35. Glue 5.0 has 1.34.131, which refuses
parameters that it doesn't know. So the condition is a parameter of our own, which is taken out before parameters are
checked, and becomes the header that S3 reads before the request is signed.
Source: Amazon S3 API reference, "PutObject", the headers `If-None-Match` and `If-Match`.
"""

from collections.abc import Mapping
from typing import Any, Final

_CONDITION: Final = "ddb_snapshot.conditional_put"


def enable(s3: Any) -> None:
    """Have this client's PutObject take the conditions of this module. May be called again."""
    events = s3.meta.events
    events.register("before-parameter-build.s3.PutObject", _take, unique_id=f"{_CONDITION}.take")
    events.register("before-call.s3.PutObject", _send, unique_id=f"{_CONDITION}.send")


def unless_there() -> Mapping[str, Any]:
    """Parameters of a PutObject that is carried out only where there is no object."""
    return {_CONDITION: {"If-None-Match": "*"}}


def while_it_is(etag: str) -> Mapping[str, Any]:
    """Parameters of a PutObject that is carried out only in place of the object with this ETag."""
    return {_CONDITION: {"If-Match": etag}}


def _take(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    if _CONDITION in params:
        context[_CONDITION] = params.pop(_CONDITION)


def _send(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    params["headers"].update(context.get(_CONDITION, {}))
