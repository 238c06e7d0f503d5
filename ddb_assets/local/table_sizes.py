"""Table sizes as DynamoDB counts them, where moto says 0: attribute names and values, from which plans are made.

DynamoDB's own number is up to six hours old; this one is of now, by the average of the first thousand items.
Source: Amazon DynamoDB developer guide, "DynamoDB item sizes and formats".
"""

from collections.abc import Iterator
from functools import wraps
from itertools import islice
from typing import Any, Final

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_MEASURED: Final = 1000


def install() -> None:
    """Change moto's DynamoDB in this process."""
    describe = Table.describe

    @wraps(describe)
    def sized(table: Table, base_key: str = "TableDescription") -> dict[str, Any]:
        description: dict[str, Any] = describe(table, base_key)
        description[base_key]["TableSizeBytes"] = _size(table, description[base_key]["ItemCount"])
        return description

    Table.describe = sized


def _size(table: Table, count: int) -> int:
    sizes = [_item_bytes(item) for item in islice(_items(table), _MEASURED)]
    return count * sum(sizes) // len(sizes) if sizes else 0


def _items(table: Table) -> Iterator[Item]:
    """The items in no order; a copy of each level, for requests that write go on meanwhile."""
    for found in list(table.items.values()):
        if table.range_key_attr:
            yield from list(found.values())
        else:
            yield found


def _item_bytes(item: Item) -> int:
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.attrs.items())


def _value_bytes(value: DynamoType) -> int:
    return int(value.size())
