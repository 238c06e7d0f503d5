"""What LIKE takes as a pattern with ESCAPE."""

from __future__ import annotations

import re

from ddb_assets.local.athena.errors import QueryError


def pattern(text: str, escape: str) -> str:
    """The pattern. Raises QueryError, INVALID_FUNCTION_ARGUMENT, when it escapes what needs no escape."""
    mark = re.escape(escape)
    if re.fullmatch(rf"(?:[^{mark}]|{mark}[%_{mark}])*", text, re.DOTALL) is None:
        raise QueryError(
            "INVALID_FUNCTION_ARGUMENT",
            "Escape character must be followed by '%', '_' or the escape character itself",
        )
    return text
