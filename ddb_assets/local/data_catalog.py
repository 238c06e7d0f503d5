"""What the Glue Data Catalog refuses, where moto takes it: an update of a version that is gone by, names too long.

UpdateTable with a `VersionId` other than the table's own ends with ConcurrentModificationException and changes nothing;
without one it overwrites whatever is there. Sources: AWS Glue API reference, "UpdateTable", which lists the error but
doesn't say when it comes; the message and the condition are as seen on AWS (floci-io/floci, issues 1183 and 1205).
Unproven: whether AWS compares versions of a request that also has a TransactionId. AWS counts versions from 0, moto
from 1: no client may depend on the number.
"""

import threading
from functools import wraps
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import GlueClientError
from moto.glue.models import GlueBackend
from moto.glue.responses import GlueResponse

LONGEST_NAME = 255
"""Characters. Source: AWS Glue API reference, "TableInput" (Name)."""

_changing = threading.RLock()


def install() -> None:
    """Change moto's Glue in this process."""
    update, create = GlueResponse.update_table, GlueBackend.create_table

    @wraps(update)
    def versioned_update(response: Any) -> ActionResult:
        wanted, named = response.parameters.get("VersionId"), response.parameters.get("TableInput") or {}
        with _changing:
            table = response.glue_backend.get_table(response.parameters.get("DatabaseName"), named.get("Name"))
            if wanted is not None and wanted != table.as_dict()["VersionId"]:
                raise GlueClientError(
                    "ConcurrentModificationException", "Update table failed due to concurrent modifications."
                )
            result: ActionResult = update(response)
        return result

    @wraps(create)
    def checked_create(backend: Any, database_name: str, table_name: str, *args: Any, **kwargs: Any) -> Any:
        if len(table_name) > LONGEST_NAME:
            raise GlueClientError(
                "ValidationException",
                "1 validation error detected: Value at 'tableInput.name' failed to satisfy constraint: Member must "
                f"have length less than or equal to {LONGEST_NAME}",
            )
        with _changing:
            return create(backend, database_name, table_name, *args, **kwargs)

    GlueResponse.update_table, GlueBackend.create_table = versioned_update, checked_create
