"""The read budget: what share of a table's capacity a job may use, and the pace that keeps each task inside it.

No coordinator: each of the tasks that read at the same time gets an equal part of the job's rate (`share`) and keeps it
by what DynamoDB says it has consumed (ReturnConsumedCapacity). A page is paid after it was read: the next request waits
until the debt is worked off. In any minute a task can be ahead of its rate by its credit and by the pages at either
end, together less than six seconds, which is a tenth: docs/read-budget.md has the reasoning and the numbers.
Sources: Amazon DynamoDB developer guide, "DynamoDB provisioned capacity mode" (an eventually consistent read unit is
half a unit for each 4 KB), "On-demand capacity mode" and "DynamoDB warm throughput".
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ddb_snapshot.arguments import BadArgument

ON_DEMAND_DEFAULT_RCU: Final = 12_000.0
"""What a new on-demand table takes at once. Source: "Amazon DynamoDB warm throughput"."""

FULL_PAGE_RCU: Final = 128.0
"""A page is at most 1 MB; read eventually consistent that is 128 units."""

_PAGE_SECONDS: Final = 2.0
_AHEAD_SECONDS: Final = 5.5
_UNKNOWN_ITEM_RCU: Final = 0.5
_FALL: Final = 0.7
_SLOWEST_SHARE: Final = 0.05
_RECOVERY_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Budget:
    """The job's rate in read units a second, and the fact about the table that it is a share of."""

    target_rcu: float
    capacity_rcu: float
    source: str

    def __str__(self) -> str:
        part = self.target_rcu / self.capacity_rcu
        return f"{_number(self.target_rcu)} RCU/s ({part:.0%} of {_number(self.capacity_rcu)}, {self.source})"


def budget(table: Mapping[str, Any], read_percentage: float, max_rcu: float | None = None) -> Budget:
    """The budget of a table as DescribeTable describes it; `read_percentage` is a share in `allowed.SHARE`.

    Of a provisioned table it is that share of the provisioned capacity, and at most `max_rcu`; that `max_rcu` may be
    above the capacity, which auto scaling may have lowered for a while. Of an on-demand table it is `max_rcu`, or else
    the share of the table's own maximum, or else of its warm throughput, or else of a new table's.

    Raises:
        BadArgument: `max_rcu` is below 1, or more than an on-demand table takes.
    """
    if max_rcu is not None and not 1 <= max_rcu < math.inf:
        raise BadArgument("max_rcu", max_rcu, "allowed is a number of read units a second, 1 or more")
    provisioned = float(table.get("ProvisionedThroughput", {}).get("ReadCapacityUnits", 0))
    if provisioned > 0:
        share = provisioned * read_percentage
        if max_rcu is not None and max_rcu < share:
            return Budget(max_rcu, provisioned, "max_rcu; provisioned")
        return Budget(share, provisioned, "provisioned")
    capacity, source, remedy = _on_demand_capacity(table)
    if max_rcu is None:
        return Budget(capacity * read_percentage, capacity, source)
    if max_rcu > capacity and remedy:
        raise BadArgument(
            "max_rcu",
            max_rcu,
            f"the table's {source} is {capacity:,.0f} read units a second, beyond which DynamoDB may throttle "
            f"this job and everyone else who reads the table: give {capacity:,.0f} or less, or {remedy}",
        )
    return Budget(max_rcu, max(capacity, max_rcu), f"max_rcu; {source}")


def _number(rcu: float) -> str:
    return f"{rcu:,.2f}".rstrip("0").rstrip(".")


def _on_demand_capacity(table: Mapping[str, Any]) -> tuple[float, str, str | None]:
    """Read units a second, what says so, and how the owner can raise them; None where it is only an assumption."""
    for field, name, source, remedy in (
        ("OnDemandThroughput", "MaxReadRequestUnits", "on-demand maximum", "raise the table's MaxReadRequestUnits"),
        ("WarmThroughput", "ReadUnitsPerSecond", "warm throughput", "warm the table up to more (UpdateTable)"),
    ):
        units = float(table.get(field, {}).get(name) or 0)
        if units > 0:
            return units, source, remedy
    return ON_DEMAND_DEFAULT_RCU, "on-demand default", None


def readers(target_rcu: float, parallel: int) -> int:
    """How many of `parallel` tasks should read at the same time.

    As many as there are, but no more than can each read a full page in two seconds of their part of the rate: with
    more, pages of unknown cost would make the rate less exact. One task alone reads far more than that.
    """
    return max(1, min(parallel, int(target_rcu * _PAGE_SECONDS / FULL_PAGE_RCU)))


class Pacer:
    """Keeps one task at `rate` read units a second: a number, or what gives the number now. Not for several threads.

    Time in which nothing was read leaves a few seconds of credit at most. When DynamoDB throttled, the rate falls to
    70% and the credit is lost; it climbs back by all of the rate in a minute. A pacer should outlive a segment, so
    that its last page is paid and the time until the next segment is made up for (`share.pacer_of`).
    """

    def __init__(
        self,
        rate: float | Callable[[], float],
        item_rcu: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._full_rate = rate if callable(rate) else lambda: rate
        if self._full_rate() <= 0:
            raise ValueError(f"a pace of {self._full_rate()} read units a second reads nothing")
        self._share = 1.0
        self._item_rcu = item_rcu or _UNKNOWN_ITEM_RCU
        self._clock = clock
        self._sleep = sleep
        self._last_page = self._paid_until = clock()

    @property
    def rate(self) -> float:
        """The rate now, in read units a second."""
        return self._full_rate() * self._share

    def limit(self) -> int | None:
        """How many items to ask for, so that a page costs at most two seconds of the rate; None for a full page."""
        allowed = self.rate * _PAGE_SECONDS
        return None if allowed >= FULL_PAGE_RCU else max(1, int(allowed / self._item_rcu))

    def wait(self) -> None:
        """Sleep until what was read is paid."""
        now = self._clock()
        if self._paid_until > now:
            self._sleep(self._paid_until - now)
            now = self._clock()
        self._paid_until = max(self._paid_until, now - self._credit())

    def _credit(self) -> float:
        """Seconds, so that with a page at either end a minute is ahead by less than six."""
        return _AHEAD_SECONDS - 2 * min(_PAGE_SECONDS, FULL_PAGE_RCU / self.rate)

    def consumed(self, rcu: float, items: int, throttles: int = 0, unaccounted: int = 0) -> None:
        """Account for a page: what it cost, how many items it had, how often the request was throttled before.

        `unaccounted` requests for the same page failed in a way that may have cost as much, without saying so.
        """
        now = self._clock()
        if throttles:
            self._share = max(_SLOWEST_SHARE, _FALL * self._share)
            self._paid_until = max(self._paid_until, now)
        else:
            self._share = min(1.0, self._share + (now - self._last_page) / _RECOVERY_SECONDS)
        self._last_page = now
        self._paid_until += rcu * (1 + unaccounted) / self.rate
        if items:
            # The largest recent cost, forgotten slowly: a run of small items must not lead to a page of large ones.
            self._item_rcu = max(rcu / items, 0.9 * self._item_rcu)
