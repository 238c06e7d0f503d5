"""The benchmarks' endpoint: what it serves is what it was given, and what goes wrong is what was asked for."""

import io
import json
import zlib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.endpoint import BUCKET, KINDS, Endpoint, Faults, Item, Table, rates, serving
from benchmarks.endpoint.capacity import Meter
from benchmarks.endpoint.table import PAGE_BYTES

ITEMS: list[Item] = [{"id": {"S": f"item {number} ✓"}, "n": {"N": str(number)}} for number in range(50)]


def client(endpoint: Endpoint, service: str, **options: Any) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=5)
    return boto3.client(service, config=config, **{**endpoint.client_options, **options})


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with serving({"Fifty": Table.of_items(ITEMS)}) as served:
        yield served


@pytest.fixture(scope="module")
def dynamodb(endpoint: Endpoint) -> Any:
    return client(endpoint, "dynamodb")


def scan(dynamodb: Any, **options: Any) -> list[Item]:
    """All items of a segment, page after page."""
    found: list[Item] = []
    while True:
        page = dynamodb.scan(TableName="Fifty", **options)
        assert page["Count"] == page["ScannedCount"] == len(page["Items"])
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        options["ExclusiveStartKey"] = page["LastEvaluatedKey"]


@settings(deadline=None, max_examples=30)
@given(total=st.integers(1, 60), limit=st.none() | st.integers(1, 60))
def test_every_item_arrives_once_in_any_number_of_segments(dynamodb: Any, total: int, limit: int | None) -> None:
    options = {} if limit is None else {"Limit": limit}

    found = [scan(dynamodb, Segment=segment, TotalSegments=total, **options) for segment in range(total)]

    assert [item for segment in found for item in segment] == ITEMS


def test_scan_goes_on_after_a_key_that_was_never_given_out(dynamodb: Any) -> None:
    assert scan(dynamodb, ExclusiveStartKey={"id": ITEMS[20]["id"]}) == ITEMS[21:]


def test_pages_end_at_one_megabyte_as_dynamodb_counts_it() -> None:
    table = Table.of_items({"id": {"S": f"{number:04d}"}, "text": {"S": "x" * 9_990}} for number in range(500))

    start, ends = 0, []
    while start < len(table):
        end = table.page_end(start, len(table), None)
        ends.append(table.size(start, end))
        start = end

    assert sum(ends) == table.bytes == 500 * (2 + 4 + 4 + 9_990)
    assert all(PAGE_BYTES - 10_000 < size <= PAGE_BYTES for size in ends[:-1])


def test_consumed_capacity_is_half_a_unit_for_each_four_kilobytes(endpoint: Endpoint, dynamodb: Any) -> None:
    endpoint.begin_again()
    pages = [
        dynamodb.scan(TableName="Fifty", ReturnConsumedCapacity="TOTAL", ConsistentRead=consistent)
        for consistent in (False, True)
    ]

    assert [page["ConsumedCapacity"]["CapacityUnits"] for page in pages] == [0.5, 1.0]
    assert endpoint.seen().consumed_rcu == 1.5
    assert endpoint.seen().answers == {"page": 2}


def test_described_table_has_keys_and_sizes(dynamodb: Any) -> None:
    table = dynamodb.describe_table(TableName="Fifty")["Table"]

    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert table["ItemCount"] == 50
    assert table["TableSizeBytes"] == Table.of_items(ITEMS).bytes
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        dynamodb.describe_table(TableName="Another")


def raw_scan(endpoint: Endpoint) -> urllib3.BaseHTTPResponse:
    headers = {"X-Amz-Target": "DynamoDB_20120810.Scan"}
    body = json.dumps({"TableName": "Fifty"})
    return urllib3.request("POST", endpoint.url, body=body, headers=headers, retries=False)


@pytest.mark.parametrize("kind", [None, "garbage", "wrong crc", "500", "throttle"])
def test_checksum_is_that_of_the_body_unless_it_is_to_be_wrong(endpoint: Endpoint, kind: str | None) -> None:
    endpoint.begin_again(Faults(at={0: kind} if kind else {}))

    response = raw_scan(endpoint)

    assert (zlib.crc32(response.data) == int(response.headers["x-amz-crc32"])) == (kind != "wrong crc")
    assert response.status == {"500": 500, "throttle": 400}.get(kind or "", 200)


@pytest.mark.parametrize("kind", ["truncated", "reset"])
def test_connection_ends_too_early(endpoint: Endpoint, kind: str) -> None:
    endpoint.begin_again(Faults(at={0: kind}))

    with pytest.raises((urllib3.exceptions.ProtocolError, ConnectionError)):
        raw_scan(endpoint)


def test_page_without_items_goes_on_where_it_began(endpoint: Endpoint, dynamodb: Any) -> None:
    endpoint.begin_again(Faults(at={1: "no items", 2: "no items"}))

    assert scan(dynamodb, Limit=30) == ITEMS
    assert endpoint.seen().answers == {"page": 2, "no items": 2}


def test_expired_key_is_refused_and_another_is_served(endpoint: Endpoint, dynamodb: Any) -> None:
    endpoint.begin_again(Faults(expired_after=2))
    for _ in range(2):
        dynamodb.scan(TableName="Fifty")

    with pytest.raises(ClientError, match="ExpiredTokenException"):
        dynamodb.scan(TableName="Fifty")
    assert scan(client(endpoint, "dynamodb", aws_access_key_id="AKIARENEWED")) == ITEMS


def test_table_is_gone_from_a_request_on(endpoint: Endpoint, dynamodb: Any) -> None:
    endpoint.begin_again(Faults(gone_after=1))
    dynamodb.scan(TableName="Fifty")

    for _ in range(2):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            dynamodb.scan(TableName="Fifty")


def test_share_of_requests_is_throttled(endpoint: Endpoint, dynamodb: Any) -> None:
    endpoint.begin_again(Faults(shares={"throttle": 0.25}))
    for _ in range(100):
        try:
            dynamodb.scan(TableName="Fifty", Limit=1)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ProvisionedThroughputExceededException"

    seen = endpoint.seen()
    assert seen.answers["throttle"] + seen.answers["page"] == 100
    assert 10 <= seen.answers["throttle"] <= 40


def test_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="no such fault: 'fire'; known are throttle"):
        Faults(at={3: "fire"})
    assert len({*KINDS}) == len(KINDS)


def test_meter_refuses_what_the_capacity_cannot_give() -> None:
    now = [0.0]
    meter = Meter(capacity_rcu=10.0, burst_seconds=2.0, clock=lambda: now[0])

    assert not meter.refuses()
    meter.consumed(50.0)
    refused = []
    for _ in range(5):
        refused.append(meter.refuses())
        now[0] += 1.0

    # 30 units of debt at 10 a second.
    assert refused == [True, True, True, True, False]


def test_rates_are_of_every_whole_window() -> None:
    entries = [(float(second), 10.0) for second in range(121)]

    assert rates(entries, 60.0) == [10.0] * 61
    assert rates(entries[:5], 60.0) == [50.0 / 60.0]
    assert rates([], 60.0) == []


def test_objects_are_read_as_they_were_written(endpoint: Endpoint) -> None:
    s3 = client(endpoint, "s3")
    body = bytes(range(256)) * 80_000  # 20 MB: in parts
    s3.put_object(Bucket=BUCKET, Key="small/a b+ü", Body=b"0123456789", Metadata={"m": "1"})
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "large")
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "large"})
    s3.copy({"Bucket": BUCKET, "Key": "large"}, BUCKET, "copy in parts")

    found = s3.get_object(Bucket=BUCKET, Key="small/a b+ü", Range="bytes=2-4")
    assert (found["Body"].read(), found["ContentRange"], found["Metadata"]) == (b"234", "bytes 2-4/10", {"m": "1"})
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == body
    assert s3.get_object(Bucket=BUCKET, Key="copy in parts")["Body"].read() == body
    assert s3.head_object(Bucket=BUCKET, Key="large")["ContentLength"] == len(body)
    s3.delete_object(Bucket=BUCKET, Key="copy")
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=BUCKET, Key="copy")
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket="another")


def test_listing_goes_on_page_after_page(endpoint: Endpoint) -> None:
    s3 = client(endpoint, "s3")
    keys = [f"list/{folder}/{number}" for folder in "abc" for number in range(4)]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")

    def listed(**options: Any) -> tuple[list[str], list[str]]:
        whole = list(s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, **options))
        return (
            [entry["Key"] for page in whole for entry in page.get("Contents", ())],
            [entry["Prefix"] for page in whole for entry in page.get("CommonPrefixes", ())],
        )

    assert listed(Prefix="list/", PaginationConfig={"PageSize": 5}) == (keys, [])
    assert listed(Prefix="list/", Delimiter="/", PaginationConfig={"PageSize": 2}) == (
        [],
        ["list/a/", "list/b/", "list/c/"],
    )
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys[:8]]})
    assert listed(Prefix="list/") == (keys[8:], [])
