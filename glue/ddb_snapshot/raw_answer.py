"""The body of a Scan's answer, taken before botocore's parser makes a Python object of every value."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

CHECKSUM: Final = "x-amz-crc32"
"""The header with the CRC32 of the body."""

BODY: Final = "RawBody"
"""Where the parsed answer has the bytes of the body."""

HEADERS: Final = "RawHeaders"
"""Where it has the answer's headers, their names in lower case."""

_taking: ContextVar[bool] = ContextVar("ddb_snapshot.raw_answer", default=False)


@contextmanager
def taking() -> Iterator[None]:
    """Inside, the answers to this thread's Scans carry `BODY` and `HEADERS` in place of parsed fields."""
    before = _taking.set(True)
    try:
        yield
    finally:
        _taking.reset(before)


def take(answer: dict[str, Any]) -> Mapping[str, Any]:
    """The body and the headers of an answer that is to be taken; the parser is left an empty body."""
    # Errors are left to botocore's parser: their codes decide about retries.
    if not _taking.get() or answer["context"].get("operation_name") != "Scan" or answer["status_code"] != 200:
        return {}
    body, headers = answer["body"], answer["headers"]
    found = {name.lower(): value for name, value in headers.items()}
    answer["body"] = b"{}"
    # The checksum is looked at once, by `scanning.page_body`, and not again by botocore's retry handler.
    headers.pop(CHECKSUM, None)
    # Nor its length: of a page that is cut off the JSON has no end.
    headers.pop("content-length", None)
    return {BODY: body, HEADERS: found}
