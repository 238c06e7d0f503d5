"""How the job fails: its last exception says in one line which snapshot, and why. Glue has it as the ErrorMessage.

What Spark raises is a page of Java, in which the exception that a task raised is one line; that is looked for.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from py4j.protocol import Py4JJavaError

from ddb_snapshot.arguments import Arguments
from ddb_snapshot.problems import explain, one_line
from ddb_snapshot.spark import TaskFailed

_RAISED: Final = re.compile(r"^(?:[A-Za-z_][\w.]*\.)?([A-Z]\w*(?:Error|Exception|Failed|Missing|Interrupt)): (.+)$")
_TRACEBACK: Final = "Traceback (most recent call last):"
_JAVA_FRAME: Final = re.compile(r"^\s+at |^\s*\.\.\. \d+ more|^Driver stacktrace:|^\s*$")


class SnapshotFailed(RuntimeError):
    """The job's last exception."""


@contextmanager
def failing_clearly(asked: Arguments) -> Iterator[None]:
    """Raises `SnapshotFailed` from whatever is raised: the trace first, then the line."""
    try:
        yield
    except Exception as error:
        raise SnapshotFailed(f"{asked.table_name} at {asked.snapshot_timestamp}: {cause(error)}") from error


def cause(error: BaseException) -> str:
    """Why, in one line, with what can be done about it."""
    if isinstance(error, TaskFailed):
        # The task's own exception, with its type.
        return one_line(error)
    if isinstance(error, Py4JJavaError) or type(error).__module__.startswith(("pyspark.", "py4j.")):
        return in_java(str(error)) or explain(error)
    return explain(error)


def in_java(trace: str) -> str | None:
    """The exception that Python raised, as Spark's text has it; else what Spark says of the task that it gave up."""
    lines = trace.splitlines()
    within = False
    for line in lines:
        if line.strip() == _TRACEBACK or line.rstrip().endswith(_TRACEBACK):
            within = True
        elif within and not line.startswith((" ", "\t")) and line.strip():
            raised = _RAISED.match(line)
            return f"{raised[1]}: {one_line(raised[2])}" if raised else one_line(line)
    caused = [line for line in lines if line.startswith("Caused by: ")]
    said = caused[-1].removeprefix("Caused by: ") if caused else _first_said(lines)
    if not said:
        return None
    return f"Spark gave up: {one_line(said)}. Run it again; with a larger worker type, if memory is what it lacks."


def _first_said(lines: list[str]) -> str | None:
    for line in lines:
        if _JAVA_FRAME.match(line):
            break
        if line.startswith(": "):
            return line.removeprefix(": ")
    return lines[0] if lines else None
