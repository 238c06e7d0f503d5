"""The read budget, without wall time: a clock that only sleeping and requests move."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_snapshot.throttle import FULL_PAGE_RCU, Budget, Pacer, budget


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


def test_provisioned_capacity_is_what_the_percentage_is_of() -> None:
    assert budget({"ProvisionedThroughput": {"ReadCapacityUnits": 100}}, 0.25) == Budget(25.0, 100.0, "provisioned")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": 400}, "WarmThroughput": {"ReadUnitsPerSecond": 9}},
            (200, 400, "on-demand maximum"),
        ),
        (
            {"OnDemandThroughput": {"MaxReadRequestUnits": -1}, "WarmThroughput": {"ReadUnitsPerSecond": 9}},
            (4.5, 9, "warm throughput"),
        ),
        ({"WarmThroughput": {"ReadUnitsPerSecond": 18_000}}, (9000, 18_000, "warm throughput")),
        ({"ProvisionedThroughput": {"ReadCapacityUnits": 0}}, (6000, 12_000, "on-demand default")),
    ],
)  # fmt: skip
def test_on_demand_table_has_a_budget_and_says_of_what(
    table: dict[str, dict[str, int]], expected: tuple[float, float, str]
) -> None:
    assert budget(table, 0.5) == Budget(*expected)


@settings(deadline=None)
@given(
    rate=st.floats(0.5, 2000),
    latency=st.floats(0, 0.2),
    item_bytes=st.lists(st.integers(50, 400_000), min_size=1, max_size=10),
)
def test_consumed_units_stay_at_the_rate_and_never_burst(rate: float, latency: float, item_bytes: list[int]) -> None:
    clock = Clock()
    pacer = Pacer(rate, clock=clock, sleep=clock.sleep)
    largest = 0.5 * max(item_bytes) / 4096 + 0.5
    pages: list[tuple[float, float]] = []
    for number in range(300):
        pacer.wait()
        item_rcu = 0.5 * item_bytes[number % len(item_bytes)] / 4096
        count = min(pacer.limit() or 10**9, max(1, int(FULL_PAGE_RCU / item_rcu)))
        pages.append((clock.now, max(0.5, item_rcu * count)))
        clock.now += latency
        pacer.consumed(pages[-1][1], count)

    spent = sum(rcu for _, rcu in pages[:-1])
    # One second of credit and the page in hand are all that may run ahead of the rate.
    assert spent <= rate * (pages[-1][0] - pages[0][0] + 1) + pages[-1][1] + 1e-6
    # Where the rate and not the latency is the limit, it is used.
    if latency == 0:
        assert spent >= 0.99 * rate * (pages[-1][0] - pages[0][0])
    # A page costs a few seconds of the rate at most, or is one item, once the size of items is known.
    seen = max((pages[n][1] for n in range(len(item_bytes) + 1, len(pages))), default=0.0)
    assert seen <= max(3 * rate * max(item_bytes) / min(item_bytes), largest, 3 * rate)


def test_page_of_a_slow_task_costs_two_seconds_at_most() -> None:
    pacer = Pacer(3.0, item_rcu=0.05)

    assert pacer.limit() == 120
    assert Pacer(64.0, item_rcu=0.05).limit() is None
    assert Pacer(0.5, item_rcu=50.0).limit() == 1


def test_slow_pages_leave_no_more_than_a_second_of_credit() -> None:
    clock = Clock()
    pacer = Pacer(10.0, clock=clock, sleep=clock.sleep)
    pacer.wait()
    clock.now += 60
    pacer.consumed(10, 10)
    for _ in range(3):
        pacer.wait()
        pacer.consumed(10, 10)

    assert clock.now == pytest.approx(1060 + 1)


def test_throttling_halves_the_rate_which_climbs_back() -> None:
    clock = Clock()
    pacer = Pacer(100.0, clock=clock, sleep=clock.sleep)
    pacer.wait()
    pacer.consumed(1, 1, throttles=3)
    assert pacer.rate == 50.0
    for _ in range(100):
        pacer.wait()
        pacer.consumed(1, 1, throttles=1)
    assert pacer.rate == 5.0
    while pacer.rate < 100.0:
        pacer.wait()
        clock.now += 0.5
        pacer.consumed(1, 1)
    assert pacer.rate == 100.0


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0"):
        Pacer(0)
