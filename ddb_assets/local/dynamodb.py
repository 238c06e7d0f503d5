"""What DynamoDB says of a table and of reading it, where moto says the same of all.

Read capacity is counted by the bytes of a page. Source: Amazon DynamoDB developer guide, "DynamoDB provisioned capacity
mode" (a Scan consumes half a unit for each 4 KB of the page, a whole one when consistent). A table's size is that of
its items now, where AWS tells one that is up to six hours old.
"""

from functools import wraps
from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from ddb_assets.local import projection, scan_segments, write_capacity

_UNIT_BYTES = 4096


def install() -> None:
    """Change moto's DynamoDB in this process."""
    projection.install()
    scan_segments.install()
    write_capacity.install()
    scan = DynamoHandler.scan

    @wraps(scan)
    def metered_scan(handler: Any) -> ActionResult:
        result: ActionResult = scan(handler)
        body: Any = result.result
        if "ConsumedCapacity" in body and "Items" in body:
            size = sum(_bytes(name, value) for item in body["Items"] for name, value in item.items())
            units = max(1, -(-size // _UNIT_BYTES)) * (1.0 if handler.body.get("ConsistentRead") else 0.5)
            body["ConsumedCapacity"]["CapacityUnits"] = units
            if "Table" in body["ConsumedCapacity"]:
                body["ConsumedCapacity"]["Table"]["CapacityUnits"] = units
        return result

    DynamoHandler.scan = metered_scan
    _describe_tables()


def resize(table: Table, old: Item | None, new: Item | None) -> None:
    """Keep the table's size current: an item was written in place of another, or of none."""
    if table.size_bytes is not None:
        table.size_bytes += (new.size() if new else 0) - (old.size() if old else 0)


def _describe_tables() -> None:
    """TableSizeBytes, and a TableId by which a table is told from a later one of its name."""
    Table.size_bytes = None
    make, describe = Table.__init__, Table.describe

    @wraps(make)
    def identified(table: Table, *args: Any, **kwargs: Any) -> None:
        table.table_id = str(uuid4())
        make(table, *args, **kwargs)

    @wraps(describe)
    def described(table: Table, base_key: str = "TableDescription") -> dict[str, Any]:
        if table.size_bytes is None:
            table.size_bytes = sum(item.size() for item in table.all_items())
        description: dict[str, Any] = describe(table, base_key)
        description[base_key] |= {"TableId": table.table_id, "TableSizeBytes": table.size_bytes}
        return description

    Table.__init__, Table.describe = identified, described


def _bytes(name: str, value: Any) -> int:
    return len(name.encode()) + int(DynamoType(value).size())
