"""A plan: for one snapshot of one table, what each method would take, which is chosen and why, and what to know."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from ddb_assets.model.capture import METHODS, Method
from ddb_assets.model.facts import GIB, CaptureOptions, JobFacts, PreviousSnapshot, TableFacts, Wanted
from ddb_assets.model.quotas import EXPORT_BYTES_AT_ONCE, EXPORTS_AT_ONCE, InUse
from ddb_assets.model.span import Span
from ddb_assets.model.words import second, size
from ddb_assets.planning.choice import Choice, choose
from ddb_assets.planning.cost import dollars
from ddb_assets.planning.estimates import Estimate, estimate
from ddb_assets.planning.nothing_truthful import NothingTruthful
from ddb_assets.planning.possibilities import Possibility, possibilities
from ddb_assets.planning.prices import PriceTable, RegionPrices, no_prices
from ddb_assets.planning.spans import expected_span
from ddb_snapshot.names import format_instant


@dataclass(frozen=True)
class MethodPlan:
    """One method: whether it is possible, what it would take, and of which instants its items would be."""

    possibility: Possibility
    estimate: Estimate
    span: Span


@dataclass(frozen=True)
class Plan:
    """What was planned from, and what came of it. `choice` is None when nothing truthful is possible: see `refusal`.

    Then `ends_in_time` is False where it would be possible, if the run were given more time.
    """

    table: TableFacts
    wanted: Wanted
    previous: PreviousSnapshot | None
    options: CaptureOptions
    job: JobFacts
    in_use: InUse
    prices: RegionPrices | None
    methods: Mapping[Method, MethodPlan]
    choice: Choice | None
    refusal: str
    ends_in_time: bool
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The plan for programs: instants as ISO 8601, times in seconds, sizes in bytes, costs in US dollars."""
        return {
            "table": _plain(asdict(self.table)),
            "snapshot_timestamp": format_instant(self.wanted.instant),
            "window": {"open": self.wanted.open, "seconds": self.wanted.gap.total_seconds()},
            "previous": _plain(asdict(self.previous)) if self.previous else None,
            "capture": _plain(asdict(self.options)),
            "job": _plain(asdict(self.job)),
            "chosen": self.choice.method if self.choice else None,
            "reason": self.choice.reason if self.choice else self.refusal,
            "methods": {method: _method_json(self.methods[method], self.wanted) for method in METHODS},
            "quotas": {
                "exports": {"in_use": self.in_use.exports, "limit": EXPORTS_AT_ONCE},
                "export_bytes": {"in_use": self.in_use.export_bytes, "limit": EXPORT_BYTES_AT_ONCE},
                "job_runs": {"in_use": self.in_use.job_runs, "limit": self.in_use.most_job_runs},
            },
            "prices": {
                "region": self.prices.region,
                "as_of": self.prices.as_of.isoformat(),
                "known_from": list(self.prices.known_from),
            }
            if self.prices
            else None,
            "notes": list(self.notes),
        }


def make_plan(
    table: TableFacts,
    wanted: Wanted,
    previous: PreviousSnapshot | None,
    options: CaptureOptions,
    job: JobFacts,
    in_use: InUse,
    prices: PriceTable,
) -> Plan:
    """The plan for a snapshot. Whatever is not possible is estimated all the same, to show what it would take."""
    able = possibilities(table, wanted, previous, in_use, options, job)
    known = prices.of(table.region)
    choice, refusal, in_time = None, "", True
    try:
        choice = choose(table, wanted, previous, options, prices.to_compare(table.region), job, in_use)
    except NothingTruthful as error:
        refusal, in_time = str(error), error.in_time
    return Plan(
        table=table,
        wanted=wanted,
        previous=previous,
        options=options,
        job=job,
        in_use=in_use,
        prices=known,
        methods={
            method: MethodPlan(able[method], estimated, expected_span(wanted, estimated))
            for method in METHODS
            for estimated in (estimate(method, table, wanted, previous, options, job, known),)
        },
        choice=choice,
        refusal=refusal,
        ends_in_time=in_time,
        notes=_notes(table, in_use, prices),
    )


def _notes(table: TableFacts, in_use: InUse, prices: PriceTable) -> tuple[str, ...]:
    notes = []
    known = prices.of(table.region)
    if known is None:
        notes.append(f"{no_prices(table.region)} The choice was made at the prices of {prices.reference}.")
    else:
        notes.append(
            f"Dollars are an estimate: {known.region}'s list prices of {known.as_of}, without discounts, free tier or "
            "taxes, at the slowest times."
        )
        month = table.export_bytes / GIB * known.usd.pitr_gb_month
        held = "costs" if table.recovery else "would cost"
        notes.append(
            f"Point-in-time recovery itself {held} about {dollars(month)} a month, whatever is captured: it is not in "
            "these dollars."
        )
    if table.item_count and not table.size_bytes:
        notes.append(
            f"DynamoDB says 0 bytes for {table.item_count:,} items: it renews its counts about every six hours, and "
            "until then these numbers are those of an empty table."
        )
    if not table.on_demand:
        notes.append(
            "A scan's read units cost nothing on top of the provisioned capacity, but leave less of it to others."
        )
    notes += [f"Not known: {reason}" for reason in in_use.unknown]
    return tuple(notes)


def _method_json(planned: MethodPlan, wanted: Wanted) -> dict[str, Any]:
    estimated = planned.estimate
    return {
        "possible": planned.possibility.possible,
        "missing": planned.possibility.missing or None,
        "command": planned.possibility.command or None,
        "wait_seconds": planned.possibility.wait.total_seconds(),
        "seconds": {"shortest": estimated.shortest.total_seconds(), "longest": estimated.longest.total_seconds()},
        "span": {
            "from": second(planned.span.first),
            "to": second(planned.span.last),
            "lag_seconds": planned.span.lag(wanted).total_seconds(),
        },
        "read_units": estimated.rcu,
        "requests": asdict(estimated.requests),
        "bytes": {
            "read": round(estimated.bytes_read),
            "billed": round(estimated.bytes_billed),
            "written": round(estimated.bytes_written),
        },
        "cost": estimated.cost.to_json() if estimated.cost else None,
        "job": {
            "worker_type": estimated.job.worker_type,
            "workers": estimated.job.workers,
            "longest_seconds": estimated.job_time.total_seconds(),
            "timeout_seconds": estimated.job.timeout.total_seconds() if estimated.job.timeout else None,
        },
        "assumptions": list(estimated.assumptions),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, datetime):
        return second(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value


def in_words(in_use: InUse) -> tuple[str, ...]:
    """Quota headroom, a line for each limit that something is known of."""
    lines = []
    if in_use.exports is not None:
        lines.append(f"{in_use.exports} of {EXPORTS_AT_ONCE} exports at once")
    if in_use.export_bytes is not None:
        lines.append(f"{size(in_use.export_bytes)} of {size(EXPORT_BYTES_AT_ONCE)} in export")
    if in_use.job_runs is not None and in_use.most_job_runs is not None:
        lines.append(f"{in_use.job_runs} of {in_use.most_job_runs} runs of the Glue job")
    return tuple(lines)
