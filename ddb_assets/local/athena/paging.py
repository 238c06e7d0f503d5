"""Pages of Athena's lists, as MaxResults and NextToken ask for them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from ddb_assets.local.athena.errors import InvalidRequest


def page(call: Mapping[str, Any], largest: int) -> tuple[int, int]:
    """Where the page that is asked for begins, and how many entries it may have. Raises InvalidRequest."""
    size = int(call.get("MaxResults") or largest)
    if not 1 <= size <= largest:
        raise InvalidRequest(f"MaxResults is more than maximum allowed length {largest}.")
    token = call.get("NextToken")
    if not token:
        return 0, size
    try:
        return int(base64.b64decode(token, validate=True)), size
    except (ValueError, binascii.Error):
        raise InvalidRequest("Malformed next token") from None


def next_page(start: int, total: int) -> dict[str, str]:
    """The token of the page that begins there, in an answer; nothing behind the last page."""
    return {"NextToken": base64.b64encode(str(start).encode()).decode()} if start < total else {}
