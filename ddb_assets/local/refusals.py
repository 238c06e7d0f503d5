"""A refused request's answer, in the form in which the service that was asked answers: SDKs then show its message.

Sources: Amazon S3 API reference, "Error responses"; "Common errors" of Amazon DynamoDB's and AWS STS's API references.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused, with its code in S3's words, in those of the Query protocol and in those of JSON."""

    s3: str
    query: str
    json: str
    message: str
    status: str = "403 Forbidden"
    json_status: str = "400 Bad Request"


def not_from_here(message: str) -> Refusal:
    """The request is not one of a program that uses AWS's API at this address."""
    return Refusal("AccessDenied", "AccessDenied", "AccessDeniedException", message)


def anonymous(message: str) -> Refusal:
    """The request names no access key."""
    return Refusal("AccessDenied", "MissingAuthenticationToken", "MissingAuthenticationTokenException", message)


def unknown_key(message: str) -> Refusal:
    """The request names an access key that is not known."""
    return Refusal("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", message)


def bad_request(message: str) -> Refusal:
    """The request is none that AWS's services could mean anything by."""
    return Refusal("InvalidURI", "ValidationError", "ValidationException", message, "400 Bad Request")


def unknown_call(message: str) -> Refusal:
    """The service has no such operation."""
    return Refusal("NotImplemented", "InvalidAction", "UnknownOperationException", message, "501 Not Implemented")


def failed_inside(message: str) -> Refusal:
    """The service failed at a call that it has. SDKs try again."""
    failed = "500 Internal Server Error"
    return Refusal("InternalError", "InternalFailure", "InternalFailure", message, failed, failed)


def answer(refusal: Refusal, environ: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status, headers and body for the request, a WSGI environment."""
    request_id, message = str(uuid.uuid4()), escape(refusal.message)
    if (service := _service(environ)) in (None, "s3"):
        status, kind = refusal.status, "application/xml"
        inner = f"<Code>{refusal.s3}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId>"
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'
    elif service == "query":
        status, kind = refusal.status, "text/xml"
        inner = f"<Type>Sender</Type><Code>{refusal.query}</Code><Message>{message}</Message>"
        body = f"<ErrorResponse><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    else:
        status, kind = refusal.json_status, "application/x-amz-json-1.1"
        body = json.dumps({"__type": refusal.json, "message": refusal.message})
    encoded = body.encode()
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(encoded))),
        ("x-amzn-ErrorType", refusal.json),
        ("x-amzn-RequestId", request_id),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return status, headers, encoded


def _service(environ: Mapping[str, Any]) -> str | None:
    """`s3`, `query` or `json`: how the service answers that is asked; None when nothing tells, and S3 is the rest."""
    if "HTTP_X_AMZ_TARGET" in environ:
        return "json"
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        return "query"
    # …Credential=KEY/20261127/us-east-1/s3/aws4_request
    scope = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2].partition(",")[0].split("/")
    return None if len(scope) < 4 else "s3" if scope[3] == "s3" else "json"
