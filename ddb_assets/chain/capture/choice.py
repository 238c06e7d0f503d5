"""Which way a snapshot is captured, and why. `ddb_assets.planning` decides; here it is told what there is.

A chain of increments that is broken, or not begun, goes on with a full export, and the reason says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ddb_assets.chain.capture.capture import Capture, Need, Services
from ddb_assets.chain.capture.export import FullExport, full_request
from ddb_assets.chain.capture.incremental import Incremental
from ddb_assets.chain.capture.previous import Previous, find_previous, since_full
from ddb_assets.chain.capture.scan import Scan, refuse_closed_window
from ddb_assets.chain.partitions import partitions_of
from ddb_assets.errors import UserError
from ddb_assets.model.capture import AUTO, CAPTURE_METHODS, Method, capture_method
from ddb_assets.model.facts import JobFacts, PreviousSnapshot
from ddb_assets.model.table import TableSpec
from ddb_assets.model.windows import LONGEST_INCREMENT
from ddb_assets.model.words import duration, size
from ddb_assets.planning import Choice, NothingTruthful, choose, estimate, load_prices, possibilities
from ddb_assets.settings import load_settings
from ddb_snapshot.names import format_instant


@dataclass(frozen=True)
class Chosen:
    """The way, and why. `size` is that of its run. `beside` makes a second attempt, to compare the first with."""

    method: str
    capture: Capture
    reason: str
    size: JobFacts
    beside: Capture | None = None


def choose_capture(need: Need, services: Services) -> Chosen:
    """The way for this snapshot.

    Raises:
        UserError: there is none that tells the truth; says what is missing and which instants would work.
    """
    builds = any(
        method.needs_previous and (need.source.recovery is not None or not method.needs_recovery)
        for method in CAPTURE_METHODS
        if need.method in (AUTO, method.name)
    )
    previous, every = find_previous(need, services) if builds else None, need.table.capture.full_every
    count = since_full(previous, services, every) if previous and every else 0
    known = previous.facts(count) if previous else None
    try:
        choice = _choice(need, known)
    except NothingTruthful as error:
        return _despite(error, need, services)
    run = run_size(need, choice.method, known)
    capture = _CAPTURES[choice.method](previous)
    beside = _beside(need, previous, known) if choice.method == "export" else None
    return Chosen(choice.method, capture, choice.reason, run, beside)


def run_size(need: Need, method: str, previous: PreviousSnapshot | None = None) -> JobFacts:
    """The size of the run of the job that captures with that method."""
    known = capture_method(method)
    return estimate(known.name, need.source.facts(), need.wanted(), previous, need.options, need.job, None).job


def _choice(need: Need, previous: PreviousSnapshot | None) -> Choice:
    table, wanted, options = need.source.facts(), need.wanted(), need.options
    prices = load_prices(load_settings().prices).to_compare(table.region)
    choice = choose(table, wanted, previous, options, prices, need.job)
    if choice.method != "incremental" or previous is None or wanted.instant - previous.instant <= LONGEST_INCREMENT:
        return choice
    # After so long a gap the table may have changed more than it holds, whatever was configured.
    changes, whole = (
        estimate(method, table, wanted, previous, options, need.job, prices).bytes_billed
        for method in ("incremental", "export")
    )
    fits = possibilities(table, wanted, previous, options=options, job=need.job)["export"].possible
    if not whole or changes < whole or not fits:
        return choice
    gap = duration(wanted.instant - previous.instant)
    return Choice(
        "export",
        f"the changes of {gap} would be billed as {size(changes)}, the whole table as {size(whole)}: the chain begins "
        "anew with a full export",
    )


def _beside(need: Need, previous: Previous | None, known: PreviousSnapshot | None) -> Capture | None:
    """The increment to compare with, where the full export was taken only since `full_every` asks for it."""
    if previous is None or known is None or need.table.capture.full_every is None:
        return None
    able = possibilities(need.source.facts(), need.wanted(), known, options=need.options, job=need.job)["incremental"]
    return _incremental(previous) if able.possible else None


def _incremental(previous: Previous | None) -> Capture:
    if previous is None:
        raise ValueError("an increment was chosen, with no snapshot to merge it into")
    return Incremental(previous.manifest, previous.instant)


_CAPTURES: Final[Mapping[Method, Callable[[Previous | None], Capture]]] = {
    "scan": lambda previous: Scan(),
    "export": lambda previous: FullExport(),
    "incremental": _incremental,
}


def _despite(error: NothingTruthful, need: Need, services: Services) -> Chosen:
    """An export that was made while it could be; else the error, with what would work."""
    if capture_method(need.method).reads_table and need.method != AUTO:
        refuse_closed_window(need.table, need.key, need.now())
        raise error
    if not error.in_time:
        raise error
    request = full_request(need, need.source, services)
    if services.exports.find(request, services.say) is not None:
        told = "an export of that instant was made while it could be"
        return Chosen("export", FullExport(), told, run_size(need, "export"))
    recovery = need.source.recovery
    if recovery is None or need.instant >= recovery.earliest:
        raise error
    first = first_partition(need.table, recovery.earliest)
    raise UserError(f"{error} The earliest partition from then on is {first}.") from error


def first_partition(table: TableSpec, instant: datetime) -> str:
    """The key of the table's first partition at or after `instant`."""
    window = partitions_of(table).get_prev_partition_window(instant, respect_bounds=False)
    while window is not None and window.start < instant:
        window = partitions_of(table).get_next_partition_window(window.end, respect_bounds=False)
    return format_instant(window.start if window is not None else instant)
