"""Clients and scanners of the endpoint that a test serves."""

from typing import Any

from botocore.config import Config

from benchmarks.simulated_scan import Clock
from ddb_snapshot.scanning.scanner import Scanner
from ddb_snapshot.sessions import new_session
from tests.glue.fake_dynamodb import FakeDynamoDB, Item

ITEMS: list[Item] = [{"id": {"S": f"item {n} ✓"}, "n": {"N": str(n)}} for n in range(20)]


def client_of(fake: FakeDynamoDB, attempts: int = 1, key: str = "test", connections: int = 10) -> Any:
    return new_session().client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=fake.url,
        aws_access_key_id=key,
        aws_secret_access_key="test",
        config=Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            read_timeout=5,
            max_pool_connections=connections,
        ),
    )


def scanner_of(fake: FakeDynamoDB, segment: int = 0, total_segments: int = 1, client: Any = None) -> Scanner:
    """A scanner for whose pauses no time passes here."""
    clock = Clock(0.0)
    client = client or client_of(fake)
    return Scanner(lambda: client, "T", segment, total_segments, clock.sleep, clock)
