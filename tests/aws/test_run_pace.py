"""How often Glue is asked by all processes together, counted on a clock that nobody waits for."""

from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.aws import glue_jobs, run_pace
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.glue_jobs import FinishedRun, GlueJobs, Starter
from ddb_assets.aws.job_runs import ANY_TIME
from ddb_assets.aws.run_pace import LONGEST_BY_CHANCE, pause_seconds
from tests.aws.fake_clock import FakeClock

MOST_A_SECOND = 2
SECONDS = 1800.0
"""How long each run of the job takes."""


class BusyGlue:
    """Glue with room for so many runs at once. Every so many calls it throttles one.

    `asked_again` has the time of each call that asks of a run, or asks for room once more.
    """

    def __init__(self, clock: FakeClock, room: int, refusal: str, throttles_each: int) -> None:
        self.meta = SimpleNamespace(region_name="us-east-1")
        self.exceptions = SimpleNamespace(EntityNotFoundException=KeyError)
        self.calls = 0
        self.asked_again: list[float] = []
        self._known: set[str] = set()
        self.runs: dict[str, dict[str, Any]] = {}
        self.most_at_once = 0
        self._clock, self._room, self._refusal, self._each = clock, room, refusal, throttles_each

    def get_job(self, **_: Any) -> dict[str, Any]:
        return {"Job": {"Name": "job", "Timeout": 480}}

    def get_job_runs(self, **_: Any) -> dict[str, Any]:
        return {"JobRuns": []}

    def start_job_run(self, JobName: str, Arguments: dict[str, str], **_: Any) -> dict[str, str]:  # noqa: N803
        if Arguments["--attempt"] in self._known:
            self.asked_again.append(self._clock.now)
        self._known.add(Arguments["--attempt"])
        self._asked("StartJobRun")
        alive = [run for run in self.runs.values() if self._clock.now < run["ends"]]
        if len(alive) >= self._room:
            raise refused(self._refusal, "StartJobRun")
        run_id = f"jr_{len(self.runs)}"
        self.runs[run_id] = {"ends": self._clock.now + SECONDS, "Arguments": Arguments}
        self.most_at_once = max(self.most_at_once, len(alive) + 1)
        return {"JobRunId": run_id}

    def get_job_run(self, JobName: str, RunId: str) -> dict[str, Any]:  # noqa: N803
        self.asked_again.append(self._clock.now)
        self._asked("GetJobRun")
        state = "RUNNING" if self._clock.now < self.runs[RunId]["ends"] else "SUCCEEDED"
        run = {"JobName": JobName, "Id": RunId, "JobRunState": state, "Arguments": self.runs[RunId]["Arguments"]}
        return {"JobRun": run}

    def _asked(self, operation: str) -> None:
        self.calls += 1
        if self.calls % self._each == 0:
            raise refused("ThrottlingException", operation)


def refused(code: str, operation: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation
    )


@pytest.mark.parametrize(
    ("room", "refusal"),
    [(100, ""), (30, "ConcurrentRunsExceededException"), (5, "ResourceNumberLimitExceededException")],
    ids=["all run at once", "most wait for the job", "nearly all wait for the account"],
)
@pytest.mark.parametrize("apart", [0.0, 3.0], ids=["begun together", "begun one after the other"])
def test_a_hundred_tables_ask_at_most_twice_a_second(
    monkeypatch: pytest.MonkeyPatch, room: int, refusal: str, apart: float
) -> None:
    clock, said = FakeClock(), Counter[str]()
    glue = BusyGlue(clock, room, refusal, throttles_each=37)
    take = taker(monkeypatch, clock, glue, said)
    tables = 100

    finished: list[FinishedRun] = []
    clock.run([lambda at=number: finished.append(take(f"T{at}")) for number in range(tables)], apart)

    assert sorted(done.run.arguments["--table_name"] for done in finished) == sorted(f"T{at}" for at in range(tables))
    assert glue.most_at_once <= room
    asked = glue.asked_again
    assert len(asked) > 10 * tables
    assert asked == sorted(asked)
    for first, last in zip(asked, asked[MOST_A_SECOND * 60 :], strict=False):
        assert last - first >= 60
    assert said["Glue throttles GetJobRun: asking again"] > 0


def test_the_window_that_closed_meanwhile_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be started is asked again when Glue has room at last."""
    clock, said = FakeClock(), Counter[str]()
    glue = BusyGlue(clock, 1, "ConcurrentRunsExceededException", throttles_each=10_000)
    take = taker(monkeypatch, clock, glue, said)

    def closed() -> None:
        if clock.now > 900:
            raise ValueError("the window has closed")

    def late() -> None:
        with pytest.raises(ValueError, match="the window has closed"):
            take("late", closed)

    clock.run([lambda: take("first"), late], apart=1.0)

    assert [run["Arguments"]["--table_name"] for run in glue.runs.values()] == ["first"]
    assert said["Glue job job is at its MaxConcurrentRuns: waiting for one to end"] == 2


def test_a_refusal_of_the_account_is_said_with_what_glue_says(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, said = FakeClock(), Counter[str]()
    glue = BusyGlue(clock, 1, "ResourceNumberLimitExceededException", throttles_each=10_000)
    take = taker(monkeypatch, clock, glue, said)

    clock.run([lambda: take("first"), lambda: take("second")], apart=1.0)

    (waited,) = [line for line in said if "no room" in line]
    assert waited == "Glue has no room for a run of job job (quota of the account): waiting for room. no"
    # Once, and again after each ten minutes of the half hour.
    assert said[waited] == 3
    assert len(glue.runs) == 2


def test_another_refusal_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    glue = BusyGlue(clock, 0, "InvalidInputException", throttles_each=10_000)
    take = taker(monkeypatch, clock, glue, Counter[str]())

    with pytest.raises(ClientError, match="InvalidInputException"):
        clock.run([lambda: take("first")], apart=0.0)

    assert glue.calls == 1


@given(st.integers(0, 10_000), st.floats(1, LONGEST_BY_CHANCE))
def test_all_together_never_ask_more_often(tables: int, by_chance: float) -> None:
    assert max(1, tables) / pause_seconds(tables, by_chance) <= MOST_A_SECOND


Take = Callable[..., FinishedRun]


def taker(monkeypatch: pytest.MonkeyPatch, clock: FakeClock, glue: BusyGlue, said: Counter[str]) -> Take:
    """Runs the job for a table, as a process of its own would: what they share is Glue, S3 and the clock."""
    at_work: list[str] = []

    @contextmanager
    def following(context: Any, connection: Connection, job_name: str, table_name: str, attempt: str) -> Any:
        at_work.append(table_name)
        session = SimpleNamespace(get_bootstrap_cli_arguments=dict, get_results=lambda **_: [])
        own = {"context": SimpleNamespace(renew=lambda: None), "messages": SimpleNamespace(follow=lambda _: None)}
        yield SimpleNamespace(session=session, **own)
        at_work.remove(table_name)

    monkeypatch.setattr(run_pace, "time", SimpleNamespace(sleep=clock.sleep))
    monkeypatch.setattr(Connection, "client", lambda *_, **__: glue)
    monkeypatch.setattr(glue_jobs, "following", following)
    monkeypatch.setattr(glue_jobs, "tables_at_work", lambda _: len(at_work))
    log = SimpleNamespace(info=lambda line: said.update([line]), warning=lambda line: said.update([line]))

    def take(table: str, before: Callable[[], None] = lambda: None) -> FinishedRun:
        context: Any = SimpleNamespace(log=log)
        arguments = {"--table_name": table}
        jobs = GlueJobs(connection=Connection())
        return jobs.run(context, "job", arguments, Starter(table, ANY_TIME), before_start=before)

    return take
