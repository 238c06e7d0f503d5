"""What a project of many tables shares while it loads is the same as each table's own."""

from datetime import datetime, timedelta, timezone

import pytest
import yaml

from ddb_assets.chain.partitions import longest_gap, partitions_of, window_open_at
from ddb_assets.components import written
from ddb_assets.model.table import TableSpec
from ddb_assets.settings import load_settings


def test_settings_follow_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two", "one"):
        monkeypatch.setenv("DDB_ASSETS_DATABASE", name)
        assert load_settings().database == name
    assert load_settings() is load_settings()


@pytest.mark.parametrize("cadence", ["0 0 * * *", "*/7 * * * *", "0 0 31 * *", "0 6,18 * * 1-5", "0 0 29 2 *"])
@pytest.mark.parametrize("start", [datetime(2026, 1, 1), datetime(2026, 5, 6, 7, 8, 9), datetime(2150, 1, 1)])
def test_longest_gap_is_that_of_the_tables_own_windows(cadence: str, start: datetime) -> None:
    table = TableSpec("Orders", "d", cadence=cadence, start=start.replace(tzinfo=timezone.utc))

    partitions, now = partitions_of(table), datetime.now(timezone.utc)
    window = window_open_at(partitions, now)
    if window is None:
        window = partitions.get_next_partition_window(partitions.start, respect_bounds=False)
    assert window is not None
    longest = timedelta(0)
    for _ in range(101):
        longest = max(longest, window.end - window.start)
        window = partitions.get_next_partition_window(window.end, respect_bounds=False)
        if window is None:
            break

    assert longest_gap(table) == longest


@pytest.mark.parametrize(
    "text",
    [
        "a: 0x10\nb: [yes, 1_000, ~, null, '', \"q\\n\"]\n",
        "a: &x {b: 1e3}\nc: *x\nd:\n  <<: *x\n  e: |\n    two\n    lines\n",
        "a: é # comment\nb: 'it''s'\nc: >-\n  folded\n  text\n2024: x\n",
        "---\na: 1\n---\na: 2\n",
    ],
)
def test_both_of_yamls_loaders_read_the_same_text(text: str) -> None:
    resolvers = written._AsWritten.yaml_implicit_resolvers
    members = {"yaml_implicit_resolvers": resolvers, "construct_mapping": written._AsWritten.construct_mapping}
    slow = type("Slow", (yaml.SafeLoader,), members)

    assert list(yaml.load_all(text, written._AsWritten)) == list(yaml.load_all(text, slow))
