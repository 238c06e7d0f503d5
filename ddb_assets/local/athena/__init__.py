"""A local Amazon Athena: SQL that really runs, in moto's server, over the server's own Data Catalog and S3.

`install` makes it; everything else is reached over HTTP as Athena's API. Modules, in the order a query passes them:
`service` (the API), `execution` (states), `engine` (which kind of statement), `ddl` (statements that change or show the
catalog), `query` (queries: `sql` parses, `analysis` types and translates by the list in `functions`, then `tables`,
`prune`, `scan`, `readers`), `result` and `rendering`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.athena.responses import AthenaResponse

from ddb_assets.local.athena.errors import InvalidRequest, MetadataError
from ddb_assets.local.athena.service import QueryService

Operation = Callable[[QueryService, Mapping[str, Any]], dict[str, Any]]

_OPERATIONS: dict[str, Operation] = {
    "start_query_execution": QueryService.start,
    "get_query_execution": QueryService.get,
    "batch_get_query_execution": QueryService.batch_get,
    "list_query_executions": QueryService.list,
    "stop_query_execution": QueryService.stop,
    "get_query_results": QueryService.results,
    "get_query_runtime_statistics": QueryService.runtime_statistics,
    "list_data_catalogs": lambda service, call: service.metadata().data_catalogs(call),
    "get_data_catalog": lambda service, call: service.metadata().data_catalog(call),
    "list_databases": lambda service, call: service.metadata().databases(call),
    "get_database": lambda service, call: service.metadata().database(call),
    "list_table_metadata": lambda service, call: service.metadata().tables(call),
    "get_table_metadata": lambda service, call: service.metadata().table(call),
}


def install(endpoint: Callable[[], str]) -> None:
    """Make moto's Athena run queries, in this process and from now on.

    Args:
        endpoint: gives the URL of this very server; it is asked when a query starts, for Glue and S3.
    """
    for name, operation in _OPERATIONS.items():
        setattr(AthenaResponse, name, _handler(operation, endpoint))


def _handler(operation: Operation, endpoint: Callable[[], str]) -> Callable[[Any], Any]:
    def handle(response: Any) -> Any:
        call = json.loads(response.body or "{}")
        try:
            return json.dumps(operation(QueryService(response.athena_backend, endpoint), call))
        except InvalidRequest as refused:
            return _refused("InvalidRequestException", str(refused), AthenaErrorCode="INVALID_INPUT")
        except MetadataError as refused:
            return _refused("MetadataException", str(refused))

    return handle


def _refused(kind: str, message: str, **more: str) -> tuple[str, dict[str, int]]:
    """An error's body in the JSON protocol."""
    return json.dumps({"__type": kind, "Message": message, "message": message, **more}), {"status": 400}
