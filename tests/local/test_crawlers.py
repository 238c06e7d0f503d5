"""Glue's StartCrawler on local AWS: files are read, and tables and partitions written as a crawler writes them."""

import gzip
import io
import json
import time
from collections.abc import Callable
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc as po
import pyarrow.parquet as pq
import pytest

from tests.conftest import LocalAws

BUCKET = "dynamodb-exports"
ROWS = pa.table(
    {
        "id": ["1", "2"],
        "n": pa.array([1, 2], pa.int64()),
        "price": pa.array([None, None], pa.decimal128(38, 18)),
        "tags": pa.array([["a"], None], pa.list_(pa.string())),
        "at": pa.array([{"x": 1.5}, None], pa.struct([("x", pa.float64())])),
    }
)
TYPES = {
    "id": "string",
    "n": "bigint",
    "price": "decimal(38,18)",
    "tags": "array<string>",
    "at": "struct<x:double>",
}
MERGE = {
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
    },
    "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
}


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def orc(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    po.write_table(table, sink)
    return sink.getvalue()


def avro(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    price = {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 18}
    at = {"type": "record", "name": "at", "fields": [{"name": "x", "type": "double"}]}
    kinds = {"id": "string", "n": "long", "price": price, "tags": {"type": "array", "items": "string"}, "at": at}
    fields = [{"name": name, "type": ["null", kind]} for name, kind in kinds.items()]
    fastavro.writer(sink, fastavro.parse_schema({"type": "record", "name": "row", "fields": fields}), table.to_pylist())
    return sink.getvalue()


class Crawler:
    """A crawler of one folder, and the tables of a database of its own."""

    def __init__(self, local_aws: LocalAws, name: str, **options: Any) -> None:
        self.glue, self.s3, self.logs = (local_aws.client(service) for service in ("glue", "s3", "logs"))
        self.local_aws, self.name, self.database = local_aws, name, f"crawled_{name}"
        self.glue.create_database(DatabaseInput={"Name": self.database})
        exclusions = options.pop("exclusions", [])
        target = {"Path": f"s3://{BUCKET}/crawled/{name}", "Exclusions": exclusions}
        self.glue.create_crawler(
            Name=name, Role="role", DatabaseName=self.database, Targets={"S3Targets": [target]}, **options
        )

    def put(self, path: str, body: bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=f"crawled/{self.name}/{path}", Body=body)

    def delete(self, path: str) -> None:
        self.s3.delete_object(Bucket=BUCKET, Key=f"crawled/{self.name}/{path}")

    def crawl(self) -> dict[str, Any]:
        self.glue.start_crawler(Name=self.name)
        return self.wait()

    def wait(self) -> dict[str, Any]:
        while (crawler := self.glue.get_crawler(Name=self.name)["Crawler"])["State"] != "READY":
            time.sleep(0.02)
        last: dict[str, Any] = crawler["LastCrawl"]
        return last

    def table(self, name: str | None = None) -> dict[str, Any]:
        table: dict[str, Any] = self.glue.get_table(DatabaseName=self.database, Name=name or self.name)["Table"]
        return table

    def columns(self, name: str | None = None) -> dict[str, str]:
        return {column["Name"]: column["Type"] for column in self.table(name)["StorageDescriptor"]["Columns"]}

    def tables(self) -> list[str]:
        return [table["Name"] for table in self.glue.get_tables(DatabaseName=self.database)["TableList"]]

    def partitions(self) -> dict[str, dict[str, Any]]:
        found = self.glue.get_partitions(DatabaseName=self.database, TableName=self.name)["Partitions"]
        return {"/".join(each["Values"]): each for each in found}

    def count(self) -> str | None:
        return self.local_aws.query(f"SELECT count(*) FROM {self.name}", self.database)[0][0]


@pytest.mark.parametrize(
    ("name", "write", "serde"),
    [
        ("as_parquet", parquet, "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"),
        ("as_orc", orc, "org.apache.hadoop.hive.ql.io.orc.OrcSerde"),
        ("as_avro", avro, "org.apache.hadoop.hive.serde2.avro.AvroSerDe"),
    ],
)
def test_files_with_a_schema_keep_their_types(
    local_aws: LocalAws, name: str, write: Callable[[pa.Table], bytes], serde: str
) -> None:
    crawler = Crawler(local_aws, name)
    crawler.put("k=a/part-0", write(ROWS))

    last = crawler.crawl()

    assert (last["Status"], last["LogGroup"], last["LogStream"]) == ("SUCCEEDED", "/aws-glue/crawlers", name)
    table = crawler.table()
    assert crawler.columns() == TYPES
    assert table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == serde
    assert table["Parameters"]["classification"] == name.removeprefix("as_")
    assert table["Parameters"]["UPDATED_BY_CRAWLER"] == name
    assert table["Parameters"]["recordCount"] == "2"
    assert local_aws.query(f"SELECT n, tags[1], k FROM {name} WHERE id = '1'", crawler.database) == [("1", "a", "a")]


def test_json_lines_are_one_object_each_and_mixed_values_text(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "as_json")
    rows = [{"Id": 1, "big": 2**40, "f": 1.5, "m": "a"}, {"Id": 2, "f": 2, "m": 1, "s": {"x": [True]}, "none": None}]
    crawler.put("rows.json.gz", gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
    crawler.crawl()

    assert crawler.columns() == {
        "id": "int",
        "big": "bigint",
        "f": "double",
        "m": "string",
        "s": "struct<x:array<boolean>>",
    }
    assert crawler.table()["Parameters"]["compressionType"] == "gzip"
    assert local_aws.query("SELECT id, m FROM as_json ORDER BY id", crawler.database) == [("1", "a"), ("2", "1")]


def test_csv_has_a_header_when_the_rows_after_it_are_not_all_text(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "as_csv")
    crawler.put("numbers/a.csv", b"Name,Size,Share\nx,1,0.5\ny,2,1\n")
    crawler.put("text/a.csv", b"a,b\nc,d\n")
    crawler.crawl()

    assert sorted(crawler.tables()) == ["numbers", "text"]
    assert crawler.columns("numbers") == {"name": "string", "size": "bigint", "share": "double"}
    assert crawler.table("numbers")["Parameters"]["skip.header.line.count"] == "1"
    assert crawler.columns("text") == {"col0": "string", "col1": "string"}
    assert local_aws.query("SELECT sum(size) FROM numbers", crawler.database) == [("3",)]


def test_partitions_come_from_paths_with_their_values_unescaped(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "parts")
    for hour in ("00", "06"):
        crawler.put(f"snapshot_timestamp=2026-11-24T{hour}%3A00/x=1/part-0.parquet", parquet(ROWS))
    crawler.crawl()

    assert [key["Name"] for key in crawler.table()["PartitionKeys"]] == ["snapshot_timestamp", "x"]
    assert set(crawler.partitions()) == {"2026-11-24T00:00/1", "2026-11-24T06:00/1"}
    location = crawler.partitions()["2026-11-24T06:00/1"]["StorageDescriptor"]["Location"]
    assert location == f"s3://{BUCKET}/crawled/parts/snapshot_timestamp=2026-11-24T06%3A00/x=1/"
    counted = local_aws.query("SELECT snapshot_timestamp, count(*) FROM parts GROUP BY 1 ORDER BY 1", crawler.database)
    assert counted == [("2026-11-24T00:00", "2"), ("2026-11-24T06:00", "2")]


def test_folders_without_a_key_are_numbered(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "numbered", TablePrefix="raw_")
    crawler.put("k=a/first/part-0", parquet(ROWS))
    crawler.crawl()

    assert [key["Name"] for key in crawler.table("raw_numbered")["PartitionKeys"]] == ["k", "partition_1"]


def test_hidden_and_excluded_files_are_not_read(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "hidden", exclusions=["**.log", "k={b,c}/**"])
    crawler.put("k=a/part-0", parquet(ROWS))
    for path in ("k=a/_manifest.json", "_staging/x/part-0", "k=a/.part.crc", "k=a/deep.log", "k=b/part-0", "k=c/d/e"):
        crawler.put(path, b"not what it seems")

    assert crawler.crawl()["Status"] == "SUCCEEDED"
    assert crawler.tables() == ["hidden"]
    assert list(crawler.partitions()) == ["a"]


def test_drift_adds_a_column_and_what_is_known_of_the_others_stays(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "drift", Configuration=json.dumps(MERGE))
    crawler.put("k=a/part-0", parquet(ROWS.select(["id", "n"])))
    crawler.crawl()
    keep = {"Name", "TableType", "PartitionKeys", "StorageDescriptor", "Parameters"}
    table = {name: value for name, value in crawler.table().items() if name in keep}
    table["StorageDescriptor"]["Columns"][0]["Parameters"] = {"ddb.attribute": "Id"}
    table["Parameters"]["ours"] = "kept"
    crawler.glue.update_table(DatabaseName=crawler.database, TableInput=table)
    crawler.put("k=b/part-0", parquet(ROWS.select(["id", "n", "price"])))

    crawler.crawl()

    assert list(crawler.columns()) == ["id", "n", "price"]
    assert crawler.table()["StorageDescriptor"]["Columns"][0]["Parameters"] == {"ddb.attribute": "Id"}
    assert crawler.table()["Parameters"]["ours"] == "kept"
    inherited = crawler.partitions()["a"]["StorageDescriptor"]["Columns"]
    assert [column["Name"] for column in inherited] == ["id", "n", "price"]
    (metrics,) = crawler.glue.get_crawler_metrics(CrawlerNameList=["drift"])["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"], metrics["TablesDeleted"]) == (0, 1, 0)
    assert crawler.count() == "4"


def test_a_full_update_removes_what_the_crawler_did_not_write(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "full")
    crawler.put("part-0", parquet(ROWS.select(["id", "n"])))
    crawler.crawl()
    crawler.put("part-0", parquet(ROWS.select(["id", "price"])))
    crawler.crawl()

    assert list(crawler.columns()) == ["id", "price"]


def test_log_changes_no_table_but_adds_partitions(local_aws: LocalAws) -> None:
    policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    configuration = json.dumps({"Grouping": MERGE["Grouping"]})
    crawler = Crawler(local_aws, "logged", SchemaChangePolicy=policy, Configuration=configuration)
    crawler.put("k=a/part-0", parquet(ROWS.select(["id"])))
    crawler.crawl()
    crawler.put("k=b/part-0", parquet(ROWS.select(["id", "n"])))
    crawler.delete("k=a/part-0")
    crawler.crawl()

    assert list(crawler.columns()) == ["id"]
    assert sorted(crawler.partitions()) == ["a", "b"]
    events = crawler.logs.get_log_events(logGroupName="/aws-glue/crawlers", logStreamName="logged")["events"]
    assert any("UpdateBehavior is LOG" in event["message"] for event in events)


def by_hand(crawler: Crawler, columns: dict[str, str]) -> dict[str, Any]:
    """A table of CSV that someone has described better than a crawler could."""
    return {
        "Name": crawler.name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "k", "Type": "string"}],
        "Parameters": {"classification": "csv", "compressionType": "none", "ours": "kept"},
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
            "Location": f"s3://{BUCKET}/crawled/{crawler.name}/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                "Parameters": {"field.delim": ",", "escape.delim": "\\"},
            },
        },
    }


def test_partitions_inherit_from_a_table_that_is_not_to_change(local_aws: LocalAws) -> None:
    """AWS Glue developer guide, "Preventing a crawler from changing an existing schema"."""
    inherit = {"CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}
    crawler = Crawler(
        local_aws,
        "inherited",
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        Configuration=json.dumps({**inherit, "Grouping": {**MERGE["Grouping"], "TableLevelConfiguration": 3}}),
    )
    columns = {"s": "string", "n": "bigint"}
    crawler.glue.create_table(DatabaseName=crawler.database, TableInput=by_hand(crawler, columns))
    before = crawler.table()
    crawler.put("k=a/rows.csv", b"7,1\n8,2\n")
    crawler.crawl()

    assert crawler.table() == before
    added = crawler.partitions()["a"]
    for inherited in ("Columns", "InputFormat", "OutputFormat", "SerdeInfo"):
        assert added["StorageDescriptor"][inherited] == before["StorageDescriptor"][inherited]
    assert added["Parameters"]["recordCount"] == "2"

    # What another crawl guesses differently changes nothing; what the table has since learnt, all partitions learn.
    changed = by_hand(crawler, {**columns, "more": "string"})
    crawler.glue.update_table(DatabaseName=crawler.database, TableInput=changed)
    crawler.put("k=b/rows.csv", b"a\\,b,3\nnone,\n")
    crawler.crawl()

    assert crawler.columns() == {**columns, "more": "string"}
    assert crawler.table()["Parameters"] == changed["Parameters"]
    known = crawler.partitions()["a"]
    assert known["StorageDescriptor"]["Columns"] == crawler.table()["StorageDescriptor"]["Columns"]
    assert known["Parameters"] == added["Parameters"]
    rows = local_aws.query("SELECT s, n, more FROM inherited ORDER BY s", crawler.database)
    assert rows == [("7", "1", None), ("8", "2", None), ("a,b", "3", None), ("none", None, None)]


def test_without_inheritance_log_leaves_known_partitions_alone(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "left_alone", SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    crawler.put("k=a/part-0", parquet(ROWS.select(["id"])))
    crawler.crawl()
    before = crawler.partitions()["a"]
    crawler.put("k=a/part-1", parquet(ROWS.select(["id"])))
    crawler.crawl()

    assert crawler.partitions()["a"] == before


def test_text_whose_types_do_not_agree_is_one_table_of_strings_when_one_is_asked_for(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "disagreeing", Configuration=json.dumps({"Grouping": MERGE["Grouping"]}))
    crawler.put("k=a/rows.json", b'{"v": 1, "w": {"x": 1}}\n')
    crawler.put("k=b/rows.json", b'{"v": "one", "w": {"x": 1.5}}\n')

    assert crawler.crawl()["Status"] == "SUCCEEDED"
    assert crawler.columns() == {"v": "string", "w": "struct<x:double>"}


@pytest.mark.parametrize(
    ("name", "behaviour", "left"),
    [("gone_deleted", "DELETE_FROM_DATABASE", []), ("gone_deprecated", "DEPRECATE_IN_DATABASE", ["gone_deprecated"])],
)
def test_a_table_without_files_is_deleted_or_deprecated(
    local_aws: LocalAws, name: str, behaviour: str, left: list[str]
) -> None:
    policy = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behaviour}
    crawler = Crawler(local_aws, name, SchemaChangePolicy=policy)
    crawler.put("part-0", parquet(ROWS))
    crawler.crawl()
    crawler.delete("part-0")
    crawler.crawl()

    assert crawler.tables() == left
    assert all("DEPRECATED_BY_CRAWLER" in crawler.table(each)["Parameters"] for each in left)


def test_new_folders_only_leaves_known_ones_and_the_schema(local_aws: LocalAws) -> None:
    crawler = Crawler(
        local_aws,
        "incremental",
        RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        Configuration=json.dumps(MERGE),
    )
    crawler.put("k=a/part-0", parquet(ROWS.select(["id"])))
    crawler.crawl()
    crawler.put("k=a/part-1", parquet(ROWS.select(["id"])))
    crawler.put("k=b/part-0", parquet(ROWS.select(["id", "n"])))
    crawler.crawl()

    assert list(crawler.columns()) == ["id"]
    assert crawler.partitions()["a"]["Parameters"]["objectCount"] == "1"
    assert crawler.count() == "6"


def test_types_that_do_not_agree_make_tables_of_their_own(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "split", Configuration=json.dumps(MERGE))
    crawler.put("k=a/part-0", parquet(pa.table({"v": [1]})))
    crawler.put("k=b/part-0", parquet(pa.table({"v": ["one"]})))
    crawler.crawl()

    assert sorted(crawler.tables()) == ["k_a", "k_b"]


def test_a_table_level_keeps_folders_together_or_fails(local_aws: LocalAws) -> None:
    configuration = {"Grouping": {**MERGE["Grouping"], "TableLevelConfiguration": 3}}
    crawler = Crawler(local_aws, "level", Configuration=json.dumps(configuration))
    crawler.put("k=a/part-0", parquet(pa.table({"v": [1]})))
    crawler.put("k=b/part-0", parquet(pa.table({"v": [1], "w": [2]})))

    assert crawler.crawl()["Status"] == "SUCCEEDED"
    assert crawler.tables() == ["level"]
    crawler.put("k=c/part-0", parquet(pa.table({"v": ["one"]})))
    last = crawler.crawl()
    assert last["Status"] == "FAILED"
    assert "Conflict" in last["ErrorMessage"]


def test_a_damaged_file_fails_the_crawl_and_changes_nothing(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "damaged")
    crawler.put("part-0", b"PAR1 and no more")
    last = crawler.crawl()

    assert last["Status"] == "FAILED"
    assert f"s3://{BUCKET}/crawled/damaged/part-0" in last["ErrorMessage"]
    assert crawler.tables() == []


def test_a_running_crawler_is_not_started_again_nor_updated(local_aws: LocalAws) -> None:
    crawler = Crawler(local_aws, "busy")
    for number in range(200):
        crawler.put(f"part-{number}", parquet(ROWS))
    crawler.glue.start_crawler(Name="busy")

    with pytest.raises(crawler.glue.exceptions.CrawlerRunningException):
        crawler.glue.start_crawler(Name="busy")
    with pytest.raises(crawler.glue.exceptions.CrawlerRunningException):
        crawler.glue.update_crawler(Name="busy", TablePrefix="x_")
    crawler.glue.stop_crawler(Name="busy")

    assert crawler.wait()["Status"] == "CANCELLED"
    assert crawler.tables() == []
    with pytest.raises(crawler.glue.exceptions.CrawlerNotRunningException):
        crawler.glue.stop_crawler(Name="busy")
    crawler.glue.update_crawler(Name="busy", TablePrefix="x_")
    crawler.crawl()
    assert crawler.tables() == ["x_busy"]
    states = [crawl["State"] for crawl in crawler.glue.list_crawls(CrawlerName="busy")["Crawls"]]
    assert sorted(states) == ["COMPLETED", "STOPPED"]
