"""A missing partition is told of while it can still be had."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.catalog import Published
from ddb_assets.chain.recoverable import missing_partitions, published_within
from ddb_assets.model.facts import RecoveryWindow
from ddb_assets.model.table import TableSpec
from tests.catalog.listed import Listed, snapshots
from tests.chain.history import PastTable, chain
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project

__all__ = ["quick_job"]
NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
WHOLE = RecoveryWindow(NOW - timedelta(days=35), NOW)


def daily(**options: Any) -> TableSpec:
    return TableSpec("T", "lake", **options)


def days(*ago: int) -> list[str]:
    return [f"{(NOW - timedelta(days=days)):%Y-%m-%d}T00:00" for days in ago]


def test_gaps_after_the_first_published_snapshot_count_and_the_open_window_does_not() -> None:
    missing = list(missing_partitions(daily(), days(10, 8, 7, 5, 4, 3, 2, 1), WHOLE, NOW))

    assert [one.key for one in missing] == days(9, 6)
    assert str(missing[0]) == f"{days(9)[0]}: 25.5 days left"


def test_a_start_of_its_own_makes_everything_from_there_on_count() -> None:
    start = NOW.replace(hour=0, minute=0) - timedelta(days=4)

    assert [one.key for one in missing_partitions(daily(start=start), [], WHOLE, NOW)] == days(4, 3, 2, 1)
    assert list(missing_partitions(daily(), [], WHOLE, NOW)) == []


def test_what_is_out_of_reach_is_not_asked_for_any_more() -> None:
    recovery = RecoveryWindow(NOW - timedelta(days=3), NOW)

    assert [one.key for one in missing_partitions(daily(), days(30), recovery, NOW)] == days(2, 1)


@given(snapshots(), st.integers(1, 60), st.sampled_from(["0 0 * * *", "0 */6 * * *"]), st.booleans())
def test_what_lies_before_the_recovery_window_is_not_looked_through(
    there: list[Published], hours: int, cadence: str, from_a_start: bool
) -> None:
    """A look at all that is published finds the same."""
    now = datetime.now(UTC)
    table = daily(cadence=cadence, **({"start": now - timedelta(days=90)} if from_a_start else {}))
    catalog = Listed({table.catalog_table: there})
    recovery = RecoveryWindow(now - timedelta(hours=hours), now)

    missing = missing_partitions(table, published_within(recovery, table, catalog), recovery, now)

    assert list(missing) == list(missing_partitions(table, {one.snapshot_timestamp for one in there}, recovery, now))


def test_it_warns_and_lists_what_is_about_to_leave_and_does_not_block(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = PastTable.create("Leaving", 30)
    table.client.update_continuous_backups(
        TableName=table.name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 2},
    )
    spec = table.spec("export", start=table.begun)

    result = chain(project, spec, table.key(29))

    assert result.success
    (check,) = [
        one for one in result.get_asset_check_evaluations() if one.check_name == "missing_partitions_still_recoverable"
    ]
    assert not check.passed
    assert check.severity.value == "WARN"
    assert check.metadata["missing_and_recoverable"].value == 29
    assert table.key(0) in check.metadata["partitions"].value
    assert table.key(10) not in check.metadata["partitions"].value
