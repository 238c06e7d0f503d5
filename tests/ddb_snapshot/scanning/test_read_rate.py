"""The read rate at an endpoint over HTTP, several tasks at once; fifteen seconds of theirs are one of the clock's."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ddb_snapshot.scanning.prefetch import pages
from ddb_snapshot.scanning.scanner import Scanner
from ddb_snapshot.scanning.share import Share
from ddb_snapshot.scanning.throttle import FULL_PAGE_RCU, Pacer
from tests.ddb_snapshot.scanning.endpoint import client_of
from tests.glue.fake_dynamodb import FakeDynamoDB, Item, serving

SCALE = 15
TARGET = 1024.0
SECONDS = 75


def clock() -> float:
    return time.monotonic() * SCALE


def sleep(seconds: float) -> None:
    time.sleep(seconds / SCALE)


@pytest.mark.parametrize(("tasks", "throttled_one_in"), [(1, 0), (4, 0), (16, 0), (4, 20)])
def test_no_minute_at_the_endpoint_has_more_than_a_tenth_above_the_target(tasks: int, throttled_one_in: int) -> None:
    page_items = 4
    items: list[Item] = [
        {"id": {"S": f"item {number}"}} for number in range(int(page_items * SECONDS * TARGET / FULL_PAGE_RCU))
    ]
    fake = FakeDynamoDB(
        items,
        page_items,
        fault=lambda number, request: "throttle" if throttled_one_in and number % throttled_one_in == 1 else None,
        item_rcu=FULL_PAGE_RCU / page_items,
    )
    segments = 3 * tasks
    finished: list[int] = []
    mine = threading.local()

    def read(segment: int) -> list[Item]:
        if not hasattr(mine, "pacer"):
            share = Share(TARGET, tasks, segments, lambda: len(finished), clock=clock)
            mine.pacer = Pacer(share, clock=clock, sleep=sleep)
        scanner = Scanner(lambda: client, "T", segment, segments, sleep, clock)
        found = [item for page in pages(scanner, mine.pacer, None, 2) for item in json.loads(page.items)]
        finished.append(segment)
        return found

    with serving(fake), ThreadPoolExecutor(tasks) as running:
        client = client_of(fake, connections=tasks)
        found = list(running.map(read, range(segments)))

    assert found == [items[segment::segments] for segment in range(segments)]
    assert sum(rcu for _, rcu in fake.served) == len(items) * fake.item_rcu
    served = [(at * SCALE, rcu) for at, rcu in fake.served]
    for time_of_last, _ in served:
        assert sum(rcu for at, rcu in served if time_of_last - 60 < at <= time_of_last) <= 1.1 * 60 * TARGET
