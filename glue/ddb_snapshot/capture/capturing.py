"""What every way of capturing gets and gives."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, TypeVar

from ddb_snapshot.arguments import Arguments
from ddb_snapshot.drafts import Drafted, DraftTask, Layout
from ddb_snapshot.manifest import Capture
from ddb_snapshot.progress import Counts, Progress, telling
from ddb_snapshot.source_identity import Source
from ddb_snapshot.tasks import Tasks

Input = TypeVar("Input")
_Same = TypeVar("_Same", bound="Sum")


class Sum(Protocol):
    """What tasks have come to together."""

    @classmethod
    def add(cls: type[_Same], one: _Same, other: _Same) -> _Same: ...
    def counts(self) -> Counts: ...


AnySum = TypeVar("AnySum", bound=Sum)


@dataclass(frozen=True)
class Work:
    """What is to be captured, and with what. `table` is as DescribeTable has it; `started_at` is ISO 8601, UTC.

    `start_tasks` waits for the cluster: what can be refused is refused before.
    """

    arguments: Arguments
    table: Mapping[str, Any]
    drafts: DraftTask
    s3: Any
    start_tasks: Callable[[], Tasks]
    progress: Progress
    started_at: str

    @property
    def source(self) -> Source:
        """The table that is to be captured."""
        return Source.described(self.table)

    def fold(
        self, what: str, function: Callable[[Input, bool], AnySum], inputs: Sequence[Input], zero: AnySum
    ) -> AnySum:
        """The sum over all inputs, which are `what`, with progress told each second."""
        latest = zero

        def seen(total: AnySum) -> None:
            nonlocal latest
            latest = total

        with telling(self.progress, what, len(inputs), lambda: latest.counts()):
            return self.start_tasks().fold(function, inputs, type(zero).add, zero, seen)


@dataclass(frozen=True)
class Captured:
    """All items, drafted, the columns that hold them, and how they were obtained.

    `items` of the facts is the number of the snapshot's items. `source` is the table that they are of: an export may
    have been made of one that was deleted since, and made again under its name.
    """

    drafted: Drafted
    columns: Layout
    facts: Capture
    source: Source


def capture_method(name: str) -> Callable[[Work], Captured]:
    """The function `capture` of the module that has the method's name."""
    found: Callable[[Work], Captured] = import_module(f"ddb_snapshot.capture.{name}").capture
    return found
