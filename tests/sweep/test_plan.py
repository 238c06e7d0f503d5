"""What may be removed: whatever the facts are, nothing that is published, needed, young, alive or nobody's."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.aws.job_messages import Claim
from ddb_assets.aws.job_runs import JobRun
from ddb_assets.sweep.places import Kind, Place
from ddb_assets.sweep.plan import Facts, Finished, Grace, captured_as, plan
from ddb_snapshot.storage import S3Path

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OLD, KEY, NEWER = "2026-11-01T00:00", "2026-11-02T00:00", "2026-11-03T00:00"
GRACE = Grace()
FAILED, RUNNING = JobRun("job", "jr_1", "FAILED", {}), JobRun("job", "jr_2", "RUNNING", {})

CLAIM = Claim("0a-1b", "job", "eu-central-1")


def place(kind: Kind, name: str = "a-jr_1", key: str | None = None, days: float = 30, finished: bool = False) -> Place:
    location = S3Path("bucket", f"t/{key or kind}/{name}/")
    return Place(kind, location, name, key, 2, 100, NOW - timedelta(days=days), finished)


def attempt(name: str = "a-jr_1", key: str = KEY, days: float = 30) -> Place:
    return place("attempt", name, key, days, finished=True)


def facts(
    *found: Place, run: JobRun | None = FAILED, formats: Mapping[str, Finished] | None = None, **more: Any
) -> Facts:
    """Each place is the run's; each finished attempt is of parquet, and ended when it was written."""
    said = {str(one.location): Finished("parquet", one.written.isoformat()) for one in found if one.finished}
    owners = {str(one.location): (run,) for one in found} if run else {}
    return Facts(NOW, owners, finished={**said, **(formats or {})}, **more)


def decided(*found: Place, run: JobRun | None = FAILED, grace: Grace = GRACE, **more: Any) -> list[tuple[bool, str]]:
    return [(one.remove, one.reason) for one in plan(found, facts(*found, run=run, **more), grace)]


@pytest.mark.parametrize("kind", ["staging", "messages", "attempt", "merged attempt"])
def test_what_an_ended_run_left_is_removed(kind: Kind) -> None:
    ((remove, reason),) = decided(place(kind))

    assert remove
    assert "Glue run jr_1, which ended FAILED" in reason


@pytest.mark.parametrize("kind", ["staging", "messages", "attempt", "merged attempt"])
def test_what_a_living_run_writes_stays(kind: Kind) -> None:
    assert decided(place(kind), run=RUNNING) == [(False, "Glue run jr_2 is RUNNING")]


@pytest.mark.parametrize("kind", ["staging", "messages", "attempt", "merged attempt", "unknown"])
def test_what_is_nobodys_stays(kind: Kind) -> None:
    ((remove, reason),) = decided(place(kind), run=None)

    assert not remove
    assert "owner can't be told" in reason


@pytest.mark.parametrize(
    ("days", "run", "said"),
    [
        (1.0, None, (True, "context of Dagster run 0a-1b, which has started no Glue run")),
        (0.9, None, (False, "written less than 24 hours ago")),
        (30, RUNNING, (False, "Glue run jr_2 is RUNNING")),
        (30, FAILED, (True, "messages of Glue run jr_1, which ended FAILED")),
    ],
)
def test_a_context_of_which_no_run_began_is_removed_after_the_grace_time(
    days: float, run: JobRun | None, said: tuple[bool, str]
) -> None:
    context = place("messages", days=days)

    assert decided(context, run=run, claims={str(context.location): (CLAIM,)}) == [said]


def test_the_grace_time_is_a_value() -> None:
    young, hour = place("staging", days=0.9), Grace(timedelta(hours=1), timedelta(hours=1))

    assert decided(young) == [(False, "written less than 24 hours ago")]
    assert decided(attempt(days=6), published_keys=frozenset({KEY})) == [(False, "written less than 168 hours ago")]
    assert decided(young, grace=hour)[0][0]
    assert decided(attempt(days=6), published_keys=frozenset({KEY}), grace=hour)[0][0]


def test_an_attempt_beside_the_published_one_is_removed() -> None:
    shown, other = attempt("shown-jr_1"), attempt("other-jr_2")

    removed = decided(shown, other, published=frozenset({str(shown.location)}), published_keys=frozenset({KEY}))

    assert removed[0] == (False, "published")
    assert removed[1][0]
    assert "another attempt at 2026-11-02T00:00 is published" in removed[1][1]


@pytest.mark.parametrize("kind", ["attempt", "staging", "messages"])
@pytest.mark.parametrize("below", ["", "day=1/", "part-0/"])
def test_what_the_catalog_points_at_or_into_stays(kind: Kind, below: str) -> None:
    found = place(kind)

    assert decided(found, published=frozenset({f"{found.location}{below}"})) == [(False, "published")]


def test_what_is_read_from_a_folder_above_stays_but_not_what_readers_skip() -> None:
    above = frozenset({f"s3://bucket/t/{KEY}/"})
    inside, hidden = place("attempt", key=KEY), place("staging", key=f"{KEY}/_staging")

    assert decided(inside, published=above, read_whole=above) == [(False, "published")]
    assert decided(inside, published=above)[0][0]
    assert decided(hidden, published=above, read_whole=above)[0][0]


def test_the_newest_attempt_that_the_chain_goes_on_from_stays() -> None:
    first, second, before = attempt("x-jr_1", days=21), attempt("x-jr_2", days=20), attempt("y-jr_3", key=OLD)

    removed = decided(first, second, before, published_keys=frozenset({"2026-11-01T12:00"}))

    assert [remove for remove, _ in removed] == [True, False, True]
    assert "the chain goes on from it" in removed[1][1]
    assert "the chain has gone on without it" in removed[2][1]


def test_the_history_in_its_former_format_stays_through_several_changes() -> None:
    captured, csv, parquet = attempt("x-jr_1"), attempt("x-jr_1-csv-rw_1"), attempt("x-jr_1-csv-rw_1-parquet-rw_2")
    cut_off = attempt("x-jr_1-orc-rw_3")
    made = {
        str(csv.location): Finished("csv", "2026", "x-jr_1"),
        str(parquet.location): Finished("parquet", "2026", "x-jr_1-csv-rw_1"),
        str(cut_off.location): Finished("orc", "2026", "x-jr_1"),
    }

    removed = decided(
        captured, csv, parquet, cut_off,
        formats=made, published=frozenset({str(parquet.location)}), published_keys=frozenset({KEY}),
    )  # fmt: skip

    assert [remove for remove, _ in removed] == [False, False, False, True]
    assert {captured_as(one.name) for one in (captured, csv, parquet, cut_off)} == {"x-jr_1"}


def test_during_a_change_of_format_nothing_that_is_finished_goes() -> None:
    left = [attempt("x-jr_1-csv-rw_1"), place("attempt", "x-jr_1-csv-rw_2", KEY)]

    removed = decided(*left, published_keys=frozenset({KEY}), rewriting="ddb-assets rewrite T --format csv")

    assert removed[0] == (
        False, "a change of format is under way: finish it with `ddb-assets rewrite T --format csv`"
    )  # fmt: skip
    assert removed[1] == (True, "an unfinished attempt of a change of format that was cut off")


def test_what_a_run_or_a_restore_reads_stays() -> None:
    needed = attempt()
    why = {str(needed.location): "Glue run jr_9 merges changes into it"}

    assert decided(needed, published_keys=frozenset({KEY}), needed=why) == [(False, why[str(needed.location)])]


@pytest.mark.parametrize(("finished", "remove"), [(True, False), (False, True)])
def test_a_copy_for_the_crawler_that_was_cut_off_is_removed(finished: bool, remove: bool) -> None:
    copy = place("copy", "", KEY, finished=finished)

    assert decided(copy)[0][0] is remove
    assert decided(copy, published=frozenset({str(copy.location)})) == [(False, "published")]


KINDS: st.SearchStrategy[Kind] = st.sampled_from(
    ["staging", "messages", "attempt", "merged attempt", "copy", "unknown"]
)
NAMES = st.sampled_from(["a-jr_1", "b-jr_2", "b", "a-jr_1-csv-rw_0a", "a-jr_1-csv-rw_0a-orc-rw_0b"])
PLACES = st.builds(
    place,
    KINDS,
    NAMES,
    st.sampled_from([None, OLD, KEY, NEWER]),
    st.sampled_from([0.0, 0.5, 2.0, 6.9, 7.0, 400.0]),
    st.booleans(),
)
RUNS = st.sampled_from([FAILED, RUNNING, replace(FAILED, state="SUCCEEDED"), replace(RUNNING, state="STOPPING")])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Place], Facts]:
    found = draw(st.lists(PLACES, max_size=8, unique_by=lambda one: one.location))
    locations = [str(one.location) for one in found]
    some = st.sets(st.sampled_from(locations)) if locations else st.just(set())
    origins = st.none() | NAMES
    said = st.builds(Finished, st.sampled_from(["parquet", "csv"]), st.sampled_from([OLD, KEY]), origins)
    return found, Facts(
        now=NOW,
        owners={location: tuple(draw(st.lists(RUNS, max_size=2))) for location in locations},
        claims=dict.fromkeys(draw(some), (CLAIM,)),
        published=frozenset(draw(some)),
        published_keys=frozenset(draw(st.sets(st.sampled_from([OLD, KEY, NEWER])))),
        published_attempts=frozenset(draw(st.sets(NAMES, max_size=1))),
        finished={location: draw(said) for location in draw(some)},
        needed=dict.fromkeys(draw(some), "needed"),
        rewriting=draw(st.none() | st.just("ddb-assets rewrite")),
    )


@given(cases())
def test_nothing_is_removed_that_anyone_may_need(case: tuple[list[Place], Facts]) -> None:
    found, known = case

    for one in plan(found, known):
        assert one.reason
        if not one.remove:
            continue
        place, location = one.place, str(one.place.location)
        assert location not in known.published
        assert location not in known.needed
        assert not (place.kind == "attempt" and place.name in known.published_attempts)
        assert known.now - place.written >= timedelta(days=7 if place.finished else 1)
        assert place.kind != "unknown"
        if place.kind != "copy":
            owners = known.owners[location]
            assert owners or location in known.claims
            assert not any(run.alive for run in owners)
        if place.finished and place.kind == "attempt":
            assert known.rewriting is None
            key = place.snapshot_timestamp or ""
            newest = key > max(known.published_keys, default="")
            later = [
                other
                for other in found
                if other.kind == "attempt" and other.finished and other.snapshot_timestamp == place.snapshot_timestamp
            ]
            assert not newest or len(later) > 1 or known.finished[location].output_format != "parquet"
