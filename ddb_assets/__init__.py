"""DynamoDB tables as partitioned Dagster assets: snapshot in S3, partition in the Data Catalog, view in Athena.

Public surface: the components `DynamoDBTable` and `DynamoDBTableGroup`, and `aws_resources()`. They are imported on
first use, so that the command line starts without Dagster.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ddb_assets.aws import aws_resources as aws_resources
    from ddb_assets.components.dynamodb_table import DynamoDBTable as DynamoDBTable
    from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup as DynamoDBTableGroup

COMPONENTS = ("DynamoDBTable", "DynamoDBTableGroup")
"""What a defs.yaml may name as its `type`, behind `ddb_assets.`."""

__all__ = ["DynamoDBTable", "DynamoDBTableGroup", "aws_resources"]


def __getattr__(name: str) -> Any:
    if name == "DynamoDBTable":
        from ddb_assets.components.dynamodb_table import DynamoDBTable

        return DynamoDBTable
    if name == "DynamoDBTableGroup":
        from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup

        return DynamoDBTableGroup
    if name == "aws_resources":
        from ddb_assets.aws import aws_resources

        return aws_resources
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
