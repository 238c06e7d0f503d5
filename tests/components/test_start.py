"""A `start` in the future: the project loads, and whoever asks for a partition is told when the first begins."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.aws import aws_resources
from ddb_assets.chain import chain_definitions
from ddb_assets.chain.group import group_definitions
from ddb_assets.chain.partitions import first_window, longest_gap, open_window, partitions_of, window_open_at
from ddb_assets.chain.recoverable import missing_partitions
from ddb_assets.code_location import Chain, find_runnable
from ddb_assets.commands.plan import wanted_snapshot
from ddb_assets.commands.run_job import run_job
from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup
from ddb_assets.errors import UserError
from ddb_assets.model.facts import RecoveryWindow
from ddb_assets.model.table import TableSpec
from tests.components import yaml_project
from tests.components.yaml_project import group, table

NOW = datetime.now(UTC)
LATER = f"{NOW + timedelta(days=400):%Y-%m-%d}"
SAID = f"has no partition yet: its first begins at {LATER}T00:00, the first of cadence '0 0 \\* \\* \\*'"


@pytest.fixture
def begins_later(tmp_path: Path) -> Path:
    lines = f"start: {LATER}"
    yaml_project.write(
        tmp_path,
        {
            "orders": table(f"table_name: Orders\n{lines}"),
            "shop": group(f"name: shop\ntables: [Orders, Lines]\n{lines}"),
            "other": table("table_name: Other"),
        },
    )
    return tmp_path


@pytest.mark.parametrize("name", ["Orders", "shop"])
def test_a_start_in_the_future_loads_and_says_when_its_first_partition_begins(begins_later: Path, name: str) -> None:
    found = find_runnable(name, begins_later)

    with pytest.raises(UserError, match=SAID):
        found.open_partition(datetime.now(UTC))
    with pytest.raises(UserError, match=SAID), dg.DagsterInstance.ephemeral() as instance:
        run_job(found.job, f"{LATER}T00:00", instance)
    if isinstance(found, Chain):
        with pytest.raises(UserError, match=SAID):
            found.start_job_run()
    assert isinstance(find_runnable("Other", begins_later), Chain)


@pytest.mark.parametrize("of", ["table", "group"])
def test_the_schedule_skips_until_the_start(of: str) -> None:
    definitions = (
        chain_definitions(TableSpec("Orders", "db", start=datetime.fromisoformat(LATER).replace(tzinfo=UTC)))
        if of == "table"
        else group_definitions(DynamoDBTableGroup(name="shop", tables=["Orders", "Lines"], start=LATER).group_spec())
    )
    repository = dg.Definitions.merge(definitions, dg.Definitions(resources=aws_resources())).get_repository_def()
    (schedule,) = repository.schedule_defs

    def tick(at: datetime) -> Any:
        return schedule.evaluate_tick(dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository))

    ticked, first = tick(NOW), tick(datetime.fromisoformat(f"{LATER}T00:00").replace(tzinfo=UTC))

    assert ticked.skip_message is not None
    assert f"its first begins at {LATER}T00:00" in ticked.skip_message
    assert not ticked.run_requests
    assert [request.partition_key for request in first.run_requests or ()] == [f"{LATER}T00:00"]


def test_of_what_has_not_begun_nothing_is_missing() -> None:
    spec = TableSpec("Orders", "db", start=datetime.fromisoformat(LATER).replace(tzinfo=UTC))
    recovery = RecoveryWindow(earliest=NOW - timedelta(days=20), latest=NOW, days=35)

    assert not list(missing_partitions(spec, set(), recovery, NOW))


CADENCES = st.sampled_from(["0 0 * * *", "*/15 * * * *", "0 */6 * * 1", "30 3 1 * *", "0 0 29 2 *"])
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2150, 1, 1)).map(
    lambda instant: instant.replace(tzinfo=UTC, second=0, microsecond=0)
)


@given(CADENCES, INSTANTS, INSTANTS)
def test_the_open_window_has_begun_and_is_never_before_the_first(cadence: str, start: datetime, now: datetime) -> None:
    partitions = partitions_of(TableSpec("Orders", "db", cadence=cadence, start=start))
    first, window = first_window(partitions), window_open_at(partitions, now)

    assert first.start >= start
    assert (window is None) == (first.start > now)
    if window is not None:
        assert first.start <= window.start <= now < window.end


def test_a_start_between_two_ticks_has_no_partition_until_the_next(begins_later: Path) -> None:
    spec = TableSpec("Orders", "db", start=datetime(2026, 11, 27, 12, 30, tzinfo=UTC))
    with pytest.raises(UserError, match="its first begins at 2026-11-28T00:00"):
        open_window(spec, datetime(2026, 11, 27, 18, tzinfo=UTC))
    assert longest_gap(spec) == timedelta(days=1)


def test_a_plan_says_it_too(begins_later: Path) -> None:
    chain = find_runnable("Orders", begins_later)
    with pytest.raises(UserError, match=SAID):
        wanted_snapshot(chain, None, datetime.now(UTC))  # type: ignore[arg-type]
