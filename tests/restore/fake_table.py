"""A DynamoDB endpoint over HTTP that takes puts, with the faults a test asks for."""

from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from tests.glue.fake_dynamodb import FakeDynamoDB, Item, Request


@dataclass
class FakeTable(FakeDynamoDB):
    """Takes `takes` puts of a request, and gives the others back. `index_wcu` is what each put costs in an index."""

    items: Any = ()
    takes: int = 25
    index_wcu: float = 0.0
    put: list[Item] = field(default_factory=list)

    def answer(self, request: Request) -> dict[str, Any]:
        ((name, puts),) = request["RequestItems"].items()
        asked = [put["PutRequest"]["Item"] for put in puts]
        self.put += asked[: self.takes]
        taken, rest = len(asked[: self.takes]), asked[self.takes :]
        consumed: dict[str, Any] = {"TableName": name, "CapacityUnits": taken * (1 + self.index_wcu)}
        if self.index_wcu:
            consumed["GlobalSecondaryIndexes"] = {"i": {"CapacityUnits": taken * self.index_wcu}}
        unprocessed = {name: [{"PutRequest": {"Item": item}} for item in rest]} if rest else {}
        return {"UnprocessedItems": unprocessed, "ConsumedCapacity": [consumed]}

    def client(self, tries: int = 1) -> Any:
        """A client of the endpoint, which tries each request so often."""
        return boto3.client(
            "dynamodb",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"mode": "standard", "total_max_attempts": tries}),
        )
