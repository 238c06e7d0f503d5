"""Writing a past into local AWS: DynamoDB requests that count as made at an earlier instant.

AWS has no such thing, so a client is asked first whether it reaches local AWS.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

HEADER = "x-ddb-assets-local-time"
"""The request header that gives the instant, and the answer's that says it was understood."""


@contextmanager
def at(client: Any, instant: datetime) -> Iterator[None]:
    """Inside, what the DynamoDB client writes, creates and switches on is dated `instant`, which has an offset.

    An item's changes must be dated in their order, and after its table's point-in-time recovery was switched on; else
    the request is a ValidationException. Without point-in-time recovery a date changes nothing.
    """
    dated = instant.astimezone(timezone.utc).isoformat(timespec="microseconds")

    def add_header(params: dict[str, Any], **_: Any) -> None:
        params["headers"][HEADER] = dated

    events = client.meta.events
    events.register("before-call.dynamodb", add_header, unique_id=HEADER)
    try:
        yield
    finally:
        events.unregister("before-call.dynamodb", unique_id=HEADER)


def is_possible(client: Any) -> bool:
    """Whether the DynamoDB client reaches local AWS, and no other endpoint; it writes nothing to find out."""
    with at(client, datetime.now(timezone.utc)):
        answer = client.list_tables(Limit=1)
    return HEADER in answer["ResponseMetadata"]["HTTPHeaders"]
