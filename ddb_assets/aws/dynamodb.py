"""The source tables: what DescribeTable and DescribeContinuousBackups say, as one frozen record."""

from dataclasses import dataclass
from typing import Any

import dagster as dg
from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError


@dataclass(frozen=True)
class SourceTable:
    """One observation. Item count and size are DynamoDB's own, which it renews about every six hours."""

    name: str
    arn: str
    item_count: int
    size_bytes: int
    billing: str
    provisioned_rcu: int
    pitr: bool
    key_schema: tuple[str, ...]


class DynamoDB(dg.ConfigurableResource[Any]):
    """Reads facts about DynamoDB tables. Source: Amazon DynamoDB API reference, "DescribeTable"."""

    connection: Connection

    def describe(self, table_name: str) -> SourceTable:
        """The table as it is now.

        Raises:
            UserError: there is no such table in the Region.
        """
        client = self.connection.client("dynamodb")
        try:
            table = client.describe_table(TableName=table_name)["Table"]
            backups = client.describe_continuous_backups(TableName=table_name)["ContinuousBackupsDescription"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ResourceNotFoundException", "TableNotFoundException"):
                raise UserError(
                    f"DynamoDB table {table_name!r} does not exist in Region {self.connection.region}: correct "
                    "`table_name` in its defs.yaml, or create the table (`ddb-assets seed` makes the samples)."
                ) from None
            raise
        pitr = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"
        return SourceTable(
            name=table["TableName"],
            arn=table["TableArn"],
            item_count=table.get("ItemCount", 0),
            size_bytes=table.get("TableSizeBytes", 0),
            billing=table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
            provisioned_rcu=table.get("ProvisionedThroughput", {}).get("ReadCapacityUnits", 0),
            pitr=pitr,
            key_schema=tuple(key["AttributeName"] for key in table["KeySchema"]),
        )
