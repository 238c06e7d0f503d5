"""One fault in one call of `ddb-assets snapshot`: what became of the run, of the view, and of what was left behind."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.chain.snapshot import payload
from ddb_assets.local.process import state_folder
from ddb_assets.sweep import Grace, Ground, sweep
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path
from tests.conftest import LocalAws
from tests.faults.calls import Operation
from tests.faults.commands import Commands, Ended
from tests.faults.processes import kill_jobs
from tests.faults.proxy import Fault, Proxy, Rule
from tests.faults.scenes import SCENES, Rows, Trial
from tests.faults.server import WITHOUT_SPARK

BUCKET = "dynamodb-exports"
JOB = "ddb-assets-snapshot"
KILLS = frozenset({Fault.KILLED, Fault.KILLED_AFTER})
POSITIONS = ("first", "middle", "last")
# How often a call whose number differs from run to run, as in polling, is tried to be reached.
_TRIES = 3
_NOTHING = Grace(timedelta(0), timedelta(0))

_PROJECT = '[tool.dagster]\nmodule_name = "swept_tables"\n'
_MODULE = """
import json
from pathlib import Path

import dagster as dg
from ddb_assets import DynamoDBTable, aws_resources

attributes = json.loads(Path(__file__).with_name("table.json").read_text())
table = DynamoDBTable.resolve_from_dict(attributes)
defs = dg.Definitions.merge(dg.build_defs_for_component(table), dg.Definitions(resources=aws_resources()))
"""


@dataclass(frozen=True)
class Case:
    """The `position`-th of an operation's calls in a scene: first, middle or last."""

    scene: str
    operation: Operation
    position: str
    fault: Fault

    def nth(self, calls: Mapping[Operation, int]) -> int:
        """From 0, by how often the operation was called in a run without faults."""
        last = max(calls.get(self.operation, 0) - 1, 0)
        return {"first": 0, "middle": last // 2, "last": last}[self.position]

    @property
    def needs_spark(self) -> bool:
        """The job's first calls, and its start, are made to fail in the job as it is; all else in one without Spark."""
        starts = self.operation.name == "StartJobRun"
        return starts or (self.operation.by == "job" and self.position == "first")

    def __str__(self) -> str:
        return f"{self.scene}: {self.operation}, {self.position} call: {self.fault}"


@dataclass(frozen=True)
class Outcome:
    """A case that held: whether the run with the fault succeeded, whether the view showed the new snapshot right after
    it, the last line of a run that failed, how many things the sweep removed, and for how long it went. `together` is
    the number of cases that were put to one run.
    """

    succeeded: bool
    view: str
    reason: str
    swept: int
    seconds: float
    spark: bool
    together: int = 1


@dataclass
class Sweep:
    """Runs cases one after another. `calls` says how often each operation is called in a run without faults."""

    aws: LocalAws
    proxy: Proxy
    commands: Commands
    calls: dict[str, dict[Operation, int]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def learn(self, scene: str) -> None:
        """Count the calls of a scene's run without a fault; before it one that finds nothing there yet."""
        self._spark(False)
        for _ in range(2):
            trial = self._trial(scene)
            self.proxy.begin()
            ended = self._run(trial)
            assert ended.status == 0, ended.said
            calls = dict(self.proxy.calls)
            self._require_whole(f"{scene}, without a fault", trial)
        self.calls[scene] = calls

    def run(self, case: Case) -> Outcome:
        """Raises AssertionError when the call was not reached, the view is not whole, a run that failed doesn't end
        with its cause, a run without the fault doesn't pass afterwards, or something is left.
        """
        began, calls = time.monotonic(), self.calls[case.scene]
        for number in range(_TRIES):
            # Calls were counted without Spark, whose tasks are more: a job with it may do the same by other calls.
            spark = case.needs_spark and number == 0
            self._spark(spark)
            trial = self._trial(case.scene)
            kill = None
            if case.fault in KILLS:
                kill = kill_jobs if case.operation.by == "job" else self.commands.kill
            self.proxy.begin(Rule(case.operation, case.nth(calls), case.fault, kill=kill))
            ended = self._run(trial)
            reached, calls = case.operation in self.proxy.hits, dict(self.proxy.calls)
            self.proxy.begin()
            succeeded, seen = self._judged(case, trial, ended)
            swept = self._require_whole(str(case), trial)
            if reached:
                seconds = round(time.monotonic() - began, 1)
                reason = "" if ended.status in (0, -9) else ended.last_line
                return Outcome(succeeded, seen, reason, swept, seconds, spark)
        raise AssertionError(f"{case}: not reached; the run made {calls.get(case.operation, 0)} such calls")

    def run_together(self, cases: Sequence[Case]) -> Mapping[Case, Outcome]:
        """Put the cases, of one scene, fault, position and kind of job, to one run. Those that it showed to hold.

        That is none unless the run succeeded, else those whose calls were reached; the others must be run alone.
        """
        began, calls = time.monotonic(), self.calls[cases[0].scene]
        self._spark(cases[0].needs_spark)
        trial = self._trial(cases[0].scene)
        self.proxy.begin(*(Rule(case.operation, case.nth(calls), case.fault) for case in cases))
        ended = self._run(trial)
        reached = set(self.proxy.hits)
        self.proxy.begin()
        words = f"{cases[0].scene}, {len(cases)} operations, {cases[0].position} calls: {cases[0].fault}"
        if ended.status != 0:
            self._run(trial)
            return {}
        assert self.shown(trial) == trial.after, f"{words}: the command succeeded, and the view shows the old snapshot"
        swept = self._require_whole(words, trial)
        seconds = round((time.monotonic() - began) / len(cases), 2)
        outcome = Outcome(True, "new", "", swept, seconds, cases[0].needs_spark, len(cases))
        return {case: outcome for case in cases if case.operation in reached}

    def _judged(self, case: Case, trial: Trial, ended: Ended) -> tuple[bool, str]:
        """Whether the run succeeded, and which snapshot the view shows; a run that failed is run again."""
        shown = self.shown(trial)
        assert shown in (trial.before, trial.after), f"{case}: the view shows {_said(shown)}, neither old nor new"
        seen = "new" if shown == trial.after else "old"
        if ended.status == 0:
            assert seen == "new", f"{case}: the command succeeded, and the view shows the old snapshot"
            return True, seen
        by_signal = case.fault in KILLS and case.operation.by != "job"
        assert (ended.status == -9) == by_signal, f"{case}: the command ended {ended.status}: {ended.last_line}"
        if not by_signal:
            _require_cause(case, trial, ended)
        again = self._run(trial)
        assert again.status == 0, f"{case}: run again without a fault: {again.last_line}"
        return False, seen

    def _require_whole(self, case: str, trial: Trial) -> int:
        """The view shows exactly the new rows, and a sweep without grace leaves what is published; what it removed."""
        shown = self.shown(trial)
        assert shown == trial.after, f"{case}: at last the view shows {_said(shown)}"
        self._wait_for_jobs(trial)
        connection = Connection()
        ground = Ground.of(payload(trial.table), connection.settings())
        swept = sweep(connection, ground, remove=True, grace=_NOTHING, now=datetime.now(UTC) + timedelta(seconds=1))
        assert not swept.failed, f"{case}: {swept.failed}"
        left = self._left(trial)
        # Each case begins without what another has left.
        for key in left:
            self.aws.client("s3").delete_object(Bucket=BUCKET, Key=key)
        assert not left, f"{case}: left after the sweep: {left}; {[str(one.reason) for one in swept.decisions]}"
        return len(swept.removed)

    def shown(self, trial: Trial) -> Rows | None:
        """The ids that the view shows, None while there is none."""
        tables = self.aws.client("glue").get_paginator("get_tables").paginate(DatabaseName=trial.table.database)
        if trial.table.view not in {table["Name"] for page in tables for table in page["TableList"]}:
            return None
        rows = [str(id) for (id,) in self.aws.query(f'SELECT id FROM "{trial.table.view}"', trial.table.database)]
        assert len(rows) == len(set(rows)), f"the view shows a row twice: {sorted(rows)}"
        return frozenset(rows)

    def _trial(self, scene: str) -> Trial:
        self._numbers[scene] = self._numbers.get(scene, 0) + 1
        trial = SCENES[scene](self.aws, self._numbers[scene])
        folder = self.commands.folder
        (folder / "pyproject.toml").write_text(_PROJECT)
        (folder / "swept_tables.py").write_text(_MODULE)
        (folder / "table.json").write_text(json.dumps(trial.attributes))
        if trial.first:
            self.proxy.begin()
            first = self.commands.run("snapshot", trial.table.table_name, "--at", trial.first, endpoint=self.proxy.url)
            assert first.status == 0, first.said
        return trial

    def _run(self, trial: Trial) -> Ended:
        return self.commands.run(*trial.command, endpoint=self.proxy.url)

    def _spark(self, wanted: bool) -> None:
        without = state_folder() / WITHOUT_SPARK
        if wanted:
            without.unlink(missing_ok=True)
        else:
            without.touch()

    def _wait_for_jobs(self, trial: Trial) -> None:
        glue = self.aws.client("glue")
        ended = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")
        while any(run["JobRunState"] not in ended for run in glue.get_job_runs(JobName=JOB, MaxResults=10)["JobRuns"]):
            time.sleep(0.1)

    def _left(self, trial: Trial) -> Sequence[str]:
        """Objects of the table that are neither published nor of an export that DynamoDB lists (exports are kept)."""
        table, s3 = trial.table, self.aws.client("s3")
        published = DataCatalog(connection=Connection()).snapshots(table.database, table.catalog_table)
        kept = [S3Path.parse(one.location).key for one in published]
        kept += [
            f"exports/{table.table_name}/{part}"
            for part in ("_asked/", "AWSDynamoDB/data/", *self._exports(table.table_name))
        ]
        folders = (f"{table.catalog_table}/", f"pipes/{table.table_name}/", f"exports/{table.table_name}/")
        found = [key for folder in folders for key in storage.sizes(s3, S3Path(BUCKET, folder))]
        return sorted(key for key in found if not key.startswith(tuple(kept)))

    def _exports(self, table_name: str) -> Sequence[str]:
        dynamodb = self.aws.client("dynamodb")
        arn = dynamodb.describe_table(TableName=table_name)["Table"]["TableArn"]
        exports: Any = dynamodb.list_exports(TableArn=arn)["ExportSummaries"]
        return [f"AWSDynamoDB/{export['ExportArn'].rpartition('/')[2]}/" for export in exports]


def _require_cause(case: Case, trial: Trial, ended: Ended) -> None:
    """The last line is one for a person: of this table and partition, with the call or the Glue run that failed."""
    line = ended.last_line
    table = trial.table
    named = (table.table_name, table.view)
    causes = (case.operation.name, "Glue job")
    whole = line.startswith("Error:") and any(one in line for one in named) and any(one in line for one in causes)
    assert whole, f"{case}: the last line does not name the cause: {line}"


def _said(shown: Rows | None) -> str:
    return "nothing: there is none" if shown is None else f"{len(shown)} rows {sorted(shown)[:20]}"
