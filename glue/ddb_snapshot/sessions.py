"""boto3 sessions in which an answer is looked at before botocore's parser has it.

botocore has an event for this, `before-parse`, only since 1.35.36, and Glue 5.0 has 1.34.131. In every release the
parser is a component of the session that a program may replace (`botocore.session.Session.register_component`).
"""

from typing import Any, Final

import boto3
import botocore.session

from ddb_snapshot import raw_answer
from ddb_snapshot.whole_answers import answer_cut_off

# A Scan's body is taken first: what is left of that answer is not cut off.
_LOOKS: Final = (raw_answer.take, answer_cut_off)
_COMPONENT: Final = "response_parser_factory"


def new_session(**options: Any) -> boto3.Session:
    """A session of its own, with `boto3.Session`'s options."""
    core = botocore.session.get_session()
    core.register_component(_COMPONENT, _LookingParsers(core.get_component(_COMPONENT)))
    return boto3.Session(botocore_session=core, **options)


class _LookingParsers:
    """botocore's parsers, each behind one that looks first."""

    def __init__(self, parsers: Any) -> None:
        self._parsers = parsers

    def create_parser(self, protocol: str) -> "_LookingParser":
        return _LookingParser(self._parsers.create_parser(protocol))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parsers, name)


class _LookingParser:
    def __init__(self, parser: Any) -> None:
        self._parser = parser

    def parse(self, response: dict[str, Any], shape: Any) -> dict[str, Any]:
        """What botocore's parser makes of the answer, with what those who looked have found."""
        found: dict[str, Any] = {}
        for look in _LOOKS:
            found |= look(response)
        parsed: dict[str, Any] = self._parser.parse(response, shape)
        return parsed | found
