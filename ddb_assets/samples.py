"""The sample tables: the original's Reviews, and one of the kind people really have.

The generated table is the same on every machine: its items come from one seed.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Item = Mapping[str, Any]
"""An item in DynamoDB's JSON: attribute name to {type tag: value}."""

_ORDERS = 3000


@dataclass(frozen=True)
class SampleTable:
    """A table to create and fill. Keys and capacity as CreateTable takes them; RCU and WCU are provisioned units."""

    name: str
    key_schema: Sequence[Mapping[str, str]]
    attribute_definitions: Sequence[Mapping[str, str]]
    rcu: int
    items: Sequence[Item]


def sample_tables() -> tuple[SampleTable, ...]:
    """Reviews with its two items, and Customer-Orders with a few thousand of many shapes."""
    return (_reviews(), _customer_orders())


def create(client: Any, table: SampleTable) -> bool:
    """Create and fill the table through a boto3 DynamoDB client. False when it's already there, and left alone."""
    created = create_empty(client, table)
    if created:
        write(client, table, puts=table.items)
    return created


def create_empty(client: Any, table: SampleTable) -> bool:
    """Create the table without items. False when it's already there."""
    try:
        client.create_table(
            TableName=table.name,
            KeySchema=list(table.key_schema),
            AttributeDefinitions=list(table.attribute_definitions),
            BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": table.rcu, "WriteCapacityUnits": table.rcu},
        )
    except client.exceptions.ResourceInUseException:
        return False
    client.get_waiter("table_exists").wait(TableName=table.name)
    return True


def write(client: Any, table: SampleTable, puts: Sequence[Item] = (), deletes: Sequence[Item] = ()) -> None:
    """Put items, and delete those of these keys. No key comes twice."""
    requests: list[dict[str, Any]] = [
        *({"PutRequest": {"Item": item}} for item in puts),
        *({"DeleteRequest": {"Key": key}} for key in deletes),
    ]
    for start in range(0, len(requests), 25):
        pending = requests[start : start + 25]
        while pending:
            left = client.batch_write_item(RequestItems={table.name: pending})["UnprocessedItems"]
            pending = left.get(table.name, [])


def _reviews() -> SampleTable:
    return SampleTable(
        name="Reviews",
        key_schema=[{"AttributeName": "ReviewId", "KeyType": "HASH"}],
        attribute_definitions=[{"AttributeName": "ReviewId", "AttributeType": "S"}],
        rcu=100,
        items=[
            {
                "ReviewId": {"S": "1"},
                "User": {"S": "Tristan"},
                "Book": {"S": "The Left Hand of Darkness"},
                "Rating": {"N": "5"},
            },
            {
                "ReviewId": {"S": "2"},
                "User": {"S": "Adeline"},
                "Book": {"S": "The Dispossessed"},
                "Rating": {"N": "4.5"},
                "Comment": {"S": "An ambiguous utopia, and all the better for it."},
            },
        ],
    )


def _customer_orders() -> SampleTable:
    return SampleTable(
        name="Customer-Orders",
        key_schema=[
            {"AttributeName": "customer-id", "KeyType": "HASH"},
            {"AttributeName": "ordered_at", "KeyType": "RANGE"},
        ],
        attribute_definitions=[
            {"AttributeName": "customer-id", "AttributeType": "S"},
            {"AttributeName": "ordered_at", "AttributeType": "N"},
        ],
        rcu=2000,
        items=list(_orders(random.Random(20190101))),
    )


def _orders(chance: random.Random) -> Iterator[Item]:
    for number in range(_ORDERS):
        order: dict[str, Any] = {
            "customer-id": {"S": f"c-{chance.randrange(400):04d}"},
            "ordered_at": {"N": str(1_700_000_000_000 + number * 60_000)},
            "status": {"S": chance.choice(["open", "paid", "sent", "returned"])},
            "total": {"N": str(Decimal(chance.randrange(100, 10**7)).scaleb(-2))},
            "gift": {"BOOL": chance.random() < 0.1},
            "Address": {"M": _address(chance)},
            "lines": {"L": [{"M": _line(chance)} for _ in range(chance.randrange(1, 4))]},
        }
        order |= {name: value for share, name, value in _sometimes(chance, number) if chance.random() < share}
        # Attributes so rare that any sample would miss them.
        if number % 1000 == 777:
            order["fraud-score"] = {"N": "0." + "".join(str(chance.randrange(10)) for _ in range(37)) + "7"}
            order["größe"] = {"S": "übergroß 📦"}
        yield order


def _sometimes(chance: random.Random, number: int) -> Iterator[tuple[float, str, Any]]:
    yield 0.5, "tags", {"SS": sorted(chance.sample(["new", "vip", "web", "app", "sale"], chance.randrange(1, 4)))}
    yield 0.4, "scores", {"NS": [str(chance.randrange(100)), f"{chance.randrange(100, 200)}.5"]}
    yield 0.3, "digests", {"BS": [chance.randbytes(8), chance.randbytes(9)]}
    yield 0.3, "signature", {"B": chance.randbytes(16)}
    yield 0.2, "ledger-ref", {"N": "9" * 37 + str(number % 10)}
    yield 0.2, "coupon", {"NULL": True}
    yield 0.3, "price", {"N": str(number)} if number % 7 else {"S": "on request"}
    yield 0.1, "note", {"S": chance.choice(["", "Bitte klingeln 🔔", 'a "quoted" note', "two\nlines"])}
    yield 0.1, "history", {"L": [{"S": "created"}, {"N": str(number)}, {"NULL": True}, {"M": {"by": {"S": "web"}}}]}


def _address(chance: random.Random) -> Item:
    address: dict[str, Any] = {
        "street": {"S": f"{chance.randrange(1, 200)} High Street"},
        "zip": {"S": f"{chance.randrange(10_000, 99_999)}"},
        "geo": {
            "M": {"lat": {"N": f"{chance.uniform(-90, 90):.6f}"}, "lon": {"N": f"{chance.uniform(-180, 180):.6f}"}}
        },
    }
    if chance.random() < 0.2:
        address["door code"] = {"N": str(chance.randrange(10_000))}
    return address


def _line(chance: random.Random) -> Item:
    return {
        "sku": {"S": f"SKU-{chance.randrange(1000):03d}"},
        "quantity": {"N": str(chance.randrange(1, 9))},
        "unit_price": {"N": str(Decimal(chance.randrange(100, 20_000)).scaleb(-2))},
    }
