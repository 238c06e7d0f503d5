"""How far from its instant a scan may read: never chosen beyond `max_lag`, and said where it is chosen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ddb_assets.model.facts import CaptureOptions, JobFacts, PreviousSnapshot, RecoveryWindow, TableFacts, Wanted
from ddb_assets.model.words import parse_duration, written_duration
from ddb_assets.planning import Choice, NothingTruthful, choose, estimate, expected_span, possibilities
from tests.planning import cases
from tests.planning.cases import DAY, MIDNIGHT, NO_OPTIONS, VIRGINIA, after, table, wanted

MINUTE = timedelta(minutes=1)
LAG = CaptureOptions(max_lag=15 * MINUTE)
LATE = wanted(now=MIDNIGHT + timedelta(hours=10, minutes=51))

lags = st.timedeltas(timedelta(seconds=1), timedelta(days=40))
jobs = st.builds(JobFacts, st.sampled_from(["G.1X", "G.4X"]), st.integers(2, 50))


@given(cases.tables, cases.wanteds, cases.previous_snapshots, cases.options, lags, jobs)
def test_no_scan_is_chosen_whose_end_is_beyond_max_lag(
    facts: TableFacts,
    snapshot: Wanted,
    previous: PreviousSnapshot | None,
    options: CaptureOptions,
    lag: timedelta,
    job: JobFacts,
) -> None:
    limited = replace(options, max_lag=lag)
    prices = cases.PRICES.to_compare(facts.region)
    scan = estimate("scan", facts, snapshot, previous, limited, job, prices)
    over = scan.longest > snapshot.instant + lag - snapshot.now
    able = possibilities(facts, snapshot, previous, options=limited, job=job)
    assert able["scan"].possible == (snapshot.open and not over)
    try:
        choice = choose(facts, snapshot, previous, limited, prices, job)
    except NothingTruthful as error:
        assert all(found.missing in str(error) for method, found in able.items() if method == options.method)
        return
    if choice.method == "scan":
        assert not over
    elif options.method == "auto" and snapshot.open:
        unlimited = choose(facts, snapshot, previous, options, prices, job)
        assert over or unlimited.method == choice.method


@given(cases.tables, cases.wanteds, cases.options)
# Its scan would end after the year 9999.
@example(replace(table(), size_bytes=2 * 10**15, on_demand=False, read_capacity=1.0), wanted(), CaptureOptions())
def test_exports_are_of_the_instant_and_scans_of_now_and_later(
    facts: TableFacts, snapshot: Wanted, options: CaptureOptions
) -> None:
    for method in ("export", "incremental"):
        exact = estimate(method, facts, snapshot, None, options, cases.JOB, None)  # type: ignore[arg-type]
        assert expected_span(snapshot, exact).lag(snapshot) == timedelta(0)
    scan = expected_span(snapshot, estimate("scan", facts, snapshot, None, options, cases.JOB, None))
    assert snapshot.now == scan.first < scan.last


def chosen(facts: TableFacts, snapshot: Wanted, options: CaptureOptions, before: PreviousSnapshot | None) -> Choice:
    return choose(facts, snapshot, before, options, VIRGINIA)


def test_a_scan_that_would_read_too_late_is_refused_with_reason_and_remedies() -> None:
    with pytest.raises(NothingTruthful) as refused:
        chosen(table(0.001, recovery=None), LATE, LAG, None)

    said = str(refused.value)
    assert "no snapshot of 2026-11-24T00:00 that tells the truth can be had" in said
    assert "a scan that begins now may read until 2026-11-24T10:53:" in said
    assert "10.9 h after 2026-11-24T00:00, and `max_lag` is 15m" in said
    assert "export: point-in-time recovery is off" in said
    assert "Start it sooner after its instant, let the scan read faster" in said
    assert "Later instants can be exported with point-in-time recovery: aws dynamodb update-continuous" in said


def test_a_scan_that_is_configured_is_refused_alike_though_an_export_were_possible() -> None:
    with pytest.raises(
        NothingTruthful, match=r"`max_lag` is 15m\. Start it sooner .* `capture: \{method: export\}`\.$"
    ):
        chosen(table(0.001), LATE, replace(LAG, method="scan"), None)


def test_a_table_of_the_morning_is_not_published_under_midnight() -> None:
    """Its recovery doesn't reach back to the key, and a scan would be hours off."""
    morning = RecoveryWindow(LATE.now - MINUTE, LATE.now)

    with pytest.raises(NothingTruthful) as refused:
        chosen(table(0.001, recovery=morning), LATE, LAG, None)

    assert "export: 2026-11-24T00:00 is before the earliest instant that can be exported" in str(refused.value)
    assert "or raise `max_lag`. The earliest instant that works is 2026-11-24T10:50:00Z." in str(refused.value)


def test_in_time_it_is_taken() -> None:
    soon = wanted(now=MIDNIGHT + MINUTE)

    assert chosen(table(0.001, recovery=None), soon, LAG, None).method == "scan"
    assert chosen(table(0.001), soon, replace(LAG, method="scan"), None).method == "scan"


def test_auto_takes_an_export_then_also_when_it_costs_more() -> None:
    # A scan is the cheaper one, every ten minutes: `tests.planning.test_choice`.
    often = wanted(timedelta(minutes=10), now=MIDNIGHT + timedelta(seconds=30))
    assert chosen(table(1), often, NO_OPTIONS, None).method == "scan"

    choice = chosen(table(1), often, CaptureOptions(max_lag=2 * MINUTE), None)

    assert choice.method == "export"
    assert "after 2026-11-24T00:00, and `max_lag` is 2m; a full export of 1.0 GB" in choice.reason


@pytest.mark.parametrize(("size", "now"), [(0.001, MIDNIGHT + 10 * MINUTE), (500, MIDNIGHT + 23 * 60 * MINUTE)])
def test_auto_says_how_far_off_a_scan_would_be_where_it_does_not_matter(size: float, now: object) -> None:
    late = wanted(now=now)  # type: ignore[arg-type]
    choice = chosen(table(size), late, NO_OPTIONS, after(1))

    assert choice.method in ("export", "incremental")
    assert choice.because["lag"] in choice.reason
    assert f"a scan's items may be {choice.because['lag']} off" in choice.reason or "its items be" in choice.reason


@pytest.mark.parametrize("options", [NO_OPTIONS, CaptureOptions(method="scan")])
def test_a_scan_that_is_taken_says_how_far_off_it_may_be(options: CaptureOptions) -> None:
    choice = chosen(table(0.001, recovery=None), LATE, options, None)

    assert choice.method == "scan"
    assert "its items may be 10.9 h off the snapshot's instant" in choice.reason


@given(st.integers(1, 10**7))
def test_durations_are_read_as_they_are_written(seconds: int) -> None:
    length = timedelta(seconds=seconds)

    assert parse_duration(written_duration(length)) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", 15 * MINUTE),
        ("2h", timedelta(hours=2)),
        ("1h30m", timedelta(minutes=90)),
        ("1d", DAY),
        ("PT15M", 15 * MINUTE),
        ("P1DT12H", timedelta(hours=36)),
    ],
)
def test_a_duration_has_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "15", "0s", "15 minutes", "-5m", "m", "P", "PT", "1.5h", "5m1h", "soon", "9999999999d"]
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is not a length of time, such as 90s, 15m, 2h, 1h30m, 1d or PT15M"):
        parse_duration(text)
