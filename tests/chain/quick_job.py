"""The Glue job's own code called in this process, where a test needs many snapshots: Spark's start takes seconds.

Everything else is real: exports, S3, catalog and Athena are local AWS over HTTP.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import pytest

from ddb_assets.aws.glue_jobs import FinishedRun, GlueJobs, Starter
from ddb_assets.aws.job_runs import JobRun
from ddb_snapshot import job
from ddb_snapshot.arguments import parse
from tests.properties.history import HereAndNow, Silent


@dataclass
class QuickJob:
    """Takes the place of `GlueJobs` and remembers the arguments of its runs."""

    runs: list[Mapping[str, str]] = field(default_factory=list)
    afterwards: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What happens once after a run with that capture."""

    def run(
        self,
        resource: GlueJobs,
        context: dg.AssetExecutionContext,
        job_name: str,
        arguments: Mapping[str, str],
        starter: Starter,
        before_start: Callable[[], None],
    ) -> FinishedRun:
        before_start()
        self.runs.append(arguments)
        run_id = f"jr_{len(self.runs)}"
        given = {**arguments, "--attempt": starter.new_attempt(), "--JOB_RUN_ID": run_id}
        try:
            manifest = job.run(parse([part for pair in given.items() for part in pair]), HereAndNow, Silent())
        except Exception as error:
            raise dg.Failure(f"Glue job {job_name} ended FAILED: {type(error).__name__}: {error}") from error
        self.afterwards.pop(given.get("--capture", "scan"), lambda: None)()
        run = JobRun(job_name, run_id, "SUCCEEDED", given)
        return FinishedRun(run, job.metadata(manifest))

    def methods(self) -> list[str]:
        """How each run captured."""
        return [run.get("--capture", "scan") for run in self.runs]


@pytest.fixture
def quick_job(monkeypatch: pytest.MonkeyPatch) -> QuickJob:
    """Chains run with it as they do with Glue."""
    quick = QuickJob()

    def run(resource: GlueJobs, *args: Any, **kwargs: Any) -> FinishedRun:
        return quick.run(resource, *args, **kwargs)

    monkeypatch.setattr(GlueJobs, "run", run)
    monkeypatch.setattr(GlueJobs, "earlier", lambda *_: None)
    return quick
