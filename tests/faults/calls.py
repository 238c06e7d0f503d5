"""Which operation of which service a request to AWS is, and what that service's errors look like."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlsplit

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
_S3_QUERIES = {
    ("GET", "list-type"): "ListObjectsV2",
    ("POST", "delete"): "DeleteObjects",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("PUT", "partNumber"): "UploadPart",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}
_S3_OBJECTS = {"GET": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject", "HEAD": "HeadObject"}
# Objects with a part of their own in the chain: a lost answer means another thing for each.
_KINDS = (
    (re.compile(r"/_?manifest[^/]*\.json$|_manifest"), "manifest"),
    (re.compile(r"/pipes/"), "pipes"),
    (re.compile(r"/state\.json$"), "state"),
    (re.compile(r"/_staging/"), "draft"),
    (re.compile(r"/part-\d+"), "file"),
    (re.compile(r"\.zip$|\.py$"), "job"),
)


@dataclass(frozen=True, order=True)
class Operation:
    """`detail` says which kind of object, for S3. `by` is `job` for the Glue job's calls, else empty."""

    service: str
    name: str
    detail: str = ""
    by: str = ""

    def __str__(self) -> str:
        said = f"{self.service}.{self.name}" + (f" ({self.detail})" if self.detail else "")
        return f"{self.by}'s {said}" if self.by else said


def operation_of(method: str, path: str, headers: Mapping[str, str], body: bytes, by: str = "") -> Operation:
    """The operation of one request; the headers' names are in lower case."""
    return replace(_operation(method, path, headers, body), by=by)


def _operation(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Operation:
    target = headers.get("x-amz-target", "")
    scope = _SCOPE.search(headers.get("authorization", ""))
    service = scope[1] if scope else ""
    if "." in target:
        return Operation(service or target.partition("_")[0].lower(), target.rpartition(".")[2])
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return Operation(service, parse_qs(body.decode()).get("Action", ["?"])[0])
    url = urlsplit(path)
    query = parse_qs(url.query, keep_blank_values=True)
    for (verb, parameter), name in _S3_QUERIES.items():
        if verb == method and parameter in query:
            return Operation("s3", name)
    key = unquote(url.path).lstrip("/").partition("/")[2]
    if not key:
        return Operation("s3", {"HEAD": "HeadBucket", "PUT": "CreateBucket", "GET": "ListObjects"}.get(method, method))
    name = "CopyObject" if "x-amz-copy-source" in headers else _S3_OBJECTS.get(method, method)
    return Operation("s3", name, next((kind for pattern, kind in _KINDS if pattern.search(f"/{key}")), "other"))


def error(operation: Operation, headers: Mapping[str, str], status: int, throttled: bool) -> tuple[int, str, bytes]:
    """Status, content type and body of an error as the operation's service gives it."""
    if operation.service == "s3":
        code = "SlowDown" if throttled or status == 503 else "InternalError"
        return 503 if throttled else status, "application/xml", _xml_error(code)
    if "x-amz-target" in headers:
        code = _throttling_code(operation) if throttled else "InternalServerError"
        body = {"__type": f"com.amazonaws#{code}", "message": "injected", "Message": "injected"}
        return 400 if throttled else status, "application/x-amz-json-1.1", json.dumps(body).encode()
    code = "Throttling" if throttled else "InternalFailure"
    answer = b"<ErrorResponse>" + _xml_error(code).partition(b"?>")[2] + b"</ErrorResponse>"
    return 400 if throttled else status, "text/xml", answer


def _throttling_code(operation: Operation) -> str:
    """Sources: the services' API references, "Common errors" and the operations' own."""
    if operation.service == "dynamodb":
        data = operation.name in ("Scan", "Query", "GetItem", "BatchGetItem", "BatchWriteItem", "PutItem")
        return "ProvisionedThroughputExceededException" if data else "ThrottlingException"
    return "TooManyRequestsException" if operation.service == "athena" else "ThrottlingException"


def _xml_error(code: str) -> bytes:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>injected</Message></Error>'.encode()
