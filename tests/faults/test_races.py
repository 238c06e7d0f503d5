"""Two at once on one table: the view stays whole, and whoever is refused is told what to do.

`RACES` is how often each is run: once by default, twenty times by `make test-faults`. The Glue job's code runs in this
process, so that what races is what publishes.
"""

import json
import os
import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ddb_assets.chain.partitions import open_window
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_snapshot.names import format_instant
from tests.chain.history import PastTable
from tests.chain.quick_job import QuickJob, quick_job  # noqa: F401  # a fixture
from tests.conftest import LocalAws, Project, failure
from tests.restore.restored import dropped, new_name, restore
from tests.rewrite.test_rewrite import rewrite

RACES = range(int(os.environ.get("RACES", "1")))
DATABASE = "dynamodb_exports"
EDITS = 10
_CHANGED_BY_OTHERS = r"was changed by others \d+ times while"
_OTHER_FORMAT = r"is published as orc, and Athena needs a table and all its partitions in one format"
_SWITCHING = r"is being switched from parquet to orc since"


@pytest.fixture(autouse=True)
def no_spark(quick_job: QuickJob) -> None:  # noqa: F811
    """Every run of this module takes its snapshot in this process."""


def at_once(*actions: Callable[[], str]) -> Counter[str]:
    """Do them at the same time; how often each ending was told."""
    ended: Counter[str] = Counter()
    start = threading.Barrier(len(actions))

    def work(action: Callable[[], str]) -> None:
        start.wait()
        try:
            ended[action()] += 1
        except UserError as refused:
            ended[f"refused: {refused}"] += 1
        except Exception as error:
            ended[f"failed: {type(error).__name__}: {error}"] += 1

    threads = [threading.Thread(target=work, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def running(project: Project, table: TableSpec, key: str | None = None) -> Callable[[], str]:
    """A run of the table's job, as another process of Dagster would run it."""
    if key is None:
        key = format_instant(open_window(table, datetime.now(UTC)).start)

    def run() -> str:
        with dg.DagsterInstance.ephemeral() as instance:
            job = project.definitions(table).resolve_job_def(table.job_name)
            result = job.execute_in_process(partition_key=key, instance=instance, raise_on_error=False)
        return "published" if result.success else f"refused: {failure(result)}"

    return run


def settled(race: str, ended: Counter[str], *refusals: str) -> None:
    """All ended well, but for these refusals, given as patterns; what was seen is appended to `RACES_LOG`."""
    if log := os.environ.get("RACES_LOG"):
        with Path(log).open("a") as file:
            file.write(json.dumps({"race": race, "ended": ended}) + "\n")
    unknown = [
        ending
        for ending in ended
        if ending not in ("published", "done")
        and not (ending.startswith("refused: ") and any(re.search(refusal, ending) for refusal in refusals))
    ]
    assert not unknown, ended


def count(local_aws: LocalAws, view: str) -> int:
    ((found,),) = local_aws.query(f'SELECT count(*) FROM "{view}"', DATABASE)
    assert found is not None
    return int(found)


def rows(local_aws: LocalAws, name: str, number: int) -> None:
    local_aws.put(name, [{"id": {"S": str(one)}} for one in range(number)])


@pytest.mark.parametrize("race", RACES)
def test_two_runs_of_one_partition(local_aws: LocalAws, project: Project, race: int) -> None:
    name = f"Race-Twice-{race}"
    rows(local_aws, name, 3)
    table = project.table(name)

    settled("two runs", at_once(running(project, table), running(project, table)))

    assert count(local_aws, table.view) == 3
    assert count(local_aws, table.catalog_table) == 3


@pytest.mark.parametrize("race", RACES)
def test_a_backfill_beside_the_schedule(local_aws: LocalAws, project: Project, race: int) -> None:
    past = PastTable.create(f"Race-Backfill-{race}", hours=3)
    past.put(0.5, "1")
    past.put(1.5, "2")
    table = past.spec("export")

    settled("backfill", at_once(running(project, table, past.key(1)), running(project, table, past.key(2))))

    assert count(local_aws, table.view) == 2
    assert count(local_aws, table.catalog_table) == 3


@pytest.mark.parametrize("race", RACES)
def test_rewrite_beside_a_publication(local_aws: LocalAws, project: Project, race: int) -> None:
    name = f"Race-Rewrite-{race}"
    rows(local_aws, name, 3)
    table = project.table(name)
    assert running(project, table)() == "published"
    rows(local_aws, name, 4)

    def rewriting() -> str:
        rewrite(table, "orc")
        return "done"

    ended = at_once(rewriting, running(project, table))
    settled("rewrite", ended, _CHANGED_BY_OTHERS, _OTHER_FORMAT, _SWITCHING)

    assert count(local_aws, table.view) == (4 if ended["published"] else 3)


@pytest.mark.parametrize("race", RACES)
def test_restore_beside_a_publication(local_aws: LocalAws, project: Project, race: int) -> None:
    name, new = f"Race-Restore-{race}", new_name()
    rows(local_aws, name, 3)
    table = project.table(name)
    assert running(project, table)() == "published"
    rows(local_aws, name, 4)
    restored: list[Any] = []

    def restoring() -> str:
        restored.append(restore(name, new, database=DATABASE))
        return "done"

    with dropped(new):
        settled("restore", at_once(restoring, running(project, table)))
    assert count(local_aws, table.view) == 4
    assert [outcome.equal for outcome in restored] == [True]


@pytest.mark.parametrize("race", RACES)
def test_someones_edit_of_the_catalog_table(local_aws: LocalAws, project: Project, race: int) -> None:
    """Neither loses what the other has written: each writes the version that it has read, or reads again."""
    name = f"Race-Edit-{race}"
    rows(local_aws, name, 3)
    table = project.table(name)
    assert running(project, table)() == "published"
    local_aws.put(name, [{"id": {"S": "3"}, "added": {"S": "later"}}])
    glue = local_aws.client("glue")

    def edit(number: int) -> None:
        while True:
            found = glue.get_table(DatabaseName=DATABASE, Name=table.catalog_table)["Table"]
            known = ("Name", "Description", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters", "Owner")
            given = {part: found[part] for part in known if part in found}
            given["Parameters"] = {**given["Parameters"], f"edited{number}": "x"}
            try:
                glue.update_table(DatabaseName=DATABASE, TableInput=given, VersionId=found["VersionId"])
                return
            except glue.exceptions.ConcurrentModificationException:
                continue

    def editing() -> str:
        for number in range(EDITS):
            edit(number)
        return "done"

    ended = at_once(editing, running(project, table))
    settled("edit", ended, _CHANGED_BY_OTHERS)
    if not ended["published"]:
        assert running(project, table)() == "published"

    assert count(local_aws, table.view) == 4
    assert local_aws.query(f'SELECT count("added") FROM "{table.view}"', DATABASE) == [("1",)]
    parameters = glue.get_table(DatabaseName=DATABASE, Name=table.catalog_table)["Table"]["Parameters"]
    assert {f"edited{number}" for number in range(EDITS)} <= parameters.keys()
