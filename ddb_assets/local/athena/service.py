"""Athena's operations on query executions, as functions of the request's parameters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from ddb_assets.local.athena import reuse
from ddb_assets.local.athena.engine import Engine
from ddb_assets.local.athena.errors import InvalidRequest
from ddb_assets.local.athena.execution import Execution, Request
from ddb_assets.local.athena.metadata import MetadataService
from ddb_assets.local.athena.paging import next_page, page
from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.session import Session, open_session

_LARGEST_PAGE = 1000
_LARGEST_LIST = 50
_LONGEST_QUERY_BYTES = 262_144
_PRIMARY = "primary"


class QueryService:
    """The query executions of one account in one region; they are kept in moto's backend, so its reset forgets them."""

    _starting = threading.Lock()

    def __init__(self, backend: Any, endpoint: Callable[[], str], engine: Engine) -> None:
        self._backend = backend
        self._endpoint = endpoint
        self._engine = engine
        self._executions: dict[str, Execution] = backend.executions

    def start(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """StartQueryExecution."""
        sql = call.get("QueryString") or ""
        if not sql.strip():
            raise InvalidRequest("queryString is required and cannot be empty")
        if len(sql.encode()) > _LONGEST_QUERY_BYTES:
            raise InvalidRequest(f"Query string is longer than {_LONGEST_QUERY_BYTES} bytes")
        request = self._request(sql, call)
        token = call.get("ClientRequestToken")
        with self._starting:
            known = next((e for e in self._executions.values() if token and e.token == token), None)
            if known is not None:
                if known.request != request:
                    raise InvalidRequest("Idempotent parameters do not match")
                return {"QueryExecutionId": known.id}
            execution = Execution(request, token, self._reusable(request))
            self._executions[execution.id] = execution
        execution.start(self._engine, lambda progress: self._session(execution, progress))
        return {"QueryExecutionId": execution.id}

    def get(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """GetQueryExecution."""
        return {"QueryExecution": self._find(call).described()}

    def batch_get(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """BatchGetQueryExecution."""
        ids = call.get("QueryExecutionIds") or []
        unknown = [
            {"QueryExecutionId": each, "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
             "ErrorMessage": f"QueryExecution {each} was not found"}
            for each in ids if each not in self._executions
        ]  # fmt: skip
        found = [self._executions[each].described() for each in ids if each in self._executions]
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": unknown}

    def list(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """ListQueryExecutions: a work group's, newest first."""
        workgroup = call.get("WorkGroup") or _PRIMARY
        self._workgroup(workgroup)
        ids = [e.id for e in reversed(list(self._executions.values())) if e.request.workgroup == workgroup]
        start, size = page(call, _LARGEST_LIST)
        return {"QueryExecutionIds": ids[start : start + size], **next_page(start + size, len(ids))}

    def stop(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """StopQueryExecution."""
        self._find(call).stop()
        return {}

    def results(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """GetQueryResults."""
        execution = self._find(call)
        if execution.status in ("QUEUED", "RUNNING"):
            raise InvalidRequest(f"Query has not yet finished. Current state: {execution.status}")
        result = execution.result
        if execution.status != "SUCCEEDED" or result is None:
            raise InvalidRequest(f"Query did not finish successfully. Final query state: {execution.status}")
        rows = result.all_rows()
        start, size = page(call, _LARGEST_PAGE)
        shown = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
            for row in rows[start : start + size]
        ]
        return {
            "UpdateCount": result.written.rows if result.written else 0,
            "ResultSet": {"Rows": shown, "ResultSetMetadata": {"ColumnInfo": result.column_info()}},
            **next_page(start + size, len(rows)),
        }

    def runtime_statistics(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """GetQueryRuntimeStatistics: the timeline and the rows, without stages."""
        execution = self._find(call)
        statistics = execution.described()["Statistics"]
        times = {key: value for key, value in statistics.items() if key.endswith("InMillis")}
        return {
            "QueryRuntimeStatistics": {
                "Timeline": times,
                "Rows": {
                    "InputBytes": statistics["DataScannedInBytes"],
                    "OutputRows": len(execution.result.rows) if execution.result else 0,
                },
            }
        }

    def _request(self, sql: str, call: Mapping[str, Any]) -> Request:
        name = call.get("WorkGroup") or _PRIMARY
        workgroup = self._workgroup(name)
        own = workgroup.configuration.get("ResultConfiguration") or {}
        given = call.get("ResultConfiguration") or {}
        enforced = workgroup.configuration.get("EnforceWorkGroupConfiguration") and own.get("OutputLocation")
        configuration = own if enforced else {**own, **given}
        output = configuration.get("OutputLocation")
        if not output:
            raise InvalidRequest(
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input."
            )
        if not output.startswith("s3://"):
            raise InvalidRequest("outputLocation is not a valid S3 path.")
        parameters = tuple(call.get("ExecutionParameters") or ())
        context, minutes = call.get("QueryExecutionContext") or {}, reuse.allowed_minutes(call)
        return Request(sql, parameters, context, name, output, configuration, minutes)

    def _reusable(self, request: Request) -> Execution | None:
        storage = open_session(self._endpoint(), self._backend.region_name, None, Progress()).storage
        return reuse.find(request, reversed(list(self._executions.values())), storage.exists)

    def _workgroup(self, name: str) -> Any:
        found = self._backend.work_groups.get(name)
        if found is None:
            raise InvalidRequest(f"WorkGroup {name} is not found.")
        return found

    def metadata(self) -> MetadataService:
        """The operations on catalogs, databases and tables."""
        return MetadataService(
            lambda: open_session(self._endpoint(), self._backend.region_name, None, Progress()).catalog
        )

    def _session(self, execution: Execution, progress: Progress) -> Session:
        request, region = execution.request, self._backend.region_name
        database = (request.context.get("Database") or "").strip('`"')
        return open_session(self._endpoint(), region, database, progress, request.output, execution.id)

    def _find(self, call: Mapping[str, Any]) -> Execution:
        wanted = call.get("QueryExecutionId") or ""
        found = self._executions.get(wanted)
        if found is None:
            raise InvalidRequest(f"QueryExecution {wanted} was not found")
        return found
