"""Each partition tells the truth: captured at its instant, however it is captured, or refused with what would work."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.chain.capture.choice import first_partition
from tests.chain.history import DATABASE, PastTable, chain, files_metadata, published, same
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project, failure

__all__ = ["quick_job"]


def number(n: int) -> Mapping[str, Any]:
    return {"N": str(n)}


def test_a_partition_of_the_past_is_the_table_as_it_was(local_aws: LocalAws, project: Project) -> None:
    """The whole chain with the real Glue job."""
    table = PastTable.create("Past-Real", 6)
    table.put(0.5, "a", n=number(1))
    table.put(1.5, "a", n=number(2))
    table.put(1.5, "b", n=number(7))
    spec = table.spec("export")

    newer, older = chain(project, spec, table.key(2)), chain(project, spec, table.key(1))

    assert newer.success, failure(newer)
    assert older.success, failure(older)
    for key in (table.key(1), table.key(2)):
        same(table.items(key), published(spec, key))
    assert local_aws.query(f"SELECT DISTINCT snapshot_timestamp FROM {spec.view}") == [(table.key(2),)]
    said = files_metadata(newer, spec)
    assert (said["capture"], said["export_items"], said["seconds_off"]) == ("export", 2, 0.0)
    assert said["requested_instant"] == said["actual_instant"] == table.instant(2).isoformat()
    assert "/export/" in said["exports"][0]
    assert said["capture_reason"].startswith("configured: export")
    assert said["cost_usd"] > 0
    assert "estimate from us-east-1's list prices" in said["cost"]


def test_every_method_gives_the_same_items(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = PastTable.create("Past-All", 3)
    for hour in (0, 1, 2):
        table.put(hour + 0.2, f"kept{hour}", n=number(hour))
        table.put(hour + 0.4, "changed", n=number(hour))
        table.put(hour + 0.5, f"gone{hour}", s={"S": "x"})
        table.put(hour + 0.6, "brief", s={"S": "y"})
        table.delete(hour + 0.7, "brief")
    table.delete(2.8, "gone0")
    specs = {
        method: table.spec(method, name=f"past_all_{method}") for method in ("export", "incremental", "scan", "auto")
    }

    for method in ("export", "incremental"):
        for hour in (1, 2, 3):
            result = chain(project, specs[method], table.key(hour))
            assert result.success, failure(result)
            same(table.items(table.key(hour)), published(specs[method], table.key(hour)))
    for method in ("scan", "auto"):
        result = chain(project, specs[method], table.key(3))
        assert result.success, failure(result)
        same(table.items(table.key(3)), published(specs[method], table.key(3)))

    assert quick_job.methods()[:6] == ["export", "export", "export", "export", "incremental", "incremental"]
    assert quick_job.methods()[6] == "scan"
    asked = local_aws.client("dynamodb").list_exports(TableArn=table.arn)["ExportSummaries"]
    assert [export["ExportType"] for export in asked].count("FULL_EXPORT") == 3


@pytest.mark.parametrize("method", ["export", "incremental", "auto"])
def test_an_instant_before_the_recovery_window_is_refused_with_the_earliest_partition(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, method: str
) -> None:
    table = PastTable.create(f"Before-{method}", 3)
    spec = table.spec(method)

    result = chain(project, spec, table.key(-5))

    said = failure(result)
    assert f"no snapshot of {table.key(-5)} that tells the truth can be had" in said
    assert f"The earliest partition from then on is {table.key(0)}." in said
    assert quick_job.runs == []


@pytest.mark.parametrize("method", ["export", "incremental", "auto"])
def test_without_recovery_a_closed_window_is_refused_with_the_command(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, method: str
) -> None:
    table = PastTable.create(f"Off-{method}", 3, recovery=False)

    said = failure(chain(project, table.spec(method), table.key(1)))

    assert "point-in-time recovery is off" in said
    assert f"aws dynamodb update-continuous-backups --region us-east-1 --table-name {table.name}" in said
    assert quick_job.runs == []


def test_a_scan_of_a_closed_window_is_refused_and_export_is_the_way_out(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = PastTable.create("Closed-Scan", 3)
    table.put(0.5, "a", n=number(1))
    spec = table.spec("scan")

    said = failure(chain(project, spec, table.key(1)))

    assert f"partition {table.key(1)} is not the window open at" in said
    assert "Use `capture: {method: export}`" in said
    assert quick_job.runs == []
    assert chain(project, spec, table.key(1), capture="export").success
    same(table.items(table.key(1)), published(spec, table.key(1)))


def test_a_run_that_is_taken_up_asks_for_nothing(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = PastTable.create("Taken-Up-Again", 3)
    table.put(0.5, "a", n=number(1))
    spec = table.spec("export")

    assert chain(project, spec, table.key(1)).success
    assert chain(project, spec, table.key(1)).success

    exports = local_aws.client("dynamodb").list_exports(TableArn=table.arn)["ExportSummaries"]
    assert len(exports) == 1
    assert quick_job.runs[0] == quick_job.runs[1]


def test_exports_that_were_made_in_time_can_be_read_after_the_window_has_moved_on(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = PastTable.create("In-Time", 3)
    table.put(0.5, "a", n=number(1))
    spec = table.spec("export")
    assert chain(project, spec, table.key(1)).success
    table.recover(False)

    again = chain(project, spec, table.key(1))

    assert again.success, failure(again)
    assert files_metadata(again, spec)["capture_reason"] == "an export of that instant was made while it could be"


def test_max_rcu_reaches_the_job_that_scans(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = PastTable.create("Budget", 1)
    spec = table.spec("scan", capture={"max_rcu": 12.5})

    assert chain(project, spec, table.key(1)).success

    assert quick_job.runs[0]["--max_rcu"] == "12.5"


def test_key_and_owner_of_the_table_reach_the_export(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = PastTable.create("Keyed", 2)
    spec = table.spec("export", capture={"kms_key": "alias/lake", "bucket_owner": "123456789012"})

    assert chain(project, spec, table.key(1)).success

    dynamodb = Connection().client("dynamodb")
    (summary,) = dynamodb.list_exports(TableArn=table.arn)["ExportSummaries"]
    export = dynamodb.describe_export(ExportArn=summary["ExportArn"])["ExportDescription"]
    assert (export["S3SseAlgorithm"], export["S3SseKmsKeyId"]) == ("KMS", "alias/lake")
    assert export["S3BucketOwner"] == "123456789012"
    assert export["S3Prefix"] == f"exports/{table.name}"


def test_the_first_partition_after_an_instant_is_found_for_any_cadence() -> None:
    table = PastTable("None", PastTable.create("None-At-All", 1).begun)
    daily = table.spec(cadence="0 0 * * *")

    midnight = table.begun.replace(hour=0)
    assert first_partition(daily, midnight) == f"{midnight:%Y-%m-%dT%H:%M}"
    assert first_partition(daily, table.begun.replace(hour=0, minute=1)) > f"{midnight:%Y-%m-%dT%H:%M}"
    assert daily.database == DATABASE


@pytest.mark.parametrize("method", ["scan", "export"])
def test_a_run_that_crashed_takes_up_its_glue_run_whatever_the_time(
    local_aws: LocalAws, project: Project, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """With the real Glue job: nothing is chosen, asked for or read again."""
    table = PastTable.create(f"Crashed-{method}", 3)
    table.put(0.5, "a", n=number(1))
    spec = table.spec(method)
    job = project.definitions(spec).resolve_job_def(spec.job_name)
    monkeypatch.setattr("ddb_assets.chain.snapshot.utc_now", lambda: table.instant(1.5))

    def execute(run: int) -> dg.ExecuteInProcessResult:
        # Executions of one run have its first id in common.
        return job.execute_in_process(
            partition_key=table.key(1),
            instance=project.instance,
            run_id=f"abcd{len(method):04}-0000-4000-8000-{run:012}",
            raise_on_error=False,
        )

    with monkeypatch.context() as patch:
        patch.setattr("ddb_assets.chain.snapshot.snapshot_metadata", lambda *_: 1 / 0)
        assert not execute(1).success
    monkeypatch.setattr("ddb_assets.chain.snapshot.utc_now", lambda: table.instant(2.5))
    table.recover(False)
    again = execute(2)

    assert again.success, failure(again)
    assert files_metadata(again, spec)["capture"] == method
    assert files_metadata(again, spec)["capture_reason"] == "as in the Glue run that was taken up"
    runs = local_aws.client("glue").get_job_runs(JobName="ddb-assets-snapshot")["JobRuns"]
    assert len([run for run in runs if run["Arguments"].get("--table_name") == table.name]) == 1
    same(table.items(table.key(1)), published(spec, table.key(1)))
