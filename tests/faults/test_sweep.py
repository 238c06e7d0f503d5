"""A fault in any call of a run leaves the view whole, and the next run passes.

By default a handful of cases. `FAULTS=all`, as `make test-faults` sets it, runs every scene, operation, fault and
position; `FAULTS=<text>` those cases whose words match the regular expression. `FAULTS_SECONDS` bounds the time,
`FAULTS_SCENES` (by comma) the scenes, whose operations are counted first.
A fault that kills nothing is put to all operations of a scene in one run; where that run fails, to each alone.
Outcomes are appended to `results.jsonl`, and cases that held there are not run again: remove it to begin anew.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.conftest import LocalAws
from tests.faults.calls import Operation
from tests.faults.commands import commands
from tests.faults.proxy import Fault, Proxy
from tests.faults.results import Results, write_page
from tests.faults.scenes import SCENES
from tests.faults.sweep import KILLS, POSITIONS, Case, Outcome, Sweep

SHORT = (
    Case("again", Operation("s3", "PutObject", "manifest", by="job"), "first", Fault.KILLED),
    Case("again", Operation("glue", "StartJobRun"), "first", Fault.KILLED_AFTER),
    Case("again", Operation("glue", "UpdatePartition"), "first", Fault.LOST),
)
# What a run must not lose, first: so that a sweep that is cut short has seen it.
_FOREMOST = re.compile(
    r"StartJobRun|manifest|Partition$|\.(Create|Update|Get)Table$|QueryExecution|Scan|DeleteObjects|ListObjects|Export"
    r"|(Get|Put|Copy)Object"
)


def every(sweep: Sweep) -> list[Case]:
    """Each operation once in each scene that is the first to call it."""
    cases: list[Case] = []
    swept: set[Operation] = set()
    for scene, calls in sweep.calls.items():
        cases += [case for operation in sorted(set(calls) - swept) for case in _cases(sweep, scene, operation)]
        swept |= set(calls)
    return sorted(
        cases,
        key=lambda case: (case.fault in KILLS, case.position != "first", not _FOREMOST.search(str(case.operation))),
    )


def _cases(sweep: Sweep, scene: str, operation: Operation) -> list[Case]:
    count = sweep.calls[scene][operation]
    positions = POSITIONS if count > 2 else ("first", "last") if count > 1 else ("first",)
    # An empty answer can't be cut short.
    faults = [fault for fault in Fault if fault is not Fault.TRUNCATED or operation in sweep.proxy.with_body]
    return [Case(scene, operation, position, fault) for position in positions for fault in faults]


@pytest.mark.timeout(14400)
def test_a_fault_in_any_call_leaves_the_view_whole(local_aws: LocalAws, proxy: Proxy, tmp_path: Path) -> None:
    chosen, bound = os.environ.get("FAULTS"), float(os.environ.get("FAULTS_SECONDS", "inf"))
    began = time.monotonic()
    broken: list[str] = []
    with commands(tmp_path) as running:
        sweep = Sweep(local_aws, proxy, running)
        for scene in os.environ.get("FAULTS_SCENES", ",".join(SCENES)).split(",") if chosen else ("again",):
            sweep.learn(scene)
        if chosen is None:
            for case in SHORT:
                assert sweep.run(case).succeeded != (case.fault in KILLS)
            return
        cases, results = every(sweep), Results()
        wanting = [case for case in results.wanting(cases) if chosen == "all" or re.search(chosen, str(case))]
        for case in _alone(sweep, results, _groups(wanting), broken, until=began + bound):
            try:
                results.add(case, sweep.run(case))
            except Exception as error:
                said = f"{error}" if isinstance(error, AssertionError) else f"{case}: {error!r}"
                results.add(case, None, broken=said)
                broken.append(said)
    write_page(results, cases)
    assert not broken, "\n".join(broken)


def _groups(cases: Sequence[Case]) -> list[list[Case]]:
    """Cases that one run can be put to: of one scene, position, fault and kind of job. One that kills is alone."""
    groups: dict[object, list[Case]] = {}
    for case in cases:
        alone = case if case.fault in KILLS else None
        groups.setdefault((case.scene, case.position, case.fault, case.needs_spark, alone), []).append(case)
    return list(groups.values())


def _alone(
    sweep: Sweep, results: Results, groups: Iterable[Sequence[Case]], broken: list[str], until: float
) -> Iterator[Case]:
    """Puts each group to one run, and gives the cases that must be run alone, until that monotonic instant."""
    for group in groups:
        held: Mapping[Case, Outcome] = {}
        if time.monotonic() < until and len(group) > 1:
            try:
                held = sweep.run_together(group)
            except AssertionError as error:
                broken.append(f"{error}")
        for case, outcome in held.items():
            results.add(case, outcome)
        for case in group:
            if case not in held and time.monotonic() < until:
                yield case
