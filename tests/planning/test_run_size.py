"""How large a run is planned to be, and a run that would not end within its timeout."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.model.capture import METHODS
from ddb_assets.model.facts import GIB, CaptureOptions, JobFacts
from ddb_assets.model.quotas import InUse
from ddb_assets.model.run_wishes import LEAST_WORKERS, WORKER_TYPES, RunWishes
from ddb_assets.model.words import parse_duration
from ddb_assets.planning import NothingTruthful, choose, estimate, make_plan, possibilities
from ddb_assets.planning.rates import RATES
from ddb_assets.planning.run_size import MOST_WORKERS, decoded_within, planned
from tests.planning.cases import NO_OPTIONS, PRICES, VIRGINIA, after, options, previous_snapshots, table, tables, wanted

EIGHT_HOURS = timedelta(hours=8)
GLUE = JobFacts("G.1X", 10, EIGHT_HOURS, by_size=True)
minutes = st.integers(1, 10_079).map(lambda number: timedelta(minutes=number))
jobs = st.builds(
    JobFacts, st.sampled_from(WORKER_TYPES), st.integers(2, 100), st.none() | minutes, by_size=st.booleans()
)
wishes = st.builds(
    RunWishes, st.none() | st.sampled_from(WORKER_TYPES), st.none() | st.integers(2, 100), st.none() | minutes
)


def test_a_terabyte_scanned_on_demand_is_refused_under_eight_hours() -> None:
    """3,000 read units a second take 12.4 hours."""
    large = table(1024, recovery=None)

    with pytest.raises(NothingTruthful) as refused:
        choose(large, wanted(), None, NO_OPTIONS, VIRGINIA, GLUE)

    said = str(refused.value)
    assert said.startswith(
        "Orders: no snapshot of 2026-11-24T00:00 that tells the truth, and whose run ends in time, can"
    )
    assert re.search(
        r"scan: a scan's run would take 12\.4 h to 1[5-9]\.\d h, and be ended after its timeout of 8\.0 h", said
    )
    assert "For a scan: `job: {timeout: " in said
    assert "a higher rate than 3,000 read units a second (`read_percentage`, `max_rcu`)" in said
    assert "update-continuous-backups" in said
    (proposed,) = re.findall(r"`job: \{timeout: (\w+)\}`", said)
    given_it = RunWishes(timeout=parse_duration(proposed)).of(GLUE)
    assert choose(large, wanted(), None, NO_OPTIONS, VIRGINIA, given_it).method == "scan"
    faster = CaptureOptions(read_percentage=1.0)
    assert choose(large, wanted(), None, faster, VIRGINIA, GLUE).method == "scan"


def test_an_export_is_taken_where_a_scan_would_not_end() -> None:
    assert choose(table(1024), wanted(), None, NO_OPTIONS, VIRGINIA, GLUE).method == "export"


def test_changes_are_merged_where_a_full_export_would_not_be_read_in_time() -> None:
    job = JobFacts("G.1X", 10, timedelta(hours=1))
    able = possibilities(table(1024), wanted(), after(), job=job)

    assert not able["export"].possible and not able["export"].in_time
    assert able["incremental"].possible == (able["incremental"].missing == "")
    small = JobFacts("G.1X", 16, timedelta(hours=2))
    chosen = choose(table(1024), wanted(), after(), NO_OPTIONS, VIRGINIA, small)
    assert chosen.method == "incremental"
    assert "and be ended after its timeout" in chosen.reason


def test_more_workers_are_what_helps_where_decoding_takes_the_time() -> None:
    few = JobFacts("G.1X", 2, EIGHT_HOURS)

    found = possibilities(table(1024), wanted(), job=few)["export"]

    assert "more than 2 workers G.1X, or larger ones (`job: {workers: …}`)" in found.remedy
    assert possibilities(table(1024), wanted(), job=replace(few, by_size=True))["export"].possible


def test_workers_are_planned_so_that_a_run_ends_in_time() -> None:
    """500 GB are read in 6.1 hours: with three workers they would be decoded too late for eight."""
    found = estimate("scan", table(500), wanted(), None, NO_OPTIONS, GLUE, None)
    without = estimate("scan", table(500), wanted(), None, NO_OPTIONS, replace(GLUE, timeout=None), None)

    assert without.job.workers < found.job.workers < 10
    assert without.job_time > EIGHT_HOURS > found.job_time


def test_no_timeout_of_a_week_is_proposed() -> None:
    slowly = CaptureOptions(max_rcu=100)

    found = possibilities(table(1024, recovery=None), wanted(), options=slowly, job=GLUE)["scan"]

    assert "job: {timeout" not in found.remedy
    assert "a higher rate than 100 read units a second" in found.remedy


def test_a_plan_tells_each_methods_run() -> None:
    plan = make_plan(table(1024, recovery=None), wanted(), None, NO_OPTIONS, GLUE, InUse(), PRICES).to_json()

    scan = plan["methods"]["scan"]["job"]
    assert (scan["worker_type"], scan["workers"], scan["timeout_seconds"]) == ("G.1X", 3, 8 * 3600)
    assert scan["longest_seconds"] > 12.4 * 3600
    assert plan["methods"]["export"]["job"]["workers"] > 10
    assert plan["job"] == {"worker_type": "G.1X", "workers": 10, "timeout": 8 * 3600.0, "by_size": True}
    assert plan["chosen"] is None


@pytest.mark.parametrize(("size_gib", "workers"), [(0, 2), (1, 2), (10, 2), (100, 4), (1024, 20), (100_000, 20)])
def test_workers_are_planned_by_the_tables_size(size_gib: float, workers: int) -> None:
    taken = estimate("export", table(size_gib), wanted(), None, NO_OPTIONS, replace(GLUE, workers=2), VIRGINIA)

    assert taken.job.workers == pytest.approx(workers, abs=2 if 2 < workers < 20 else 0)


@given(tables, previous_snapshots, options, jobs)
def test_a_method_is_possible_only_if_its_run_ends_in_time(table: Any, before: Any, option: Any, job: JobFacts) -> None:
    able = possibilities(table, wanted(), before, options=option, job=job)
    unlimited = possibilities(table, wanted(), before, options=option, job=replace(job, timeout=None))

    for method in METHODS:
        taken = estimate(method, table, wanted(), before, option, job, None)
        assert able[method].possible == (unlimited[method].possible and taken.ends_in_time)
        assert able[method].in_time or "`job: {" in able[method].remedy or "a higher rate" in able[method].remedy


@given(tables, previous_snapshots, options, jobs)
def test_what_is_chosen_is_possible(table: Any, before: Any, option: Any, job: JobFacts) -> None:
    able = possibilities(table, wanted(), before, options=option, job=job)

    try:
        chosen = choose(table, wanted(), before, option, VIRGINIA, job)
    except NothingTruthful as error:
        assert not any(able[method].possible for method in METHODS if option.method in ("auto", method))
        assert error.in_time == all(able[method].in_time for method in METHODS if option.method in ("auto", method))
    else:
        assert able[chosen.method].possible


@given(jobs, st.floats(0, 200 * 1024 * GIB), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_as_many_workers_are_planned_as_are_needed(job: JobFacts, decoded: float, waiting: timedelta) -> None:
    run = planned(job, decoded, waiting, RATES)

    if not job.by_size:
        assert run == job
        return
    most = max(MOST_WORKERS, job.workers)
    assert LEAST_WORKERS <= run.workers <= most
    assert (run.worker_type, run.timeout) == (job.worker_type, job.timeout)
    allowed = decoded_within(job, waiting, RATES).total_seconds() * (1 + 1e-9)
    assert 0 < allowed <= max(timedelta(minutes=30), waiting / 2).total_seconds() * (1 + 1e-9)
    if run.workers < most:
        assert decoded / (RATES.decode[0] * run.cores) <= allowed
    if run.workers > LEAST_WORKERS:
        assert decoded / (RATES.decode[0] * replace(run, workers=run.workers - 1).cores) >= allowed * (1 - 1e-6)


@given(jobs, wishes)
def test_what_is_wanted_stands_in_place_of_the_jobs_own(job: JobFacts, wanted_run: RunWishes) -> None:
    run = wanted_run.of(job)
    asked = wanted_run.start_parameters(run)

    assert run.worker_type == (wanted_run.worker_type or job.worker_type)
    assert run.workers == (wanted_run.workers or job.workers)
    assert run.timeout == (wanted_run.timeout or job.timeout)
    assert run.by_size == (wanted_run.workers is None and (job.by_size or wanted_run.worker_type is not None))
    assert RunWishes.from_json(wanted_run.to_json()) == wanted_run
    # Glue takes a type and a number of workers together.
    assert ("WorkerType" in asked) == ("NumberOfWorkers" in asked)
    assert ("Timeout" in asked) == (wanted_run.timeout is not None)
    assert wanted_run.written_parameters().items() <= asked.items()


def test_a_job_with_its_capacity_in_dpus_is_left_as_it_is() -> None:
    job = JobFacts.of({"MaxCapacity": 10.0, "GlueVersion": "5.0"})

    assert (job.by_size, job.timeout) == (False, EIGHT_HOURS)
    assert RunWishes().start_parameters(RunWishes().of(job)) == {}
    assert RunWishes(workers=3).start_parameters(RunWishes(workers=3).of(job)) == {
        "WorkerType": "G.1X",
        "NumberOfWorkers": 3,
    }


@pytest.mark.parametrize(
    ("described", "hours"),
    [({"Timeout": 90}, 1.5), ({"GlueVersion": "4.0"}, 48), ({"GlueVersion": "5.1"}, 8), ({}, None)],
)
def test_a_job_without_a_timeout_has_glues_default(described: dict[str, Any], hours: float | None) -> None:
    assert JobFacts.of(described).timeout == (None if hours is None else timedelta(hours=hours))
