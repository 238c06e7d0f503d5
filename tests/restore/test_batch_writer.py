"""A batch is in the table when the writer says so, whatever DynamoDB does with it on the way."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_assets.errors import UserError
from ddb_assets.restore.batch_writer import BatchWriter, Stopped
from ddb_assets.restore.batches import batches
from ddb_snapshot.scanning.throttle import Pacer
from tests.ddb_snapshot.snapshots import Item, values
from tests.profiles import cases
from tests.restore.fake_table import BROKEN, FakeTable, serving

ITEMS: list[Item] = [{"id": {"S": str(number)}, "b": {"B": "gICA"}} for number in range(25)]


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def fake() -> Iterator[FakeTable]:
    with serving(FakeTable()) as served:
        yield served


def write(fake: FakeTable, items: list[Item], rate: float = 1e9, **options: Any) -> tuple[int, float, Clock]:
    """Write the items; how many were seen to be written, what they cost, and the time that it took."""
    seen: list[tuple[int, float]] = []
    clock = Clock()
    client = fake.client()
    writer = BatchWriter(client, "T", ["id"], lambda items, wcu: seen.append((items, wcu)), clock.sleep)
    pacer = Pacer(rate, clock=clock, sleep=clock.sleep)
    for batch in batches(items, ["id"], 1e9):
        writer.write(batch, pacer, **options)
    return sum(items for items, _ in seen), sum(wcu for _, wcu in seen), clock


def test_items_are_sent_as_they_are_in_one_request(fake: FakeTable) -> None:
    assert write(fake, ITEMS)[:2] == (25, 25.0)

    assert fake.put == ITEMS
    assert len(fake.requests) == 1
    assert fake.requests[0]["ReturnConsumedCapacity"] == "INDEXES"


@settings(max_examples=cases(30), deadline=None)
@given(values=st.lists(values, min_size=1, max_size=10), takes=st.integers(1, 10))
def test_every_value_arrives_also_when_it_was_given_back(values: list[Any], takes: int) -> None:
    items = [{"id": {"S": str(number)}, "v": value} for number, value in enumerate(values)]
    with serving(FakeTable(takes=takes)) as fake:
        assert write(fake, items)[0] == len(items)

        assert sorted(fake.put, key=lambda item: int(item["id"]["S"])) == items


@pytest.mark.parametrize("fault", ["throttle", "500", *BROKEN])
def test_a_request_that_fails_is_made_again(fake: FakeTable, fault: str) -> None:
    fake.fault = lambda number, request: fault if number in (0, 1, 3) else None
    fake.takes = 10

    assert write(fake, ITEMS)[0] == 25
    assert {item["id"]["S"] for item in fake.put} == {item["id"]["S"] for item in ITEMS}


def test_pauses_grow_while_nothing_is_taken_and_end_in_an_error_that_says_what_to_do(fake: FakeTable) -> None:
    fake.fault = lambda number, request: "throttle"

    with pytest.raises(UserError, match=r"nothing more into T in 12 tries \(.*ProvisionedThr.*go on; if"):
        write(fake, ITEMS)
    assert len(fake.requests) == 12


@pytest.mark.parametrize("fault", ["invalid", "collection"])
def test_an_item_that_is_refused_is_named_and_those_before_it_are_written(fake: FakeTable, fault: str) -> None:
    fake.fault = lambda number, request: fault if '"7"' in str(request).replace("'", '"') else None

    with pytest.raises(UserError, match=r'refused the item \{"id":\{"S":"7"\}\}.*--without-indexes'):
        write(fake, ITEMS)
    assert [item["id"]["S"] for item in fake.put] == [str(number) for number in range(7)]


def test_a_table_that_is_gone_is_said_to_be(fake: FakeTable) -> None:
    fake.fault = lambda number, request: "gone"

    with pytest.raises(UserError, match="table T was deleted while it was being restored"):
        write(fake, ITEMS)


def test_writing_stops_when_it_is_called_off(fake: FakeTable) -> None:
    with pytest.raises(Stopped):
        write(fake, ITEMS, stopped=lambda: True)
    assert not fake.requests


@pytest.mark.parametrize("index_wcu", [0.0, 2.0])
def test_the_tables_own_writes_keep_to_the_rate(fake: FakeTable, index_wcu: float) -> None:
    fake.index_wcu = index_wcu
    items = [{"id": {"S": str(number)}} for number in range(1000)]

    written, wcu, clock = write(fake, items, rate=50.0)

    assert (written, wcu) == (1000, 1000 * (1 + index_wcu))
    # All but the last batch is paid when the last one is sent.
    assert 975 / 50 <= clock.now <= 1000 / 50


def test_throttling_slows_the_writer_down(fake: FakeTable) -> None:
    items = [{"id": {"S": str(number)}} for number in range(200)]
    _, _, calm = write(fake, items, rate=50.0)
    fake.takes = 20

    _, _, throttled = write(fake, items, rate=50.0)

    assert throttled.now > 1.5 * calm.now
