"""Estimates: the arithmetic of the formulas, and what must hold for any table."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.model.capture import METHODS, Method
from ddb_assets.model.facts import CaptureOptions, JobFacts, PreviousSnapshot, TableFacts, Wanted
from ddb_assets.planning import estimate
from ddb_assets.planning.cost import Cost, dollars
from tests.planning import cases
from tests.planning.cases import JOB, MIDNIGHT, NO_OPTIONS, NOW, VIRGINIA, after, table, wanted


def estimated(method: Method, facts: TableFacts, previous: PreviousSnapshot | None = None, **options: object) -> Cost:
    found = estimate(method, facts, wanted(), previous, replace(NO_OPTIONS, **options), JOB, VIRGINIA).cost
    assert found is not None
    return found


def part(cost: Cost, name: str) -> float:
    return next(part.dollars for part in cost.parts if part.name == name)


class TestProperties:
    @given(st.sampled_from(METHODS), cases.tables, cases.wanteds, cases.previous_snapshots, cases.options)
    def test_nothing_is_negative_and_the_longest_is_no_shorter_than_the_shortest(
        self,
        method: Method,
        facts: TableFacts,
        snapshot: Wanted,
        previous: PreviousSnapshot | None,
        options: CaptureOptions,
    ) -> None:
        found = estimate(method, facts, snapshot, previous, options, JOB, VIRGINIA)

        assert timedelta(0) < found.shortest <= found.longest
        assert min(found.rcu, found.bytes_read, found.bytes_billed, found.bytes_written) >= 0
        assert (found.rcu > 0) == (method == "scan")
        assert found.cost is not None
        assert all(part.dollars >= 0 for part in found.cost.parts)
        assert found.cost.total == pytest.approx(sum(part.dollars for part in found.cost.parts))

    @given(st.sampled_from(METHODS), cases.tables, cases.wanteds, cases.previous_snapshots)
    def test_a_larger_table_costs_no_less(
        self, method: Method, facts: TableFacts, snapshot: Wanted, previous: PreviousSnapshot | None
    ) -> None:
        larger = replace(facts, size_bytes=2 * facts.size_bytes + 1)
        small, large = (
            estimate(method, one, snapshot, previous, NO_OPTIONS, JOB, VIRGINIA).cost for one in (facts, larger)
        )
        assert small is not None and large is not None
        assert large.total >= small.total

    @given(st.sampled_from(METHODS), cases.tables, cases.wanteds, cases.previous_snapshots, cases.options)
    def test_without_prices_everything_but_the_dollars_is_the_same(
        self,
        method: Method,
        facts: TableFacts,
        snapshot: Wanted,
        previous: PreviousSnapshot | None,
        options: CaptureOptions,
    ) -> None:
        priced = estimate(method, facts, snapshot, previous, options, JOB, VIRGINIA)
        assert estimate(method, facts, snapshot, previous, options, JOB, None) == replace(priced, cost=None)


def test_a_scan_of_ten_gib_on_demand_costs_its_read_units() -> None:
    found = estimate("scan", table(10), wanted(), None, NO_OPTIONS, JOB, VIRGINIA)

    assert found.rcu == 10 * 1024**3 / 8192
    assert found.cost is not None
    assert part(found.cost, "reads") == pytest.approx(1.31072 * 0.125)
    assert found.requests.dynamodb == found.rcu / 128
    # 1,310,720 units at 3,000 a second.
    assert found.longest > timedelta(seconds=436)


def test_a_scan_of_provisioned_capacity_costs_no_read_units_and_says_why() -> None:
    reads = estimated("scan", table(10, on_demand=False)).parts[0]

    assert reads.dollars == 0
    assert "provisioned" in reads.note


def test_reads_of_the_infrequent_access_class_have_their_own_price() -> None:
    assert part(estimated("scan", replace(table(10), infrequent_access=True)), "reads") == pytest.approx(
        1.31072 * 0.155
    )


def test_an_absolute_read_budget_takes_the_place_of_the_share() -> None:
    slow = estimate("scan", table(10), wanted(), None, CaptureOptions(max_rcu=100), JOB, VIRGINIA)

    assert slow.longest > timedelta(seconds=13_107)


def test_an_export_costs_by_the_size_of_the_table_and_its_local_indexes() -> None:
    assert part(estimated("export", table(10)), "export") == pytest.approx(1.0)
    assert part(estimated("export", replace(table(10), local_index_bytes=5 * 1024**3)), "export") == pytest.approx(1.5)


def test_each_incremental_export_costs_ten_megabytes_at_least() -> None:
    tiny = table(0.001)

    assert part(estimated("incremental", tiny, after(1)), "export") == pytest.approx(0.1 * 10 / 1024)
    assert part(estimated("incremental", tiny, after(3)), "export") == pytest.approx(0.1 * 30 / 1024)


def test_changes_that_were_measured_are_scaled_to_the_time_in_between() -> None:
    measured = replace(after(2), changed_bytes=1024**3, changed_over=timedelta(hours=12))

    assert part(estimated("incremental", table(10), measured), "export") == pytest.approx(0.4)


def test_changes_that_nobody_has_measured_are_said_to_be_assumed() -> None:
    assumed = estimate("incremental", table(10), wanted(), after(1), NO_OPTIONS, JOB, VIRGINIA).assumptions

    assert any("10% of the table changes in a day" in one for one in assumed)


def test_a_job_is_billed_for_every_dpu_and_for_a_minute_at_least() -> None:
    five_large = estimate("export", table(0), wanted(), None, NO_OPTIONS, JobFacts("G.2X", 5), VIRGINIA).cost

    assert five_large is not None
    assert part(five_large, "Glue") == pytest.approx(10 * 120 / 3600 * 0.44)


def test_waiting_for_the_instant_to_be_restorable_is_part_of_the_time() -> None:
    recovery = table().recovery
    assert recovery is not None
    behind = replace(table(), recovery=replace(recovery, latest=MIDNIGHT - timedelta(minutes=30)))
    now, later = (
        estimate("export", facts, wanted(now=NOW), None, NO_OPTIONS, JOB, None) for facts in (table(), behind)
    )

    assert later.shortest - now.shortest == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "$0.00"), (0.00001, "<$0.0001"), (0.0123, "$0.0123"), (0.123, "$0.12"), (1234.5, "$1,234.50")],
)
def test_dollars_have_the_digits_that_matter(amount: float, said: str) -> None:
    assert dollars(amount) == said


@pytest.mark.parametrize(
    ("worker", "workers", "dpus", "cores"), [("G.1X", 2, 2, 4), ("G.2X", 3, 6, 16), ("G.025X", 2, 0.5, 1)]
)
def test_a_jobs_size_is_its_workers(worker: str, workers: int, dpus: float, cores: int) -> None:
    assert (JobFacts(worker, workers).dpus, JobFacts(worker, workers).cores) == (dpus, cores)


def test_the_span_of_an_incremental_export_is_that_since_the_previous_snapshot() -> None:
    assert estimate("incremental", table(10), wanted(), after(3), NO_OPTIONS, JOB, None).requests.dynamodb == 3
    assert estimate("incremental", table(10), wanted(), None, NO_OPTIONS, JOB, None).requests.dynamodb == 1
