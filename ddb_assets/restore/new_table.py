"""What is asked of CreateTable, and how fast the new table can be written and read. No I/O."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from ddb_assets.errors import UserError
from ddb_snapshot.allowed import is_table_name
from ddb_snapshot.columns import Column
from ddb_snapshot.scanning.throttle import budget
from ddb_snapshot.table_definition import Definition, key_names
from ddb_snapshot.types import ddb_tag

Billing = Literal["source", "on-demand", "provisioned"]
AWS_OWNED: Final = "aws-owned"
AWS_MANAGED: Final = "aws-managed"

ON_DEMAND_WCU: Final = 4_000.0
"""What a new on-demand table takes at once. Source: DynamoDB developer guide, "DynamoDB on-demand capacity mode"."""

_GLOBAL, _LOCAL = "GlobalSecondaryIndexes", "LocalSecondaryIndexes"
_SHOWN: Final = 12
_KEY: Final = re.compile(r"(.+):([SNB])", re.DOTALL)


@dataclass(frozen=True)
class Wishes:
    """How the new table should differ from the source. Capacities are units a second, None those of the source.

    `kms_key` is a key's id, ARN or alias, `aws-owned` or `aws-managed`; None is the source's.
    """

    billing: Billing = "source"
    read_capacity: int | None = None
    write_capacity: int | None = None
    indexes: bool = True
    kms_key: str | None = None


@dataclass(frozen=True)
class Rate:
    """Units a second, and what sets them."""

    units: float
    source: str


def chosen_billing(text: str) -> Billing:
    """Raises `UserError` unless it is one."""
    if text not in get_args(Billing):
        raise UserError(f"--billing {text}: not one of {', '.join(get_args(Billing))}")
    return cast(Billing, text)


def require_name(name: str) -> None:
    """Raises `UserError` unless DynamoDB allows it as a table's name."""
    if not is_table_name(name):
        raise UserError(f"--to {name!r}: a table's name is 3 to 255 letters, digits, `_`, `-` or `.`.")


def given_definition(keys: Sequence[str]) -> Definition:
    """The definition of a table of which only the keys are known: `NAME:TYPE`, the partition key first.

    Raises:
        UserError: one isn't of that form, or there are more than two.
    """
    parsed = [_KEY.fullmatch(key) for key in keys]
    if not 1 <= len(keys) <= 2 or not all(parsed) or len({key[1] for key in parsed if key}) < len(keys):
        raise UserError(
            f"--key {', '.join(keys)}: write NAME:TYPE, the type S, N or B, for the partition key, and once more for "
            "the sort key, if there is one: --key CustomerId:S --key OrderedAt:N"
        )
    pairs = [(key[1], key[2]) for key in parsed if key]
    kinds = zip(pairs, ("HASH", "RANGE"), strict=False)
    return {
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for (name, _), kind in kinds],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": tag} for name, tag in pairs],
        "BillingMode": "PAY_PER_REQUEST",
    }


def create_request(definition: Definition, name: str, wishes: Wishes, tags: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of CreateTable: the source's definition, changed as wished.

    Raises:
        UserError: the wishes don't fit together, or a capacity is wanted that nothing tells.
    """
    on_demand = _on_demand(definition, wishes)
    capacity = None if on_demand else _capacity(definition, wishes)
    asked: dict[str, Any] = {
        "TableName": name,
        "KeySchema": list(definition["KeySchema"]),
        "BillingMode": "PAY_PER_REQUEST" if on_demand else "PROVISIONED",
        **_throughput(definition, on_demand, capacity),
        **{field: definition[field] for field in ("TableClass", "SSESpecification") if field in definition},
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
    if wishes.indexes:
        for kind in (_GLOBAL, _LOCAL):
            if definition.get(kind):
                asked[kind] = [_index(index, kind, on_demand, capacity) for index in definition[kind]]
    if wishes.kms_key is not None:
        asked.pop("SSESpecification", None)
        asked |= _encryption(wishes.kms_key)
    used = {key["AttributeName"] for schema in _key_schemas(asked) for key in schema}
    asked["AttributeDefinitions"] = [
        attribute for attribute in definition["AttributeDefinitions"] if attribute["AttributeName"] in used
    ]
    return asked


def require_keys(definition: Definition, keys: Sequence[str], recorded_in: str) -> None:
    """Raises `UserError` when keys are given that aren't those of the definition."""
    known = _keys(definition)
    if keys and _keys(given_definition(keys)) != known:
        said = " ".join(f"--key {name}:{tag}" for name, tag in known)
        raise UserError(f"{recorded_in} says that the table's keys are {said}: leave --key out.")


def require_attributes(definition: Definition, columns: Sequence[Column]) -> None:
    """Raises `UserError` when the snapshot's columns hold no attribute of a key's name and type."""
    held = [(column.attribute, ddb_tag(column.type)) for column in columns if not column.holds_nulls]
    for name, tag in _keys(definition):
        if held and (name, tag) not in held:
            scalars = [f"--key {attribute}:{held_tag}" for attribute, held_tag in held if held_tag in ("S", "N", "B")]
            possible = " ".join(scalars[:_SHOWN]) + (" …" if len(scalars) > _SHOWN else "")
            raise UserError(
                f"--key {name}:{tag}: the snapshot holds no attribute of that name and type. Those that can be keys: "
                f"{possible}"
            )


def index_names(definition: Definition) -> tuple[str, ...]:
    """The names of the table's secondary indexes."""
    return tuple(index["IndexName"] for kind in (_GLOBAL, _LOCAL) for index in definition.get(kind) or ())


def write_rate(table: Mapping[str, Any], max_wcu: float | None) -> Rate:
    """How fast a table that nobody else writes to can be written: what it takes, and no more than `max_wcu`.

    `table` is as DescribeTable has it. Local indexes share the table's capacity, global ones have their own. What an
    on-demand table takes at once it may exceed, for it grows; its own maximum it can't.
    """
    most = _first_known(
        table,
        ("ProvisionedThroughput", "WriteCapacityUnits", "provisioned"),
        ("OnDemandThroughput", "MaxWriteRequestUnits", "on-demand maximum"),
    )
    if max_wcu is not None and (most is None or max_wcu < most.units):
        return Rate(max_wcu, "--max-wcu")
    warm = _first_known(table, ("WarmThroughput", "WriteUnitsPerSecond", "warm throughput"))
    return most or warm or Rate(ON_DEMAND_WCU, "a new on-demand table's")


def read_rate(table: Mapping[str, Any], max_rcu: float | None) -> Rate:
    """How fast a table that nobody else reads can be read: what it takes, and no more than `max_rcu`."""
    takes = budget(table, 1.0)
    if max_rcu is None or max_rcu >= takes.target_rcu:
        return Rate(takes.target_rcu, takes.source)
    return Rate(max_rcu, "--max-rcu")


def described_keys(definition: Definition) -> str:
    """The keys in words: `CustomerId (S), OrderedAt (N)`."""
    return ", ".join(f"{name} ({tag})" for name, tag in _keys(definition))


def _on_demand(definition: Definition, wishes: Wishes) -> bool:
    on_demand = wishes.billing == "on-demand" or (
        wishes.billing == "source" and definition["BillingMode"] == "PAY_PER_REQUEST"
    )
    if on_demand and (wishes.read_capacity or wishes.write_capacity):
        raise UserError(
            "--read-capacity and --write-capacity are of a provisioned table, and this one will be on-demand: add "
            "--billing provisioned, or limit the restore's own pace with --max-wcu."
        )
    return on_demand


def _capacity(definition: Definition, wishes: Wishes) -> Mapping[str, int]:
    known = definition.get("ProvisionedThroughput", {})
    read = wishes.read_capacity or known.get("ReadCapacityUnits")
    write = wishes.write_capacity or known.get("WriteCapacityUnits")
    if not read or not write:
        raise UserError(
            "--billing provisioned: the source's capacity isn't known. Name it with --read-capacity and "
            "--write-capacity, in units a second."
        )
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def _throughput(described: Mapping[str, Any], on_demand: bool, capacity: Mapping[str, int] | None) -> dict[str, Any]:
    if not on_demand:
        return {"ProvisionedThroughput": dict(capacity or {})}
    return {field: described[field] for field in ("OnDemandThroughput",) if field in described}


def _index(index: Mapping[str, Any], kind: str, on_demand: bool, capacity: Mapping[str, int] | None) -> dict[str, Any]:
    asked = {field: index[field] for field in ("IndexName", "KeySchema", "Projection")}
    if kind == _GLOBAL:
        asked |= _throughput(index, on_demand, index.get("ProvisionedThroughput", capacity))
    return asked


def _encryption(kms_key: str) -> dict[str, Any]:
    if kms_key == AWS_OWNED:
        return {}
    named = {} if kms_key == AWS_MANAGED else {"KMSMasterKeyId": kms_key}
    return {"SSESpecification": {"Enabled": True, "SSEType": "KMS", **named}}


def _key_schemas(asked: Mapping[str, Any]) -> list[Sequence[Mapping[str, str]]]:
    indexes = [*asked.get(_GLOBAL, ()), *asked.get(_LOCAL, ())]
    return [asked["KeySchema"], *(index["KeySchema"] for index in indexes)]


def _keys(definition: Definition) -> list[tuple[str, str]]:
    types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in definition["AttributeDefinitions"]}
    return [(name, types[name]) for name in key_names(definition)]


def _first_known(table: Mapping[str, Any], *fields: tuple[str, str, str]) -> Rate | None:
    for field, name, source in fields:
        units = float((table.get(field) or {}).get(name) or 0)
        if units > 0:
            return Rate(units, source)
    return None
