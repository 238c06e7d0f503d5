"""A scan in simulated time: the pacers of many tasks against one table, which may throttle.

Nothing here sleeps: each task has a clock that its own waiting and the table's latency move, and requests reach the
table in the order of those clocks.
"""

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from ddb_snapshot.scanning.share import Share
from ddb_snapshot.scanning.throttle import Pacer, readers

PAGE_BYTES = 1_000_000
MINUTE = 60.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 20.0  # botocore's, after a throttle


@dataclass(frozen=True)
class Scenario:
    """A table, its items and the job that reads it. Rates in read units a second, times in seconds.

    `unequal` is the spread of the segments' sizes, sigma of their logarithm. A task stands still once in `stall_every`
    seconds, on average, for up to `stall` seconds. Executors come one after another over the time `arriving`. A share
    `throttled` of the requests is throttled at random; between `scarce_from` and `scarce_until` the table gives no
    more than `scarce` units a second.
    """

    target: float
    tasks: int = 4
    segments: int = 64
    seconds: float = 1200.0
    unequal: float = 0.5
    item_bytes: float = 2000.0
    item_spread: float = 1.5
    latency: float = 0.06
    stall_every: float = 300.0
    stall: float = 8.0
    between_segments: float = 1.0
    arriving: float = 20.0
    throttled: float = 0.0
    scarce: float = math.inf
    scarce_from: float = 0.0
    scarce_until: float = 0.0
    seed: int = 1


@dataclass
class Outcome:
    """What the table served: when, and for how many units. From when until when all tasks had something to read."""

    scenario: Scenario
    readers: int
    served: list[tuple[float, float]] = field(default_factory=list)
    throttled: list[float] = field(default_factory=list)
    all_busy: tuple[float, float] = (0.0, math.inf)

    @property
    def slowness(self) -> float:
        """The time it took, as a multiple of what the target allows."""
        return self.served[-1][0] * self.scenario.target / sum(units for _, units in self.served)

    def most(self) -> float:
        """Units in the fullest minute there is, as a share of the target's."""
        return max(self._minutes()) / (MINUTE * self.scenario.target)

    def least(self) -> float:
        """Units in the emptiest minute in which every task had something to read, as a share of the target's."""
        start, end = self.all_busy
        begins = [start, *(time for time, _ in self.served if start <= time <= end - MINUTE)]
        return min(self.rate(time, time + MINUTE) for time in begins) / self.scenario.target

    def rate(self, after: float, until: float) -> float:
        """Units a second in that time."""
        return sum(units for time, units in self.served if after < time <= until) / (until - after)

    def _minutes(self) -> Iterator[float]:
        window: deque[tuple[float, float]] = deque()
        total = 0.0
        for time, units in self.served:
            window.append((time, units))
            total += units
            while window[0][0] <= time - MINUTE:
                total -= window.popleft()[1]
            yield total


class Limiter(Protocol):
    """What is asked before each request, and told how it went."""

    def sending(self) -> None: ...
    def answered(self, throttled: bool) -> None: ...


class NoLimiter:
    def __init__(self, clock: "Clock") -> None: ...
    def sending(self) -> None: ...
    def answered(self, throttled: bool) -> None: ...


class Clock:
    """One task's time."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


Pace = Callable[[Scenario, int, int, Callable[[], int], Clock], Pacer]
"""Makes a task's pacer: of a scenario, the number of readers and of segments, and what tells how many are finished."""


def equal_parts(scenario: Scenario, readers: int, segments: int, finished: Callable[[], int], clock: Clock) -> Pacer:
    """A pacer that keeps to its part of the rate, however few others are left."""
    return Pacer(scenario.target / readers, clock=clock, sleep=clock.sleep)


def shared(scenario: Scenario, readers: int, segments: int, finished: Callable[[], int], clock: Clock) -> Pacer:
    """The job's own pacer."""
    return Pacer(Share(scenario.target, readers, segments, finished, clock=clock), clock=clock, sleep=clock.sleep)


def simulate(
    scenario: Scenario,
    pace: Pace = shared,
    limiter: Callable[[Clock], Limiter] = NoLimiter,
) -> Outcome:
    """Run the job."""
    chance = random.Random(scenario.seed)
    count = readers(scenario.target, scenario.tasks)
    segments = scenario.segments if count == scenario.tasks else count
    sizes = [chance.lognormvariate(0, scenario.unequal) for _ in range(segments)]
    units = scenario.target * scenario.seconds / sum(sizes)
    waiting = deque(size * units for size in sizes)
    outcome = Outcome(scenario, count)
    table = _Table(scenario, chance, outcome)
    finished = 0

    def task(clock: Clock) -> Iterator[float]:
        nonlocal finished
        pacer, limits = pace(scenario, count, segments, lambda: finished, clock), limiter(clock)
        while waiting:
            yield from table.read(waiting.popleft(), pacer, limits, clock)
            finished += 1
            clock.now += chance.uniform(0, 2 * scenario.between_segments)
        outcome.all_busy = (outcome.all_busy[0], min(outcome.all_busy[1], clock.now))

    tasks: list[tuple[float, int, Iterator[float]]] = []
    for number in range(count):
        clock = Clock(scenario.arriving * number / count)
        outcome.all_busy = (clock.now, math.inf)
        tasks.append((clock.now, number, task(clock)))
    while tasks:
        _, number, running = heapq.heappop(tasks)
        for time in itertools.islice(running, 1):
            heapq.heappush(tasks, (time, number, running))
    outcome.served.sort()
    return outcome


class _Table:
    def __init__(self, scenario: Scenario, chance: random.Random, outcome: Outcome) -> None:
        self._scenario = scenario
        self._chance = chance
        self._outcome = outcome
        self._tokens, self._filled = 0.0, 0.0
        middle = math.log(scenario.item_bytes) - scenario.item_spread**2 / 2
        sizes = (min(400_000.0, chance.lognormvariate(middle, scenario.item_spread)) for _ in range(20_000))
        self._item_bytes = list(sizes)

    def read(self, units: float, pacer: Pacer, limiter: Limiter, clock: Clock) -> Iterator[float]:
        """Read a segment to its end. Yields the time of each request before it reaches the table."""
        scenario, chance = self._scenario, self._chance
        next_stall = clock.now + chance.expovariate(1 / scenario.stall_every)
        while units > 0:
            pacer.wait()
            cost, items = self._page(pacer.limit(), units)
            throttles = 0
            limiter.sending()
            yield clock.now
            while self._refused(clock.now, cost):
                self._outcome.throttled.append(clock.now)
                limiter.answered(throttled=True)
                clock.now += 0.01 + chance.random() * min(_FIRST_WAIT * 2**throttles, _LONGEST_WAIT)
                throttles += 1
                limiter.sending()
                yield clock.now
            self._outcome.served.append((clock.now, cost))
            clock.now += scenario.latency * chance.lognormvariate(0, 0.5)
            if clock.now > next_stall:
                clock.now += chance.uniform(0, scenario.stall)
                next_stall = clock.now + chance.expovariate(1 / scenario.stall_every)
            limiter.answered(throttled=False)
            pacer.consumed(cost, items, throttles)
            units -= cost

    def _page(self, limit: int | None, units: float) -> tuple[float, int]:
        most, size, items = min(PAGE_BYTES, units * 2 * 4096), 0.0, 0
        start = self._chance.randrange(len(self._item_bytes))
        while size < most and (limit is None or items < limit):
            size += self._item_bytes[(start + items) % len(self._item_bytes)]
            items += 1
        return 0.5 * math.ceil(size / 4096), items

    def _refused(self, now: float, cost: float) -> bool:
        scenario = self._scenario
        if self._chance.random() < scenario.throttled:
            return True
        if not scenario.scarce_from <= now < scenario.scarce_until:
            self._filled = now
            return False
        # What is there is given, down to below nothing; a second of it is kept at most.
        earned = (now - self._filled) * scenario.scarce
        self._tokens, self._filled = min(scenario.scarce, self._tokens + earned), now
        if self._tokens < 0:
            return True
        self._tokens -= cost
        return False
