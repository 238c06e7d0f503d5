"""A chain of increments: each is merged into the snapshot before; without one to build on the chain begins anew."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.chain.keys import files_key
from ddb_assets.chain.partitions import partitions_of
from ddb_assets.local import past
from ddb_assets.model.table import TableSpec
from tests.chain.history import PastTable, chain, files_metadata, published, same
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project, failure

__all__ = ["quick_job"]
BUCKET = "dynamodb-exports"


def number(n: int) -> Mapping[str, Any]:
    return {"N": str(n)}


def table_of(name: str, hours: int) -> PastTable:
    """A table that changes in each of its hours."""
    table = PastTable.create(name, hours)
    for hour in range(hours):
        table.put(hour + 0.2, "always", n=number(hour))
        table.put(hour + 0.3, f"of-{hour}", n=number(hour))
    return table


def take(project: Project, table: PastTable, spec: TableSpec, hour: float) -> dict[str, Any]:
    """Take a snapshot and see that it is the table as it was."""
    result = chain(project, spec, table.key(hour))
    assert result.success, failure(result)
    same(table.items(table.key(hour)), published(spec, table.key(hour)))
    return files_metadata(result, spec)


def test_an_increment_says_what_it_was_merged_into(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = table_of("Inc-Says", 3)
    spec = table.spec("incremental")
    first = take(project, table, spec, 1)
    second = take(project, table, spec, 2)

    assert (first["capture"], second["capture"]) == ("export", "incremental")
    assert "the first is a full export" in first["capture_reason"]
    assert second["previous_snapshot"] == table.key(1)
    assert second["previous_attempt"] == first["dagster/uri"]
    assert (second["upserts"], second["deletes"], second["export_items"]) == (2, 0, 2)


def test_a_gap_is_bridged_by_one_longer_increment(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = table_of("Inc-Gap", 6)
    spec = table.spec("incremental")
    take(project, table, spec, 1)

    said = take(project, table, spec, 5)

    assert (said["capture"], said["previous_snapshot"]) == ("incremental", table.key(1))


def test_snapshots_closer_than_an_increment_build_on_one_farther_back(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = table_of("Inc-Close", 2)
    spec = table.spec("incremental", cadence="*/10 * * * *")

    said = [take(project, table, spec, 1 + ten / 6) for ten in range(4)]

    assert [one["capture"] for one in said] == ["export", "export", "incremental", "incremental"]
    assert [one.get("previous_snapshot") for one in said[2:]] == [table.key(1), table.key(1 + 1 / 6)]


def test_recovery_that_was_off_in_between_breaks_the_chain(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = table_of("Inc-Off", 5)
    spec = table.spec("incremental")
    take(project, table, spec, 1)
    table.recover(False)
    with past.at(table.client, table.instant(2.5)):
        table.recover(True)

    result = chain(project, spec, table.key(3))

    assert result.success, failure(result)
    said = files_metadata(result, spec)
    assert said["capture"] == "export"
    assert "point-in-time recovery was off in between" in said["capture_reason"]


@pytest.mark.parametrize("harm", ["file", "manifest"])
def test_a_damaged_snapshot_before_breaks_the_chain(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, harm: str
) -> None:
    table = table_of(f"Inc-Harm-{harm}", 3)
    spec = table.spec("incremental")
    place = take(project, table, spec, 1)["dagster/uri"].removeprefix(f"s3://{BUCKET}/")
    s3 = Connection().client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=place)["Contents"]]
    (harmed,) = [key for key in keys if key.endswith(".json") == (harm == "manifest")]
    s3.delete_object(Bucket=BUCKET, Key=harmed)

    said = take(project, table, spec, 2)

    assert said["capture"] == "export"
    reason = (
        r"the snapshot before it, \S+, is damaged \(\S+ is missing, but" if harm == "file" else "the first is a full"
    )
    assert re.search(reason, said["capture_reason"])


def test_an_attempt_whose_columns_contradict_the_catalogs_breaks_the_chain(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    """Of two attempts that each found a new attribute, one as text and one as a number, the other was published."""
    table = PastTable.create("Inc-Contradicts", 4)
    table.put(0.2, "drifting")
    table.put(1.2, "drifting", late=number(1))
    table.put(1.7, "drifting", late={"S": "one"})
    table.put(2.2, "another")
    spec = table.spec("incremental", cadence="*/30 * * * *")
    take(project, table, spec, 1)

    def killed() -> None:
        raise dg.Failure("killed before it published")

    quick_job.afterwards["export"] = killed
    assert not chain(project, spec, table.key(2), capture="export").success
    assert chain(project, spec, table.key(1.5), capture="export").success

    said = take(project, table, spec, 3)

    assert (said["capture"], said.get("previous_snapshot")) == ("export", None)
    assert f"the snapshot before it, {table.key(2)}, is damaged (its columns and those of" in said["capture_reason"]


def test_a_scanned_snapshot_is_never_built_on(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    table = table_of("Inc-Scanned", 2)
    spec = table.spec("incremental")
    project.patch.setattr("ddb_assets.chain.snapshot.utc_now", lambda: table.instant(1.5))
    scanned = chain(project, spec, table.key(1), capture="scan")
    project.patch.setattr("ddb_assets.chain.snapshot.utc_now", lambda: datetime.now(UTC))
    assert scanned.success, failure(scanned)

    said = take(project, table, spec, 2)

    assert said["capture"] == "export"
    assert "was scanned, and so is of no one instant" in said["capture_reason"]


def test_a_gap_of_days_in_a_small_table_is_not_paid_for_change_by_change(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = table_of("Inc-Days", 60)
    spec = table.spec("incremental")
    take(project, table, spec, 1)

    said = take(project, table, spec, 51)

    assert said["capture"] == "export"
    assert "the chain begins anew with a full export" in said["capture_reason"]


def test_every_nth_snapshot_is_full_and_equals_the_merged_one(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = table_of("Inc-Nth", 6)
    spec = table.spec("incremental", capture={"full_every": 3})
    said, checked = [], []
    for hour in range(1, 6):
        result = chain(project, spec, table.key(hour))
        assert result.success, failure(result)
        same(table.items(table.key(hour)), published(spec, table.key(hour)))
        said.append(files_metadata(result, spec)["capture"])
        evaluations = {one.check_name: one for one in result.get_asset_check_evaluations()}
        checked.append(evaluations["merged_equals_full"])

    assert said == ["export", "incremental", "incremental", "export", "incremental"]
    assert quick_job.methods() == ["export", "incremental", "incremental", "incremental", "export", "incremental"]
    assert [one.metadata["compared"].value for one in checked] == [False, False, False, True, False]
    assert checked[3].passed
    assert checked[3].metadata["items"].value == 5
    s3 = Connection().client("s3")
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix="snapshots_inc_nth/_merged/")


def test_a_merged_snapshot_that_differs_is_told_item_by_item_and_the_full_one_is_published(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = table_of("Inc-Differs", 3)
    spec = table.spec("incremental", capture={"full_every": 2})
    take(project, table, spec, 1)
    take(project, table, spec, 2)
    # The merge is given too little: a write that only the export after it knows of.
    quick_job.afterwards["incremental"] = lambda: table.put(2.9, "late")

    result = chain(project, spec, table.key(3))

    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "merged_equals_full"]
    assert not check.passed
    assert (check.metadata["missing"].value, check.metadata["different"].value) == (1, 0)
    assert "late" in str(check.metadata["differences"].value)
    assert result.success, failure(result)
    same(table.items(table.key(3)), published(spec, table.key(3)))


def test_an_increment_that_cannot_be_merged_does_not_keep_the_full_export_away(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = table_of("Inc-Unmerged", 3)
    spec = table.spec("incremental", capture={"full_every": 2})
    take(project, table, spec, 1)
    place = take(project, table, spec, 2)["dagster/uri"].removeprefix(f"s3://{BUCKET}/")
    s3 = Connection().client("s3")
    (file,) = [
        entry
        for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix=place)["Contents"]
        if entry["Key"].endswith(".parquet")
    ]
    # Of the same size, so that only reading it tells.
    s3.put_object(Bucket=BUCKET, Key=file["Key"], Body=b"x" * file["Size"])

    result = chain(project, spec, table.key(3))

    assert result.success, failure(result)
    said = files_metadata(result, spec)
    assert said["capture"] == "export"
    assert "Parquet" in said["not_compared"]
    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "merged_equals_full"]
    assert check.metadata["compared"].value is False
    same(table.items(table.key(3)), published(spec, table.key(3)))


def test_lineage_shows_the_snapshot_before(local_aws: LocalAws, project: Project) -> None:
    table = PastTable.create("Inc-Lineage", 3)
    graph = project.definitions(table.spec("incremental")).resolve_asset_graph()
    files = graph.get(files_key(table.spec()))

    assert files.key in files.parent_keys
    mapping = files.partition_mappings[files.key]
    assert (mapping.start_offset, mapping.end_offset) == (-1, -1)
    assert files_key(table.spec()) not in (
        project.definitions(table.spec("export")).resolve_asset_graph().get(files_key(table.spec())).parent_keys
    )
    assert isinstance(mapping, dg.TimeWindowPartitionMapping)


def test_the_first_partition_of_all_has_nothing_before_it_and_is_taken(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    table = table_of("Inc-First", 2)
    spec = table.spec("incremental", start=table.instant(1))

    assert partitions_of(spec).get_first_partition_key() == table.key(1)
    assert take(project, table, spec, 1)["capture"] == "export"
