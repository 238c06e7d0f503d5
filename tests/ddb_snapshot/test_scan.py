"""Pages as DynamoDB sends them: split exactly, checked, and had again when they come broken."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot.scan import CorruptPage, ScanFailed, Scanner, split_page
from tests.glue.fake_dynamodb import FakeDynamoDB, Item, serving

# Text that looks like what the splitting searches for.
lures = st.sampled_from(['"Items":[', '],"', '"]', "],", "}]}", '\\"Items\\":[', '"Count":', "]", "[", "{", "\\", '"'])
text = st.lists(lures | st.text(max_size=5), max_size=5).map("".join)
scalars = st.one_of(
    st.builds(lambda value: {"S": value}, text),
    st.builds(lambda value: {"N": str(value)}, st.integers()),
    st.builds(lambda value: {"SS": value}, st.lists(text, min_size=1, max_size=3)),
    st.just({"NULL": True}),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.builds(lambda value: {"L": value}, st.lists(inner, max_size=3)),
        st.builds(lambda value: {"M": value}, st.dictionaries(text, inner, max_size=3)),
    ),
    max_leaves=8,
)
items = st.lists(st.dictionaries(text | st.sampled_from(["Items", "Count", "LastEvaluatedKey"]), values, max_size=4))
keys = st.dictionaries(
    text | st.sampled_from(["Items", "Count"]), st.builds(lambda tag, value: {tag: value}, st.sampled_from("SNB"), text)
)


@st.composite
def responses(draw: st.DrawFn) -> dict[str, Any]:
    members: dict[str, Any] = {"Items": draw(items)}
    members["Count"] = members["ScannedCount"] = len(members["Items"])
    if key := draw(keys):
        members["LastEvaluatedKey"] = key
    if draw(st.booleans()):
        members["ConsumedCapacity"] = {"TableName": draw(text), "CapacityUnits": draw(st.floats(0, 1e6))}
    return {name: members[name] for name in draw(st.permutations(sorted(members)))}


@settings(deadline=None)
@given(
    response=responses(),
    separators=st.sampled_from([(",", ":"), (", ", ": ")]),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_page_is_split_exactly_for_any_content_and_order(
    response: dict[str, Any], separators: tuple[str, str], indent: int | None, ascii_only: bool
) -> None:
    body = json.dumps(response, separators=separators, indent=indent, ensure_ascii=ascii_only).encode()

    found, beside = split_page(body)

    assert b"\n" not in found
    assert json.loads(found) == response["Items"]
    assert beside == {name: value for name, value in response.items() if name != "Items"}


@settings(deadline=None)
@given(response=responses(), cut=st.integers(0, 10_000))
def test_cut_off_page_is_never_taken_for_a_whole_one(response: dict[str, Any], cut: int) -> None:
    body = json.dumps(response).encode()

    with pytest.raises(CorruptPage):
        split_page(body[: cut % len(body)])


def test_page_cut_off_behind_an_inner_list_is_not_whole() -> None:
    with pytest.raises(CorruptPage):
        split_page(b'{"Count":2,"Items":[{"a":{"L":[{"S":"x"}]}')


def test_items_are_the_bytes_that_came() -> None:
    found, _ = split_page(b'{"Count":1,"Items":[{"n":{"N":"1E+2"}} ] ,"ScannedCount":1}')

    assert found == b'[{"n":{"N":"1E+2"}} ]'


ITEMS: list[Item] = [{"id": {"S": f"item {n} ✓"}, "n": {"N": str(n)}} for n in range(20)]


def client_of(fake: FakeDynamoDB, **retries: Any) -> Any:
    config = Config(retries={"mode": "standard", "max_attempts": 1, **retries}, read_timeout=5)
    return boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=fake.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


def scan(fake: FakeDynamoDB, total_segments: int = 2) -> tuple[list[Item], int]:
    """All items of all segments, in order, and the retries it took."""
    found, retries = [], 0
    for segment in range(total_segments):
        scanner = Scanner(lambda: client_of(fake), "T", segment, total_segments, pause=lambda seconds: None)
        key, more = None, True
        while more:
            page = scanner.page(key, None)
            found += json.loads(page.items)
            key, more, retries = page.last_key, page.last_key is not None, retries + page.retries
    return found, retries


def every(nth: int, kind: str) -> Callable[[int, Any], str | None]:
    return lambda number, request: kind if number % nth == 1 else None


@pytest.mark.parametrize("kind", ["truncated", "wrong crc", "garbage", "500", "throttle", "expired"])
def test_items_that_arrive_are_those_served_in_spite_of_faults(kind: str) -> None:
    with serving(FakeDynamoDB(ITEMS, fault=every(3, kind))) as fake:
        found, retries = scan(fake)

    assert found == ITEMS[0::2] + ITEMS[1::2]
    assert retries == sum(number % 3 == 1 for number in range(len(fake.requests)))


def test_page_without_items_is_not_the_end() -> None:
    with serving(FakeDynamoDB(ITEMS, fault=every(4, "no items"))) as fake:
        found, _ = scan(fake, total_segments=1)

    assert found == ITEMS


@pytest.mark.parametrize("kind", ["truncated", "wrong crc", "garbage", "500", "throttle"])
def test_page_that_stays_broken_fails_naming_table_and_segment(kind: str) -> None:
    with (
        serving(FakeDynamoDB(ITEMS, fault=lambda number, request: kind)) as fake,
        pytest.raises(ScanFailed, match=r"'T', segment 0 of 2"),
    ):
        scan(fake)


def test_table_deleted_in_mid_scan_fails_at_once() -> None:
    gone = FakeDynamoDB(ITEMS, fault=lambda number, request: "gone" if number == 2 else None)
    with serving(gone) as fake, pytest.raises(ClientError, match="ResourceNotFoundException"):
        scan(fake)

    assert len(fake.requests) == 3


def test_binary_keys_are_passed_on_as_they_came() -> None:
    items: list[Item] = [{"id": {"B": "AP9/gA=="}}, {"id": {"B": "AAAA"}}]
    with serving(FakeDynamoDB(items, page_items=1)) as fake:
        found, _ = scan(fake, total_segments=1)

    assert found == items
    assert fake.requests[1]["ExclusiveStartKey"] == {"id": {"B": "AP9/gA=="}}


def test_limit_and_segment_are_asked_for() -> None:
    with serving(FakeDynamoDB(ITEMS)) as fake:
        page = Scanner(lambda: client_of(fake), "T", 3, 5).page(None, 1)

    assert page.count == 1
    assert page.consumed_rcu == 0.5
    assert fake.requests == [
        {"TableName": "T", "Segment": 3, "TotalSegments": 5, "ReturnConsumedCapacity": "TOTAL", "Limit": 1}
    ]
