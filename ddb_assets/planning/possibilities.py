"""Which methods can truthfully give the wanted snapshot now, and what is missing for the others.

Sources: Amazon DynamoDB developer guide, "Point-in-time recovery for DynamoDB" (earliest and latest restorable
instants), "Requesting a table export in DynamoDB" (PITR is a prerequisite), "Quotas".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ddb_assets.model.capture import Method, capture_method
from ddb_assets.model.facts import (
    CaptureOptions,
    JobFacts,
    PreviousSnapshot,
    RecoveryWindow,
    TableFacts,
    Wanted,
    recovery_command,
)
from ddb_assets.model.quotas import InUse
from ddb_assets.model.run_wishes import TIMEOUT_LIMIT
from ddb_assets.model.windows import SHORTEST_INCREMENT, incremental_windows
from ddb_assets.model.words import duration, second, written_duration
from ddb_assets.planning.estimates import Estimate, estimate, read_rate
from ddb_assets.planning.rates import RATES, Rates
from ddb_assets.planning.spans import expected_span
from ddb_snapshot.names import format_instant

_NONE: Final = timedelta(0)
# A timeout that is proposed leaves so much more than the longest estimate.
_ROOM: Final = 1.2


@dataclass(frozen=True)
class Possibility:
    """Whether a method can be used; if not, what is missing, and the command that mends it where there is one.

    `remedy` says what else could be done, in sentences. `wait` is how long it takes until it can begin. `in_time` is
    False of one that could be used, if its run were given more time.
    """

    possible: bool
    missing: str = ""
    command: str = ""
    remedy: str = ""
    wait: timedelta = _NONE
    in_time: bool = True


def possibilities(
    table: TableFacts,
    wanted: Wanted,
    previous: PreviousSnapshot | None = None,
    in_use: InUse | None = None,
    options: CaptureOptions | None = None,
    job: JobFacts | None = None,
    rates: Rates = RATES,
) -> Mapping[Method, Possibility]:
    """What each method would need to give the snapshot of `wanted.instant`."""
    options, job = options or CaptureOptions(), job or JobFacts()
    export = _export(table, wanted, in_use or InUse())
    able: dict[Method, Possibility] = {
        "scan": _scan(table, wanted, export, options, job, rates),
        "export": export,
        "incremental": _incremental(table, wanted, previous, export),
    }
    for method, found in able.items():
        estimated = estimate(method, table, wanted, previous, options, job, None, rates)
        if found.possible and not estimated.ends_in_time:
            able[method] = _too_long(estimated, read_rate(table, options), export)
    return able


def broken_chain(table: TableFacts, wanted: Wanted, previous: PreviousSnapshot | None) -> str | None:
    """Why no incremental export can be merged into the previous snapshot, or None. Asks nothing of PITR being on."""
    if previous is None:
        return "there is no finished snapshot before it: the first is a full export"
    before = format_instant(previous.instant)
    if previous.table_id and table.table_id and previous.table_id != table.table_id:
        return (
            f"the table was deleted and made again since the snapshot before it, {before} (that is of TableId "
            f"{previous.table_id}, now it is {table.table_id}): start with a full export"
        )
    if not previous.exact:
        return f"the snapshot before it, {before}, was scanned, and so is of no one instant: start with a full export"
    if previous.damage is not None:
        return f"the snapshot before it, {before}, is damaged ({previous.damage}): start with a full export"
    if previous.instant >= wanted.instant:
        return f"the snapshot before it would be {before}, which is not earlier"
    if table.created is not None and table.created > previous.instant:
        return f"the table was created {second(table.created)}, after the snapshot before it, {before}"
    if table.recovery is not None and table.recovery.earliest > previous.instant:
        return (
            f"changes are kept from {second(table.recovery.earliest)} on, and the snapshot before it is of {before} "
            "(point-in-time recovery was off in between, or it is too long ago)"
        )
    if not incremental_windows(previous.instant, wanted.instant):
        gap = duration(wanted.instant - previous.instant)
        return f"{gap} after the snapshot before it is less than an incremental export's {duration(SHORTEST_INCREMENT)}"
    return None


def _scan(
    table: TableFacts, wanted: Wanted, export: Possibility, options: CaptureOptions, job: JobFacts, rates: Rates
) -> Possibility:
    key = format_instant(wanted.instant)
    if not wanted.open:
        return Possibility(False, f"the window of {key} is not open, and a scan would store today's items under it")
    if options.max_lag is None:
        return Possibility(True)
    span = expected_span(wanted, estimate("scan", table, wanted, None, options, job, None, rates))
    if span.lag(wanted) <= options.max_lag:
        return Possibility(True)
    return Possibility(
        False,
        f"a scan that begins now may read until {second(span.last)}, {duration(span.lag(wanted))} after {key}, and "
        f"`max_lag` is {written_duration(options.max_lag)}",
        remedy="Start it sooner after its instant, let the scan read faster (`read_percentage`, `max_rcu`, a larger "
        f"job), or raise `max_lag`.{_or_export(export)}",
    )


def _too_long(estimated: Estimate, rate: float, export: Possibility) -> Possibility:
    """A run that would be ended by its timeout, for which everything would be paid that it has used."""
    job, timeout = estimated.job, estimated.job.timeout or _NONE
    least, most = duration(estimated.job_least), duration(estimated.job_time)
    longer = timedelta(hours=math.ceil(estimated.job_time * _ROOM / timedelta(hours=1)))
    ways = [f"`job: {{timeout: {written_duration(longer)}}}`"] if longer < TIMEOUT_LIMIT else []
    other = ""
    if capture_method(estimated.method).reads_table and timedelta(seconds=estimated.rcu / rate) * _ROOM > timeout:
        ways.append(f"a higher rate than {rate:,.0f} read units a second (`read_percentage`, `max_rcu`)")
        other = _or_export(export)
    else:
        ways.append(f"more than {job.workers} workers {job.worker_type}, or larger ones (`job: {{workers: …}}`)")
    return Possibility(
        False,
        f"{capture_method(estimated.method).in_words}'s run would take {least} to {most}, and be ended after its "
        f"timeout of {duration(timeout)}",
        remedy=f"For a {estimated.method}: {' or '.join(ways)}.{other}",
        in_time=False,
    )


def _or_export(export: Possibility) -> str:
    if export.possible:
        return " Or take an export, which is true to the second: `capture: {method: export}`."
    needed = f" Later instants can be exported with point-in-time recovery: {export.command}"
    return needed if export.command else ""


def _export(table: TableFacts, wanted: Wanted, in_use: InUse) -> Possibility:
    if table.recovery is None:
        return Possibility(False, "point-in-time recovery is off", recovery_command(table))
    if wanted.instant < table.recovery.earliest:
        return Possibility(
            False,
            f"{format_instant(wanted.instant)} is before the earliest instant that can be exported, "
            f"{second(table.recovery.earliest)}",
        )
    if wanted.instant > wanted.now:
        return Possibility(False, f"{format_instant(wanted.instant)} has not come yet")
    full = in_use.room_for_export(table.export_bytes)
    if full is not None:
        return Possibility(False, full)
    return Possibility(True, wait=_wait(table.recovery, wanted))


def _wait(recovery: RecoveryWindow, wanted: Wanted) -> timedelta:
    """The latest restorable instant follows the clock, typically five minutes behind it."""
    return max(_NONE, wanted.instant - recovery.latest)


def _incremental(
    table: TableFacts, wanted: Wanted, previous: PreviousSnapshot | None, export: Possibility
) -> Possibility:
    if not export.possible:
        return export
    broken = broken_chain(table, wanted, previous)
    return export if broken is None else Possibility(False, broken)
