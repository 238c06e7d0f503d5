"""The read budget, without wall time: clocks that only sleeping and requests move."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.simulated_scan import Clock, Scenario, equal_parts, simulate
from ddb_snapshot.arguments import BadArgument
from ddb_snapshot.scanning.share import Share
from ddb_snapshot.scanning.throttle import FULL_PAGE_RCU, Budget, Pacer, budget, readers

PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 100}}
WITH_MAXIMUM = {"OnDemandThroughput": {"MaxReadRequestUnits": 400}, "WarmThroughput": {"ReadUnitsPerSecond": 9000}}
WARM = {"OnDemandThroughput": {"MaxReadRequestUnits": -1}, "WarmThroughput": {"ReadUnitsPerSecond": 18_000}}
UNKNOWN = {"ProvisionedThroughput": {"ReadCapacityUnits": 0}}


@pytest.mark.parametrize(
    ("table", "max_rcu", "expected"),
    [
        (PROVISIONED, None, (50, 100, "provisioned")),
        (PROVISIONED, 20, (20, 100, "max_rcu; provisioned")),
        # A cap that auto scaling has made larger than the capacity of the hour.
        (PROVISIONED, 2000, (50, 100, "provisioned")),
        (WITH_MAXIMUM, None, (200, 400, "on-demand maximum")),
        (WITH_MAXIMUM, 400, (400, 400, "max_rcu; on-demand maximum")),
        (WARM, None, (9000, 18_000, "warm throughput")),
        (WARM, 1, (1, 18_000, "max_rcu; warm throughput")),
        (UNKNOWN, None, (6000, 12_000, "on-demand default")),
        (UNKNOWN, 500, (500, 12_000, "max_rcu; on-demand default")),
        (UNKNOWN, 90_000, (90_000, 90_000, "max_rcu; on-demand default")),
    ],
)  # fmt: skip
def test_every_table_has_a_budget_that_says_of_what(
    table: dict[str, Any], max_rcu: float | None, expected: tuple[float, float, str]
) -> None:
    assert budget(table, 0.5, max_rcu) == Budget(*expected)


@pytest.mark.parametrize("max_rcu", [0, 0.99, -5, math.inf, math.nan])
def test_max_rcu_that_means_nothing_is_refused(max_rcu: float) -> None:
    with pytest.raises(BadArgument, match=r"--max_rcu is .*: allowed is a number of read units a second, 1 or more"):
        budget(PROVISIONED, 0.5, max_rcu)


@pytest.mark.parametrize(
    ("table", "max_rcu", "message"),
    [
        (WITH_MAXIMUM, 401, r"--max_rcu is 401: .* on-demand maximum is 400 .*give 400 or less.*MaxReadRequestUnits"),
        (WARM, 20_000, r"--max_rcu is 20000: .* warm throughput is 18,000 .*give 18,000 or less.*warm the table"),
    ],
)
def test_max_rcu_above_what_an_on_demand_table_takes_is_refused(
    table: dict[str, Any], max_rcu: float, message: str
) -> None:
    with pytest.raises(BadArgument, match=message):
        budget(table, 0.5, max_rcu)


def test_budget_reads_as_a_sentence_part() -> None:
    assert str(budget(PROVISIONED, 0.25)) == "25 RCU/s (25% of 100, provisioned)"
    assert str(budget(WARM, 0.5, 4500)) == "4,500 RCU/s (25% of 18,000, max_rcu; warm throughput)"


def test_so_many_tasks_read_as_can_pay_a_full_page_in_two_seconds() -> None:
    assert [readers(target, 16) for target in (0.5, 64, 128, 1000, 1024, 90_000)] == [1, 1, 2, 15, 16, 16]


@settings(deadline=None)
@given(
    rate=st.floats(FULL_PAGE_RCU / 2, 20_000),
    pages=st.lists(
        st.tuples(st.floats(0.5, FULL_PAGE_RCU), st.floats(0, 1), st.floats(0, 1), st.booleans()),
        min_size=1,
        max_size=20,
    ),
    stalls=st.lists(st.floats(0, 200), max_size=5),
)
def test_no_minute_has_more_than_a_tenth_above_the_rate(
    rate: float, pages: list[tuple[float, float, float, bool]], stalls: list[float]
) -> None:
    clock = Clock(1000.0)
    pacer = Pacer(rate, clock=clock, sleep=clock.sleep)
    served: list[tuple[float, float]] = []
    for number in range(2000):
        pacer.wait()
        assert pacer.limit() is None or pacer.rate < rate
        rcu, latency, moment, throttled = pages[number % len(pages)]
        if stalls and number % 97 == 96:
            latency += stalls[number % len(stalls)]
        # DynamoDB may count it at any moment of the request.
        served.append((clock.now + moment * latency, rcu))
        clock.now += latency
        pacer.consumed(rcu, 100, throttles=int(throttled and number % 50 == 0))

    first, inside = 0, 0.0
    for time, rcu in served:
        inside += rcu
        while served[first][0] <= time - 60:
            inside -= served[first][1]
            first += 1
        assert inside <= 1.1 * 60 * rate


@settings(deadline=None)
@given(rate=st.floats(0.5, 60), latency=st.floats(0, 0.2), item_bytes=st.lists(st.integers(50, 400_000), min_size=1))
def test_pages_of_a_slow_task_are_small_and_its_rate_is_used(
    rate: float, latency: float, item_bytes: list[int]
) -> None:
    clock = Clock(1000.0)
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
    elapsed = pages[-1][0] - pages[0][0]
    assert spent <= rate * (elapsed + 5.5) + pages[-1][1] + 1e-6
    if latency == 0:
        assert spent >= 0.99 * rate * elapsed
    # A page costs a few seconds of the rate at most, or is one item, once the size of items is known.
    seen = max((rcu for _, rcu in pages[len(item_bytes) + 1 :]), default=0.0)
    assert seen <= max(3 * rate * max(item_bytes) / min(item_bytes), largest, 3 * rate)


@pytest.mark.parametrize("tasks", [1, 4, 16])
@pytest.mark.parametrize("target", [30.0, 100.0, 1600.0])
def test_any_minute_is_within_a_tenth_of_the_target(tasks: int, target: float) -> None:
    for seed in range(3):
        scenario = Scenario(target, tasks, 4 * tasks, seconds=400, unequal=1.0, stall_every=1e9, seed=seed)
        run = simulate(scenario)

        assert run.most() <= 1.1
        assert run.least() >= 0.9


@pytest.mark.parametrize("tasks", [1, 4, 16])
def test_tasks_that_stall_and_requests_that_are_throttled_never_make_a_minute_too_full(tasks: int) -> None:
    for seed in range(3):
        scenario = Scenario(1600, tasks, seconds=400, unequal=1.0, stall_every=60, throttled=0.05, seed=seed)

        assert simulate(scenario).most() <= 1.1


def test_last_tasks_take_over_the_rate_of_those_that_have_ended() -> None:
    unequal = Scenario(1600, 16, segments=16, seconds=400, unequal=1.0, stall_every=1e9)

    assert simulate(unequal).slowness < 1.3 < 2 < simulate(unequal, equal_parts).slowness


def test_shares_of_tasks_that_hear_late_never_add_up_to_more_than_the_target() -> None:
    clock = Clock(0.0)
    finished = 0
    shares = [Share(100, 4, 6, lambda: finished, every=30, clock=clock) for _ in range(4)]
    assert [share() for share in shares] == [25] * 4
    for finished in (1, 2, 3, 4, 5, 6):  # the shares look at it
        clock.now += 20
        reading = min(4, 6 - finished)
        assert sum(share() for share in shares[:reading]) <= 100
    clock.now += 30
    assert shares[0]() == 100


def test_rate_is_used_where_the_table_gives_less_and_throttles_stay_few() -> None:
    scarce = Scenario(
        1600, 4, 4, seconds=500, unequal=0, stall_every=1e9, scarce=800, scarce_from=100, scarce_until=400
    )
    run = simulate(scarce)

    assert run.rate(160, 400) >= 0.9 * 800
    assert sum(time > 100 for time in run.throttled) < 0.1 * sum(100 < time < 400 for time, _ in run.served)
    assert run.rate(460, 480) >= 0.95 * 1600


def test_throttling_lowers_the_rate_which_climbs_back_in_a_minute() -> None:
    clock = Clock(0.0)
    pacer = Pacer(100.0, clock=clock, sleep=clock.sleep)
    pacer.wait()
    pacer.consumed(1, 1, throttles=3)
    assert pacer.rate == 70.0
    for _ in range(100):
        pacer.wait()
        pacer.consumed(1, 1, throttles=1)
    assert pacer.rate == 5.0
    throttled_at = clock.now
    while pacer.rate < 100.0:
        pacer.wait()
        clock.now += 0.5
        pacer.consumed(1, 1)
    assert clock.now - throttled_at == pytest.approx(57, abs=1)


def test_requests_that_may_have_been_charged_are_paid() -> None:
    clock = Clock(0.0)
    pacer = Pacer(100.0, clock=clock, sleep=clock.sleep)
    pacer.wait()
    pacer.consumed(100, 100, unaccounted=2)
    pacer.wait()

    assert clock.now == pytest.approx(3.0)


def test_limit_is_what_costs_two_seconds() -> None:
    assert Pacer(3.0, item_rcu=0.05).limit() == 120
    assert Pacer(64.0, item_rcu=0.05).limit() is None
    assert Pacer(0.5, item_rcu=50.0).limit() == 1


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0"):
        Pacer(0)
