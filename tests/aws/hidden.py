"""S3 as it answers who may not list the bucket: what is not there is 403, not 404. Local AWS knows no policies."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse


@contextmanager
def hiding(client: Any, listing: bool, forbidden: str = "") -> Iterator[None]:
    """Inside, objects that are not there are forbidden, and the one with the key `forbidden`.

    With `listing` the bucket's keys may be listed, as where a policy allows a prefix of it.
    """

    def hide(http_response: AWSResponse, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        if http_response.status_code == 404 or (forbidden and context.get("asked") == forbidden):
            head = parsed.get("Error", {}).get("Code") == "404"
            http_response.status_code = 403
            parsed.clear()
            parsed["Error"] = {"Code": "403" if head else "AccessDenied", "Message": "Access Denied"}
            parsed["ResponseMetadata"] = {"HTTPStatusCode": 403}

    def remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = params.get("Key")

    def refuse(**_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        error = {"Error": {"Code": "AccessDenied", "Message": "Access Denied"}, "ResponseMetadata": {}}
        return AWSResponse("", 403, {}, None), error

    events = client.meta.events
    for operation in ("GetObject", "HeadObject"):
        events.register(f"provide-client-params.s3.{operation}", remember)
        events.register(f"after-call.s3.{operation}", hide)
    if not listing:
        events.register("before-call.s3.ListObjectsV2", refuse)
    try:
        yield
    finally:
        for operation in ("GetObject", "HeadObject"):
            events.unregister(f"provide-client-params.s3.{operation}", remember)
            events.unregister(f"after-call.s3.{operation}", hide)
        events.unregister("before-call.s3.ListObjectsV2", refuse)
