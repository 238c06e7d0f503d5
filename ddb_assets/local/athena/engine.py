"""One statement run to its end, whatever kind it is.

Athena gives data definition to Hive and the rest to Trino. Hive's part is always ours (`ddl`); for Trino's there are
engines: `embedded`, which is DuckDB, and `trino_engine`, which is a real Trino.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from ddb_assets.local.athena.ddl import run_ddl
from ddb_assets.local.athena.errors import SYSTEM, Cancelled, QueryError
from ddb_assets.local.athena.result import Result
from ddb_assets.local.athena.session import Session


class Engine(Protocol):
    """Runs what Athena gives to Trino: queries, EXPLAIN, views, and statements that write rows."""

    def run(self, sql: str, parameters: Sequence[str], session: Session) -> Result:
        """The statement's result. Raises QueryError, or Cancelled when the session's progress was cancelled."""
        ...


def run(engine: Engine, sql: str, parameters: Sequence[str], session: Session) -> Result:
    """The statement's result. Raises QueryError, or Cancelled when the session's progress was cancelled."""
    try:
        ran = run_ddl(sql, session)
        return engine.run(sql, parameters, session) if ran is None else ran
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
