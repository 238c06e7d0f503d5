"""A table's definition in CreateTable's own words: what makes a table like it. Each snapshot's manifest keeps one.

Of what DescribeTable says, everything is left out that a new table gets by itself (ARNs, states, sizes, counts) and
what AWS doesn't restore with a table either: streams, tags, time to live and so on.
Sources: Amazon DynamoDB API reference, "TableDescription", "CreateTable", "RestoreTableToPointInTime".
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Definition: TypeAlias = Mapping[str, Any]
"""KeySchema, AttributeDefinitions, BillingMode and, where the table has them, ProvisionedThroughput,
OnDemandThroughput, GlobalSecondaryIndexes, LocalSecondaryIndexes, TableClass, SSESpecification."""

_CAPACITY: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
_MAXIMUM: Final = ("MaxReadRequestUnits", "MaxWriteRequestUnits")
_GLOBAL, _LOCAL = "GlobalSecondaryIndexes", "LocalSecondaryIndexes"


def table_definition(table: Mapping[str, Any]) -> dict[str, Any]:
    """The definition of a table as DescribeTable describes it."""
    # DescribeTable says nothing of the billing of a table that was provisioned from its start.
    billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    indexes = {
        _GLOBAL: [_index(index) for index in table.get(_GLOBAL) or () if index.get("IndexStatus") != "DELETING"],
        _LOCAL: [_index(index) for index in table.get(_LOCAL) or ()],
    }
    encryption = table.get("SSEDescription", {})
    table_class = table.get("TableClassSummary", {}).get("TableClass")
    found: dict[str, Any] = {
        "KeySchema": _key_schema(table),
        "AttributeDefinitions": [
            {name: definition[name] for name in ("AttributeName", "AttributeType")}
            for definition in table["AttributeDefinitions"]
        ],
        "BillingMode": billing,
        **_throughput(table),
        **{kind: described for kind, described in indexes.items() if described},
    }
    if table_class:
        found["TableClass"] = table_class
    if encryption.get("Status") in ("ENABLED", "ENABLING", "UPDATING") and encryption.get("SSEType") == "KMS":
        key = encryption.get("KMSMasterKeyArn")
        found["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {})}
    return found


def key_names(definition: Definition) -> tuple[str, ...]:
    """The names of the table's key attributes, partition key first."""
    return tuple(key["AttributeName"] for key in definition["KeySchema"])


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "IndexName": index["IndexName"],
        "KeySchema": _key_schema(index),
        "Projection": {name: value for name, value in index["Projection"].items() if value},
        **_throughput(index),
    }


def _key_schema(described: Mapping[str, Any]) -> list[dict[str, str]]:
    keys = [{name: key[name] for name in ("AttributeName", "KeyType")} for key in described["KeySchema"]]
    return sorted(keys, key=lambda key: key["KeyType"] != "HASH")


def _throughput(described: Mapping[str, Any]) -> dict[str, Any]:
    """The provisioned capacity, or the maximum on demand, where there is one. DynamoDB says 0 or -1 for none."""
    capacity, maximum = described.get("ProvisionedThroughput") or {}, described.get("OnDemandThroughput") or {}
    found: dict[str, Any] = {}
    if all(capacity.get(name, 0) > 0 for name in _CAPACITY):
        found["ProvisionedThroughput"] = {name: capacity[name] for name in _CAPACITY}
    if limits := {name: maximum[name] for name in _MAXIMUM if maximum.get(name, -1) > 0}:
        found["OnDemandThroughput"] = limits
    return found
