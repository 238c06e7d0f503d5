"""An answer shorter than its Content-Length is a lost connection, and is tried again as one.

botocore switches urllib3's check of the length off (`enforce_content_length=False` in `httpsession.URLLib3Session`) and
checks bodies that are streamed only. Of any other answer the rest is parsed as if it were all: JSON that is cut off
becomes an answer without fields, XML a `ResponseParserError` that nobody tries again. In the clients of `sessions` the
length is looked at before the answer is parsed, and the request is repeated (botocore's event `needs-retry`).
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
    """`client`, which makes a request that was answered in part so often; then it raises IncompleteReadError.

    It is a client of `sessions.new_session`.
    """
    client.meta.events.register("needs-retry", partial(_again, tries), unique_id="ddb_snapshot.whole_answers.again")
    return client


def answer_cut_off(answer: dict[str, Any]) -> Mapping[str, Any]:
    """What to remember of an answer that is shorter than its Content-Length; it is made an error without words."""
    body, length = answer["body"], answer["headers"].get("content-length")
    # HEAD's answers have the length of a body that isn't sent; a streamed body checks itself while it is read.
    if not isinstance(body, bytes) or length is None or answer["context"]["operation_name"].startswith("Head"):
        return {}
    if len(body) == int(length):
        return {}
    # What every protocol's parser takes for an error that has no words.
    answer["body"], answer["status_code"] = b"", 500
    return {_CUT: (len(body), int(length))}


def pause_seconds(tries: int) -> float:
    """How long to wait after so many tries: a random time that grows, as botocore's own."""
    return random.uniform(0, min(0.1 * 2.0**tries, 5.0))


def _again(tries: int, response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_: Any) -> float | None:
    if response is None or _CUT not in response[1]:
        return None
    if attempts >= tries:
        actual, expected = response[1][_CUT]
        raise IncompleteReadError(actual_bytes=actual, expected_bytes=expected)
    return pause_seconds(attempts)
