"""One fault in one call of a snapshot's run: what became of the run, of the view, and of what it left behind."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.chain.table import TableSpec
from ddb_snapshot import storage
from ddb_snapshot.storage import S3Path
from tests.conftest import LocalAws, Project, failure
from tests.faults.calls import Operation
from tests.faults.processes import kill_jobs
from tests.faults.proxy import Fault, Proxy, Rule

BUCKET = "dynamodb-exports"
KILLS = frozenset({Fault.KILLED, Fault.KILLED_AFTER})

EXPECTED: tuple[tuple[str, Fault], ...] = (
    ("glue.StartJobRun", Fault.LOST),
    ("s3.PutObject (manifest)", Fault.LOST),
)
"""Cases, by operation and fault, whose mending is under way. Empty when all that is known is mended."""


@dataclass(frozen=True)
class Case:
    """The `position`-th of an operation's calls: first, middle or last."""

    operation: Operation
    position: str
    fault: Fault

    def nth(self, calls: Mapping[Operation, int]) -> int:
        """From 0, by how often the operation was called in a run without faults."""
        last = max(calls[self.operation] - 1, 0)
        return {"first": 0, "middle": last // 2, "last": last}[self.position]

    def __str__(self) -> str:
        return f"{self.operation}, {self.position} call: {self.fault}"


@dataclass(frozen=True)
class Outcome:
    """`reached` is False when the run made no such call. `left` are the folders of what the failed run left behind."""

    reached: bool
    succeeded: bool
    view: str
    reason: str = ""
    left: tuple[str, ...] = ()


@dataclass
class Sweep:
    """A table with one row more before each case, so that the view tells old from new by its rows."""

    aws: LocalAws
    proxy: Proxy
    project: Project
    name: str = "Swept"
    rows: int = 0
    calls: dict[Operation, int] = field(default_factory=dict)

    @property
    def table(self) -> TableSpec:
        return self.project.table(self.name)

    def learn(self) -> None:
        """Run twice without a fault: the table is created by the first, the calls of the second are counted."""
        for _ in range(2):
            self._add_row()
            self.proxy.begin()
            assert self._run() is None
        self.calls = dict(self.proxy.calls)

    def run(self, case: Case) -> Outcome:
        """Raises AssertionError when the view is not whole, or a run without the fault does not pass afterwards."""
        old = self._count()
        self._add_row()
        kill = kill_jobs if case.fault in KILLS else None
        self.proxy.begin(Rule(case.operation, case.nth(self.calls), case.fault, kill=kill))
        reason = self._run()
        reached = self.proxy.hits > 0
        self.proxy.begin()
        seen = self._count()
        assert seen in (old, self.rows), f"{case}: the view has {seen} rows, neither {old} nor {self.rows}"
        if reason is None:
            assert seen == self.rows, f"{case}: the run succeeded, the view has {seen} rows, not {self.rows}"
            return Outcome(reached, True, "new", left=self._left())
        left = self._left()
        again = self._run()
        assert again is None, f"{case}: and again without a fault: {again}"
        assert self._count() == self.rows
        return Outcome(reached, False, "new" if seen == self.rows else "old", reason, left)

    def _run(self) -> str | None:
        """The run's failure, or None."""
        with self._by_way_of_the_proxy():
            result = self.project.snapshot(self.table, raise_on_error=False).result
        return None if result.success else failure(result)

    @contextmanager
    def _by_way_of_the_proxy(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", self.proxy.url)
            yield

    def _add_row(self) -> None:
        self.rows += 1
        self.aws.put(self.name, [{"id": {"S": str(self.rows)}}])

    def _count(self) -> int:
        ((count,),) = self.aws.query(f'SELECT count(*) FROM "{self.table.view}"')
        assert count is not None
        return int(count)

    def _left(self) -> tuple[str, ...]:
        """What lies there and is not the published snapshot's."""
        newest = DataCatalog(connection=Connection()).newest(self.table.database, self.table.catalog_table)
        keep = S3Path.parse(newest.location).key if newest else "-"
        s3, found = self.aws.client("s3"), set()
        for prefix in (f"{self.table.catalog_table}/", f"pipes/{self.name}/"):
            for key in storage.sizes(s3, S3Path(BUCKET, prefix)):
                if not key.startswith(keep):
                    found.add(_kind(key))
        return tuple(sorted(found))


def _kind(key: str) -> str:
    if "/_staging/" in key:
        return "staging"
    return "pipes" if key.startswith("pipes/") else "attempt"


def table_of(outcomes: list[tuple[Case, Outcome]]) -> str:
    """The outcomes as the page's table: operation by fault, how many runs succeeded of how many."""
    faults = [fault for fault in Fault if any(case.fault is fault for case, _ in outcomes)]
    lines = ["| operation | " + " | ".join(faults) + " |", "|---|" + "---|" * len(faults)]
    for operation in sorted({case.operation for case, _ in outcomes}):
        cells = []
        for fault in faults:
            mine = [done for case, done in outcomes if (case.operation, case.fault) == (operation, fault)]
            cells.append(f"{sum(done.succeeded for done in mine)} of {len(mine)}" if mine else "")
        lines.append(f"| {operation} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def record(outcomes: list[tuple[Case, Outcome]]) -> str:
    """One JSON line for each case."""
    return "\n".join(
        json.dumps({"case": str(case), "succeeded": done.succeeded, "view": done.view, "reached": done.reached,
                    "reason": done.reason[:300], "left": done.left})
        for case, done in outcomes
    )  # fmt: skip
