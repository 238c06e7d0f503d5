"""A scan's items are of the time while it read: how far from the key that may be is limited, and always told."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.dynamodb import DynamoDB
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.table_exports import TableExports
from ddb_assets.chain.capture import Need, Services
from ddb_assets.chain.capture.scan import Scan
from ddb_assets.model.facts import JobFacts
from ddb_assets.model.table import TableSpec
from ddb_assets.planning import NothingTruthful
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import format_instant
from tests.chain.history import PastTable, chain, files_metadata, published, same
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project, failure

__all__ = ["quick_job"]

QUARTER = timedelta(minutes=15)
NIGHTLY = "0 0 * * *"


def filled(name: str, recovery: bool = True) -> PastTable:
    table = PastTable.create(name, 3, recovery)
    table.put(0.5, "a", n={"N": "1"})
    return table


def at(project: Project, instant: datetime) -> None:
    """Let it be that time, as far as windows and lags are judged."""
    project.patch.setattr("ddb_assets.chain.snapshot.utc_now", lambda: instant)


def midnight() -> str:
    """The key of the day's snapshot."""
    return format_instant(datetime.now(UTC).replace(hour=0, minute=0))


def parameters(table: TableSpec, key: str) -> Mapping[str, str]:
    found = DataCatalog(connection=Connection()).published(table.database, table.catalog_table, key)
    assert found is not None
    return found.parameters


def manifest_of(told: Mapping[str, Any]) -> Manifest:
    manifest = SnapshotStore(connection=Connection()).manifest(told["dagster/uri"])
    assert manifest is not None
    return manifest


@pytest.mark.parametrize(("method", "recovery"), [("scan", True), ("scan", False), ("auto", False)])
def test_a_scan_that_would_read_too_late_is_refused_before_anything_starts(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, method: str, recovery: bool
) -> None:
    table = filled(f"Too-Late-{method}-{recovery}", recovery)
    at(project, table.instant(1) + timedelta(minutes=20))

    said = failure(chain(project, table.spec(method, capture={"max_lag": QUARTER}), table.key(1)))

    assert f"no snapshot of {table.key(1)} that tells the truth can be had" in said
    assert f"22 min after {table.key(1)}, and `max_lag` is 15m" in said
    assert "or raise `max_lag`." in said
    assert ("`capture: {method: export}`" if recovery else "update-continuous-backups") in said
    assert quick_job.runs == []


def test_ten_minutes_earlier_it_is_taken(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = filled("In-Good-Time", recovery=False)
    at(project, table.instant(1) + timedelta(minutes=10))
    # The job has a clock of its own, by which the hour is long over.
    quick_job.beforehand["scan"] = lambda arguments: arguments.update({"--max_lag": "999999"})

    result = chain(project, table.spec("auto", capture={"max_lag": QUARTER}), table.key(1))

    assert result.success, failure(result)
    assert quick_job.runs[0]["--max_lag"] == "900"
    assert (
        "its items may be 12 min off the snapshot's instant" in files_metadata(result, table.spec())["capture_reason"]
    )


def test_auto_takes_an_export_where_a_scan_would_be_too_late(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = filled("Rather-Exported")
    spec = table.spec("auto", capture={"max_lag": QUARTER})
    at(project, table.instant(1) + timedelta(minutes=20))

    result = chain(project, spec, table.key(1))

    assert result.success, failure(result)
    same(table.items(table.key(1)), published(spec, table.key(1)))
    told = files_metadata(result, spec)
    assert told["capture"] == "export"
    assert "and `max_lag` is 15m; a full export" in told["capture_reason"]
    instant = table.instant(1).isoformat()
    assert (told["read_from"], told["read_to"]) == (instant, instant)
    assert (told["lag_of_first_read_seconds"], told["lag_of_last_read_seconds"]) == (0.0, 0.0)
    assert (parameters(spec, table.key(1))["ddb.read_from"], parameters(spec, table.key(1))["ddb.read_to"]) == (
        instant,
        instant,
    )


def test_the_span_in_which_a_scan_read_is_told_everywhere(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = filled("Told-Span")
    spec, key = table.spec("scan", cadence=NIGHTLY), midnight()
    begun = datetime.now(UTC)

    result = chain(project, spec, key, max_lag="2d")

    assert result.success, failure(result)
    assert quick_job.runs[0]["--max_lag"] == "172800"
    told = files_metadata(result, spec)
    first, last = (datetime.fromisoformat(told[name]) for name in ("read_from", "read_to"))
    assert begun - timedelta(milliseconds=1) <= first <= last <= datetime.now(UTC)
    day = datetime.fromisoformat(f"{key}+00:00")
    assert told["lag_of_first_read_seconds"] == (first - day).total_seconds()
    assert told["lag_of_last_read_seconds"] == (last - day).total_seconds()
    capture = manifest_of(told).capture
    assert (capture.read_from, capture.read_to) == (told["read_from"], told["read_to"])
    said = parameters(spec, key)
    assert (said["ddb.read_from"], said["ddb.read_to"]) == (told["read_from"], told["read_to"])


def test_a_scan_that_runs_over_max_lag_is_not_published(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = filled("Ran-Over")
    spec = table.spec("scan", cadence=NIGHTLY, capture={"max_lag": timedelta(days=2)})
    # It was let begin, but the limit is over when it reads.
    quick_job.beforehand["scan"] = lambda arguments: arguments.update({"--max_lag": "1"})

    said = failure(chain(project, spec, midnight()))

    assert "ReadTooLate" in said
    assert "Nothing was published" in said
    assert DataCatalog(connection=Connection()).table(spec.database, spec.catalog_table) is None


def test_what_the_run_says_of_max_lag_is_checked(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = filled("Run-Config")

    said = failure(chain(project, table.spec("scan", cadence=NIGHTLY), midnight(), max_lag="soon"))

    assert "max_lag in the run's config: 'soon' is not a length of time" in said
    assert quick_job.runs == []


def test_a_scan_is_judged_again_right_before_its_job_is_started(local_aws: LocalAws) -> None:
    table = filled("Judged-Again", recovery=False)
    spec = table.spec("scan", capture={"max_lag": QUARTER})
    source = DynamoDB(connection=Connection()).describe(table.name)
    clock = [table.instant(1) + timedelta(minutes=1)]
    need = Need(spec, table.key(1), source, "scan", lambda: clock[-1], JobFacts())
    aws = {"connection": Connection()}
    services = Services(DynamoDB(**aws), TableExports(**aws), SnapshotStore(**aws), DataCatalog(**aws), print)

    prepared = Scan().prepare(need, services)
    prepared.before_start()
    clock.append(table.instant(1) + timedelta(minutes=20))

    assert prepared.arguments == {"--max_lag": "900"}
    with pytest.raises(NothingTruthful, match="`max_lag` is 15m"):
        prepared.before_start()
