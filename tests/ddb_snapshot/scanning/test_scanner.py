"""Pages as DynamoDB sends them: split exactly, checked, and had again when they come broken."""

import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.simulated_scan import Clock
from ddb_snapshot.scanning.page_body import CorruptPage, split_page
from ddb_snapshot.scanning.prefetch import pages
from ddb_snapshot.scanning.scanner import Page, ScanFailed, Scanner
from ddb_snapshot.scanning.throttle import Pacer
from tests.ddb_snapshot.scanning.endpoint import ITEMS, client_of, scanner_of
from tests.glue.fake_dynamodb import BROKEN, ERRORS, HARMLESS, THROTTLES, FakeDynamoDB, Item, serving

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


LARGEST = {"id": {"S": "item 20"}, "text": {"S": "]" * 400_000}}
RETRIED = ("500", "503", "expired", *BROKEN)


def scan(fake: FakeDynamoDB, total_segments: int = 2) -> tuple[list[Item], list[Page]]:
    """All items of all segments, in order, and the pages that brought them."""
    found: list[Item] = []
    read: list[Page] = []
    for segment in range(total_segments):
        scanner = scanner_of(fake, segment, total_segments)
        key, more = None, True
        while more:
            read.append(scanner.page(key, None))
            found += json.loads(read[-1].items)
            key, more = read[-1].last_key, read[-1].last_key is not None
    return found, read


def every(nth: int, kind: str) -> Callable[[int, Any], str | None]:
    return lambda number, request: kind if number % nth == 1 else None


@pytest.mark.parametrize("kind", [*RETRIED, *THROTTLES])
def test_items_that_arrive_are_those_served_in_spite_of_faults(kind: str) -> None:
    with serving(FakeDynamoDB(ITEMS, fault=every(3, kind))) as fake:
        found, read = scan(fake)

    assert found == ITEMS[0::2] + ITEMS[1::2]
    failed = sum(number % 3 == 1 for number in range(len(fake.requests)))
    throttled = kind in THROTTLES
    assert sum(page.throttles for page in read) == (failed if throttled else 0)
    assert sum(page.retries for page in read) == (0 if throttled else failed)
    # What may have been charged: all but refusals.
    charged = failed if kind in (*BROKEN, "500", "503") else 0
    assert sum(page.unaccounted for page in read) == charged


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32), ahead=st.integers(1, 5), page_items=st.integers(1, 7), segments=st.integers(1, 3))
def test_no_item_is_lost_or_doubled_whatever_goes_wrong(seed: int, ahead: int, page_items: int, segments: int) -> None:
    chance = random.Random(seed)
    broken: Counter[str] = Counter()

    def fault(number: int, request: Any) -> str | None:
        if chance.random() < 0.05:
            return chance.choice(THROTTLES)
        kind = chance.choice([*RETRIED, *HARMLESS]) if chance.random() < 0.4 else None
        broken[json.dumps(request)] += kind in RETRIED
        # A page that is broken for the fifth time is the end: another test's.
        return kind if broken[json.dumps(request)] < 5 else None

    served = [*ITEMS, LARGEST, *({"id": {"S": f"late {n}"}} for n in range(10))]
    with serving(FakeDynamoDB(served, page_items, fault)) as fake:
        client = client_of(fake)
        for segment in range(segments):
            scanner = scanner_of(fake, segment, segments, client)
            found: list[Item] = []
            key, lost = None, chance.randrange(6)
            while True:
                # A task that is lost after some pages; the next one goes on behind the last of them.
                reading = pages(scanner, Pacer(1e9), key, ahead)
                with closing(reading):
                    taken = 0
                    for page in reading:
                        assert page.count == len(json.loads(page.items))
                        found += json.loads(page.items)
                        key, taken = page.last_key, taken + 1
                        if taken == lost and key is not None:
                            break
                    else:
                        break
                lost = 0
            assert found == served[segment::segments]


def test_body_compressed_on_its_way_is_read_and_its_checksum_verified() -> None:
    with serving(FakeDynamoDB(ITEMS, fault=lambda number, request: "gzip")) as fake:
        found, read = scan(fake, total_segments=1)

    assert found == ITEMS
    assert not any(page.retries for page in read)


@pytest.mark.parametrize(("kind", "attempts"), [("throttle", 3), ("500", 3), ("hang up", 3)])
def test_requests_that_boto3_tries_again_by_itself_are_counted(
    kind: str, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
    with serving(FakeDynamoDB(ITEMS, fault=lambda number, request: kind if number < 2 else None)) as fake:
        page = scanner_of(fake, client=client_of(fake, attempts)).page(None, None)

    assert (page.throttles, page.retries) == ((2, 0) if kind == "throttle" else (0, 2))


def test_page_that_came_broken_is_asked_for_again_once_not_by_boto3_as_well() -> None:
    broken = FakeDynamoDB(ITEMS, fault=lambda number, request: "wrong crc" if number == 0 else None)
    with serving(broken) as fake:
        page = scanner_of(fake, client=client_of(fake, attempts=4)).page(None, None)

    assert page.retries == 1
    assert len(fake.requests) == 2


def test_page_without_items_is_not_the_end() -> None:
    with serving(FakeDynamoDB(ITEMS, fault=every(4, "no items"))) as fake:
        found, read = scan(fake, total_segments=1)

    assert found == ITEMS
    assert any(page.count == 0 for page in read)


@pytest.mark.parametrize("kind", RETRIED)
def test_page_that_stays_broken_fails_naming_table_and_segment(kind: str) -> None:
    with (
        serving(FakeDynamoDB(ITEMS, fault=lambda number, request: kind)) as fake,
        pytest.raises(ScanFailed, match=r"'T', segment 0 of 2, failed: after 5 tries: .*Nothing was published"),
    ):
        scan(fake)

    assert len(fake.requests) == 5


def test_throttle_storm_is_waited_out() -> None:
    with serving(FakeDynamoDB(ITEMS, fault=lambda number, request: "throttle" if number < 20 else None)) as fake:
        page = scanner_of(fake).page(None, None)

    assert page.throttles == 20


@pytest.mark.parametrize("kind", THROTTLES)
def test_throttle_storm_without_end_fails_after_ten_minutes_saying_what_to_do(kind: str) -> None:
    clock = Clock(0.0)
    with serving(FakeDynamoDB(ITEMS, fault=lambda number, request: kind)) as fake:
        client = client_of(fake)
        scanner = Scanner(lambda: client, "T", 0, 2, clock.sleep, clock)
        with pytest.raises(ScanFailed, match=rf"'T'.* throttled .* for 10 minutes .*{ERRORS[kind][1]}.* raise the"):
            scanner.page(None, None)

    assert 600 <= clock.now < 620
    assert len(fake.requests) < 120


def test_expired_credentials_are_asked_for_again_in_mid_scan() -> None:
    with serving(FakeDynamoDB(ITEMS)) as fake:
        keys = iter(["old", "new"])
        scanner = Scanner(lambda: client_of(fake, key=next(keys)), "T", 0, 1, pause=lambda seconds: None)
        first = scanner.page(None, None)
        fake.expired_key = "old"
        second = scanner.page(first.last_key, None)
        third = scanner.page(second.last_key, None)

    assert json.loads(first.items) + json.loads(second.items) + json.loads(third.items) == ITEMS[:9]
    assert (first.retries, second.retries, third.retries) == (0, 1, 0)


def test_table_deleted_in_mid_scan_fails_at_once_naming_it() -> None:
    gone = FakeDynamoDB(ITEMS, fault=lambda number, request: "gone" if number == 2 else None)
    with serving(gone) as fake, pytest.raises(ScanFailed, match=r"table 'T', .* deleted during the scan"):
        scan(fake)

    assert len(fake.requests) == 3


def test_refusal_that_no_retry_can_change_is_raised_as_it_came() -> None:
    with (
        serving(FakeDynamoDB(ITEMS, fault=lambda number, request: "denied")) as fake,
        pytest.raises(ClientError, match="AccessDeniedException"),
    ):
        scan(fake)

    assert len(fake.requests) == 1


def test_endpoint_that_nothing_listens_at_fails_naming_the_table() -> None:
    with serving(FakeDynamoDB(ITEMS)) as fake:
        client = client_of(fake)
    with pytest.raises(ScanFailed, match=r"'T'.*EndpointConnectionError"):
        scanner_of(fake, client=client).page(None, None)


def test_binary_keys_are_passed_on_as_they_came() -> None:
    items: list[Item] = [{"id": {"B": "AP9/gA=="}}, {"id": {"B": "AAAA"}}]
    with serving(FakeDynamoDB(items, page_items=1)) as fake:
        found, _ = scan(fake, total_segments=1)

    assert found == items
    assert fake.requests[1]["ExclusiveStartKey"] == {"id": {"B": "AP9/gA=="}}


def test_limit_and_segment_are_asked_for() -> None:
    with serving(FakeDynamoDB(ITEMS)) as fake:
        page = scanner_of(fake, 3, 5).page(None, 1)

    assert page.count == 1
    assert page.consumed_rcu == 0.5
    assert fake.requests == [
        {"TableName": "T", "Segment": 3, "TotalSegments": 5, "ReturnConsumedCapacity": "TOTAL", "Limit": 1}
    ]
