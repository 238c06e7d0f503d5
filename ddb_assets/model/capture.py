"""The methods of capture: an entry for each, from which every list of them follows.

What a defs.yaml and a run's config may name, what a plan estimates and what the Glue job is told are derived from
`CAPTURE_METHODS`. A further method is an entry here. Beside it stands what no entry can say: its estimate and whether
it is possible (`planning.estimates`, `planning.possibilities`), what is done before the job reads (`chain.capture`),
and the job's reader of that name (`ddb_snapshot.readers`). A test holds each of these to the entries.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

Method: TypeAlias = str
"""A method's name."""

AUTO: Final = "auto"
"""In a method's place: one is chosen for each snapshot."""


@dataclass(frozen=True)
class CaptureMethod:
    """How items are obtained.

    `arguments` are those of the Glue job that belong to the method. An `exact` method gives the table as of the
    snapshot's instant, any other as of the time in which it reads. One that `reads_table` takes of its read capacity.
    It may need point-in-time recovery (`needs_recovery`), or an exact snapshot to build on (`needs_previous`): then
    `begins_with` is the method that gives the first of them. `in_words` names it, with an article.
    """

    name: Method
    in_words: str
    arguments: tuple[str, ...]
    exact: bool
    reads_table: bool = False
    needs_recovery: bool = False
    needs_previous: bool = False
    begins_with: Method | None = None


CAPTURE_METHODS: Final = (
    CaptureMethod("scan", "a scan", ("--max_rcu", "--max_lag"), exact=False, reads_table=True),
    CaptureMethod("export", "a full export", ("--exports",), exact=True, needs_recovery=True),
    CaptureMethod(
        "incremental",
        "an incremental export",
        ("--exports", "--previous"),
        exact=True,
        needs_recovery=True,
        needs_previous=True,
        begins_with="export",
    ),
)
"""The first is also what the job does without `--capture`."""

METHODS: Final[tuple[Method, ...]] = tuple(method.name for method in CAPTURE_METHODS)

CHOICES: Final[tuple[Method, ...]] = (AUTO, *METHODS)
"""What a person may name."""

GROUP_METHODS: Final[tuple[Method, ...]] = tuple(
    method.name for method in CAPTURE_METHODS if method.exact and not method.needs_previous
)
"""Those that give several tables as of one instant, whatever was captured before."""

CAPTURE_ARGUMENTS: Final = (
    "--capture",
    *dict.fromkeys(argument for method in CAPTURE_METHODS for argument in method.arguments),
)
"""The job's arguments that say how items are obtained; all others are the table's."""


def capture_method(name: Method) -> CaptureMethod:
    """The entry of that name. A method that is not known here counts as a scan: nothing is built on its snapshots."""
    return next((method for method in CAPTURE_METHODS if method.name == name), CAPTURE_METHODS[0])
