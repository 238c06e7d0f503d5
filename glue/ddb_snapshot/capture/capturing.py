"""What every way of capturing gets and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ddb_snapshot.arguments import Arguments
from ddb_snapshot.drafts import Drafted, DraftTask
from ddb_snapshot.manifest import Capture
from ddb_snapshot.progress import Progress
from ddb_snapshot.tasks import Tasks


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


@dataclass(frozen=True)
class Captured:
    """All items, drafted, and how they were obtained. `items` of the facts is the number of the snapshot's items."""

    drafted: Drafted
    facts: Capture


def capture_method(name: str) -> Callable[[Work], Captured]:
    """The function `capture` of the module that has the method's name."""
    found: Callable[[Work], Captured] = import_module(f"ddb_snapshot.capture.{name}").capture
    return found
