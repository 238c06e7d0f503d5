"""A fault in any call of a run leaves the view whole, and the next run passes.

By default a handful of cases. `FAULTS=all`, as `make test-faults` sets it, runs every operation, fault and position;
`FAULTS=<text>` those cases whose words contain the text. `FAULTS_SECONDS` bounds the time; what it leaves out is said.
"""

import os
import time
from pathlib import Path

import pytest

from tests.conftest import LocalAws, Project
from tests.faults.calls import Operation
from tests.faults.proxy import Fault, Proxy
from tests.faults.sweep import EXPECTED, KILLS, Case, Outcome, Sweep, record, table_of

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- sweep -->", "<!-- /sweep -->"
SHORT = (
    Case(Operation("glue", "UpdatePartition"), "first", Fault.LOST),
    Case(Operation("dynamodb", "Scan"), "first", Fault.TRUNCATED),
    Case(Operation("s3", "PutObject", "manifest"), "first", Fault.KILLED),
)


def every(sweep: Sweep) -> list[Case]:
    """Each fault at each operation's first call; at the middle and last ones those whose place matters."""
    cases = [Case(operation, "first", fault) for operation in sorted(sweep.calls) for fault in Fault]
    cases += [
        Case(operation, position, fault)
        for operation, count in sorted(sweep.calls.items())
        for position in (("middle", "last") if count > 2 else ("last",) if count > 1 else ())
        for fault in (Fault.LOST, Fault.TRUNCATED, Fault.KILLED)
    ]
    return [case for case in cases if case.operation.name != "HeadBucket" or case.fault is not Fault.TRUNCATED]


@pytest.mark.timeout(7200)
def test_a_fault_in_any_call_leaves_the_view_whole(local_aws: LocalAws, proxy: Proxy, project: Project) -> None:
    sweep = Sweep(local_aws, proxy, project)
    sweep.learn()
    chosen, bound = os.environ.get("FAULTS", ""), float(os.environ.get("FAULTS_SECONDS", "inf"))
    cases = [case for case in every(sweep) if chosen in ("all", "") or chosen in str(case)] if chosen else list(SHORT)
    began, done, broken = time.monotonic(), [], []
    for case in cases:
        if time.monotonic() - began > bound:
            break
        try:
            done.append((case, sweep.run(case)))
        except AssertionError as error:
            broken.append(f"{case}: {error}")
            done.append((case, Outcome(True, False, "broken", str(error))))
    if chosen == "all":
        write_page(done, len(cases), time.monotonic() - began)
    if log := os.environ.get("FAULTS_LOG"):
        Path(log).write_text(record(done))
    unexpected = [said for said in broken if not any(name in said and fault in said for name, fault in EXPECTED)]
    assert not unexpected, "\n".join(unexpected)
    if not chosen:
        assert all(outcome.reached for _, outcome in done), record(done)
        assert all(outcome.succeeded for case, outcome in done if case.fault not in KILLS), record(done)


def write_page(done: list[tuple[Case, Outcome]], wanted: int, seconds: float) -> None:
    """Put the table between the page's marks."""
    text = PAGE.read_text()
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    failed = sum(not outcome.succeeded for _, outcome in done)
    said = (
        f"{len(done)} of {wanted} cases in {seconds / 60:.0f} minutes; {failed} runs failed and passed when run again."
    )
    PAGE.write_text(f"{head}{BEGIN}\n{said}\n\n{table_of(done)}\n{END}{tail}")
