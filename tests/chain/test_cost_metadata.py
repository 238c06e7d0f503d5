"""What a materialization says that its snapshot has cost."""

from dataclasses import replace

from ddb_assets.aws.glue_jobs import FinishedRun
from ddb_assets.aws.job_runs import JobRun
from ddb_assets.chain.snapshot_metadata import cost_metadata
from ddb_assets.model.facts import JobFacts
from ddb_snapshot.manifest import Capture, Manifest
from tests.planning.cases import table

CAPTURE = Capture("export", "2026-11-24T00:00:10+00:00", "2026-11-24T00:09:00+00:00", 0, 0)
SNAPSHOT = Manifest("Orders", "2026-11-24T00:00", "a-1", "parquet", "s3://lake/o/", (), 0, 0, (), CAPTURE)
HALF_AN_HOUR = JobRun("snapshot", "jr_1", "SUCCEEDED", {}, seconds=1800)


def glue(*runs: JobRun) -> str:
    costs = cost_metadata([(FinishedRun(run, {}), SNAPSHOT) for run in runs], table(), JobFacts("G.1X", 10))
    return str(costs["cost"]).partition("Glue ")[2].partition(",")[0]


def test_glue_is_counted_by_the_dpu_seconds_that_it_bills_where_it_says_them() -> None:
    assert glue(HALF_AN_HOUR) == "$2.20"
    assert glue(replace(HALF_AN_HOUR, dpu_seconds=3600.0)) == "$0.44"


def test_a_comparison_is_told_apart_and_counted() -> None:
    runs = [(FinishedRun(HALF_AN_HOUR, {}), SNAPSHOT), (FinishedRun(HALF_AN_HOUR, {}), SNAPSHOT)]

    costs = cost_metadata(runs, table(), JobFacts("G.1X", 10))
    alone = cost_metadata(runs[1:], table(), JobFacts("G.1X", 10))["cost_usd"]

    assert costs["cost_usd"] == 2 * alone
    assert costs["cost_of_comparison"] == costs["cost"]
