"""A table's definition, as each manifest keeps it: what CreateTable takes, and nothing else."""

from typing import Any

from ddb_snapshot.manifest import Manifest
from ddb_snapshot.table_definition import key_names, table_definition

KEYS = [{"AttributeName": "id", "KeyType": "HASH"}]
ATTRIBUTES = [{"AttributeName": "id", "AttributeType": "S"}]


def described(**more: Any) -> dict[str, Any]:
    """A table as DescribeTable has it."""
    return {
        "TableName": "Orders",
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders",
        "TableStatus": "ACTIVE",
        "ItemCount": 3,
        "TableSizeBytes": 300,
        "KeySchema": KEYS,
        "AttributeDefinitions": ATTRIBUTES,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        **more,
    }


def test_an_on_demand_table_has_no_capacity() -> None:
    found = table_definition(described(BillingModeSummary={"BillingMode": "PAY_PER_REQUEST"}))

    assert found == {"KeySchema": KEYS, "AttributeDefinitions": ATTRIBUTES, "BillingMode": "PAY_PER_REQUEST"}


def test_a_table_without_billing_mode_is_provisioned() -> None:
    found = table_definition(described(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}))

    assert found["BillingMode"] == "PROVISIONED"
    assert found["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}


def test_the_partition_key_comes_first() -> None:
    sort_first = [{"AttributeName": "at", "KeyType": "RANGE"}, *KEYS]

    assert key_names(table_definition(described(KeySchema=sort_first))) == ("id", "at")


def test_indexes_are_kept_without_what_they_hold_and_without_those_being_deleted() -> None:
    schema = [{"AttributeName": "status", "KeyType": "HASH"}]
    index = {
        "IndexName": "by-status",
        "KeySchema": schema,
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]},
        "IndexStatus": "CREATING",
        "Backfilling": True,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 1, "ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
        "IndexSizeBytes": 17,
        "ItemCount": 1,
        "IndexArn": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders/index/by-status",
    }
    found = table_definition(
        described(GlobalSecondaryIndexes=[index, {**index, "IndexName": "old", "IndexStatus": "DELETING"}])
    )

    assert found["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "by-status",
            "KeySchema": schema,
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]},
            "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
        }
    ]
    assert "LocalSecondaryIndexes" not in found


def test_class_encryption_and_maximum_are_kept() -> None:
    found = table_definition(
        described(
            BillingModeSummary={"BillingMode": "PAY_PER_REQUEST"},
            OnDemandThroughput={"MaxReadRequestUnits": 100, "MaxWriteRequestUnits": -1},
            TableClassSummary={"TableClass": "STANDARD_INFREQUENT_ACCESS"},
            SSEDescription={"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:aws:kms:::key/1"},
        )
    )

    assert found["OnDemandThroughput"] == {"MaxReadRequestUnits": 100}
    assert found["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert found["SSESpecification"] == {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:aws:kms:::key/1"}


def test_a_manifest_of_an_earlier_version_has_no_definition() -> None:
    earlier = (
        '{"version": 1, "table_name": "T", "snapshot_timestamp": "2026-01-01T00:00", "attempt": "a", "output_format": '
        '"parquet", "location": "s3://b/a/", "files": [], "row_count": 0, "bytes": 0, "columns": [], "capture": '
        '{"method": "scan", "started_at": "", "finished_at": "", "items": 0, "item_bytes": 0}, "census": {}, '
        '"rewritten": null}'
    )

    manifest = Manifest.from_json(earlier)

    assert manifest.source == {}
    assert Manifest.from_json(manifest.to_json()) == manifest
