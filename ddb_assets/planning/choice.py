"""Which method takes a snapshot, and why, in one sentence with the numbers that decided.

The rules of `method: auto`, in their order; docs/cost.md gives their reasons:

1. A method that can't be true to the snapshot is never taken: a scan fills the window that is open, and no other, and
   only as long as it is expected to end within `max_lag` of the instant.
2. Without point-in-time recovery, or with the instant outside its reach, a scan is all there is, or nothing.
3. Of the two native exports incremental, once there is an exact snapshot to build on and it saves enough; else full,
   or where `full_every` asks for it.
4. An export is true to the second, so it is preferred to a scan as long as it costs little more in the long run
   (`Thresholds`), or where a scan would read on past the end of its window.
5. Where exports can't keep up with the cadence and a scan can, it is a scan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Final

from ddb_assets.model.capture import AUTO, Method, capture_method
from ddb_assets.model.facts import CaptureOptions, JobFacts, PreviousSnapshot, TableFacts, Wanted
from ddb_assets.model.quotas import InUse
from ddb_assets.model.windows import SHORTEST_INCREMENT
from ddb_assets.model.words import duration, size
from ddb_assets.planning.cost import dollars
from ddb_assets.planning.estimates import Estimate, estimate, read_rate
from ddb_assets.planning.nothing_truthful import NothingTruthful
from ddb_assets.planning.possibilities import Possibility, possibilities
from ddb_assets.planning.prices import RegionPrices
from ddb_assets.planning.rates import RATES, Rates
from ddb_assets.planning.spans import expected_span

_MONTH: Final = timedelta(days=30)
_LATE: Final = "; its items may be {lag} off the snapshot's instant"


@dataclass(frozen=True)
class Thresholds:
    """Where `auto` changes its mind.

    Exports may cost so much more than scans: US dollars a month, or a share of what scans cost, the larger of the two.
    And an incremental export must save that share of a full one, which depends on no snapshot before it.
    """

    premium_month: float = 5.0
    premium_share: float = 0.25
    saving_share: float = 0.25


THRESHOLDS: Final = Thresholds()


@dataclass(frozen=True)
class Choice:
    """The method, and why. Each of `because` decided, and stands in the reason word for word."""

    method: Method
    reason: str
    because: Mapping[str, str] = field(default_factory=dict)


def choose(
    table: TableFacts,
    wanted: Wanted,
    previous: PreviousSnapshot | None,
    options: CaptureOptions,
    prices: RegionPrices,
    job: JobFacts | None = None,
    in_use: InUse | None = None,
    rates: Rates = RATES,
    thresholds: Thresholds = THRESHOLDS,
) -> Choice:
    """The method for the wanted snapshot. `prices` are `PriceTable.to_compare`'s: the methods' proportions decide.

    Raises:
        NothingTruthful: the configured method, or with `auto` every method, would store another instant's items under
            this snapshot's name.
    """
    able = possibilities(table, wanted, previous, in_use, options, job, rates)
    case = _Case(table, wanted, previous, options, prices, job or JobFacts(), rates, thresholds, able)
    if options.method != AUTO:
        return _configured(case, options.method)
    if not (able["export"].possible or able["incremental"].possible):
        if not able["scan"].possible:
            raise NothingTruthful(table, wanted, able)
        return _only_scan(case)
    if not able["scan"].possible:
        return _after("{closed}", _exact(case), closed=able["scan"].missing)
    return _exact_or_scan(case)


@dataclass(frozen=True)
class _Case:
    """What is to be decided on, and the estimates of its methods."""

    table: TableFacts
    wanted: Wanted
    previous: PreviousSnapshot | None
    options: CaptureOptions
    prices: RegionPrices
    job: JobFacts
    rates: Rates
    thresholds: Thresholds
    able: Mapping[Method, Possibility]

    def estimated(self, method: Method, after: PreviousSnapshot | None) -> Estimate:
        return estimate(method, self.table, self.wanted, after, self.options, self.job, self.prices, self.rates)

    @cached_property
    def scan(self) -> Estimate:
        return self.estimated("scan", self.previous)

    @cached_property
    def export(self) -> Estimate:
        return self.estimated("export", self.previous)

    @cached_property
    def incremental(self) -> Estimate:
        return self.estimated("incremental", self.previous)

    @property
    def scan_lag(self) -> str:
        """How far from the snapshot's instant the items of a scan that begins now may be."""
        return duration(expected_span(self.wanted, self.scan).lag(self.wanted))

    @property
    def lasting_export(self) -> float:
        """Dollars for a snapshot in the long run: after a full export those that follow may be incremental."""
        if self.wanted.gap < SHORTEST_INCREMENT:
            return _dollars(self.export)
        built_on = PreviousSnapshot(
            self.wanted.instant - self.wanted.gap,
            "export",
            int(self.export.bytes_written),
            self.previous.changed_bytes if self.previous else None,
            self.previous.changed_over if self.previous else None,
        )
        full, changes = _dollars(self.export), _dollars(self.estimated("incremental", built_on))
        if self.options.full_every:
            changes += (full - changes) / self.options.full_every
        return changes if self.is_worth_a_chain(changes) else full

    def is_worth_a_chain(self, changes: float) -> bool:
        """Whether an incremental export of so many dollars saves enough."""
        return changes <= (1 - self.thresholds.saving_share) * _dollars(self.export)


def _configured(case: _Case, method: Method) -> Choice:
    """What `capture: {method: …}` names; a chain of incremental snapshots begins, and begins anew, with a full one."""
    if method == "incremental" and case.able["export"].possible:
        if due := _full_is_due(case):
            return due
        if not case.able["incremental"].possible:
            return _because(
                "export",
                "configured: incremental, which begins with a full export of {size} for {dollars}: {broken}",
                size=size(case.export.bytes_billed),
                dollars=_total(case.export),
                broken=case.able["incremental"].missing,
            )
    if not case.able[method].possible:
        raise NothingTruthful(case.table, case.wanted, {method: case.able[method]})
    chosen = case.estimated(method, case.previous)
    lag = {} if capture_method(method).exact else {"lag": case.scan_lag}
    return _because(
        method,
        f"configured: {method}, for {{dollars}} within {{longest}}{_LATE if lag else ''}",
        dollars=_total(chosen),
        longest=duration(chosen.longest),
        **lag,
    )


def _only_scan(case: _Case) -> Choice:
    return _because(
        "scan",
        f"only a scan is possible ({{missing}}): {{rcu}} read units at {{rate}} a second, for {{dollars}} within "
        f"{{longest}}{_LATE}",
        missing=case.able["export"].missing,
        rcu=f"{case.scan.rcu:,.0f}",
        rate=f"{read_rate(case.table, case.options):,.0f}",
        dollars=_total(case.scan),
        longest=duration(case.scan.longest),
        lag=case.scan_lag,
    )


def _exact(case: _Case) -> Choice:
    """The native export to take, of those that are possible."""
    whole = {"size": size(case.export.bytes_billed), "dollars": _total(case.export)}
    if not case.able["incremental"].possible:
        broken = case.able["incremental"].missing
        return _because("export", "a full export of {size} for {dollars}: {broken}", **whole, broken=broken)
    part = {"changes": size(case.incremental.bytes_billed), "changes_dollars": _total(case.incremental)}
    if not case.able["export"].possible:
        lacking = case.able["export"].missing
        return _because("incremental", "{changes} of changes for {changes_dollars}: {lacking}", **part, lacking=lacking)
    if due := _full_is_due(case):
        return due
    both = "{changes} of changes for {changes_dollars}, a full export of {size} for {dollars}"
    if case.is_worth_a_chain(_dollars(case.incremental)):
        return _because("incremental", f"the changes cost less than the whole: {both}", **whole, **part)
    return _because("export", f"the whole costs little more than the changes, or less: {both}", **whole, **part)


def _full_is_due(case: _Case) -> Choice | None:
    every, previous = case.options.full_every, case.previous
    if not every or previous is None or previous.since_full + 1 < every:
        return None
    return _because(
        "export",
        "`full_every` is {every}, and {since} incremental snapshots were taken since the last full export",
        every=str(every),
        since=str(previous.since_full),
    )


def _exact_or_scan(case: _Case) -> Choice:
    exact, gap, thresholds = _exact(case), case.wanted.gap, case.thresholds
    export = case.incremental if exact.method == "incremental" else case.export
    if export.shortest > gap >= case.scan.longest:
        return _because(
            "scan",
            "exports can't keep up: one takes {export} at least, the cadence leaves {gap}, a scan takes {scan} at most"
            f"{_LATE}",
            lag=case.scan_lag,
            export=duration(export.shortest),
            gap=duration(gap),
            scan=duration(case.scan.longest),
        )
    exports, scans = (amount * (_MONTH / gap) for amount in (case.lasting_export, _dollars(case.scan)))
    cost = {"exports": dollars(exports), "scans": dollars(scans)}
    limit = max(thresholds.premium_month, thresholds.premium_share * scans)
    if exports - scans <= limit:
        return _after(
            "exports are true to the second, where a scan's items may be {lag} off, for {exports} a month in the long "
            "run to a scan's {scans} (limit: {limit} more)",
            exact,
            lag=case.scan_lag,
            **cost,
            limit=dollars(limit),
        )
    left = case.wanted.instant + gap - case.wanted.now
    if case.scan.longest > left:
        return _after(
            "a scan could read for {scan}, past the end of its window in {left}, and its items be {lag} off, so "
            "exports are taken for {exports} a month to a scan's {scans}",
            exact,
            lag=case.scan_lag,
            **cost,
            scan=duration(case.scan.longest),
            left=duration(left),
        )
    return _because(
        "scan",
        "exports would cost {exports} a month to a scan's {scans} (limit: {limit} more), and a scan takes {scan} at "
        f"most, within its window{_LATE}",
        lag=case.scan_lag,
        **cost,
        limit=dollars(limit),
        scan=duration(case.scan.longest),
    )


def _because(method: Method, reason: str, **because: str) -> Choice:
    return Choice(method, reason.format(**because), because)


def _after(reason: str, exact: Choice, **because: str) -> Choice:
    """`exact`, for this reason first and then its own."""
    told = f"{reason.format(**because)}; {exact.reason}"
    return replace(exact, reason=told, because={**exact.because, **because})


def _dollars(estimated: Estimate) -> float:
    return estimated.cost.total if estimated.cost else 0.0


def _total(estimated: Estimate) -> str:
    return dollars(_dollars(estimated))
