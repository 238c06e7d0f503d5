"""Which earlier execution answers a query that allows an old result.

Source: Athena user guide, "Reuse query results in Athena"; its API reference, "ResultReuseByAgeConfiguration" (minutes
from 0 to 10080, 60 when none are named).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ddb_assets.local.athena.errors import InvalidRequest

if TYPE_CHECKING:
    from ddb_assets.local.athena.execution import Execution, Request

_DEFAULT_MINUTES = 60
_MOST_MINUTES = 10_080


def allowed_minutes(call: Mapping[str, Any]) -> int | None:
    """How old a result StartQueryExecution allows; None when the query is to run. Raises InvalidRequest."""
    wanted = (call.get("ResultReuseConfiguration") or {}).get("ResultReuseByAgeConfiguration") or {}
    minutes = wanted.get("MaxAgeInMinutes")
    if minutes is not None and not 0 <= minutes <= _MOST_MINUTES:
        raise InvalidRequest(f"MaxAgeInMinutes must be between 0 and {_MOST_MINUTES}, and is {minutes}")
    if not wanted.get("Enabled"):
        return None
    return _DEFAULT_MINUTES if minutes is None else int(minutes)


def described(minutes: int | None) -> dict[str, Any]:
    """GetQueryExecution's ResultReuseConfiguration."""
    age = {"Enabled": False} if minutes is None else {"Enabled": True, "MaxAgeInMinutes": minutes}
    return {"ResultReuseByAgeConfiguration": age}


def find(request: Request, earlier: Iterable[Execution], is_stored: Callable[[str], bool]) -> Execution | None:
    """The execution whose result answers the request: the first of `earlier` that is alike, and not too old.

    Args:
        earlier: newest first.
        is_stored: whether a result file is still there.
    """
    if request.reuse_minutes is None:
        return None
    oldest = time.time() - request.reuse_minutes * 60
    return next((each for each in earlier if _answers(each, request, oldest) and is_stored(each.output)), None)


def _answers(execution: Execution, request: Request, oldest: float) -> bool:
    """Only executions that ran count, so that no result gets older by being reused."""
    ran = execution.status == "SUCCEEDED" and execution.kind.subtype == "SELECT" and execution.reused is None
    return ran and (execution.ended or 0.0) >= oldest and execution.request.asks_as(request)
