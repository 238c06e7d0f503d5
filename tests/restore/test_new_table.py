"""What a new table is asked to be: the source, unless something else is wished for."""

from typing import Any

import pytest

from ddb_assets.errors import UserError
from ddb_assets.restore.new_table import (
    Rate,
    Wishes,
    chosen_billing,
    create_request,
    described_keys,
    given_definition,
    index_names,
    read_rate,
    require_keys,
    require_name,
    write_rate,
)

CAPACITY = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}
INDEX_CAPACITY = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}
SOURCE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": tag} for name, tag in [("id", "S"), ("at", "N"), ("status", "S")]
    ],
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": CAPACITY,
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-status",
            "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": INDEX_CAPACITY,
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "local",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "status", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:key"},
}
ON_DEMAND = {**given_definition(["id:S"]), "OnDemandThroughput": {"MaxWriteRequestUnits": 9}}


def asked(definition: Any = SOURCE, **wishes: Any) -> dict[str, Any]:
    return create_request(definition, "New", Wishes(**wishes), {"t": "v"})


def test_without_wishes_the_new_table_is_the_source() -> None:
    assert asked() == {**SOURCE, "TableName": "New", "Tags": [{"Key": "t", "Value": "v"}]}
    assert asked(ON_DEMAND) == {**ON_DEMAND, "TableName": "New", "Tags": [{"Key": "t", "Value": "v"}]}


def test_on_demand_leaves_every_capacity_out() -> None:
    found = asked(billing="on-demand")

    assert found["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in found
    assert "ProvisionedThroughput" not in found["GlobalSecondaryIndexes"][0]
    assert index_names(found) == ("by-status", "local")


def test_a_wished_capacity_is_the_tables_and_not_its_indexes() -> None:
    found = asked(write_capacity=500)

    assert found["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 500}
    assert found["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == INDEX_CAPACITY


def test_an_index_of_an_on_demand_source_gets_the_tables_capacity() -> None:
    source = {**SOURCE, "BillingMode": "PAY_PER_REQUEST"}
    del source["ProvisionedThroughput"]
    source["GlobalSecondaryIndexes"] = [
        {name: value for name, value in SOURCE["GlobalSecondaryIndexes"][0].items() if name != "ProvisionedThroughput"}
    ]

    found = asked(source, billing="provisioned", read_capacity=10, write_capacity=20)

    capacity = {"ReadCapacityUnits": 10, "WriteCapacityUnits": 20}
    assert found["ProvisionedThroughput"] == capacity
    assert found["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == capacity
    with pytest.raises(UserError, match="--read-capacity and --write-capacity"):
        asked(source, billing="provisioned", read_capacity=10)


def test_a_capacity_for_an_on_demand_table_is_refused() -> None:
    for definition, wishes in ((ON_DEMAND, {}), (SOURCE, {"billing": "on-demand"})):
        with pytest.raises(UserError, match="--billing provisioned"):
            asked(definition, write_capacity=5, **wishes)


def test_without_indexes_their_attributes_are_not_defined() -> None:
    found = asked(indexes=False)

    assert index_names(found) == ()
    assert [attribute["AttributeName"] for attribute in found["AttributeDefinitions"]] == ["id", "at"]


@pytest.mark.parametrize(
    ("kms_key", "expected"),
    [
        ("aws-owned", None),
        ("aws-managed", {"Enabled": True, "SSEType": "KMS"}),
        ("alias/mine", {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/mine"}),
    ],
)
def test_the_key_of_encryption_can_be_another(kms_key: str, expected: Any) -> None:
    assert asked(kms_key=kms_key).get("SSESpecification") == expected
    assert asked(ON_DEMAND, kms_key=kms_key).get("SSESpecification") == expected


def test_keys_are_given_with_their_types() -> None:
    found = given_definition(["tenant:id:S", "at:N"])

    assert described_keys(found) == "tenant:id (S), at (N)"
    assert [key["KeyType"] for key in found["KeySchema"]] == ["HASH", "RANGE"]


@pytest.mark.parametrize("keys", [["id"], ["id:X"], [":S"], ["a:S", "b:S", "c:S"], ["a:S", "a:N"], ["id:string"]])
def test_keys_of_another_form_are_refused(keys: list[str]) -> None:
    with pytest.raises(UserError, match="write NAME:TYPE"):
        given_definition(keys)


def test_keys_that_contradict_what_is_recorded_are_refused() -> None:
    require_keys(SOURCE, [], "The manifest")
    require_keys(SOURCE, ["id:S", "at:N"], "The manifest")
    with pytest.raises(UserError, match="The manifest says that the table's keys are --key id:S --key at:N: leave"):
        require_keys(SOURCE, ["id:S"], "The manifest")


@pytest.mark.parametrize("name", ["ab", "a b c", "x" * 256, ""])
def test_a_name_that_dynamodb_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="--to"):
        require_name(name)


def test_an_unknown_billing_is_named() -> None:
    with pytest.raises(UserError, match="--billing free: not one of source, on-demand, provisioned"):
        chosen_billing("free")


@pytest.mark.parametrize(
    ("table", "max_wcu", "expected"),
    [
        ({"ProvisionedThroughput": CAPACITY}, None, Rate(7, "provisioned")),
        ({"ProvisionedThroughput": CAPACITY}, 1000, Rate(7, "provisioned")),
        ({"ProvisionedThroughput": CAPACITY}, 2, Rate(2, "--max-wcu")),
        ({"OnDemandThroughput": {"MaxWriteRequestUnits": 9}}, None, Rate(9, "on-demand maximum")),
        (
            {"OnDemandThroughput": {"MaxWriteRequestUnits": -1}, "WarmThroughput": {"WriteUnitsPerSecond": 6000}},
            None,
            Rate(6000, "warm throughput"),
        ),
        ({"ProvisionedThroughput": {"WriteCapacityUnits": 0}}, None, Rate(4000, "a new on-demand table's")),
        ({}, 50_000, Rate(50_000, "--max-wcu")),
        ({"OnDemandThroughput": {"MaxWriteRequestUnits": 9}}, 50, Rate(9, "on-demand maximum")),
    ],
)
def test_the_pace_of_writing_is_what_the_table_takes(table: Any, max_wcu: float | None, expected: Rate) -> None:
    assert write_rate(table, max_wcu) == expected


def test_the_pace_of_reading_is_what_the_table_takes() -> None:
    assert read_rate({"ProvisionedThroughput": CAPACITY}, None) == Rate(5, "provisioned")
    assert read_rate({"ProvisionedThroughput": CAPACITY}, 3) == Rate(3, "--max-rcu")
    assert read_rate({}, None).units == 12_000
