"""The runs in which calls are made to fail: what the view shows before a run, and what it must show after.

again     a table's open partition, published once more with one row more
fresh     a table's first snapshot: its catalog table, its partition and its view are made
widened   as `again`, and the new row has an attribute that the table had not
export    a first snapshot from a native export
increment a second snapshot, of the changes since the first
single    a first snapshot of one item: one file, which is copied into place
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ddb_assets.model.table import TableSpec
from tests.chain.history import PastTable
from tests.conftest import LocalAws

DATABASE = "dynamodb_exports"
_AT_FIRST = 8
Rows = frozenset[str]


@dataclass(frozen=True)
class Trial:
    """A run that is to be made: of which table, for which key (None: the open one), with the ids before and after.

    `before` is None while there is no view. `first` is the key of a snapshot that must be there.
    """

    table: TableSpec
    attributes: Mapping[str, Any]
    before: Rows | None
    after: Rows
    key: str | None = None
    first: str | None = None

    @property
    def command(self) -> list[str]:
        return ["snapshot", self.table.table_name, *(["--at", self.key] if self.key else [])]


Scene = Callable[[LocalAws, int], Trial]
"""Makes the `number`-th trial, from 1, of those of one scene."""


def again(aws: LocalAws, number: int) -> Trial:
    # Enough of them that the job's calls are those of a table with one row more.
    before, after = (_AT_FIRST + number - 1, _AT_FIRST + number)
    aws.put("Again", [{"id": {"S": str(one)}} for one in (range(1, after + 1) if number == 1 else [after])])
    return _scanned("Again", _ids(before) if number > 1 else None, _ids(after))


def widened(aws: LocalAws, number: int) -> Trial:
    aws.put("Widened", [{"id": {"S": str(number)}, f"attribute{number}": {"S": "x"}}])
    return _scanned("Widened", _ids(number - 1) or None, _ids(number))


def fresh(aws: LocalAws, number: int) -> Trial:
    name = f"Fresh-{number}"
    aws.put(name, [{"id": {"S": one}} for one in _ids(3)])
    return _scanned(name, None, _ids(3))


def single(aws: LocalAws, number: int) -> Trial:
    name = f"Single-{number}"
    aws.put(name, [{"id": {"S": one}} for one in _ids(1)])
    return _scanned(name, None, _ids(1))


def export(aws: LocalAws, number: int) -> Trial:
    return _past(f"Exported-{number}", "export", 1)


def increment(aws: LocalAws, number: int) -> Trial:
    return _past(f"Increment-{number}", "incremental", 2)


SCENES: Mapping[str, Scene] = {
    "again": again,
    "fresh": fresh,
    "widened": widened,
    "export": export,
    "increment": increment,
    "single": single,
}


def _ids(number: int) -> Rows:
    return frozenset(str(one) for one in range(1, number + 1))


def _scanned(name: str, before: Rows | None, after: Rows) -> Trial:
    return Trial(TableSpec(name, DATABASE), {"table_name": name, "capture": {"method": "scan"}}, before, after)


def _past(name: str, method: str, hours: int) -> Trial:
    past = PastTable.create(name, hours=3)
    past.put(0.5, "1")
    past.put(1.5, "2")
    past.put(2.5, "3")
    attributes = {
        "table_name": name,
        "cadence": "0 * * * *",
        "start": f"{past.begun - timedelta(days=1):%Y-%m-%dT%H:%M}",
        "capture": {"method": method},
    }
    first = past.key(hours - 1) if hours > 1 else None
    before = _ids(hours - 1) if first else None
    return Trial(past.spec(method), attributes, before, _ids(hours), past.key(hours), first)
