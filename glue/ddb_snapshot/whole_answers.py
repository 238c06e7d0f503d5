"""An answer shorter than its Content-Length is a lost connection, and is tried again as one.

botocore switches urllib3's check of the length off (`enforce_content_length=False` in `httpsession.URLLib3Session`) and
checks bodies that are streamed only. Of any other answer the rest is parsed as if it were all: JSON that is cut off
becomes an answer without fields, XML a `ResponseParserError` that nobody tries again. Here the length is looked at
before the answer is parsed (botocore's event `before-parse`), and the request is repeated (`needs-retry`).
"""

import random
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from botocore.exceptions import IncompleteReadError

TRIES: Final = 5
"""How often a request is made whose answers are cut off, before that is raised."""

_CUT: Final = "CutOff"


def require_whole_answers(client: Any, tries: int = TRIES) -> Any:
    """`client`, which makes a request that was answered in part so often; then it raises IncompleteReadError."""
    client.meta.events.register("before-parse", _look, unique_id="ddb_snapshot.whole_answers.look")
    client.meta.events.register("needs-retry", partial(_again, tries), unique_id="ddb_snapshot.whole_answers.again")
    return client


def pause_seconds(tries: int) -> float:
    """How long to wait after so many tries: a random time that grows, as botocore's own."""
    return random.uniform(0, min(0.1 * 2.0**tries, 5.0))


def _look(
    response_dict: dict[str, Any], operation_model: Any, customized_response_dict: dict[str, Any], **_: Any
) -> None:
    body, length = response_dict["body"], response_dict["headers"].get("content-length")
    # HEAD's answers have the length of a body that isn't sent; a streamed body checks itself while it is read.
    if not isinstance(body, bytes) or length is None or operation_model.http.get("method") == "HEAD":
        return
    if len(body) != int(length):
        customized_response_dict[_CUT] = (len(body), int(length))
        # What every protocol's parser takes for an error that has no words.
        response_dict["body"], response_dict["status_code"] = b"", 500


def _again(tries: int, response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_: Any) -> float | None:
    if response is None or _CUT not in response[1]:
        return None
    if attempts >= tries:
        actual, expected = response[1][_CUT]
        raise IncompleteReadError(actual_bytes=actual, expected_bytes=expected)
    return pause_seconds(attempts)
