"""The first link: the DynamoDB table itself, an external asset that can be observed."""

from datetime import datetime, timezone
from typing import Any

import dagster as dg

from ddb_assets.aws.dynamodb import DynamoDB, SourceTable
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.keys import source_key
from ddb_assets.model.table import TableSpec


def source_asset(table: TableSpec) -> dg.SourceAsset:
    """The external asset `dynamodb/<Table>`; observing it records item count, size, billing and PITR."""

    @dg.observable_source_asset(
        key=source_key(table),
        group_name=table.group,
        description=f"DynamoDB table {table.table_name}.",
        metadata={"dagster/uri": f"dynamodb://{table.table_name}", "dagster/table_name": table.table_name},
        tags={**table.tags, "dagster/kind/dynamodb": ""},
    )
    def source(context: dg.AssetExecutionContext, ddb_source: DynamoDB) -> dg.ObserveResult:
        with failing_clearly(context, table.table_name, "asking DynamoDB about the table"):
            observed = ddb_source.describe(table.table_name)
        return dg.ObserveResult(metadata=source_metadata(observed))

    return source


def source_metadata(source: SourceTable) -> dict[str, Any]:
    """What an observation says, in Dagster's metadata. The item count is DynamoDB's, up to six hours old."""
    return {
        "item_count": source.item_count,
        "size_bytes": source.size_bytes,
        "billing": source.billing,
        "provisioned_rcu": source.provisioned_rcu,
        "point_in_time_recovery": source.pitr,
        "key": list(source.key_schema),
        "arn": source.arn,
        "observed_at": dg.MetadataValue.timestamp(datetime.now(timezone.utc)),
    }
