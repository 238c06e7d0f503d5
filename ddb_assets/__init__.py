"""DynamoDB tables as partitioned Dagster assets: snapshot in S3, partition in the Data Catalog, view in Athena.

Public surface: the component `DynamoDBTable` and `aws_resources()`. Both are imported on first use, so that
the command line starts without Dagster.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ddb_assets.aws import aws_resources as aws_resources
    from ddb_assets.components.dynamodb_table import DynamoDBTable as DynamoDBTable

__all__ = ["DynamoDBTable", "aws_resources"]


def __getattr__(name: str) -> Any:
    if name == "DynamoDBTable":
        from ddb_assets.components.dynamodb_table import DynamoDBTable

        return DynamoDBTable
    if name == "aws_resources":
        from ddb_assets.aws import aws_resources

        return aws_resources
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
