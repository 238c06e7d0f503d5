"""AWS's refusals that local AWS has no cause to give: a client is answered before its request is sent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse


def refusal(code: str, message: str = "as AWS says it") -> tuple[AWSResponse, Mapping[str, Any]]:
    """An error as DynamoDB answers it."""
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return AWSResponse("", 400, {}, None), error


def answer(body: Mapping[str, Any]) -> tuple[AWSResponse, Mapping[str, Any]]:
    """A successful answer."""
    return AWSResponse("", 200, {}, None), {**body, "ResponseMetadata": {"HTTPStatusCode": 200}}


@contextmanager
def answering(client: Any, operation: str, *answers: tuple[AWSResponse, Mapping[str, Any]]) -> Iterator[None]:
    """Inside, the first calls of `operation` get these answers, one each; later ones reach the endpoint."""
    waiting = list(answers)

    def give(**_: Any) -> tuple[AWSResponse, Mapping[str, Any]] | None:
        return waiting.pop(0) if waiting else None

    event = f"before-call.{client.meta.service_model.service_name}.{operation}"
    client.meta.events.register(event, give)
    try:
        yield
    finally:
        client.meta.events.unregister(event, give)
