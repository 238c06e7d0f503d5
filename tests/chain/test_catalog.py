"""Publication: verified files only, one partition for each snapshot, columns that only grow."""

from ddb_assets.chain.keys import catalog_key
from tests.conftest import LocalAws, Project, failure

ITEMS = [{"id": {"S": "1"}, "n": {"N": "1"}}, {"id": {"S": "2"}, "n": {"N": "2"}}]


def location(local_aws: LocalAws, table: str, key: str) -> str:
    partition = local_aws.client("glue").get_partition(
        DatabaseName="dynamodb_exports", TableName=f"snapshots_{table}", PartitionValues=[key]
    )["Partition"]
    return str(partition["StorageDescriptor"]["Location"])


def test_publishing_again_changes_nothing(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Again", ITEMS)
    taken = project.snapshot("Again")
    before = location(local_aws, "again", taken.key)

    result = project.materialize(taken.table, catalog_key(taken.table), taken.key)

    assert result.success
    assert location(local_aws, "again", taken.key) == before
    assert local_aws.query("SELECT count(*) FROM snapshots_again") == [("2",)]


def test_a_second_run_of_the_same_partition_replaces_the_first_whole(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Twice", ITEMS)
    first = project.snapshot("Twice")
    first_location = location(local_aws, "twice", first.key)
    local_aws.put("Twice", [{"id": {"S": "3"}}])

    second = project.snapshot("Twice")

    assert second.key == first.key
    assert location(local_aws, "twice", second.key) != first_location
    assert local_aws.query("SELECT count(*) FROM snapshots_twice") == [("3",)]


def test_a_new_attribute_adds_a_column_and_old_partitions_stay_readable(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Grows", ITEMS)
    old = project.snapshot("Grows", days_ago=1)
    local_aws.put("Grows", [{"id": {"S": "3"}, "n": {"S": "three"}, "More": {"BOOL": True}}])
    new = project.snapshot("Grows")

    rows = local_aws.query("SELECT id, n, n__string, more FROM snapshots_grows ORDER BY snapshot_timestamp, id")

    assert rows == [
        ("1", "1", None, None),
        ("2", "2", None, None),
        ("1", "1", None, None),
        ("2", "2", None, None),
        ("3", None, "three", "true"),
    ]
    # The older attempt knows fewer columns than the table by now: publishing it again is still right.
    assert project.materialize(old.table, catalog_key(old.table), old.key).success
    assert local_aws.query("SELECT count(more) FROM grows") == [("1",)]
    assert old.key < new.key


def test_a_published_table_keeps_its_format(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Format", ITEMS)
    project.snapshot("Format", days_ago=1)

    taken = project.snapshot(project.table("Format", output_format="orc"), raise_on_error=False)

    assert "published as parquet" in failure(taken.result)
    assert local_aws.query("SELECT count(*) FROM format") == [("2",)]


def test_an_attempt_with_a_file_missing_is_not_published(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Missing", ITEMS)
    table = project.table("Missing")
    key = project.materialize_files(table)
    s3 = local_aws.client("s3")
    written = s3.list_objects_v2(Bucket="dynamodb-exports", Prefix="snapshots_missing/")["Contents"]
    (data,) = [entry["Key"] for entry in written if entry["Key"].endswith(".parquet")]
    s3.delete_object(Bucket="dynamodb-exports", Key=data)

    result = project.materialize(table, catalog_key(table), key)

    assert "part-00000.parquet is missing" in failure(result)
    assert ("snapshots_missing",) not in local_aws.query("SHOW TABLES")


def test_without_a_finished_attempt_nothing_is_published(local_aws: LocalAws, project: Project) -> None:
    table = project.table("NoAttempt")

    result = project.materialize(table, catalog_key(table), "2026-02-03T00:00")

    assert "no finished attempt at snapshot 2026-02-03T00:00" in failure(result)
    assert ("snapshots_noattempt",) not in local_aws.query("SHOW TABLES")
