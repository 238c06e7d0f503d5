"""Read capacity as DynamoDB counts it: by the bytes of a page, where moto says 1.0 whatever was read.

Source: Amazon DynamoDB developer guide, "DynamoDB provisioned capacity mode" (a Scan consumes half a unit for each 4 KB
of the page, a whole one when consistent).
"""

from functools import wraps
from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

_UNIT_BYTES = 4096


def install() -> None:
    """Change moto's DynamoDB in this process."""
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
    _identify_tables()


def _identify_tables() -> None:
    """A TableId, by which a table is told from a later one of its name."""
    make, describe = Table.__init__, Table.describe

    @wraps(make)
    def identified(table: Table, *args: Any, **kwargs: Any) -> None:
        table.table_id = str(uuid4())
        make(table, *args, **kwargs)

    @wraps(describe)
    def described(table: Table, base_key: str = "TableDescription") -> dict[str, Any]:
        description: dict[str, Any] = describe(table, base_key)
        description[base_key]["TableId"] = table.table_id
        return description

    Table.__init__, Table.describe = identified, described


def _bytes(name: str, value: Any) -> int:
    return len(name.encode()) + int(DynamoType(value).size())
