"""Leftovers of real runs are removed by a later run and by `ddb-assets sweep`; what is needed stays."""

import io
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from ddb_assets.aws import job_messages
from ddb_assets.aws.connection import Connection
from ddb_assets.chain import leftovers
from ddb_assets.chain.keys import files_key
from ddb_assets.chain.snapshot import payload
from ddb_assets.commands.sweep import Outcome, sweep_tables
from ddb_assets.model.table import TableSpec
from ddb_assets.restore.journal import Journal, Journals
from ddb_assets.sweep import Grace, Ground, sweep
from ddb_assets.sweep.places import Place
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path
from tests.chain.test_lost_start import processes, suspend_once_it_has_drafts
from tests.chain.test_taking_up import ITEMS, code_location, runs, snapshot, wait_until_reading
from tests.conftest import LocalAws, Project
from tests.rewrite.test_rewrite import DATABASE, NEW, OLD, clients_of_this_endpoint, items, rewrite, take
from tests.test_cli import run as cli

__all__ = ["clients_of_this_endpoint"]
BUCKET = "dynamodb-exports"
JOB = "sweeping"
LATER = datetime.now(UTC) + timedelta(days=8)
EARLIER = "2026-11-19T00:00"


def folders(local_aws: LocalAws, prefix: str) -> set[str]:
    """The folders below a prefix that hold objects."""
    keys = storage.sizes(local_aws.client("s3"), S3Path(BUCKET, f"{prefix}/"))
    return {key.removeprefix(f"{prefix}/").rpartition("/")[0] for key in keys}


@pytest.mark.timeout(500)
def test_a_run_removes_what_killed_runs_left(
    local_aws: LocalAws, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    local_aws.put("Left", ITEMS)
    code_location(tmp_path, "Left", max_rcu=1)
    dagster = snapshot(tmp_path, "Left")
    wait_until_reading(local_aws, "Left")
    (killed,) = runs(local_aws, "Left")
    suspend_once_it_has_drafts(local_aws, "snapshots_left", killed["Id"])
    os.kill(dagster.pid, signal.SIGKILL)
    dagster.communicate()
    for process in processes(killed["Id"]):
        process.kill()
    while runs(local_aws, "Left")[0]["JobRunState"] == "RUNNING":
        time.sleep(0.05)
    quick = project.table("Left")
    project.materialize_files(quick)
    left = folders(local_aws, "snapshots_left")
    assert any(folder.startswith("_staging/") for folder in left)
    assert len([folder for folder in left if folder.startswith("snapshot_timestamp=")]) == 1
    assert folders(local_aws, "pipes/Left")

    # In its grace time all of it stays, and is listed.
    said = cli_sweep(quick, dry=False, now=None)
    assert folders(local_aws, "snapshots_left") == left
    assert "written less than 24 hours ago" in said
    assert "Removed 0 things" in said

    monkeypatch.setattr(leftovers, "GRACE", Grace(timedelta(0), timedelta(0)))
    taken = project.snapshot(quick)

    assert taken.result.success
    (published,) = folders(local_aws, "snapshots_left")
    assert published.endswith(taken.metadata(files_key(quick))["attempt"])
    assert folders(local_aws, "pipes/Left") == set()
    log = capfd.readouterr().err
    assert f"drafts of Glue run {killed['Id']}, which ended FAILED" in log
    assert f"messages of Glue run {killed['Id']}, which ended FAILED" in log
    assert "and another attempt at" in log
    assert local_aws.query('SELECT count(*) FROM "left"') == [("1000",)]


def cli_sweep(table: TableSpec, dry: bool, now: datetime | None = LATER) -> str:
    """What the command prints."""
    console = Console(file=io.StringIO(), width=400)
    outcome: Outcome = sweep_tables([{**payload(table), "JobName": job_of(table)}], dry, Console(quiet=True), now)
    console.print(outcome.table())
    console.print(outcome.totals())
    assert not outcome.failed
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def job_of(table: TableSpec) -> str:
    return JOB if table.table_name.startswith("Swept") else "ddb-assets-snapshot"


@pytest.fixture
def ended(local_aws: LocalAws) -> Any:
    """Ids of runs of a job that does nothing, started with a table's prefix and an attempt."""
    glue, s3 = local_aws.client("glue"), local_aws.client("s3")
    s3.put_object(Bucket=BUCKET, Key="scripts/sweeping.py", Body=b"")
    script = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/scripts/sweeping.py"}
    if JOB not in glue.list_jobs()["JobNames"]:
        glue.create_job(Name=JOB, Role="role", Command=script, ExecutionProperty={"MaxConcurrentRuns": 9})

    def start(table: TableSpec, *attempts: str) -> Sequence[str]:
        prefix = f"s3://{BUCKET}/{table.catalog_table}"
        found = []
        for attempt in attempts:
            arguments = {"--table_name": table.table_name, "--output_prefix": prefix, "--attempt": attempt}
            found.append(glue.start_job_run(JobName=JOB, Arguments=arguments)["JobRunId"])
        for run in found:
            while glue.get_job_run(JobName=JOB, RunId=run)["JobRun"]["JobRunState"] != "SUCCEEDED":
                time.sleep(0.05)
        return [f"{attempt}-{run}" for attempt, run in zip(attempts, found, strict=True)]

    return start


def leave(local_aws: LocalAws, *keys: str) -> None:
    for key in keys:
        local_aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"left")


def test_every_kind_is_listed_and_only_leftovers_go(local_aws: LocalAws, ended: Any) -> None:
    table = TableSpec("Swept", DATABASE)
    local_aws.put("Swept", [{"id": {"S": "1"}}])
    first, second, third, fourth = ended(table, "a", "b", "c", "d")
    take(table, OLD, "parquet", first)
    superseded = take(table, NEW, "parquet", second)
    shown = take(table, NEW, "parquet", third)
    here = "snapshots_swept"
    leave(
        local_aws,
        f"{here}/_staging/{first}/0.parquet",
        f"{here}/snapshot_timestamp=2026-11-18T00%3A00/{fourth}/part-00000.parquet",
        "pipes/Swept/a/XyZ/context.json",
        f"{here}/_staging/nobodys/0.parquet",
        f"{here}/notes.txt",
        "exports/Swept/AWSDynamoDB/01732406400000-a1b2c3d4/manifest-summary.json",
    )
    before = folders(local_aws, here)

    listed = cli_sweep(table, dry=True)

    assert folders(local_aws, here) == before
    assert "Would remove 4 things, 5 objects" in listed
    assert "kept 2 and 2 published" in listed
    for line in listed.splitlines():
        assert ("would remove" in line) == any(
            kind in line for kind in (" drafts of ", "an unfinished attempt of", " messages of ", "and another attempt")
        )
    removed = cli_sweep(table, dry=False)
    assert "Removed 4 things, 5 objects" in removed
    assert "no run of ddb-assets leaves such a thing here" in removed
    assert "its owner can't be told: no run of the Glue job" in removed
    kept = {"_staging/nobodys", "", f"snapshot_timestamp=2026-11-20T00%3A00/{first}"}
    assert folders(local_aws, here) - {shown.location.partition(f"{here}/")[2].rstrip("/")} <= kept | before
    assert not storage.sizes(local_aws.client("s3"), S3Path.parse(superseded.location))
    assert folders(local_aws, "pipes/Swept") == set()
    assert folders(local_aws, "exports/Swept")
    assert local_aws.query("SELECT count(*) FROM snapshots_swept", DATABASE) == [("2",)]
    assert local_aws.query("SELECT count(*) FROM swept", DATABASE) == [("1",)]
    assert "Removed 0 things" in cli_sweep(table, dry=False)


def test_what_is_pointed_at_while_it_sweeps_stays(local_aws: LocalAws, ended: Any) -> None:
    table = TableSpec("Swept-Meanwhile", DATABASE)
    local_aws.put("Swept-Meanwhile", [{"id": {"S": "1"}}])
    pointed, other, shown = ended(table, "p", "o", "s")
    first, second, _ = (take(table, NEW, "parquet", one) for one in (pointed, other, shown))
    glue = local_aws.client("glue")
    connection = Connection()

    def point(place: Place) -> None:
        """Someone's table in another database shows what is about to be removed."""
        if str(place.location) == first.location:
            glue.create_database(DatabaseInput={"Name": "meanwhile"})
            storage_of = {"Location": first.location, "Columns": [{"Name": "id", "Type": "string"}]}
            glue.create_table(DatabaseName="meanwhile", TableInput={"Name": "t", "StorageDescriptor": storage_of})

    ground = Ground.of({**payload(table), "JobName": JOB}, connection.settings())
    swept = sweep(connection, ground, remove=True, asked_every=timedelta(0), now=LATER, seen=point)

    assert {str(one.place.location): one.reason for one in swept.decisions}[first.location] == "published meanwhile"
    assert [str(one.place.location) for one in swept.removed] == [second.location]
    assert not swept.failed
    assert len(storage.sizes(local_aws.client("s3"), S3Path.parse(first.location))) > 1


def test_the_context_of_a_start_that_was_never_made_goes_after_the_grace_time(
    local_aws: LocalAws, project: Project
) -> None:
    local_aws.put("Unstarted", ITEMS[:1])
    table = project.table("Unstarted")
    with before_start([Killed()]), pytest.raises(AssertionError):
        project.materialize_files(table)
    (folder,) = folders(local_aws, "pipes/Unstarted")
    s3 = local_aws.client("s3")
    key = f"pipes/Unstarted/{folder}/context.json"
    context = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    for name, changed in (("glue_job", "another"), ("glue_region", "another")):
        foreign = {**context, "extras": {**context["extras"], name: changed}}
        s3.put_object(Bucket=BUCKET, Key=f"pipes/Unstarted/{name}/x/context.json", Body=json.dumps(foreign).encode())
    leave(local_aws, "pipes/Unstarted/before/x/context.json")
    kept = {"glue_job/x", "glue_region/x", "before/x"}

    assert "written less than 24 hours ago" in cli_sweep(table, dry=False, now=datetime.now(UTC) + timedelta(hours=23))
    assert folders(local_aws, "pipes/Unstarted") == {folder, *kept}
    said = cli_sweep(table, dry=False)

    assert f"context of Dagster run {context['run_id']}, which has started no Glue run" in said
    assert said.count("its owner can't be told: no run of the Glue job") == len(kept)
    assert folders(local_aws, "pipes/Unstarted") == kept


def test_while_a_start_is_waited_for_its_context_is_kept(
    local_aws: LocalAws, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_aws.put("Waiting", ITEMS[:1])
    monkeypatch.setattr(job_messages, "RENEWED_EVERY", timedelta(0))
    seen: list[set[str]] = []

    def full() -> tuple[Any, dict[str, Any]]:
        """Glue has no room; a sweep, or someone, takes the context away meanwhile."""
        seen.append(folders(local_aws, "pipes/Waiting"))
        storage.delete_below(local_aws.client("s3"), S3Path(BUCKET, "pipes/Waiting/"))
        error = {"Code": "ConcurrentRunsExceededException", "Message": "full"}
        return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}

    with before_start([full, full, Killed()]), pytest.raises(AssertionError):
        project.materialize_files(project.table("Waiting"))

    assert len(seen) == 2
    assert seen[0] == seen[1] == folders(local_aws, "pipes/Waiting") != set()


class Killed(Exception):
    """Stands for the end of a process."""


@contextmanager
def before_start(happens: Sequence[Callable[[], Any] | Killed]) -> Iterator[None]:
    """What happens, one after the other, to those who start a Glue run: an answer that is not Glue's, or their end."""
    left = list(happens)
    events = Connection().client("glue", repeats=False).meta.events

    def handle(**_: Any) -> Any:
        one = left.pop(0)
        if isinstance(one, Killed):
            raise one
        return one()

    events.register("before-call.glue.StartJobRun", handle)
    try:
        yield
    finally:
        events.unregister("before-call.glue.StartJobRun", handle)


def test_what_a_restore_another_table_or_a_rewriting_needs_stays(local_aws: LocalAws, ended: Any) -> None:
    table = TableSpec("Swept-Needed", DATABASE)
    local_aws.put("Swept-Needed", [{"id": {"S": "1"}}])
    restored, elsewhere, parted, captured, unpublished = ended(table, "r", "e", "p", "c", "u")
    first = take(table, NEW, "parquet", restored)
    second = take(table, NEW, "parquet", elsewhere)
    third = take(table, NEW, "parquet", parted)
    take(table, NEW, "parquet", captured)
    glue = local_aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "others"})
    storage_of = {"Location": second.location, "Columns": [{"Name": "id", "Type": "string"}]}
    glue.create_table(DatabaseName="others", TableInput={"Name": "copy", "StorageDescriptor": storage_of})
    far = {**storage_of, "Location": "s3://another-bucket/far/"}
    parts = {"Name": "parts", "StorageDescriptor": far, "PartitionKeys": [{"Name": "day", "Type": "string"}]}
    glue.create_table(DatabaseName="others", TableInput=parts)
    here = {**storage_of, "Location": third.location.replace("s3://", "s3a://")}
    partition = {"Values": ["1"], "StorageDescriptor": here}
    glue.create_partition(DatabaseName="others", TableName="parts", PartitionInput=partition)
    journal = Journal("i", "Swept-To", "swept_needed", "Swept-Needed", DATABASE, NEW, first.location, "now")
    Journals.of(Connection(), "Swept-To").write(journal, None)
    exact = items(local_aws, table)
    assert rewrite(table, "csv").partitions == 1
    later = take_unpublished(table, "2026-11-25T00:00", unpublished)

    said = cli_sweep(table, dry=False)

    assert "Removed 0 things" in said
    assert "it is being restored into Swept-To" in said
    assert "it is the history in its former format" in said
    assert items(local_aws, table) == exact
    s3 = local_aws.client("s3")
    for one in (first, second, third, later):
        assert storage.sizes(s3, S3Path.parse(one.location))


def take_unpublished(table: TableSpec, key: str, attempt: str) -> Any:
    from ddb_snapshot import job
    from ddb_snapshot.arguments import Arguments
    from tests.rewrite.test_rewrite import InProcess, Silent

    prefix = f"s3://{BUCKET}/{table.catalog_table}"
    wanted = Arguments(table.table_name, 1.0, prefix, "csv", key, attempt, DATABASE, table.catalog_table)
    return job.run(wanted, InProcess, Silent())


def test_the_command_lists_all_tables_and_one(local_aws: LocalAws) -> None:
    every = cli("sweep", "--dry-run")

    assert every.returncode == 0, every.stderr
    assert "Would remove " in every.stdout
    one = cli("sweep", "Reviews")
    assert one.returncode == 0, one.stderr
    assert "Removed 0 things" in one.stdout
    assert cli("sweep", "Nope").returncode == 1
