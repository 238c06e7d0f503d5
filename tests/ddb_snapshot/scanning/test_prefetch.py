"""Pages read ahead: in order, no more than asked for, and no further once nobody wants them."""

import json
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from ddb_snapshot.scanning.prefetch import pages
from ddb_snapshot.scanning.scanner import ScanFailed, Scanner
from ddb_snapshot.scanning.throttle import Pacer
from tests.ddb_snapshot.scanning.endpoint import ITEMS, client_of, scanner_of
from tests.glue.fake_dynamodb import FakeDynamoDB, serving

FAST = 1e9


class Steps:
    """A `fault` that lets a test wait until a request has come."""

    def __init__(self, fault: Callable[[int], str | None] = lambda number: None) -> None:
        self._fault = fault
        self._came = threading.Condition()
        self.seen = 0

    def __call__(self, number: int, request: Any) -> str | None:
        with self._came:
            self.seen += 1
            self._came.notify_all()
        return self._fault(number)

    def until(self, requests: int) -> None:
        with self._came:
            assert self._came.wait_for(lambda: self.seen >= requests, timeout=30)


@pytest.mark.parametrize("ahead", [1, 2, 50])
def test_pages_come_in_order_to_the_end(ahead: int) -> None:
    with serving(FakeDynamoDB(ITEMS, page_items=2)) as fake:
        read = list(pages(scanner_of(fake), Pacer(FAST), None, ahead))

    assert [item for page in read for item in json.loads(page.items)] == ITEMS
    assert read[-1].last_key is None


def test_pages_go_on_after_a_key() -> None:
    with serving(FakeDynamoDB(ITEMS, page_items=3)) as fake:
        read = list(pages(scanner_of(fake), Pacer(FAST), {"id": ITEMS[4]["id"]}, 2))

    assert [item for page in read for item in json.loads(page.items)] == ITEMS[5:]


def test_no_more_than_the_pages_ahead_wait() -> None:
    steps = Steps()
    with serving(FakeDynamoDB(ITEMS, page_items=1, fault=steps)) as fake:
        with closing(pages(scanner_of(fake), Pacer(FAST), None, 3)) as reading:
            next(reading)
            steps.until(4)
            next(reading)
            steps.until(5)
        assert steps.seen == 5


def test_error_comes_after_the_pages_before_it() -> None:
    steps = Steps(lambda number: "gone" if number == 3 else None)
    with serving(FakeDynamoDB(ITEMS, page_items=1, fault=steps)) as fake:
        reading = pages(scanner_of(fake), Pacer(FAST), None, 10)
        assert [json.loads(next(reading).items)[0] for _ in range(3)] == ITEMS[:3]
        with pytest.raises(ScanFailed, match="'T'"):
            next(reading)
        assert next(reading, None) is None


def test_nothing_more_is_asked_for_once_it_is_closed() -> None:
    steps = Steps()
    with serving(FakeDynamoDB(ITEMS, page_items=1, fault=steps)) as fake:
        reading = pages(scanner_of(fake), Pacer(FAST), None, 2)
        next(reading)
        reading.close()
        asked = [thread for thread in threading.enumerate() if thread.name == "read-ahead"]
        for thread in asked:
            thread.join(30)
        assert not any(thread.is_alive() for thread in asked)
        assert steps.seen <= 3


def test_throttles_slow_the_pacer_and_lost_pages_are_paid() -> None:
    slept: list[float] = []
    pacer = Pacer(1000.0, clock=lambda: 0.0, sleep=slept.append)
    faults = {0: "throttle", 1: "truncated"}
    with serving(FakeDynamoDB(ITEMS, page_items=20, fault=lambda number, request: faults.get(number))) as fake:
        list(pages(scanner_of(fake), pacer, None, 1))
        pacer.wait()

    assert pacer.rate == 700.0
    assert slept == [pytest.approx(2 * 20 * 0.5 / 700)]


def test_none_ahead_is_refused() -> None:
    with serving(FakeDynamoDB(ITEMS)) as fake, pytest.raises(ValueError, match="0 pages ahead"):
        next(pages(Scanner(lambda: client_of(fake), "T", 0, 1), Pacer(FAST), None, 0))
