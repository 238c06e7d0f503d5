"""Write capacity of BatchWriteItem as DynamoDB counts it: by the bytes of each item, where moto says 1.0 of all.

Source: Amazon DynamoDB developer guide, "DynamoDB provisioned capacity mode" (a unit for each 1 KB of an item, of the
larger one where one replaces another) and "Global secondary indexes" (what an index projects is written there too).
"""

from collections.abc import Mapping
from functools import wraps
from typing import Any

from moto.core.responses import ActionResult
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import SecondaryIndex, Table
from moto.dynamodb.responses import DynamoHandler

_UNIT_BYTES = 1024


def install() -> None:
    """Change moto's DynamoDB in this process."""
    write = DynamoHandler.batch_write_item

    @wraps(write)
    def metered_write(handler: Any) -> ActionResult:
        requests = handler.body["RequestItems"]
        tables = {name: handler.dynamodb_backend.get_table(name) for name in requests}
        before = {name: _items(tables[name], requests[name]) for name in requests}
        result: ActionResult = write(handler)
        body: Any = result.result
        wanted = handler.body.get("ReturnConsumedCapacity", "NONE")
        body.pop("ConsumedCapacity", None)
        if wanted != "NONE":
            body["ConsumedCapacity"] = [
                _consumed(name, table, before[name], _items(table, requests[name]), wanted == "INDEXES")
                for name, table in tables.items()
            ]
        return result

    DynamoHandler.batch_write_item = metered_write


def _items(table: Table, requests: list[Mapping[str, Any]]) -> list[Item | None]:
    """What the table holds under the keys of the requests."""
    keys = [request.get("PutRequest", {}).get("Item") or request["DeleteRequest"]["Key"] for request in requests]
    return [
        table.get_item(
            DynamoType(key[table.hash_key_attr]),
            DynamoType(key[table.range_key_attr]) if table.range_key_attr else None,
        )
        if table.hash_key_attr in key
        else None
        for key in keys
    ]


def _consumed(
    name: str, table: Table, before: list[Item | None], after: list[Item | None], by_index: bool
) -> dict[str, Any]:
    changes = list(zip(before, after, strict=True))
    own = float(sum(max(_units(old), _units(new), 1) for old, new in changes))
    indexes = {
        kind: {index.name: {"CapacityUnits": float(_index_units(index, changes))} for index in found}
        for kind, found in (
            ("GlobalSecondaryIndexes", table.global_indexes),
            ("LocalSecondaryIndexes", table.indexes),
        )
        if found
    }
    total = own + sum(units["CapacityUnits"] for kind in indexes.values() for units in kind.values())
    detail = {"Table": {"CapacityUnits": own}, **indexes} if by_index else {}
    return {"TableName": name, "CapacityUnits": total, **detail}


def _index_units(index: SecondaryIndex, changes: list[tuple[Item | None, Item | None]]) -> int:
    return sum(max(_units(_projected(index, old)), _units(_projected(index, new))) for old, new in changes)


def _projected(index: SecondaryIndex, item: Item | None) -> Item | None:
    """What the index holds of the item: nothing, when it lacks one of the index's keys."""
    if item is None or any(name not in item.attrs for name in index.schema_key_attrs):
        return None
    return index.project(item)


def _units(item: Item | None) -> int:
    return max(1, -(-item.size() // _UNIT_BYTES)) if item is not None else 0
