"""The choice of a method: never one that would lie, never a surprise on the bill, always with its numbers."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.model.facts import CaptureOptions, PreviousSnapshot, RecoveryWindow, TableFacts, Wanted
from ddb_assets.model.quotas import InUse
from ddb_assets.planning import Choice, NothingTruthful, Thresholds, choose, possibilities
from tests.planning import cases
from tests.planning.cases import DAY, MIDNIGHT, NO_OPTIONS, NOW, VIRGINIA, after, table, wanted


def chosen(
    facts: TableFacts,
    snapshot: Wanted,
    previous: PreviousSnapshot | None = None,
    options: CaptureOptions = NO_OPTIONS,
    in_use: InUse | None = None,
) -> Choice:
    return choose(facts, snapshot, previous, options, VIRGINIA, in_use=in_use)


class TestNeverALie:
    """Properties, over tables, snapshots, histories and options."""

    @given(cases.tables, cases.wanteds, cases.previous_snapshots, cases.options, cases.uses)
    def test_what_is_chosen_is_possible(
        self,
        facts: TableFacts,
        snapshot: Wanted,
        previous: PreviousSnapshot | None,
        options: CaptureOptions,
        in_use: InUse,
    ) -> None:
        prices = cases.PRICES.to_compare(facts.region)
        able = possibilities(facts, snapshot, previous, in_use)
        try:
            choice = choose(facts, snapshot, previous, options, prices, in_use=in_use)
        except NothingTruthful as error:
            wanting = able.values() if options.method == "auto" else [able[options.method]]
            assert not any(found.possible for found in wanting)
            assert all(found.missing in str(error) for found in wanting)
            return
        assert able[choice.method].possible
        if choice.method == "scan":
            assert snapshot.open
        else:
            assert facts.recovery is not None
            assert facts.recovery.earliest <= snapshot.instant <= snapshot.now
        if choice.method == "incremental":
            assert previous is not None and previous.exact
            assert facts.recovery is not None and facts.recovery.earliest <= previous.instant < snapshot.instant
            assert snapshot.instant - previous.instant >= timedelta(minutes=15)

    @given(cases.tables, cases.wanteds, cases.previous_snapshots, cases.options)
    def test_the_reason_names_the_numbers_that_decided(
        self, facts: TableFacts, snapshot: Wanted, previous: PreviousSnapshot | None, options: CaptureOptions
    ) -> None:
        try:
            choice = choose(facts, snapshot, previous, options, cases.PRICES.to_compare(facts.region))
        except NothingTruthful:
            return
        assert choice.because
        assert all(number in choice.reason for number in choice.because.values())
        assert any(character.isdigit() for number in choice.because.values() for character in number)
        assert "\n" not in choice.reason

    @given(cases.tables, cases.wanteds, cases.previous_snapshots)
    def test_a_snapshot_built_on_a_table_that_is_another_now_is_never_merged(
        self, facts: TableFacts, snapshot: Wanted, previous: PreviousSnapshot | None
    ) -> None:
        later = replace(facts, created=snapshot.instant)
        assert not possibilities(later, snapshot, previous)["incremental"].possible

    @given(cases.tables, cases.wanteds, cases.previous_snapshots, st.integers(300, 1000))
    def test_no_export_is_planned_beyond_the_quota(
        self, facts: TableFacts, snapshot: Wanted, previous: PreviousSnapshot | None, exports: int
    ) -> None:
        able = possibilities(facts, snapshot, previous, InUse(exports=exports))
        assert not able["export"].possible and not able["incremental"].possible


def test_without_recovery_an_open_window_is_scanned_and_the_reason_says_at_what_cost() -> None:
    choice = chosen(table(recovery=None), wanted())

    assert choice.method == "scan"
    assert "point-in-time recovery is off" in choice.reason
    # 10 GiB at 8 KiB for each read unit, $0.125 a million; 3,000 units a second.
    assert "1,310,720 read units at 3,000 a second" in choice.reason


def test_without_recovery_a_closed_window_is_refused_with_the_command_that_would_have_helped() -> None:
    with pytest.raises(NothingTruthful) as refused:
        chosen(table(recovery=None), wanted(instant=MIDNIGHT - 3 * DAY))

    assert "the window of 2026-11-21T00:00 is not open" in str(refused.value)
    assert "aws dynamodb update-continuous-backups --region us-east-1 --table-name Orders" in str(refused.value)


def test_before_the_recovery_window_the_refusal_names_the_earliest_instant_that_works() -> None:
    with pytest.raises(NothingTruthful, match="The earliest instant that works is 2026-10-25T00:00:00Z"):
        chosen(table(), wanted(instant=MIDNIGHT - 40 * DAY))


def test_a_closed_window_is_exported() -> None:
    choice = chosen(table(), wanted(instant=MIDNIGHT - 3 * DAY))

    assert choice.method == "export"
    assert "the window of 2026-11-21T00:00 is not open" in choice.reason
    assert "10.0 GB for $1." in choice.reason


def test_the_first_snapshot_of_a_large_table_is_a_full_export_for_the_sake_of_those_after_it() -> None:
    choice = chosen(table(500), wanted())

    assert choice.method == "export"
    assert "the first is a full export" in choice.reason


def test_after_an_exact_snapshot_a_large_table_is_captured_incrementally() -> None:
    choice = chosen(table(500), wanted(), after(1))

    assert choice.method == "incremental"
    assert "50.0 GB of changes" in choice.reason


def test_a_tiny_table_is_exported_whole_since_ten_megabytes_are_the_least_that_changes_cost() -> None:
    choice = chosen(table(0.001), wanted(), after(1))

    assert choice.method == "export"
    assert "10.0 MB of changes" in choice.reason


def test_a_table_that_is_rewritten_every_hour_is_exported_whole() -> None:
    measured = replace(after(1), changed_bytes=200 * 1024**3, changed_over=DAY)

    assert chosen(table(50), wanted(instant=MIDNIGHT, now=MIDNIGHT + DAY), measured).method == "export"


def test_a_scanned_snapshot_is_nothing_to_build_on() -> None:
    choice = chosen(table(500), wanted(), after(1, method="scan"))

    assert choice.method == "export"
    assert "the snapshot before it, 2026-11-23T00:00, was scanned" in choice.reason


def test_recovery_that_was_off_in_between_breaks_the_chain() -> None:
    since_noon = RecoveryWindow(MIDNIGHT - timedelta(hours=12), NOW)

    choice = chosen(table(500, recovery=since_noon), wanted(), after(1))

    assert choice.method == "export"
    assert "changes are kept from 2026-11-23T12:00:00Z on" in choice.reason


def test_every_nth_snapshot_is_full_where_that_is_asked_for() -> None:
    weekly = CaptureOptions(full_every=7)

    assert chosen(table(500), wanted(), after(1, since_full=5), weekly).method == "incremental"
    due = chosen(table(500), wanted(), after(1, since_full=6), weekly)
    assert due.method == "export"
    assert "`full_every` is 7, and 6 incremental snapshots were taken since the last full export" in due.reason


def test_exports_that_would_surprise_on_the_bill_give_way_to_a_scan_that_ends_in_its_window() -> None:
    # Every ten minutes: too short for incremental exports, so each would be a whole one.
    often = wanted(timedelta(minutes=10), now=MIDNIGHT + timedelta(seconds=30))

    choice = chosen(table(1), often)

    assert choice.method == "scan"
    assert "exports would cost $" in choice.reason
    assert "a month" in choice.reason


def test_a_scan_that_could_not_end_in_its_window_is_not_taken_however_cheap() -> None:
    hour = timedelta(hours=1)
    rewritten = replace(after(1 / 24), changed_bytes=200 * 1024**3, changed_over=hour)

    choice = chosen(table(100), wanted(hour), rewritten)

    assert choice.method == "export"
    assert "past the end of its window" in choice.reason


def test_a_cadence_that_exports_cannot_keep_up_with_is_scanned() -> None:
    choice = chosen(table(0.01), wanted(timedelta(minutes=5), now=MIDNIGHT))

    assert choice.method == "scan"
    assert "can't keep up" in choice.reason


def test_a_full_quota_leaves_the_scan() -> None:
    choice = chosen(table(500), wanted(), in_use=InUse(exports=300))

    assert choice.method == "scan"
    assert "300 exports are in progress" in choice.reason


class TestConfigured:
    def test_incremental_begins_with_a_full_export_and_says_so(self) -> None:
        choice = chosen(table(), wanted(), None, CaptureOptions(method="incremental"))

        assert choice.method == "export"
        assert "configured: incremental, which begins with a full export of 10.0 GB" in choice.reason

    def test_incremental_goes_on_from_an_exact_snapshot_whatever_it_costs(self) -> None:
        assert chosen(table(0.001), wanted(), after(1), CaptureOptions(method="incremental")).method == "incremental"

    def test_a_scan_of_a_closed_window_is_refused(self) -> None:
        with pytest.raises(NothingTruthful, match="would store today's items under it"):
            chosen(table(), wanted(instant=MIDNIGHT - 3 * DAY), None, CaptureOptions(method="scan"))

    def test_an_export_without_recovery_is_refused_even_where_a_scan_would_do(self) -> None:
        with pytest.raises(NothingTruthful, match="export: point-in-time recovery is off"):
            chosen(table(recovery=None), wanted(), None, CaptureOptions(method="export"))


def test_the_limit_on_what_truth_may_cost_is_a_parameter() -> None:
    often = wanted(timedelta(minutes=10), now=MIDNIGHT + timedelta(seconds=30))

    generous = choose(table(1), often, None, NO_OPTIONS, VIRGINIA, thresholds=Thresholds(premium_month=10_000))

    assert generous.method == "export"


def test_an_instant_that_is_not_restorable_yet_is_waited_for() -> None:
    behind = RecoveryWindow(MIDNIGHT - DAY, MIDNIGHT - timedelta(minutes=4))

    able = possibilities(table(recovery=behind), wanted(now=NOW))["export"]

    assert able.possible
    assert able.wait == timedelta(minutes=4)
