"""How well a job keeps its read rate, in simulated time: `python -m benchmarks.read_rate`, for docs/read-budget.md."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botocore.retries import adaptive, bucket, throttling

from benchmarks.simulated_scan import (
    MINUTE,
    Clock,
    Limiter,
    NoLimiter,
    Outcome,
    Pace,
    Scenario,
    equal_parts,
    shared,
    simulate,
)
from ddb_snapshot.scanning.throttle import Pacer

_SEEDS = range(5)


def main() -> None:
    """Print the tables."""
    _rates()
    _unequal_segments()
    _throttling()
    _random_throttles()


def _rates() -> None:
    print("| target, RCU/s | tasks | of these read | fullest minute | emptiest minute | emptiest, tasks stalling |")
    print("|---|---|---|---|---|---|")
    for target, tasks in itertools.product((5.0, 25.0, 100.0, 400.0, 1600.0), (1, 4, 16)):
        steady = [simulate(Scenario(target, tasks, 4 * tasks, stall_every=1e9, seed=seed)) for seed in _SEEDS]
        stalling = [simulate(Scenario(target, tasks, 4 * tasks, seed=seed)) for seed in _SEEDS]
        print(
            f"| {target:,.0f} | {tasks} | {steady[0].readers} | {max(run.most() for run in steady + stalling):.1%} | "
            f"{min(run.least() for run in steady):.1%} | {min(run.least() for run in stalling):.1%} |"
        )


def _unequal_segments() -> None:
    print("\n| segments | time, equal parts | time, parts of the unfinished | fullest minute |\n|---|---|---|---|")
    for segments in (16, 32, 64, 256):
        scenarios = [Scenario(1600, 16, segments, unequal=1.0, seed=seed) for seed in _SEEDS]
        equal, ours = ([simulate(scenario, pace) for scenario in scenarios] for pace in (equal_parts, shared))
        print(f"| {segments} | {_slowness(equal)} | {_slowness(ours)} | {max(run.most() for run in ours):.1%} |")


def _throttling() -> None:
    print("\n| tasks | table gives | way | used of it | throttles a minute | pages a minute | a minute later |")
    print("|---|---|---|---|---|---|---|")
    for tasks, part in itertools.product((1, 4, 16), (0.7, 0.3)):
        steady = Scenario(1600, tasks, tasks, unequal=0, stall_every=1e9)
        scarce = replace(steady, scarce=1600 * part, scarce_from=200, scarce_until=700)
        for way, pace, limiter in _WAYS:
            run = simulate(scarce, pace, limiter)
            throttles = sum(200 < time < 700 for time in run.throttled) * MINUTE / 500
            pages = sum(200 < time < 700 for time, _ in run.served) * MINUTE / 500
            print(
                f"| {tasks} | {part:.0%} | {way} | {run.rate(260, 700) / scarce.scarce:.0%} | {throttles:.0f} | "
                f"{pages:.0f} | {run.rate(755, 765) / scarce.target:.0%} |"
            )


def _random_throttles() -> None:
    print("\n| tasks | ours | botocore standard | botocore adaptive |\n|---|---|---|---|")
    for tasks in (1, 4, 16):
        scenario = Scenario(1600, tasks, 4 * tasks, seconds=300, stall_every=1e9, throttled=0.05)
        rates = [1 / simulate(scenario, pace, limiter).slowness for _, pace, limiter in _WAYS]
        print(f"| {tasks} | {' | '.join(f'{rate:.0%}' for rate in rates)} |")


def _slowness(runs: list[Outcome]) -> str:
    return f"{sum(run.slowness for run in runs) / len(runs):.2f}"


class BotocoreAdaptive:
    """The limiter of botocore's retry mode `adaptive`, in a task's own time. It counts requests, not read units."""

    def __init__(self, clock: Clock) -> None:
        timed = _BotocoreClock(clock)
        self._limiter = adaptive.ClientRateLimiter(
            rate_adjustor=throttling.CubicCalculator(starting_max_rate=0, start_time=clock.now),
            rate_clocker=adaptive.RateClocker(timed),
            token_bucket=_Bucket(max_rate=1, clock=timed),
            throttling_detector=_Detector(),
            clock=timed,
        )

    def sending(self) -> None:
        self._limiter.on_sending_request(request=None)

    def answered(self, throttled: bool) -> None:
        self._limiter.on_receiving_response(throttled=throttled)


class _BotocoreClock:
    def __init__(self, clock: Clock) -> None:
        self.sleep = clock.sleep
        self.current_time = clock


class _Detector:
    def is_throttling_error(self, throttled: bool, **_: Any) -> bool:
        return throttled


class _Bucket(bucket.TokenBucket):  # type: ignore[misc]  # botocore has no stubs
    """Waits by the clock it was given; botocore's own waits for a condition, in real time."""

    def _acquire(self, amount: float, block: bool) -> bool:
        self._refill()
        while (missing := self._sleep_amount(amount)) > 1e-9:
            self._clock.sleep(missing)
            self._refill()
        self._current_capacity -= amount
        return True


class _Unslowed(Pacer):
    """The pacer without its own answer to throttling."""

    def consumed(self, rcu: float, items: int, throttles: int = 0, unaccounted: int = 0) -> None:
        super().consumed(rcu, items, 0, unaccounted)


def _unslowed(scenario: Scenario, readers: int, segments: int, finished: Callable[[], int], clock: Clock) -> Pacer:
    return _Unslowed(scenario.target / readers, clock=clock, sleep=clock.sleep)


_WAYS: tuple[tuple[str, Pace, Callable[[Clock], Limiter]], ...] = (
    ("ours", equal_parts, NoLimiter),
    ("botocore standard", _unslowed, NoLimiter),
    ("botocore adaptive", _unslowed, BotocoreAdaptive),
)

if __name__ == "__main__":
    main()
