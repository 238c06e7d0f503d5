"""A table as DynamoDB describes it: what the plan and the chain are told of it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.dynamodb import DynamoDB, source_table
from ddb_assets.errors import UserError
from ddb_assets.model.facts import RecoveryWindow
from tests.conftest import LocalAws

KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/0f0f"
BERLIN = timezone(timedelta(hours=1))


def described(**changed: Any) -> dict[str, Any]:
    """A TableDescription of the API reference's form, as boto3 gives it: instants in the machine's own timezone."""
    return {
        "TableName": "Orders",
        "TableArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/Orders",
        "TableId": "b2d0",
        "TableStatus": "ACTIVE",
        "CreationDateTime": datetime(2026, 1, 1, 1, tzinfo=BERLIN),
        "AttributeDefinitions": [
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "other", "AttributeType": "B"},
        ],
        "KeySchema": [{"AttributeName": "at", "KeyType": "RANGE"}, {"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "TableSizeBytes": 5000,
        "ItemCount": 7,
        "LocalSecondaryIndexes": [{"IndexSizeBytes": 300}, {"IndexSizeBytes": 40}],
        **changed,
    }


def recovery(**changed: Any) -> dict[str, Any]:
    return {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": 7,
            "EarliestRestorableDateTime": datetime(2026, 11, 18, 1, tzinfo=BERLIN),
            "LatestRestorableDateTime": datetime(2026, 11, 25, 0, 55, tzinfo=BERLIN),
            **changed,
        },
    }


def test_recovery_that_is_on_says_which_instants_it_reaches_in_utc() -> None:
    table = source_table(described(), recovery())

    assert table.pitr
    assert table.recovery == RecoveryWindow(
        datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 24, 23, 55, tzinfo=UTC), 7
    )
    assert table.created == datetime(2026, 1, 1, tzinfo=UTC)


def test_recovery_that_is_off_reaches_nothing() -> None:
    off = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}

    table = source_table(described(), off)

    assert not table.pitr
    assert table.recovery is None
    assert table.facts().recovery is None


def test_the_keys_come_partition_key_first_with_their_types() -> None:
    table = source_table(described(), recovery())

    assert table.key_schema == ("id", "at")
    assert table.key_types == ("S", "N")


@pytest.mark.parametrize(
    ("changed", "capacity", "source"),
    [
        ({"OnDemandThroughput": {"MaxReadRequestUnits": 500}}, 500, "on-demand maximum"),
        ({"OnDemandThroughput": {"MaxReadRequestUnits": -1}}, 12_000, "on-demand default"),
        ({"WarmThroughput": {"ReadUnitsPerSecond": 40_000}}, 40_000, "warm throughput"),
        ({"ProvisionedThroughput": {"ReadCapacityUnits": 80}}, 80, "provisioned"),
    ],
)
def test_a_scan_takes_its_share_of_the_capacity_that_there_is(
    changed: dict[str, Any], capacity: float, source: str
) -> None:
    table = source_table(described(**changed), recovery())

    assert (table.read_capacity, table.capacity_source) == (capacity, source)


def test_a_maximum_that_is_not_set_is_none() -> None:
    table = source_table(
        described(OnDemandThroughput={"MaxReadRequestUnits": -1}, WarmThroughput={"ReadUnitsPerSecond": 12_000}),
        recovery(),
    )

    assert table.on_demand_max_rcu is None
    assert table.warm_rcu == 12_000


def test_class_key_and_replicas_are_told() -> None:
    table = source_table(
        described(
            TableClassSummary={"TableClass": "STANDARD_INFREQUENT_ACCESS"},
            SSEDescription={"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": KEY_ARN},
            Replicas=[{"RegionName": "eu-west-1"}, {"RegionName": "us-east-1"}],
        ),
        recovery(),
    )

    assert table.table_class == "STANDARD_INFREQUENT_ACCESS"
    assert table.kms_key == KEY_ARN
    assert table.replicas == ("eu-west-1", "us-east-1")
    assert table.region == "eu-central-1"
    assert table.table_id == "b2d0"


def test_the_plans_facts_have_the_local_indexes_that_an_export_is_billed_by() -> None:
    facts = source_table(described(), recovery()).facts()

    assert facts.on_demand
    assert facts.export_bytes == 5340


def test_a_real_table_is_described(local_aws: LocalAws) -> None:
    client = local_aws.client("dynamodb")
    client.create_table(
        TableName="Described",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "id", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY_ARN},
    )
    client.put_item(TableName="Described", Item={"id": {"S": "four"}, "at": {"N": "1"}, "text": {"S": "x" * 100}})
    describe = DynamoDB(connection=Connection()).describe
    before = describe("Described")
    client.update_continuous_backups(
        TableName="Described",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 3},
    )

    table = describe("Described")

    assert before.recovery is None
    assert table.recovery is not None
    assert table.recovery.days == 3
    assert abs(datetime.now(UTC) - table.recovery.earliest) < timedelta(minutes=5)
    assert table.recovery.earliest <= table.recovery.latest
    assert (table.billing, table.item_count) == ("PAY_PER_REQUEST", 1)
    assert 100 < table.size_bytes < 150
    assert table.key_types == ("S", "N")
    assert table.kms_key == KEY_ARN
    assert table.table_id


def test_a_table_that_is_not_there_is_named(local_aws: LocalAws) -> None:
    with pytest.raises(UserError, match="'Missing' does not exist in Region us-east-1"):
        DynamoDB(connection=Connection()).describe("Missing")
