"""One query execution: its state, from QUEUED to an end, and what the API tells of it."""

from __future__ import annotations

import math
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from ddb_assets.local.athena import reuse, statement
from ddb_assets.local.athena.engine import Engine, run
from ddb_assets.local.athena.errors import SYSTEM, Cancelled, QueryError
from ddb_assets.local.athena.result import Result
from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.session import Session

ENGINE_VERSION = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
_AT_ONCE = threading.BoundedSemaphore(8)
"""More executions than this wait in QUEUED."""


@dataclass(frozen=True)
class Request:
    """What StartQueryExecution asked for, with the output location and work group that apply."""

    sql: str
    parameters: tuple[str, ...]
    context: Mapping[str, str]
    workgroup: str
    output: str
    configuration: Mapping[str, Any]
    reuse_minutes: int | None = None
    """How old a result may be that is given instead of a new one; None when the query is to run."""

    def asks_as(self, other: Request) -> bool:
        """Whether the two ask the same in the same place, however old the answer may be."""
        return replace(self, reuse_minutes=other.reuse_minutes) == other


@dataclass
class Execution:
    """A running or ended query. Only its own thread and `stop` change it."""

    request: Request
    token: str | None = None
    reused: Execution | None = None
    """The execution whose result this one gives, without running."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "QUEUED"
    result: Result | None = None
    error: QueryError | None = None
    submitted: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    progress: Progress = field(default_factory=Progress)
    _left: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def kind(self) -> statement.Kind:
        """What kind of statement it is."""
        return statement.kind(self.request.sql)

    @property
    def output(self) -> str:
        """The result file; of a statement that writes rows elsewhere, what its manifest's name begins with."""
        if self.reused is not None:
            return self.reused.output
        folder = self.request.output.rstrip("/")
        if not self.kind.writes:
            return f"{folder}/{self.id}.{self.kind.extension}"
        return f"{folder}/tables/{self.id}" if self.kind.type == "DDL" else f"{folder}/{self.id}"

    @property
    def manifest(self) -> str | None:
        """The file that lists what the statement has written; None of one that writes no rows."""
        return f"{self.output}-manifest.csv" if self.kind.writes else None

    def start(self, engine: Engine, open_session: Callable[[Progress], Session]) -> None:
        """Run in the background."""
        name = f"athena-{self.id}"
        threading.Thread(target=self._run, args=(engine, open_session), name=name, daemon=True).start()

    def stop(self) -> None:
        """End as CANCELLED, unless it has ended already; what still runs is interrupted."""
        self._end("CANCELLED")
        if self.status == "CANCELLED" and not self.progress.cancelled.is_set():
            threading.Thread(target=self._interrupt, name=f"athena-stop-{self.id}", daemon=True).start()

    def _interrupt(self) -> None:
        """Again and again: an interrupt that comes just before the engine begins is forgotten by it."""
        self.progress.cancel()
        while not self._left.wait(0.05):
            self.progress.cancel()

    def _run(self, engine: Engine, open_session: Callable[[Progress], Session]) -> None:
        try:
            with _AT_ONCE:
                self._run_now(engine, open_session)
        finally:
            self._left.set()

    def _run_now(self, engine: Engine, open_session: Callable[[Progress], Session]) -> None:
        with self._lock:
            if self.status != "QUEUED":
                return
            self.status, self.started = "RUNNING", time.time()
        if self.reused is not None:
            self._end("SUCCEEDED", result=self.reused.result)
            return
        try:
            session = open_session(self.progress)
            result = run(engine, self.request.sql, self.request.parameters, session)
            self._write(result, session)
            self._end("SUCCEEDED", result=result)
        except Cancelled:
            self._end("CANCELLED")
        except QueryError as error:
            self._end("FAILED", error=error)
        except Exception as error:
            # A fault of this engine: the server's log has the whole of it, the client what kind it is.
            traceback.print_exc()
            message = f"{type(error).__name__}: {error}"
            self._end("FAILED", error=QueryError("GENERIC_INTERNAL_ERROR", message, category=SYSTEM))

    def _write(self, result: Result, session: Session) -> None:
        body, content_type = result.file()
        place = self.output
        if self.manifest is not None:
            place, body = self.manifest, result.written.manifest() if result.written else b""
        try:
            session.storage.write(place, body, content_type)
        except ClientError as error:
            # Athena user guide, "Specify a query result location": a bucket that isn't there fails the query.
            described = error.response["Error"]
            raise QueryError(
                "PERMISSION_DENIED" if described["Code"] == "AccessDenied" else "INVALID_OUTPUT_LOCATION",
                f"Unable to write the query's result to {self.output}: {described['Code']}: "
                f"{described.get('Message', '')}",
            ) from error

    def _end(self, status: str, *, result: Result | None = None, error: QueryError | None = None) -> None:
        with self._lock:
            if self.ended is None:
                self.result, self.error, self.ended = result, error, time.time()
                self.status = status

    def described(self) -> dict[str, Any]:
        """GetQueryExecution's QueryExecution."""
        described: dict[str, Any] = {
            "QueryExecutionId": self.id,
            "Query": self.request.sql,
            "StatementType": self.kind.type,
            "ResultConfiguration": {**self.request.configuration, "OutputLocation": self.output},
            "ResultReuseConfiguration": reuse.described(self.request.reuse_minutes),
            "QueryExecutionContext": dict(self.request.context),
            "Status": self._status(),
            "Statistics": self._statistics(),
            "WorkGroup": self.request.workgroup,
            "EngineVersion": ENGINE_VERSION,
        }
        if self.kind.subtype:
            described["SubstatementType"] = self.kind.subtype
        if self.request.parameters:
            described["ExecutionParameters"] = list(self.request.parameters)
        return described

    def _status(self) -> dict[str, Any]:
        status: dict[str, Any] = {"State": self.status, "SubmissionDateTime": self.submitted}
        if self.ended is not None:
            status["CompletionDateTime"] = self.ended
        if self.error is not None:
            status["StateChangeReason"] = self.error.reason
            status["AthenaError"] = self.error.described()
        return status

    def _statistics(self) -> dict[str, Any]:
        ended = self.ended or time.time()
        started = self.started or ended
        manifest = {"DataManifestLocation": self.manifest} if self.status == "SUCCEEDED" and self.manifest else {}
        return {
            **manifest,
            "EngineExecutionTimeInMillis": _millis(ended - started),
            "DataScannedInBytes": self.progress.scanned,
            "TotalExecutionTimeInMillis": _millis(ended - self.submitted),
            "QueryQueueTimeInMillis": _millis(started - self.submitted),
            "ServicePreProcessingTimeInMillis": 0,
            "QueryPlanningTimeInMillis": 0,
            "ServiceProcessingTimeInMillis": 0,
            "ResultReuseInformation": {"ReusedPreviousResult": self.reused is not None},
        }


def _millis(seconds: float) -> int:
    """Rounded up, as clients take 0 for a time that isn't known."""
    return max(0, math.ceil(seconds * 1000))
