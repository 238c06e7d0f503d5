"""The span in which a scan read: it begins with the first request and ends with the last answer, whoever read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_snapshot.scanning.prefetch import pages
from ddb_snapshot.scanning.read_span import ReadLimit, ReadSpan, ReadTooLate
from ddb_snapshot.scanning.scanner import Page
from ddb_snapshot.scanning.throttle import Pacer
from tests.ddb_snapshot.scanning.endpoint import ITEMS, scanner_of
from tests.glue.fake_dynamodb import FakeDynamoDB, serving

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC).timestamp()

times = st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)).map(sorted)
read = st.lists(times.map(lambda both: Page(b"[]", 0, 0.5, None, asked_at=both[0], answered_at=both[1])), max_size=8)


@given(st.lists(read, max_size=5))
def test_spans_together_are_that_of_all_pages(segments: list[list[Page]]) -> None:
    together: ReadSpan | None = None
    for segment in segments:
        together = ReadSpan.together(together, ReadSpan.of(segment))

    assert together == ReadSpan.of([page for segment in segments for page in segment])


def test_each_page_says_when_it_was_asked_for_and_when_it_came() -> None:
    ticks = iter(range(100))
    with serving(FakeDynamoDB(ITEMS, page_items=3)) as fake:
        found = [*pages(scanner_of(fake), Pacer(1e9), None, 2, clock=lambda: next(ticks))]

    assert [(page.asked_at, page.answered_at) for page in found[:2]] == [(0, 1), (2, 3)]
    assert ReadSpan.of(found) == ReadSpan(0, 2 * len(found) - 1)


def test_instants_are_to_the_millisecond() -> None:
    assert ReadSpan(MIDNIGHT + 1.5, MIDNIGHT + 61).instants() == (
        "2026-11-24T00:00:01.500+00:00",
        "2026-11-24T00:01:01.000+00:00",
    )


def test_a_limit_lets_pages_come_to_its_last_moment_and_no_later() -> None:
    limit = ReadLimit("2026-11-24T00:00", 900)

    limit.require("Orders", MIDNIGHT + 900)

    with pytest.raises(ReadTooLate) as late:
        limit.require("Orders", MIDNIGHT + 900.5)
    assert "'Orders' was still to be read at 2026-11-24T00:15:00.500+00:00" in str(late.value)
    assert "snapshot 2026-11-24T00:00 be of 0:15:00 after it at most" in str(late.value)
    assert "raise `max_lag`, or capture by `method: export`" in str(late.value)
