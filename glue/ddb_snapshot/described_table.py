"""The DynamoDB table that is to be captured, as DescribeTable has it.

Source: Amazon DynamoDB API reference, "DescribeTable".
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from ddb_snapshot import storage


class TableMissing(LookupError):
    """There is no such DynamoDB table."""


class TableNotReadable(RuntimeError):
    """The table exists, but can't be scanned in its present state."""


def describe(dynamodb: Any, table_name: str, region: str) -> Mapping[str, Any]:
    """The table, as DescribeTable has it.

    Raises:
        TableMissing: there is none; names Region and account.
        TableNotReadable: it is being created or deleted, or can't be decrypted.
    """
    try:
        table: Mapping[str, Any] = dynamodb.describe_table(TableName=table_name)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "TableNotFoundException"):
            raise
        raise TableMissing(
            f"DynamoDB table {table_name!r} does not exist in Region {region} (account {_account(region)}): "
            "correct --table_name, or run the job where the table is."
        ) from None
    if table.get("TableStatus", "ACTIVE") not in ("ACTIVE", "UPDATING"):
        raise TableNotReadable(
            f"DynamoDB table {table_name!r} in Region {region} is {table['TableStatus']}: it can't be read."
        )
    return table


def key_types(table: Mapping[str, Any]) -> dict[str, str]:
    """The key attributes, partition key first, with their DynamoDB types."""
    types = {definition["AttributeName"]: definition["AttributeType"] for definition in table["AttributeDefinitions"]}
    schema = sorted(table["KeySchema"], key=lambda key: key["KeyType"] != "HASH")
    return {key["AttributeName"]: types[key["AttributeName"]] for key in schema}


def _account(region: str) -> str:
    try:
        return str(storage.client("sts", region).get_caller_identity()["Account"])
    except Exception:
        return "unknown"
