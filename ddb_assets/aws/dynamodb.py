"""The source tables: what DescribeTable and DescribeContinuousBackups say, as one frozen record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import dagster as dg
from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.errors import UserError
from ddb_assets.model.facts import RecoveryWindow, TableFacts
from ddb_snapshot.scanning.throttle import budget
from ddb_snapshot.source_identity import Source


@dataclass(frozen=True)
class SourceTable:
    """One observation. Item count and sizes are DynamoDB's own, which it renews about every six hours.

    Instants are UTC, sizes bytes, capacities read units a second; None and 0 are what DynamoDB says nothing of.
    `read_capacity` is what a scan takes its share of, and `capacity_source` says which of the capacities it is.
    `key_schema` has the partition key first, and `key_types` their types: S, N or B. `kms_key` is the ARN of the
    customer's or AWS's managed key that the table is encrypted with, `replicas` the other Regions of a global table.
    """

    name: str
    arn: str
    item_count: int
    size_bytes: int
    billing: str
    provisioned_rcu: int
    pitr: bool
    key_schema: tuple[str, ...]
    key_types: tuple[str, ...] = ()
    table_id: str | None = None
    created: datetime | None = None
    table_class: str = "STANDARD"
    on_demand_max_rcu: int | None = None
    warm_rcu: int | None = None
    read_capacity: float = 0.0
    capacity_source: str = ""
    local_index_bytes: int = 0
    kms_key: str | None = None
    replicas: tuple[str, ...] = ()
    recovery: RecoveryWindow | None = None

    @property
    def region(self) -> str:
        """The Region of the ARN."""
        return self.arn.split(":")[3]

    @property
    def source(self) -> Source:
        """Which table it is."""
        return Source(self.arn, self.table_id or "")

    def facts(self) -> TableFacts:
        """What a plan is made of."""
        return TableFacts(
            name=self.name,
            region=self.region,
            size_bytes=self.size_bytes,
            item_count=self.item_count,
            on_demand=self.billing == "PAY_PER_REQUEST",
            read_capacity=self.read_capacity,
            capacity_source=self.capacity_source,
            recovery=self.recovery,
            infrequent_access=self.table_class == "STANDARD_INFREQUENT_ACCESS",
            local_index_bytes=self.local_index_bytes,
            created=self.created,
            table_id=self.table_id or "",
        )


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
        return source_table(table, backups)


def source_table(table: Mapping[str, Any], backups: Mapping[str, Any]) -> SourceTable:
    """The record of a TableDescription and a ContinuousBackupsDescription, as boto3 gives them."""
    recovery = _recovery(backups.get("PointInTimeRecoveryDescription", {}))
    capacity = budget(table, 1.0)
    types = {definition["AttributeName"]: definition["AttributeType"] for definition in table["AttributeDefinitions"]}
    keys = tuple(
        key["AttributeName"] for key in sorted(table["KeySchema"], key=lambda key: bool(key["KeyType"] != "HASH"))
    )
    return SourceTable(
        name=table["TableName"],
        arn=table["TableArn"],
        item_count=table.get("ItemCount", 0),
        size_bytes=table.get("TableSizeBytes", 0),
        billing=table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        provisioned_rcu=table.get("ProvisionedThroughput", {}).get("ReadCapacityUnits", 0),
        pitr=recovery is not None,
        key_schema=keys,
        key_types=tuple(types[key] for key in keys),
        table_id=table.get("TableId"),
        created=_utc(table["CreationDateTime"]) if "CreationDateTime" in table else None,
        table_class=table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        on_demand_max_rcu=_units(table.get("OnDemandThroughput", {}).get("MaxReadRequestUnits")),
        warm_rcu=_units((table.get("WarmThroughput") or {}).get("ReadUnitsPerSecond")),
        read_capacity=capacity.capacity_rcu,
        capacity_source=capacity.source,
        local_index_bytes=sum(index.get("IndexSizeBytes", 0) for index in table.get("LocalSecondaryIndexes", ())),
        kms_key=table.get("SSEDescription", {}).get("KMSMasterKeyArn"),
        replicas=tuple(replica["RegionName"] for replica in table.get("Replicas", ())),
        recovery=recovery,
    )


def _recovery(described: Mapping[str, Any]) -> RecoveryWindow | None:
    """Where point-in-time recovery is on: which instants it reaches."""
    if described.get("PointInTimeRecoveryStatus") != "ENABLED":
        return None
    return RecoveryWindow(
        earliest=_utc(described["EarliestRestorableDateTime"]),
        latest=_utc(described["LatestRestorableDateTime"]),
        days=described.get("RecoveryPeriodInDays", 35),
    )


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(timezone.utc)


def _units(said: int | None) -> int | None:
    """DynamoDB says -1 of a maximum that is not set."""
    return said if said is not None and said > 0 else None
