"""A statement that is found by its first words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ddb_assets.local.athena.result import Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor

Statement = Callable[[Cursor, Session], Result]


def find(statements: Sequence[tuple[tuple[str, ...], Statement]], cursor: Cursor) -> Statement | None:
    """The one that the words name, which the cursor is then past; None when it is none of these."""
    return next((run for words, run in statements if cursor.accept(*words)), None)
