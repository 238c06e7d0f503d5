"""What each method would take: time, read units, requests, bytes, dollars. docs/cost.md has the formulas in one table.

Times are from the asking to the finished files, at the fastest and the slowest of the rates. Dollars are at the
slowest, so that the bill is hardly larger. Pure: the same facts give the same numbers.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from ddb_assets.model.capture import Method, capture_method
from ddb_assets.model.facts import CaptureOptions, JobFacts, PreviousSnapshot, TableFacts, Wanted
from ddb_assets.model.windows import incremental_windows
from ddb_assets.planning import cost
from ddb_assets.planning.cost import Cost, CostPart
from ddb_assets.planning.prices import RegionPrices
from ddb_assets.planning.rates import RATES, Rates
from ddb_assets.planning.run_size import planned
from ddb_snapshot.scanning.throttle import FULL_PAGE_RCU

_READ_UNIT_BYTES: Final = 4096
# Manifests, progress messages, listings: requests that every run makes, whatever the table's size.
_BOOKKEEPING: Final = 30
_DAY: Final = timedelta(days=1)
_NONE: Final = (timedelta(0), timedelta(0))


@dataclass(frozen=True)
class Requests:
    """How often AWS is asked: reads of pages or starts of exports, S3 at its two prices, runs of the job."""

    dynamodb: int
    s3_puts: int
    s3_gets: int
    glue: int = 1


@dataclass(frozen=True)
class Estimate:
    """What one method would take.

    `bytes_read` is what the job reads of its source, `bytes_billed` what DynamoDB bills an export by, `bytes_written`
    the snapshot's files. `job` is the size of its run, which takes `job_least` to `job_time`. `cost` is None where the
    Region has no prices. `assumptions` are numbers nobody has measured.
    """

    method: Method
    shortest: timedelta
    longest: timedelta
    rcu: float
    requests: Requests
    bytes_read: float
    bytes_billed: float
    bytes_written: float
    job: JobFacts
    job_least: timedelta
    job_time: timedelta
    cost: Cost | None
    assumptions: tuple[str, ...] = ()

    @property
    def ends_in_time(self) -> bool:
        """Whether the run is expected to end within its timeout."""
        return self.job.timeout is None or self.job_time <= self.job.timeout


@dataclass(frozen=True)
class _Given:
    """The facts that an estimate is made of."""

    table: TableFacts
    wanted: Wanted
    previous: PreviousSnapshot | None
    options: CaptureOptions
    job: JobFacts
    prices: RegionPrices | None
    rates: Rates

    @property
    def span(self) -> timedelta:
        """The time that an incremental export would cover: a window of the cadence where there is nothing before it."""
        if self.previous is None or self.previous.instant >= self.wanted.instant:
            return self.wanted.gap
        return self.wanted.instant - self.previous.instant

    @property
    def written(self) -> float:
        """The snapshot's files: as large as those of the one before it, or no larger than the table."""
        return float(self.previous.bytes if self.previous and self.previous.bytes else self.table.size_bytes)

    @property
    def raw(self) -> float:
        """The whole table as DynamoDB-JSON."""
        return self.table.size_bytes * self.rates.json_growth

    @property
    def merged(self) -> float:
        """What merging the changes into the previous snapshot takes, as bytes of DynamoDB-JSON to decode."""
        return self.changed * self.rates.json_growth + self.raw * self.rates.merge_share

    @property
    def changed(self) -> float:
        """Bytes in DynamoDB's log of changes over `span`: as the latest incremental export measured, else assumed."""
        before = self.previous
        if before is not None and before.changed_bytes is not None and before.changed_over:
            return before.changed_bytes * (self.span / before.changed_over)
        return self.table.size_bytes * self.rates.daily_change * (self.span / _DAY)


def estimate(
    method: Method,
    table: TableFacts,
    wanted: Wanted,
    previous: PreviousSnapshot | None,
    options: CaptureOptions,
    job: JobFacts,
    prices: RegionPrices | None,
    rates: Rates = RATES,
) -> Estimate:
    """The method's estimate, whether or not it is possible now."""
    given = _Given(table, wanted, previous, options, job, prices, rates)
    decoded = given.merged if capture_method(method).needs_previous else given.raw
    read_units = 0.5 * math.ceil(table.size_bytes / _READ_UNIT_BYTES) if capture_method(method).reads_table else 0
    waiting = timedelta(seconds=read_units / read_rate(table, options))
    given = replace(given, job=planned(job, decoded, waiting, rates))
    return _ESTIMATES[method](given)


def read_rate(table: TableFacts, options: CaptureOptions) -> float:
    """Read units a second that a scan may use."""
    return options.max_rcu or table.read_capacity * options.read_percentage


def _scan(given: _Given) -> Estimate:
    """Half a unit for each 4 KB, and half a unit at least for each segment.

    Source: Amazon DynamoDB developer guide, "DynamoDB provisioned capacity mode" (eventually consistent reads).
    """
    table, cores, rate = given.table, given.job.cores, read_rate(given.table, given.options)
    rcu = 0.5 * max(math.ceil(table.size_bytes / _READ_UNIT_BYTES), 2 * cores)
    # A page is kept to two seconds of a task's rate: `ddb_snapshot.scanning.throttle`.
    pages = max(2 * cores, math.ceil(rcu / min(FULL_PAGE_RCU, max(0.5, 2 * rate / cores))))
    return _made(
        given,
        "scan",
        pay=lambda prices: cost.reads(prices, rcu, table.on_demand, table.infrequent_access),
        rcu=rcu,
        asked=pages,
        decoded=given.raw,
        read=given.raw,
        waiting=timedelta(seconds=rcu / rate),
    )


def _export(given: _Given) -> Estimate:
    """Billed by the table's size; the job reads the zipped files."""
    billed, zipped = given.table.export_bytes, given.table.size_bytes * given.rates.gzip_share
    return _made(
        given,
        "export",
        pay=lambda prices: cost.full_export(prices, billed),
        billed=billed,
        decoded=given.raw,
        read=zipped,
        fetched=zipped,
        before=_export_times(given, billed),
        assumptions=(_export_times_assumed(given.rates),),
    )


def _incremental(given: _Given) -> Estimate:
    """Billed by the changes, 10 MB at least for each export; the job merges them into the previous snapshot's files."""
    rates = given.rates
    exports = max(1, len(incremental_windows(given.wanted.instant - given.span, given.wanted.instant)))
    billed, zipped = max(given.changed, exports * cost.INCREMENTAL_MINIMUM), given.changed * rates.gzip_share
    assumed = [_export_times_assumed(rates)]
    if given.previous is None or given.previous.changed_bytes is None:
        assumed.append(f"{rates.daily_change:.0%} of the table changes in a day; an incremental export measures it")
    return _made(
        given,
        "incremental",
        pay=lambda prices: cost.incremental_export(prices, billed),
        asked=exports,
        billed=billed,
        decoded=given.merged,
        read=zipped + given.written,
        # The changes are sorted by key into staging, and read again from there.
        fetched=2 * zipped + given.written,
        staged=zipped,
        before=_export_times(given, given.changed),
        assumptions=tuple(assumed),
    )


_ESTIMATES: Final[Mapping[Method, Callable[[_Given], Estimate]]] = {
    "scan": _scan,
    "export": _export,
    "incremental": _incremental,
}


def _made(
    given: _Given,
    method: Method,
    pay: Callable[[RegionPrices], CostPart],
    *,
    decoded: float,
    read: float,
    fetched: float = 0,
    staged: float = 0,
    rcu: float = 0,
    asked: int = 1,
    billed: float = 0,
    waiting: timedelta = _NONE[0],
    before: tuple[timedelta, timedelta] = _NONE,
    assumptions: tuple[str, ...] = (),
) -> Estimate:
    """The estimate of a job that drafts the snapshot's files, and at worst writes them again in their final columns.

    It reads and decodes at once at best, one after the other at worst; `before` is the time until it starts. `fetched`
    comes from S3, and `staged` is put there beside the files.
    """
    slow, fast = (timedelta(seconds=decoded / (speed * given.job.cores)) for speed in given.rates.decode)
    shortest, longest = given.rates.job_start[0] + max(waiting, fast), given.rates.job_start[1] + waiting + slow
    written = given.written
    requests = Requests(
        dynamodb=asked,
        s3_puts=_BOOKKEEPING + cost.transfers(2 * written + staged),
        s3_gets=_BOOKKEEPING + cost.transfers(fetched + written),
    )
    return Estimate(
        method,
        shortest=before[0] + shortest,
        longest=before[1] + longest,
        rcu=rcu,
        requests=requests,
        bytes_read=read,
        bytes_billed=billed,
        bytes_written=written,
        job=given.job,
        job_least=shortest,
        job_time=longest,
        cost=None if given.prices is None else _bill(given.prices, pay, longest, given.job, requests, written),
        assumptions=assumptions,
    )


def _bill(
    prices: RegionPrices,
    pay: Callable[[RegionPrices], CostPart],
    job_time: timedelta,
    job: JobFacts,
    requests: Requests,
    written: float,
) -> Cost:
    return Cost(
        parts=(
            pay(prices),
            cost.glue(prices, cost.dpu_seconds(job_time, job.dpus)),
            cost.s3_requests(prices, requests.s3_puts, requests.s3_gets),
            cost.athena(prices),
        ),
        storage_month=cost.storage_month(prices, written),
        region=prices.region,
        as_of=prices.as_of,
    )


def _export_times(given: _Given, exported: float) -> tuple[timedelta, timedelta]:
    """From now until the export is there, after the instant has become restorable."""
    recovery, rates = given.table.recovery, given.rates
    wait = max(timedelta(0), given.wanted.instant - recovery.latest) if recovery else timedelta(0)
    slow, fast = (timedelta(seconds=exported / speed) for speed in rates.export_speed)
    return wait + rates.export_start[0] + fast, wait + rates.export_start[1] + slow


def _export_times_assumed(rates: Rates) -> str:
    first, last = (start // timedelta(minutes=1) for start in rates.export_start)
    slow, fast = (speed / 1e6 for speed in rates.export_speed)
    return f"an export takes {first} to {last} min, and then {slow:,.0f} to {fast:,.0f} MB/s; AWS gives no figures"
