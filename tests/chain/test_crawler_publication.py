"""Publication by a crawler: it adds partitions to a table that the chain has written, and nothing is ever mixed.

Attempts are written here as the job would leave them, without the job.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.crawlers import Crawl, Crawlers, crawler_definition, crawler_role
from ddb_assets.chain.keys import catalog_key, files_key, view_key
from ddb_assets.chain.publication import publication
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_assets.settings import Settings, load_settings
from ddb_snapshot import formats, manifest, types
from ddb_snapshot.columns import Column
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.formats.conform import schema
from ddb_snapshot.manifest import Capture, DataFile, Manifest
from ddb_snapshot.names import partition_folder
from tests.conftest import LocalAws, Project, failure

OLDER, NEWER = "2026-11-20T00:00", "2026-11-21T00:00"
COLUMNS = (
    Column("id", "Id", types.Text()),
    Column("n", "N", types.Number64()),
    Column("price", "Price", types.Decimal(38, 18)),
    Column("at", "At", types.Struct((types.Field("x", "X", types.Text()),))),
    Column("tags", "Tags", types.SetOf(types.Text(), "SS")),
)
ROW = {"id": "1", "n": 7, "price": Decimal("9.99"), "at": {"x": "here"}, "tags": ["a", "b"]}
CAPTURE = Capture("scan", "2026-11-20T00:00:00", "2026-11-20T00:00:01", 1, 1, 1, 1.0, 1.0, 1.0, "test", 1.0, 0)


class Chain:
    """One table's chain from the finished attempt on."""

    def __init__(self, local_aws: LocalAws, project: Project, name: str, **options: Any) -> None:
        self.aws, self.project = local_aws, project
        self.table: TableSpec = project.table(name, catalog="crawler", **options)
        self.s3, self.glue = local_aws.client("s3"), local_aws.client("glue")
        local_aws.put(name, [])  # a check of the view looks at the table

    @property
    def name(self) -> str:
        return self.table.catalog_table

    def attempt(
        self,
        key: str,
        attempt: str,
        rows: Sequence[dict[str, Any]] = (ROW,),
        columns: tuple[Column, ...] = COLUMNS,
        finished: str = "2026-11-20T00:00:01",
    ) -> Manifest:
        prefix = publication(self.table).attempts(load_settings())
        location = f"{prefix}/{partition_folder(key)}/{attempt}/"
        sink = pa.BufferOutputStream()
        formats.write(self.table.output_format, pa.Table.from_pylist(rows, schema(columns)), columns, sink)
        body, path = sink.getvalue().to_pybytes(), f"part-00000{formats.by_name(self.table.output_format).EXTENSION}"
        bucket, _, folder = location.removeprefix("s3://").partition("/")
        self.s3.put_object(Bucket=bucket, Key=folder + path, Body=body)
        files = (DataFile(path, len(rows), len(body)),)
        capture = replace(CAPTURE, finished_at=finished)
        written = Manifest(
            self.table.table_name, key, attempt, self.table.output_format, location, files, len(rows), len(body),
            columns, capture,
        )  # fmt: skip
        manifest.write(self.s3, written)
        return written

    def publish(self, key: str) -> Any:
        return self.project.materialize(self.table, catalog_key(self.table), key)

    def metadata(self, result: Any) -> dict[str, Any]:
        (event,) = result.get_asset_materialization_events()
        return {name: value.value for name, value in event.materialization.metadata.items()}

    def catalog_table(self) -> dict[str, Any]:
        table: dict[str, Any] = self.glue.get_table(DatabaseName="dynamodb_exports", Name=self.name)["Table"]
        return table

    def partition(self, key: str) -> dict[str, Any]:
        partition: dict[str, Any] = self.glue.get_partition(
            DatabaseName="dynamodb_exports", TableName=self.name, PartitionValues=[key]
        )["Partition"]
        return partition

    def keys(self) -> dict[str, Any]:
        found = self.s3.list_objects_v2(Bucket="dynamodb-exports", Prefix=f"{self.name}/").get("Contents", [])
        return {entry["Key"].rpartition("/")[2]: entry["LastModified"] for entry in found}

    def location(self, key: str) -> str:
        return f"s3://dynamodb-exports/{self.name}/{partition_folder(key)}/"


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_the_crawler_adds_the_partition_with_the_tables_columns(
    local_aws: LocalAws, project: Project, output_format: str
) -> None:
    chain = Chain(local_aws, project, f"Crawled-{output_format}", output_format=output_format)
    chain.attempt(OLDER, "a-1", [ROW, {"id": "a, \\ b"}])

    result = chain.publish(OLDER)

    assert result.success
    found, partition = chain.catalog_table(), chain.partition(OLDER)
    assert formats.columns_from_catalog(found["StorageDescriptor"]["Columns"], output_format) == COLUMNS
    assert found["Parameters"]["ddb.table"] == chain.table.table_name
    assert partition["StorageDescriptor"]["Location"] == chain.location(OLDER)
    assert partition["StorageDescriptor"]["SerdeInfo"] == found["StorageDescriptor"]["SerdeInfo"]
    assert partition["Parameters"].items() >= {"ddb.attempt": "a-1", "ddb.row_count": "2"}.items()
    told = chain.metadata(result)
    assert (told["tables_created"], told["partitions_added"], told["columns_added"]) == (1, 1, list(ROW))
    assert told["partition_found_by_crawler"] is True
    (crawl,) = chain.glue.list_crawls(CrawlerName=told["crawler"])["Crawls"]
    assert json.loads(crawl["Summary"]) == {"PARTITION": {"created": 1, "updated": 0, "deleted": 0}}
    assert project.materialize(chain.table, view_key(chain.table), None).success
    rows = local_aws.query(f"SELECT id, n, price FROM {chain.table.view} ORDER BY n")
    backslash = "\\\\" if output_format == "csv" else "\\"
    assert rows == [("1", "7", "9.990000000000000000"), (f"a, {backslash} b", None, None)]


@pytest.mark.parametrize("output_format", ["json", "csv"])
def test_guesses_that_change_from_one_snapshot_to_the_next_change_no_column(
    local_aws: LocalAws, project: Project, output_format: str
) -> None:
    """What a crawler would take for integers, for words, and for a header, are strings in the manifest."""
    columns = (Column("id", "Id", types.Text()), Column("s", "S", types.Text()), Column("n", "N", types.Number64()))
    chain = Chain(local_aws, project, f"Guessed-{output_format}", output_format=output_format)
    chain.attempt(OLDER, "a-1", [{"id": "1", "s": "1", "n": 1}, {"id": "2", "s": "2", "n": None}], columns)
    chain.attempt(NEWER, "b-1", [{"id": "id", "s": "s", "n": None}, {"id": "three", "s": "x", "n": 3}], columns)

    assert chain.publish(OLDER).success and chain.publish(NEWER).success

    catalog = chain.catalog_table()["StorageDescriptor"]["Columns"]
    assert [(column["Name"], column["Type"]) for column in catalog] == [
        ("id", "string"),
        ("s", "string"),
        ("n", "bigint"),
    ]
    rows = local_aws.query(f"SELECT id, s, n FROM {chain.name} ORDER BY id")
    assert rows == [("1", "1", "1"), ("2", "2", None), ("id", "s", None), ("three", "x", "3")]


@pytest.mark.parametrize("rows", [[], [{"id": "1"}], [{"id": '{"not": json'}, {"id": "2"}]])
def test_text_that_a_crawler_does_not_recognise_is_published_all_the_same(
    local_aws: LocalAws, project: Project, rows: list[dict[str, Any]]
) -> None:
    """To a crawler CSV is two columns and two rows at least."""
    chain = Chain(local_aws, project, f"Unseen-{len(rows)}", output_format="csv")
    chain.attempt(OLDER, "a-1", rows, COLUMNS[:1])

    told = chain.metadata(chain.publish(OLDER))

    assert (told["partitions_added"], told["partition_found_by_crawler"]) == (1, False)
    assert chain.partition(OLDER)["Parameters"]["ddb.attempt"] == "a-1"
    assert local_aws.query(f"SELECT count(*) FROM {chain.name}") == [(str(len(rows)),)]


def test_drift_is_added_to_the_table_and_old_partitions_stay_readable(local_aws: LocalAws, project: Project) -> None:
    chain = Chain(local_aws, project, "CrawledDrift")
    chain.attempt(OLDER, "a-1")
    chain.publish(OLDER)
    at = types.Struct((types.Field("x", "X", types.Text()), types.Field("y", "Y", types.Boolean())))
    columns = (*COLUMNS[:3], Column("at", "At", at), COLUMNS[4], Column("more", "More", types.Number64()))
    chain.attempt(NEWER, "b-1", [{**ROW, "at": {"x": "there", "y": True}, "more": 1}], columns)

    result = chain.publish(NEWER)

    assert result.success
    told = chain.metadata(result)
    assert (told["tables_created"], told["tables_updated"], told["columns_added"]) == (0, 1, ["more"])
    catalog = chain.catalog_table()["StorageDescriptor"]["Columns"]
    assert formats.columns_from_catalog(catalog, "parquet") == columns
    assert chain.partition(OLDER)["Parameters"]["ddb.attempt"] == "a-1"
    rows = local_aws.query(f'SELECT "at".x, "at".y, more FROM {chain.name} ORDER BY snapshot_timestamp')
    assert rows == [("here", None, None), ("there", "true", "1")]


def test_a_second_attempt_replaces_the_first_and_readers_never_see_both(
    local_aws: LocalAws, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = Chain(local_aws, project, "CrawledTwice")
    chain.attempt(OLDER, "a-1")
    chain.publish(OLDER)
    second = chain.attempt(OLDER, "b-1", [{**ROW, "id": "2"}, {**ROW, "id": "3"}], finished="2026-11-20T00:05:00")
    meanwhile: list[Any] = []
    crawl = Crawlers.crawl

    def watched(self: Crawlers, *arguments: Any) -> Crawl:
        meanwhile.append(chain.partition(OLDER)["StorageDescriptor"]["Location"])
        meanwhile.append(local_aws.query(f"SELECT count(*) FROM {chain.name}"))
        return crawl(self, *arguments)

    monkeypatch.setattr(Crawlers, "crawl", watched)
    assert chain.publish(OLDER).success

    assert meanwhile == [second.location, [("2",)]]
    assert sorted(chain.keys()) == ["_manifest.json", "b-1-part-00000.parquet"]
    assert chain.partition(OLDER)["StorageDescriptor"]["Location"] == chain.location(OLDER)
    assert local_aws.query(f"SELECT id FROM {chain.name} ORDER BY id") == [("2",), ("3",)]


def test_publishing_again_copies_nothing(local_aws: LocalAws, project: Project) -> None:
    chain = Chain(local_aws, project, "CrawledAgain")
    chain.attempt(OLDER, "a-1")
    chain.publish(OLDER)
    before = chain.keys()

    told = chain.metadata(chain.publish(OLDER))

    assert chain.keys() == before
    assert (told["tables_created"], told["partitions_added"], told["columns_added"]) == (0, 0, [])


def test_a_failed_crawl_fails_the_asset_and_its_partition_is_not_published(
    local_aws: LocalAws, project: Project
) -> None:
    chain = Chain(local_aws, project, "CrawledBroken")
    chain.attempt(OLDER, "a-1")
    chain.publish(OLDER)
    project.materialize(chain.table, view_key(chain.table), None)
    chain.attempt(NEWER, "b-1")
    chain.s3.put_object(Bucket="dynamodb-exports", Key=f"{chain.name}/stray", Body=b"PAR1 no")

    result = chain.publish(NEWER)

    assert "Crawler ddb-assets-dynamodb_exports-snapshots_crawledbroken ended FAILED" in failure(result)
    assert f"s3://dynamodb-exports/{chain.name}/stray" in failure(result)
    assert project.materialize(chain.table, view_key(chain.table), None).success
    assert local_aws.query(f"SELECT DISTINCT snapshot_timestamp FROM {chain.table.view}") == [(OLDER,)]


def test_a_table_that_is_not_ours_is_named_and_left_alone(local_aws: LocalAws, project: Project) -> None:
    chain = Chain(local_aws, project, "CrawledForeign")
    chain.attempt(OLDER, "a-1")
    by_hand = {
        "Name": chain.name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "snapshot_timestamp", "Type": "string"}],
        "Parameters": {"classification": "parquet", "compressionType": "none"},
        "StorageDescriptor": {
            "Columns": [{"Name": "n", "Type": "string"}],
            "Location": f"s3://dynamodb-exports/{chain.name}/",
        },
    }
    chain.glue.create_table(DatabaseName="dynamodb_exports", TableInput=by_hand)
    before = chain.catalog_table()

    result = chain.publish(OLDER)

    assert "snapshots_crawledforeign is in the Data Catalog already, and isn't a table of" in failure(result)
    assert chain.catalog_table() == before
    view = project.materialize(chain.table, view_key(chain.table), None)
    assert "isn't a table of CrawledForeign's snapshots" in failure(view)


def test_a_publication_cut_off_after_its_crawl_is_completed_by_the_next_run(
    local_aws: LocalAws, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = Chain(local_aws, project, "CrawledCutOff")
    chain.attempt(OLDER, "a-1")
    with monkeypatch.context() as patch:
        patch.setattr("ddb_assets.aws.crawled_table.CrawledTable.complete", lambda *_: 1 / 0)
        assert not chain.publish(OLDER).success
    assert "ddb.attempt" not in chain.partition(OLDER)["Parameters"]
    catalog = chain.catalog_table()["StorageDescriptor"]["Columns"]
    assert formats.columns_from_catalog(catalog, "parquet") == COLUMNS

    assert chain.publish(OLDER).success

    assert chain.partition(OLDER)["Parameters"]["ddb.attempt"] == "a-1"


def test_a_table_that_is_published_directly_stays_so(local_aws: LocalAws, project: Project) -> None:
    chain = Chain(local_aws, project, "CrawledDirect")
    direct = Chain(local_aws, project, "CrawledDirect")
    direct.table = replace(direct.table, catalog="direct")
    direct.attempt(OLDER, "a-1")
    assert direct.publish(OLDER).success
    chain.attempt(NEWER, "b-1")

    assert "snapshots_crawleddirect was published directly" in failure(chain.publish(NEWER))
    files = project.materialize(chain.table, files_key(chain.table), NEWER)
    assert "snapshots_crawleddirect was published directly" in failure(files)
    assert local_aws.query(f"SELECT count(*) FROM {chain.name}") == [("1",)]


def test_a_busy_crawler_is_waited_for_and_a_half_copied_folder_is_not_published(
    local_aws: LocalAws, project: Project
) -> None:
    chain = Chain(local_aws, project, "CrawledBusy")
    written = chain.attempt(OLDER, "a-1")
    source = {"Bucket": "dynamodb-exports", "Key": written.location.partition("s3://dynamodb-exports/")[2]}
    source["Key"] += "part-00000.parquet"
    for number in range(100):
        chain.s3.copy(source, "dynamodb-exports", f"{chain.name}/{partition_folder(NEWER)}/half-{number}")
    crawler = f"ddb-assets-dynamodb_exports-{chain.name}"
    folder = f"s3://dynamodb-exports/{chain.name}/"
    chain.glue.create_crawler(Name=crawler, **crawler_definition("dynamodb_exports", folder, "role"))
    chain.glue.start_crawler(Name=crawler)

    assert chain.publish(OLDER).success

    assert "ddb.attempt" not in chain.partition(NEWER)["Parameters"]
    assert chain.partition(NEWER)["Parameters"]["objectCount"] == "100"
    assert project.materialize(chain.table, view_key(chain.table), None).success
    assert local_aws.query(f"SELECT DISTINCT snapshot_timestamp FROM {chain.table.view}") == [(OLDER,)]


def test_a_folder_that_another_run_copies_into_is_left_out(local_aws: LocalAws, project: Project) -> None:
    chain = Chain(local_aws, project, "CrawledMeanwhile")
    chain.attempt(OLDER, "a-1")
    half = f"{chain.name}/{partition_folder(NEWER)}/b-1-part-00000.parquet"
    chain.s3.put_object(Bucket="dynamodb-exports", Key=half, Body=b"PAR1 not all of it")

    assert chain.publish(OLDER).success
    with pytest.raises(chain.glue.exceptions.EntityNotFoundException):
        chain.partition(NEWER)

    chain.attempt(NEWER, "b-2")
    assert chain.publish(NEWER).success
    assert local_aws.query(f"SELECT count(*) FROM {chain.name}") == [("2",)]


def test_the_crawlers_role_must_be_named_on_aws() -> None:
    with pytest.raises(UserError, match="DDB_ASSETS_CRAWLER_ROLE"):
        crawler_role(Settings(deployment="aws", bucket="my-lake"))
    assert crawler_role(Settings(deployment="aws", bucket="my-lake", crawler_role="glue")) == "glue"
    assert crawler_role(Settings()) == "ddb-assets-crawler"


def test_the_crawler_only_adds_partitions(local_aws: LocalAws) -> None:
    assert Connection().settings().crawler_role == "ddb-assets-crawler"
    definition = crawler_definition("lake", "s3://bucket/a/snapshots_b/", "glue")

    assert definition["SchemaChangePolicy"] == {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    assert '"InheritFromTable"' in definition["Configuration"]
    assert '"TableLevelConfiguration": 3' in definition["Configuration"]
