"""The items of a table as it is now, read by boto3's own parser: not by the code whose work is to be proven."""

from collections.abc import Iterator, Mapping
from typing import Any

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_snapshot.items import Item
from ddb_snapshot.scanning.throttle import Pacer, budget


def key_attributes(connection: Connection, table_name: str) -> tuple[str, ...]:
    """The names of the table's key attributes.

    Raises:
        UserError: there is no such table.
    """
    return tuple(key["AttributeName"] for key in _described(connection, table_name)["KeySchema"])


def live_items(connection: Connection, table_name: str, read_percentage: float) -> Iterator[Item]:
    """Every item of the table, with bytes for binary, at a share of its read capacity.

    Raises:
        UserError: there is no such table.
    """
    return scanned(connection, table_name, budget(_described(connection, table_name), read_percentage).target_rcu)


def scanned(connection: Connection, table_name: str, rate: float, consistent: bool = False) -> Iterator[Item]:
    """Every item of the table, with bytes for binary, at `rate` read units a second."""
    pacer = Pacer(rate)
    request: dict[str, Any] = {
        "TableName": table_name,
        "ReturnConsumedCapacity": "TOTAL",
        "ConsistentRead": consistent,
    }
    while True:
        pacer.wait()
        limit = pacer.limit()
        page = connection.client("dynamodb").scan(**request, **({"Limit": limit} if limit else {}))
        pacer.consumed(page.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0), page["Count"])
        yield from page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _described(connection: Connection, table_name: str) -> Mapping[str, Any]:
    client = connection.client("dynamodb")
    try:
        table: Mapping[str, Any] = client.describe_table(TableName=table_name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        raise UserError(
            f"DynamoDB table {table_name!r} does not exist in Region {connection.region}. To compare with an export "
            "without the table, name its key attributes: --key NAME, once for each."
        ) from None
    return table
