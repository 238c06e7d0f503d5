"""Runs of the job are looked at page by page, as far back as one can live."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.glue_jobs import GlueJobs, Starter
from ddb_assets.aws.in_use import in_use
from ddb_assets.aws.job_runs import job_runs, living_since

NOW = datetime.now(UTC)
ARGUMENTS = {"--table_name": "T", "--snapshot_timestamp": "2026-11-24T00:00"}


class NotThere(Exception):
    """Glue's EntityNotFoundException."""


class Glue:
    """Glue with many runs: the newest first, one begun in each minute back from now."""

    def __init__(self, number: int, alive: int, timeout: int | None = None) -> None:
        self.meta = SimpleNamespace(region_name="us-east-1")
        self.exceptions = SimpleNamespace(EntityNotFoundException=NotThere)
        self.pages = 0
        self.list_exports = lambda: {"ExportSummaries": []}
        self._timeout = {"Timeout": timeout} if timeout else {}
        self._runs = [
            {
                "JobName": "job",
                "Id": f"jr_{at}",
                "JobRunState": "RUNNING" if at == alive else "SUCCEEDED",
                "StartedOn": NOW - timedelta(minutes=at),
                "Arguments": {**ARGUMENTS, "--attempt": f"a-{at}", "--dagster-pipes-context": str(at)}
                if at == alive
                else {},
            }
            for at in range(number)
        ]

    def get_job(self, JobName: str) -> dict[str, Any]:  # noqa: N803 (as boto3 has it)
        return {"Job": {"Name": JobName, **self._timeout}}

    def get_job_runs(self, JobName: str, MaxResults: int, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        assert MaxResults <= 200
        self.pages += 1
        end = int(NextToken) + MaxResults
        more = {"NextToken": str(end)} if end < len(self._runs) else {}
        return {"JobRuns": self._runs[int(NextToken) : end], **more}


@pytest.fixture
def glue(monkeypatch: pytest.MonkeyPatch) -> Any:
    def of(*arguments: Any, **named: Any) -> Glue:
        made = Glue(*arguments, **named)
        monkeypatch.setattr(Connection, "client", lambda *_, **__: made)
        return made

    return of


def test_a_run_behind_a_thousand_others_is_taken_up(glue: Any) -> None:
    glue(1300, alive=1203)

    found = GlueJobs(connection=Connection()).earlier("job", ARGUMENTS, Starter("mine", NOW), print)

    assert found is not None
    assert (found.id, found.folder) == ("jr_1203", "a-1203-jr_1203")


def test_no_page_is_read_beyond_the_jobs_timeout(glue: Any) -> None:
    many = glue(5000, alive=4999, timeout=480)

    assert GlueJobs(connection=Connection()).earlier("job", ARGUMENTS, Starter("mine", NOW), print) is None
    assert many.pages == 3


def test_runs_of_an_earlier_execution_are_looked_for_since_it_began(glue: Any) -> None:
    many = glue(2000, alive=9999, timeout=480)
    many._runs[1500] |= {"Arguments": {**ARGUMENTS, "--attempt": "mine-1"}}

    mine = GlueJobs(connection=Connection()).earlier("job", ARGUMENTS, Starter("mine", NOW - timedelta(days=2)), print)

    assert mine is not None
    assert mine.id == "jr_1500"


def test_runs_in_use_are_counted_on_every_page(glue: Any) -> None:
    glue(1000, alive=700)

    assert in_use(Connection(), "job")[1].job_runs == 1


@pytest.mark.parametrize(("timeout", "days"), [(None, 7.0), (480, 1 / 3), (2880, 2.0), (28_800, 7.0)])
def test_no_run_outlives_its_jobs_timeout_or_seven_days(timeout: int | None, days: float) -> None:
    own = None if timeout is None else timedelta(minutes=timeout)

    assert NOW - living_since(own, now=NOW) == timedelta(days=days)


def test_a_run_with_more_time_than_the_job_gives_is_found_as_long_as_it_can_live(glue: Any) -> None:
    glue(1300, alive=1203, timeout=480)
    jobs = GlueJobs(connection=Connection())

    assert jobs.earlier("job", ARGUMENTS, Starter("mine", NOW), print) is None
    assert jobs.earlier("job", ARGUMENTS, Starter("mine", NOW), print, timedelta(hours=21)) is not None


def test_a_job_without_runs_has_none() -> None:
    assert list(job_runs(Glue(0, alive=0), "job", NOW)) == []
