"""BatchWriteItem on local AWS says what a write would have cost."""

from collections.abc import Mapping
from typing import Any

from tests.conftest import LocalAws

NAME = "WriteCapacity"


def put(local_aws: LocalAws, *items: Mapping[str, Any], counted: str = "INDEXES") -> Any:
    puts = [{"PutRequest": {"Item": item}} for item in items]
    answer = local_aws.client("dynamodb").batch_write_item(RequestItems={NAME: puts}, ReturnConsumedCapacity=counted)
    return answer.get("ConsumedCapacity")


def test_each_item_costs_by_its_size_and_again_in_each_index_that_holds_it(local_aws: LocalAws) -> None:
    dynamodb = local_aws.client("dynamodb")
    dynamodb.create_table(
        TableName=NAME,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "status", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-status",
                "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    large = {"id": {"S": "1"}, "text": {"S": "x" * 3000}, "status": {"S": "open"}}

    assert put(local_aws, large, {"id": {"S": "2"}}) == [
        {
            "TableName": NAME,
            "CapacityUnits": 5.0,
            "Table": {"CapacityUnits": 4.0},
            "GlobalSecondaryIndexes": {"by-status": {"CapacityUnits": 1.0}},
        }
    ]
    # What it replaces is larger, and counts.
    assert put(local_aws, {"id": {"S": "1"}}, counted="TOTAL") == [{"TableName": NAME, "CapacityUnits": 4.0}]
    assert put(local_aws, {"id": {"S": "1"}}, counted="NONE") is None
    deleted = [{"DeleteRequest": {"Key": {"id": {"S": "2"}}}}]
    answer = dynamodb.batch_write_item(RequestItems={NAME: deleted}, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": NAME, "CapacityUnits": 1.0}]
