"""What the Glue Data Catalog refuses, where moto takes it: an update of a version that is gone by, texts too long.

UpdateTable with a `VersionId` other than the table's own ends with ConcurrentModificationException and changes nothing;
without one it overwrites whatever is there. Sources: AWS Glue API reference, "UpdateTable", which lists the error but
doesn't say when it comes; the message and the condition are as seen on AWS (floci-io/floci, issues 1183 and 1205).
Unproven: whether AWS compares versions of a request that also has a TransactionId. AWS counts versions from 0, moto
from 1: no client may depend on the number.
"""

import threading
from functools import wraps
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.glue.exceptions import GlueClientError
from moto.glue.models import GlueBackend
from moto.glue.responses import GlueResponse

from ddb_assets.local.text_lengths import too_long

_WRITING: Final = {
    "create_database": "CreateDatabase", "create_table": "CreateTable", "update_table": "UpdateTable",
    "create_partition": "CreatePartition", "update_partition": "UpdatePartition",
    "batch_create_partition": "BatchCreatePartition", "batch_update_partition": "BatchUpdatePartition",
}  # fmt: skip

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
    def one_create(backend: Any, *args: Any, **kwargs: Any) -> Any:
        with _changing:
            return create(backend, *args, **kwargs)

    GlueResponse.update_table, GlueBackend.create_table = versioned_update, one_create
    for name, operation in _WRITING.items():
        _check_lengths(name, operation)


def _check_lengths(name: str, operation: str) -> None:
    write = getattr(GlueResponse, name)

    @wraps(write)
    def checked(response: Any) -> ActionResult:
        complaint = too_long("glue", operation, response.parameters)
        if complaint is not None:
            raise GlueClientError("ValidationException", complaint)
        result: ActionResult = write(response)
        return result

    setattr(GlueResponse, name, checked)
