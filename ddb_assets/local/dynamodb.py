"""Read capacity as DynamoDB counts it: by the bytes of a page, where moto says 1.0 whatever was read.

Source: Amazon DynamoDB developer guide, "DynamoDB provisioned capacity mode" (a Scan consumes half a unit for each 4 KB
of the page, a whole one when consistent).
"""

from functools import wraps
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.responses import DynamoHandler

from ddb_assets.local import scan_segments, write_capacity

_UNIT_BYTES = 4096


def install() -> None:
    """Change moto's DynamoDB in this process."""
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


def _bytes(name: str, value: Any) -> int:
    return len(name.encode()) + int(DynamoType(value).size())
