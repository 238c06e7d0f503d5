"""The job's arguments, in Glue's form: `--name value`.

Glue and Dagster Pipes give the script arguments of their own, which are passed over. One that is nearly ours is refused
(`argument_names`), so that a misspelt option never passes silently.
Sources: AWS Glue developer guide, "Using job parameters in AWS Glue jobs"; for `--JOB_RUN_ID`, which Glue gives to each
run's script, the reserved arguments of awslabs/aws-glue-libs (awsglue/job.py, `Job.id_params`, and awsglue/utils.py).
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Final

from ddb_snapshot import allowed
from ddb_snapshot.argument_names import OWN, REQUIRED, meant_by
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.names import attempt_folder, format_instant, parse_instant
from ddb_snapshot.readers import READERS, reader

# Its value is options of pip, such as `--upgrade`.
_TAKES_OPTIONS: Final = "python-modules-installer-option"
_PIPES: Final = ("dagster-pipes-context", "dagster-pipes-messages")
_TABLE_NAME: Final = re.compile(allowed.TABLE_NAME)
_PREFIX: Final = re.compile(rf"s3://{allowed.BUCKET}(/.*)?")
_FOLDER_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


class BadArgument(ValueError):
    """An argument that can't be used: names it, its value and what is allowed."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"--{name} is {value!r}: {allowed}.")


@dataclass(frozen=True)
class Pipes:
    """What Dagster Pipes has given the run on its way: by name, without the dashes."""

    arguments: Mapping[str, str]
    run_id: str


@dataclass(frozen=True)
class Arguments:
    """What one run is asked to do. `read_percentage` is in `allowed.SHARE`; `output_prefix` ends without a slash.

    `run_id` is the id of this very run, and `attempt` the folder that no other run has: it ends with that id.
    `max_rcu` is an absolute budget of a scan, in read units a second, and `max_lag` how many seconds after the
    snapshot's instant it may read. `exports` are the s3:// folders of native exports, in the order in which they
    happened; `previous` is that of the attempt into which they are merged.
    """

    table_name: str
    read_percentage: float
    output_prefix: str
    output_format: str
    snapshot_timestamp: str
    attempt: str
    database: str | None = None
    catalog_table: str | None = None
    column_options: Mapping[str, Any] = field(default_factory=dict)
    capture: str = READERS[0].name
    max_rcu: float | None = None
    max_lag: float | None = None
    exports: tuple[str, ...] = ()
    previous: str | None = None
    pipes: Pipes | None = None
    run_id: str = ""


def parse(
    argv: Sequence[str],
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    new_id: Callable[[], str] = lambda: secrets.token_hex(6),
) -> Arguments:
    """The arguments after the script's name.

    Without `--snapshot_timestamp` the snapshot is of this minute, UTC. The run's id is Glue's JOB_RUN_ID, or a new one
    where Glue doesn't run the script.

    Raises:
        BadArgument: one is missing, misspelt, given twice, or out of its range.
    """
    given: dict[str, str] = {}
    for name, value in _pairs(argv):
        if (meant := meant_by(name)) is not None:
            raise BadArgument(name, value, f"unknown argument, near to --{meant}; known are {_listed(OWN)}")
        if name in given and name in (*OWN, *_PIPES):
            raise BadArgument(name, value, f"it was given before, as {given[name]!r}; give it once")
        given[name] = value
    for name in REQUIRED:
        if name not in given:
            raise BadArgument(name, None, f"it is missing; required are {_listed(REQUIRED)}")
    capture, exports, previous = _captured_from(given)
    run_id = _folder_name("JOB_RUN_ID", given.get("JOB_RUN_ID") or new_id())
    attempt = _folder_name("attempt", given["attempt"]) if given.get("attempt") else ""
    return Arguments(
        table_name=_matching(given, "table_name", _TABLE_NAME, "3 to 255 letters, digits, `_`, `-` or `.`"),
        read_percentage=_read_percentage(given["read_percentage"]),
        output_prefix=_matching(given, "output_prefix", _PREFIX, "s3://bucket or s3://bucket/prefix").rstrip("/"),
        output_format=_output_format(given["output_format"]),
        snapshot_timestamp=_instant(given.get("snapshot_timestamp") or format_instant(now())),
        attempt=attempt_folder(attempt, run_id),
        database=given.get("database") or None,
        catalog_table=given.get("catalog_table") or None,
        column_options=_options(given.get("column_options") or "{}"),
        capture=capture,
        max_rcu=_number(given, "max_rcu", allowed.LEAST_RCU, "a number of read units a second"),
        max_lag=_number(given, "max_lag", allowed.LEAST_LAG_SECONDS, "a number of seconds"),
        exports=exports,
        previous=previous,
        pipes=_pipes(given, run_id),
        run_id=run_id,
    )


def _pipes(given: Mapping[str, str], run_id: str) -> Pipes | None:
    """Both of its arguments, or nothing."""
    found = {name: given[name] for name in _PIPES if name in given}
    return Pipes(found, run_id) if len(found) == len(_PIPES) else None


def _pairs(argv: Sequence[str]) -> Iterator[tuple[str, str]]:
    """`--name value`, `--name=value`, or a bare `--name` with an empty value."""
    position = 0
    while position < len(argv):
        word = argv[position]
        position += 1
        if not word.startswith("--") or word == "--":
            raise BadArgument(word.lstrip("-"), word, "arguments are written `--name value`")
        name, equals, value = word[2:].partition("=")
        if not equals and position < len(argv) and _is_value_of(name, argv[position]):
            value = argv[position]
            position += 1
        yield name, value


def _is_value_of(name: str, word: str) -> bool:
    if name == _TAKES_OPTIONS:
        return word[2:].partition("=")[0] not in (*OWN, *_PIPES)
    return not word.startswith("--")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"--{name}" for name in names)


def _matching(given: Mapping[str, str], name: str, pattern: re.Pattern[str], meaning: str) -> str:
    if not pattern.fullmatch(given[name]):
        raise BadArgument(name, given[name], f"allowed is {meaning}")
    return given[name]


def _read_percentage(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = float("nan")
    if share not in allowed.SHARE:
        raise BadArgument(
            "read_percentage",
            text,
            f"allowed is a share of the table's read capacity from {allowed.SHARE}",
        )
    return share


def _number(given: Mapping[str, str], name: str, least: float, meaning: str) -> float | None:
    text = given.get(name) or ""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number < float("inf"):
        raise BadArgument(name, text, f"allowed is {meaning}, {least} or more")
    return number


def _captured_from(given: Mapping[str, str]) -> tuple[str, tuple[str, ...], str | None]:
    """How the items are obtained, the exports to read, and the attempt to merge with."""
    capture = given.get("capture") or READERS[0].name
    by = reader(capture)
    if by is None:
        raise BadArgument("capture", capture, f"allowed are {', '.join(one.name for one in READERS)}")
    text = given.get("exports") or "[]"
    try:
        exports = json.loads(text)
    except ValueError:
        exports = None
    if not isinstance(exports, list) or not all(isinstance(one, str) and _PREFIX.fullmatch(one) for one in exports):
        raise BadArgument("exports", text, "allowed is a JSON list of s3:// folders of native exports")
    previous = given.get("previous") or None
    if not by.takes(len(exports)):
        raise BadArgument("exports", text, f"`--capture {capture}` reads {by.exports_in_words}")
    if (previous is not None) != by.merges:
        needed = "needs the attempt that changes are merged with" if by.merges else "merges with no attempt"
        raise BadArgument("previous", previous, f"`--capture {capture}` {needed}")
    if previous is not None and not _PREFIX.fullmatch(previous):
        raise BadArgument("previous", previous, "allowed is the s3:// folder of a finished attempt")
    folders = tuple(f"{one.rstrip('/')}/" for one in exports)
    return capture, folders, f"{previous.rstrip('/')}/" if previous else None


def _output_format(text: str) -> str:
    if text not in OUTPUT_FORMATS:
        raise BadArgument("output_format", text, f"allowed are {', '.join(OUTPUT_FORMATS)}")
    return text


def _instant(text: str) -> str:
    try:
        return format_instant(parse_instant(text))
    except ValueError:
        raise BadArgument("snapshot_timestamp", text, "allowed is an instant in UTC such as 2026-11-24T00:00") from None


def _folder_name(name: str, text: str) -> str:
    if not _FOLDER_NAME.fullmatch(text):
        # Athena and Hive ignore paths with a part that begins with `_` or `.`.
        raise BadArgument(name, text, "allowed are letters, digits, `_`, `-` and `.`, the first a letter or digit")
    return text


def _options(text: str) -> Mapping[str, Any]:
    try:
        options = json.loads(text)
    except ValueError as error:
        raise BadArgument("column_options", text, f"allowed is a JSON object ({error})") from None
    if not isinstance(options, dict):
        raise BadArgument("column_options", text, "allowed is a JSON object")
    return options
