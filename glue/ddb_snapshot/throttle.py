"""The read budget: what share of a table's capacity a job may use, and the pace that keeps each task inside it.

No coordinator: each of the tasks that run at the same time gets an equal part of the job's rate and keeps it by what
DynamoDB says it has consumed (ReturnConsumedCapacity). A page is paid after it was read: the next request waits until
the debt is worked off. So that no page makes a debt of more than a few seconds, slow tasks ask for fewer items at once.
Sources: Amazon DynamoDB developer guide, "DynamoDB provisioned capacity mode" (an eventually consistent read unit is
half a unit for each 4 KB), "On-demand capacity mode" and "DynamoDB warm throughput".
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

ON_DEMAND_DEFAULT_RCU: Final = 12_000.0
"""What a new on-demand table takes at once. Source: "Amazon DynamoDB warm throughput"."""

FULL_PAGE_RCU: Final = 128.0
"""A page is at most 1 MB; read eventually consistent that is 128 units."""

_BURST_SECONDS: Final = 2.0
_CREDIT_SECONDS: Final = 1.0
_UNKNOWN_ITEM_RCU: Final = 0.5
_SLOWEST_SHARE: Final = 0.05
_RECOVERY_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Budget:
    """The job's rate in read units a second, and the fact about the table that it is a share of."""

    target_rcu: float
    capacity_rcu: float
    source: str


def budget(table: Mapping[str, Any], read_percentage: float) -> Budget:
    """The budget of a table as DescribeTable describes it; `read_percentage` is a share from 0.1 to 1.0."""
    provisioned = float(table.get("ProvisionedThroughput", {}).get("ReadCapacityUnits", 0))
    if provisioned > 0:
        return Budget(provisioned * read_percentage, provisioned, "provisioned")
    for field, name, source in (
        ("OnDemandThroughput", "MaxReadRequestUnits", "on-demand maximum"),
        ("WarmThroughput", "ReadUnitsPerSecond", "warm throughput"),
    ):
        units = float(table.get(field, {}).get(name) or 0)
        if units > 0:
            return Budget(units * read_percentage, units, source)
    return Budget(ON_DEMAND_DEFAULT_RCU * read_percentage, ON_DEMAND_DEFAULT_RCU, "on-demand default")


class Pacer:
    """Keeps one task at `rate` read units a second. Not for use from several threads.

    A page that came at once leaves a second of credit at most, so that a late page can be made up for. When DynamoDB
    throttled, the rate is halved, and climbs back to the full rate over twenty seconds.
    """

    def __init__(
        self,
        rate: float,
        item_rcu: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if rate <= 0:
            raise ValueError(f"a pace of {rate} read units a second reads nothing")
        self._full_rate = rate
        self._share = 1.0
        self._item_rcu = item_rcu or _UNKNOWN_ITEM_RCU
        self._clock = clock
        self._sleep = sleep
        self._started = self._paid_until = clock()

    @property
    def rate(self) -> float:
        """The rate now, in read units a second."""
        return self._full_rate * self._share

    def limit(self) -> int | None:
        """How many items to ask for, so that a page costs at most two seconds of the rate; None for a full page."""
        allowed = self.rate * _BURST_SECONDS
        return None if allowed >= FULL_PAGE_RCU else max(1, int(allowed / self._item_rcu))

    def wait(self) -> None:
        """Sleep until what was read is paid."""
        now = self._clock()
        if self._paid_until > now:
            self._sleep(self._paid_until - now)
            now = self._clock()
        self._paid_until = max(self._paid_until, now - _CREDIT_SECONDS)
        self._started = now

    def consumed(self, rcu: float, items: int, throttles: int = 0) -> None:
        """Account for a page: what it cost, how many items it had, how often the request was refused before."""
        now = self._clock()
        if throttles:
            self._share = max(_SLOWEST_SHARE, self._share / 2)
        else:
            self._share = min(1.0, self._share + (now - self._started) / _RECOVERY_SECONDS)
        self._paid_until += rcu / self.rate
        if items:
            # The largest recent cost, forgotten slowly: a run of small items must not lead to a page of large ones.
            self._item_rcu = max(rcu / items, 0.9 * self._item_rcu)
