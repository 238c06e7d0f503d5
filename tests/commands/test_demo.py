"""The demonstration can begin at any time of day; that it runs is row 16 of tests/test_original_architecture.py."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.chain.partitions import open_window
from ddb_assets.commands.demo import minutely

DAY = st.datetimes(datetime(2026, 11, 28), datetime(2026, 11, 29), timezones=st.just(UTC))


@given(DAY)
def test_the_window_of_now_is_open_at_any_time_of_day(now: datetime) -> None:
    window = open_window(minutely("Reviews", "exports", now), now)

    assert window.start <= now < window.end
