"""A local Amazon Athena: SQL that really runs, in moto's server, over the server's own Data Catalog and S3.

`install` makes it; everything else is reached over HTTP as Athena's API. Modules, in the order a query passes them:
`service` (the API), `execution` (states), `engine` (Hive's statements or the rest), `ddl` (Hive's, which change or show
the catalog), and an engine for the rest: `embedded` (`query`: `sql` parses, `analysis` types and translates by the list
in `functions`, then `tables`, `prune`, `scan`, `readers`; `rendering`) or `trino_engine` (`trino_writes`,
`trino_values`); then `result`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.athena.responses import AthenaResponse

from ddb_assets.local.athena.embedded import Embedded
from ddb_assets.local.athena.engine import Engine
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


def install(endpoint: Callable[[], str], engine: Engine | None = None) -> None:
    """Make moto's Athena run queries, in this process and from now on.

    Args:
        endpoint: gives the URL of this very server; it is asked when a query starts, for Glue and S3.
        engine: runs what Athena gives to Trino; the embedded one when it is left out.
    """
    chosen = engine or Embedded()
    for name, operation in _OPERATIONS.items():
        setattr(AthenaResponse, name, _handler(operation, endpoint, chosen))


def _handler(operation: Operation, endpoint: Callable[[], str], engine: Engine) -> Callable[[Any], Any]:
    def handle(response: Any) -> Any:
        call = json.loads(response.body or "{}")
        try:
            return json.dumps(operation(QueryService(response.athena_backend, endpoint, engine), call))
        except InvalidRequest as refused:
            return _refused("InvalidRequestException", str(refused), AthenaErrorCode="INVALID_INPUT")
        except MetadataError as refused:
            return _refused("MetadataException", str(refused))

    return handle


def _refused(kind: str, message: str, **more: str) -> tuple[str, dict[str, int]]:
    """An error's body in the JSON protocol."""
    return json.dumps({"__type": kind, "Message": message, "message": message, **more}), {"status": 400}
