"""The windows of incremental exports: each one DynamoDB takes, and all of them together the whole stretch."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.model.windows import incremental_windows
from tests.planning import cases
from tests.planning.cases import DAY, MIDNIGHT

MINUTE = timedelta(minutes=1)


@given(cases.instants, st.timedeltas(timedelta(minutes=15), timedelta(days=40)))
def test_windows_join_without_gap_and_each_is_allowed(start: datetime, length: timedelta) -> None:
    windows = incremental_windows(start, start + length)

    assert windows[0][0] == start
    assert windows[-1][1] == start + length
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    assert all(15 * MINUTE <= end - begin <= DAY for begin, end in windows)
    assert len(windows) == -(-length // DAY)


def test_a_day_is_one_window_and_a_minute_more_are_two() -> None:
    assert incremental_windows(MIDNIGHT, MIDNIGHT + DAY) == ((MIDNIGHT, MIDNIGHT + DAY),)
    assert len(incremental_windows(MIDNIGHT, MIDNIGHT + DAY + MINUTE)) == 2


def test_less_than_a_quarter_of_an_hour_has_no_window() -> None:
    assert incremental_windows(MIDNIGHT, MIDNIGHT + 14 * MINUTE) == ()
    assert incremental_windows(MIDNIGHT, MIDNIGHT - DAY) == ()
