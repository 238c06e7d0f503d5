"""One statement run to its end, whatever kind it is."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from ddb_assets.local.athena import query
from ddb_assets.local.athena.ddl import run_ddl
from ddb_assets.local.athena.errors import SYSTEM, Cancelled, QueryError
from ddb_assets.local.athena.result import Result
from ddb_assets.local.athena.session import Session
from ddb_assets.local.athena.statement import Cursor


def run(sql: str, parameters: Sequence[str], session: Session) -> Result:
    """The statement's result. Raises QueryError, or Cancelled when the session's progress was cancelled."""
    try:
        return _run(sql, parameters, session)
    except (QueryError, Cancelled):
        raise
    except ClientError as error:
        # The Data Catalog's or S3's own refusal, e.g. of a bucket that doesn't exist.
        described = error.response["Error"]
        raise QueryError(
            "GENERIC_INTERNAL_ERROR", f"{error.operation_name}: {described['Code']}: {described.get('Message', '')}"
        ) from error
    except BotoCoreError as error:
        raise QueryError("GENERIC_INTERNAL_ERROR", str(error), category=SYSTEM) from error


def _run(sql: str, parameters: Sequence[str], session: Session) -> Result:
    cursor = Cursor(sql)
    if cursor.accept("EXPLAIN"):
        return query.explain(cursor.rest(), parameters, session)
    ran = run_ddl(sql, session)
    return ran if ran is not None else query.run(sql, parameters, session)
