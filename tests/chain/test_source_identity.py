"""A table is its ARN and its TableId: names that meet mix no snapshots, and whoever meets another's is told."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.source import OtherSource
from ddb_assets.chain.keys import catalog_key, view_key
from ddb_assets.model.table import TableSpec
from ddb_assets.reading.published import find_published
from ddb_assets.rewrite import Rewriting
from ddb_assets.verify import verify
from ddb_snapshot.storage import S3Path
from tests.chain.history import PastTable, chain, files_metadata, published, same
from tests.chain.places import BUCKET, OTHER_ACCOUNT, OTHER_REGION, share_catalog, somewhere_else
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project, failure
from tests.restore.restored import Told, dropped, exists, restore, table_items
from tests.rewrite.test_rewrite import Silent

__all__ = ["quick_job"]
DATABASE = "dynamodb_exports"
HERE = [{"id": {"S": "here"}}]
THERE = [{"id": {"S": "there"}}, {"id": {"S": "there too"}}]

Elsewhere = Callable[[], AbstractContextManager[None]]
ELSEWHERE: dict[str, tuple[Elsewhere, str]] = {
    "Region": (lambda: somewhere_else(region=OTHER_REGION), f"arn:aws:dynamodb:{OTHER_REGION}:123456789012"),
    "account": (lambda: somewhere_else(account=OTHER_ACCOUNT), f"arn:aws:dynamodb:us-east-1:{OTHER_ACCOUNT}"),
}
OURS = "arn:aws:dynamodb:us-east-1:123456789012"


def catalog_state(local_aws: LocalAws, table: TableSpec) -> dict[str, Any]:
    """The catalog's table, its partitions and the view."""
    glue = local_aws.client("glue")
    found = {
        name: glue.get_table(DatabaseName=DATABASE, Name=name)["Table"] for name in (table.catalog_table, table.view)
    }
    return {
        **found,
        "partitions": glue.get_partitions(DatabaseName=DATABASE, TableName=table.catalog_table)["Partitions"],
    }


def manifest_of(table: TableSpec, key: str) -> dict[str, Any]:
    return json.loads(_body(table, key))


def _body(table: TableSpec, key: str) -> bytes:
    place = _manifest_place(table, key)
    body: bytes = Connection().client("s3").get_object(Bucket=place.bucket, Key=place.key)["Body"].read()
    return body


def _manifest_place(table: TableSpec, key: str) -> S3Path:
    found = DataCatalog(connection=Connection()).published(DATABASE, table.catalog_table, key)
    assert found is not None
    return S3Path.parse(found.location) / "_manifest.json"


def forget_source(table: TableSpec, *keys: str) -> None:
    """Make it look as the version before this has published it: nowhere an ARN or a TableId."""
    s3, glue = Connection().client("s3"), Connection().client("glue")
    for key in keys:
        fields = {
            name: value for name, value in manifest_of(table, key).items() if name not in ("table_arn", "table_id")
        }
        place = _manifest_place(table, key)
        s3.put_object(Bucket=place.bucket, Key=place.key, Body=json.dumps(fields).encode())
        partition = glue.get_partition(DatabaseName=DATABASE, TableName=table.catalog_table, PartitionValues=[key])
        given = {name: partition["Partition"][name] for name in ("Values", "StorageDescriptor")}
        kept = {name: partition["Partition"]["Parameters"][name] for name in ("ddb.attempt", "ddb.row_count")}
        glue.update_partition(
            DatabaseName=DATABASE, TableName=table.catalog_table, PartitionValueList=[key],
            PartitionInput={**given, "Parameters": kept},
        )  # fmt: skip
    found = glue.get_table(DatabaseName=DATABASE, Name=table.catalog_table)["Table"]
    names = ("Name", "Description", "TableType", "PartitionKeys", "StorageDescriptor")
    parameters = {
        name: value for name, value in found["Parameters"].items() if name not in ("ddb.table_arn", "ddb.table_id")
    }
    glue.update_table(
        DatabaseName=DATABASE, TableInput={**{name: found[name] for name in names}, "Parameters": parameters}
    )


def test_manifest_partition_and_table_say_whose_they_are(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    local_aws.put("Said", HERE)

    taken = project.snapshot("Said")

    described = local_aws.client("dynamodb").describe_table(TableName="Said")["Table"]
    state = catalog_state(local_aws, taken.table)
    said = {
        "ddb.table": "Said", "ddb.table_arn": described["TableArn"], "ddb.table_id": described["TableId"],
    }  # fmt: skip
    assert state["snapshots_said"]["Parameters"].items() >= said.items()
    assert state["partitions"][0]["Parameters"].items() >= said.items()
    written = manifest_of(taken.table, taken.key)
    assert (written["table_arn"], written["table_id"]) == (described["TableArn"], described["TableId"])


@pytest.mark.parametrize("shared", [False, True], ids=["own catalogs", "one catalog"])
@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_table_of_the_same_name_elsewhere_is_refused_and_changes_nothing(
    local_aws: LocalAws,
    project: Project,
    quick_job: QuickJob,
    where: str,
    shared: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if shared:
        if where == "account":
            pytest.skip("local AWS has no catalog shared between accounts")
        share_catalog(monkeypatch)
    name = f"Twin-{where}-{'shared' if shared else 'own'}"
    local_aws.put(name, HERE)
    first = project.snapshot(name)
    before = catalog_state(local_aws, first.table)
    elsewhere, theirs = ELSEWHERE[where]

    with elsewhere():
        local_aws.put(name, THERE)
        second = project.snapshot(name, raise_on_error=False)
        alone = [
            project.materialize(first.table, asset, key)
            for asset, key in ((catalog_key(first.table), first.key), (view_key(first.table), None))
        ]

    assert f"{OURS}:table/{name}" in failure(second.result)
    assert f"{theirs}:table/{name}" in failure(second.result)
    assert ("`name`" if shared else "`prefix`") in failure(second.result)
    assert not any(result.success for result in alone)
    assert catalog_state(local_aws, first.table) == before
    assert local_aws.query(f'SELECT id FROM "{first.table.view}"') == [("here",)]


def test_two_names_that_are_one_in_the_catalog_are_told_apart(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    local_aws.put("Meets-Here", HERE)
    local_aws.put("meets_here", THERE)
    first = project.snapshot("Meets-Here")
    before = catalog_state(local_aws, first.table)

    second = project.snapshot("meets_here", raise_on_error=False)

    assert f"{OURS}:table/Meets-Here, not of {OURS}:table/meets_here" in failure(second.result)
    assert catalog_state(local_aws, first.table) == before
    own = project.snapshot(project.table("meets_here", name="meets_here_two"))
    assert local_aws.query("SELECT count(*) FROM meets_here_two") == [("2",)]
    assert own.result.success


def test_a_name_kept_while_the_table_changed_is_refused(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    local_aws.put("Kept-Old", HERE)
    local_aws.put("Kept-New", THERE)
    first = project.snapshot(project.table("Kept-Old", name="kept"))
    before = catalog_state(local_aws, first.table)

    second = project.snapshot(project.table("Kept-New", name="kept"), raise_on_error=False)

    assert f"{OURS}:table/Kept-Old, not of {OURS}:table/Kept-New" in failure(second.result)
    assert catalog_state(local_aws, first.table) == before


def test_the_job_itself_refuses_another_tables_catalog_table(local_aws: LocalAws, project: Project) -> None:
    """Started by hand, past everything that the chain looks at: through Spark, as Glue runs it."""
    local_aws.put("By-Hand", HERE)
    local_aws.put("by_hand", THERE)
    project.snapshot("By-Hand")
    glue = local_aws.client("glue")
    arguments = {
        "--table_name": "by_hand", "--read_percentage": "1.0", "--output_format": "parquet", "--database": DATABASE,
        "--output_prefix": f"s3://{BUCKET}/by-hand-elsewhere", "--catalog_table": "snapshots_by_hand",
    }  # fmt: skip

    run = glue.start_job_run(JobName="ddb-assets-snapshot", Arguments=arguments)["JobRunId"]
    while (ended := glue.get_job_run(JobName="ddb-assets-snapshot", RunId=run)["JobRun"])["JobRunState"] in (
        "STARTING", "RUNNING", "WAITING", "STOPPING",
    ):  # fmt: skip
        pass

    assert ended["JobRunState"] == "FAILED"
    assert f"{OURS}:table/By-Hand, not of {OURS}:table/by_hand" in ended["ErrorMessage"]


def test_an_increment_is_never_merged_into_anothers_snapshot(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    here = PastTable.create("Merge-Twin", 3)
    here.put(0.2, "here")
    spec = here.spec("incremental")
    assert chain(project, spec, here.key(1)).success

    with somewhere_else(region=OTHER_REGION):
        there = PastTable.create("Merge-Twin", 3)
        there.put(0.2, "there")
        there.put(1.2, "there later")
        refused = chain(project, spec, there.key(2))
        apart = there.spec("incremental", prefix="west")
        full = chain(project, apart, there.key(2))
        assert full.success, failure(full)
        assert files_metadata(full, apart)["capture"] == "export"
        same(there.items(there.key(2)), published(apart, there.key(2)))

    assert f"{OURS}:table/Merge-Twin" in failure(refused)
    assert quick_job.methods() == ["export", "export"]


def test_attempts_of_another_table_in_the_folder_are_left_alone(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    """Both began at once, so that neither was refused: each builds on its own."""
    table = PastTable.create("Beside", 3)
    table.put(0.2, "mine")
    table.put(1.2, "mine later")
    spec = table.spec("incremental")
    assert chain(project, spec, table.key(1)).success
    s3, place = Connection().client("s3"), _manifest_place(spec, table.key(1))
    theirs = json.loads(_body(spec, table.key(1)))
    other = f"arn:aws:dynamodb:{OTHER_REGION}:123456789012:table/Beside"
    theirs |= {
        "table_arn": other,
        "attempt": "theirs",
        "location": theirs["location"].replace(theirs["attempt"], "theirs"),
    }
    theirs["capture"]["finished_at"] = "2999-01-01T00:00:00+00:00"
    folder = S3Path.parse(theirs["location"])
    s3.put_object(Bucket=folder.bucket, Key=f"{folder.key}_manifest.json", Body=json.dumps(theirs).encode())

    again = project.materialize(spec, catalog_key(spec), table.key(1))
    later = chain(project, spec, table.key(2))

    assert again.success, failure(again)
    assert _manifest_place(spec, table.key(1)) == place
    assert later.success, failure(later)
    assert files_metadata(later, spec)["previous_attempt"] == json.loads(_body(spec, table.key(1)))["location"]
    same(table.items(table.key(2)), published(spec, table.key(2)))


def test_a_table_made_again_under_its_name_ends_the_chain(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = PastTable.create("Anew", 4)
    old.put(0.2, "old")
    spec = old.spec("incremental")
    assert chain(project, spec, old.key(1)).success
    before = manifest_of(spec, old.key(1))["table_id"]
    old.client.delete_table(TableName="Anew")
    # Its creation alone doesn't tell: a table may be as old as the snapshot by the clock of whoever asks.
    new = PastTable.create("Anew", 4)
    new.put(0.3, "new")

    result = chain(project, spec, new.key(2))

    assert result.success, failure(result)
    said = files_metadata(result, spec)
    after = local_aws.client("dynamodb").describe_table(TableName="Anew")["Table"]["TableId"]
    assert said["capture"] == "export"
    assert "the table was deleted and made again since the snapshot before it" in said["capture_reason"]
    assert before in said["capture_reason"] and after in said["capture_reason"]
    assert manifest_of(spec, new.key(2))["table_id"] == after != before
    same(new.items(new.key(2)), published(spec, new.key(2)))


@pytest.mark.parametrize("catalog", ["direct", "crawler"])
def test_what_an_earlier_version_published_is_adopted_once_by_name(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, catalog: str, capfd: pytest.CaptureFixture[str]
) -> None:
    name = f"Adopted-{catalog}"
    spec = project.table(name, catalog=catalog)
    local_aws.put(name, HERE)
    old = project.snapshot(spec, days_ago=1)
    forget_source(spec, old.key)
    said = []
    for _ in range(2):
        capfd.readouterr()
        project.snapshot(spec)
        said.append("which recorded only the name of its table" in capfd.readouterr().err)

    assert said == [True, False]
    arn = catalog_state(local_aws, spec)[spec.catalog_table]["Parameters"]["ddb.table_arn"]
    assert arn == f"{OURS}:table/{name}"
    assert local_aws.query(f'SELECT count(*) FROM "{spec.catalog_table}"') == [("2",)]


def test_what_an_earlier_version_published_of_another_name_is_refused(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    local_aws.put("Not-Adopted", HERE)
    local_aws.put("not_adopted", THERE)
    old = project.snapshot("Not-Adopted", days_ago=1)
    forget_source(old.table, old.key)

    refused = project.snapshot("not_adopted", raise_on_error=False)

    assert "table 'Not-Adopted'" in failure(refused.result)
    assert f"{OURS}:table/not_adopted" in failure(refused.result)


def test_restore_and_verify_take_no_other_tables_items(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    local_aws.put("of_that_name", HERE)
    local_aws.put("Of-That-Name", THERE)
    project.snapshot("of_that_name")

    with dropped("Of-That-Name-2"):
        with pytest.raises(OtherSource, match=f"{OURS}:table/of_that_name, not of {OURS}:table/Of-That-Name"):
            restore("Of-That-Name", "Of-That-Name-2", database=DATABASE)
        assert not exists("Of-That-Name-2")
    with pytest.raises(OtherSource, match=f"{OURS}:table/of_that_name, not of {OURS}:table/Of-That-Name"):
        verify("Of-That-Name", database=DATABASE)
    local_aws.client("dynamodb").delete_table(TableName="Of-That-Name")
    with pytest.raises(OtherSource, match=f"{OURS}:table/of_that_name, not of {OURS}:table/Of-That-Name"):
        verify("Of-That-Name", database=DATABASE)
    assert verify("of_that_name", database=DATABASE).equal


def test_a_chain_is_found_by_its_tables_arn(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    """Whatever it is called: the first chain of `By-Arn` has another's name, and `by_arn` is another table's."""
    local_aws.put("By-Arn", HERE)
    local_aws.put("by_arn", THERE)
    project.snapshot("by_arn")
    project.snapshot(project.table("By-Arn", name="elsewhere_named"))

    with dropped("By-Arn-2"):
        assert restore("By-Arn", "By-Arn-2", database=DATABASE).equal
        assert [item["id"] for item in table_items("By-Arn-2")] == [("S", "here")]
    assert verify("elsewhere_named", database=DATABASE).equal
    assert verify(f"{OURS}:table/By-Arn", database=DATABASE).equal
    project.snapshot(project.table("By-Arn", name="named_again"))
    with pytest.raises(Exception, match="more than one chain in dynamodb_exports: name one of them: elsewhere_named, "):
        verify("By-Arn", database=DATABASE)


def test_a_table_that_is_gone_is_restored_by_its_arn(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    local_aws.put("Gone-Away", HERE)
    project.snapshot("Gone-Away")
    local_aws.client("dynamodb").delete_table(TableName="Gone-Away")

    with dropped("Gone-Away"):
        assert restore("Gone-Away", "Gone-Away", Told(), database=DATABASE).equal


def test_rewrite_refuses_another_tables_history(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    local_aws.put("Re-Written", HERE)
    local_aws.put("re_written", THERE)
    taken = project.snapshot("Re-Written")
    before = catalog_state(local_aws, taken.table)
    prefix = f"s3://{BUCKET}/snapshots_re_written"
    other = TableSpec("re_written", DATABASE)

    with pytest.raises(OtherSource, match=f"{OURS}:table/Re-Written, not of {OURS}:table/re_written"):
        Rewriting(Connection(), other, prefix, "orc", Silent()).run()

    assert catalog_state(local_aws, taken.table) == before


def test_a_table_name_of_255_characters_is_published(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    names = [f"{'Long-' * 50}{end}" for end in ("12345", "12346")]
    for name in names:
        local_aws.put(name, [{"id": {"S": name[-1]}}])

    taken = [project.snapshot(name) for name in names]

    assert len({one.table.catalog_table for one in taken}) == 2
    for name, one in zip(names, taken, strict=True):
        assert len(one.table.catalog_table) <= 255
        assert local_aws.query(f'SELECT id FROM "{one.table.view}"') == [(name[-1],)]
        assert find_published(Connection(), DATABASE, name, None).table_name == name
    assert SnapshotStore(connection=Connection()).snapshot_keys(f"s3://{BUCKET}/{taken[0].table.catalog_table}")
