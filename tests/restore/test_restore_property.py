"""Whatever the items of a snapshot are, a table restored from it holds them and nothing else, in every format."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ddb_snapshot.formats import OUTPUT_FORMATS
from tests.conftest import LocalAws
from tests.ddb_snapshot.snapshots import Item, comparable
from tests.profiles import NIGHTLY, cases
from tests.properties.history import History
from tests.properties.test_history import snapshots
from tests.restore.restored import dropped, exported, in_order, new_name, restore, table_items

# Each case takes seconds: few of them here, and a case that fails isn't made small, but by night.
PHASES = tuple(Phase) if NIGHTLY else (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
@settings(max_examples=cases(3), deadline=None, phases=PHASES, suppress_health_check=[*HealthCheck])
@given(history=st.lists(snapshots, min_size=2, max_size=2))
def test_any_snapshot_of_a_history_comes_back_equal(
    local_aws: LocalAws, output_format: str, history: list[list[Item]]
) -> None:
    with History(local_aws, output_format) as lived:
        taken = [lived.snapshot(items) for items in history]
        for one in taken:
            restored_equal(lived, one.items, at=one.manifest.snapshot_timestamp)


@settings(max_examples=cases(5), deadline=None, phases=PHASES, suppress_health_check=[*HealthCheck])
@given(items=snapshots)
def test_any_native_export_comes_back_equal(local_aws: LocalAws, items: list[Item]) -> None:
    with History(local_aws, "parquet") as lived:
        exported(lived, items)
        restored_equal(lived, items, items_from="export")


def restored_equal(history: History, items: Any, **options: Any) -> None:
    to = new_name()
    with dropped(to):
        outcome = restore(history.table_name, to, **options)

        assert outcome.equal
        assert outcome.items == len(items)
        assert table_items(to) == in_order(comparable(items))
