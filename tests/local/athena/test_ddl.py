"""Statements that change or show the Data Catalog."""

import pyarrow as pa
import pytest

from tests.local.athena.conftest import Athena, parquet


def test_databases_are_created_shown_and_dropped(aws: Athena) -> None:
    name = f"{aws.database}_second"
    aws.finish(f"CREATE DATABASE {name} COMMENT 'it\\'s' LOCATION 's3://b/x/' WITH DBPROPERTIES ('k'='v')")
    aws.finish(f"CREATE SCHEMA IF NOT EXISTS `{name}`")
    stored = aws.glue.get_database(Name=name)["Database"]

    assert (stored["Description"], stored["LocationUri"], stored["Parameters"]) == ("it's", "s3://b/x/", {"k": "v"})
    assert "AlreadyExistsException" in aws.reason(f"CREATE DATABASE {name}")
    assert aws.lines(f"SHOW DATABASES LIKE '{aws.database}*'") == [aws.database, name]

    aws.finish("CREATE VIEW v AS SELECT 1 AS x", QueryExecutionContext={"Database": name})
    assert "is not empty" in aws.reason(f"DROP DATABASE {name}")
    aws.finish(f"DROP DATABASE {name} CASCADE")
    aws.finish(f"DROP DATABASE IF EXISTS {name}")
    assert "Database does not exist" in aws.reason(f"DROP DATABASE {name}")


def test_an_external_table_is_stored_as_athena_stores_it(aws: Athena) -> None:
    aws.finish(
        f"""CREATE EXTERNAL TABLE IF NOT EXISTS `{aws.database}`.`T` (
              `Id` string COMMENT 'the key, (really)',
              `nested` array<struct<a:int,`b c`:map<string,decimal(38,18)>>>  -- a comment
            )
            COMMENT "table"
            PARTITIONED BY (`snapshot_timestamp` string COMMENT 'when')
            ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
            WITH SERDEPROPERTIES ('ignore.malformed.json'='true')
            STORED AS INPUTFORMAT 'in.Format' OUTPUTFORMAT 'out.Format'
            LOCATION 's3://{aws.bucket}/t/'
            TBLPROPERTIES ('has_encrypted_data'='false');"""
    )
    table = aws.glue.get_table(DatabaseName=aws.database, Name="t")["Table"]
    storage = table["StorageDescriptor"]

    assert storage["Columns"] == [
        {"Name": "id", "Type": "string", "Comment": "the key, (really)"},
        {"Name": "nested", "Type": "array<struct<a:int,b c:map<string,decimal(38,18)>>>"},
    ]
    assert table["PartitionKeys"] == [{"Name": "snapshot_timestamp", "Type": "string", "Comment": "when"}]
    assert (table["TableType"], table["Description"]) == ("EXTERNAL_TABLE", "table")
    assert table["Parameters"]["EXTERNAL"] == "TRUE"
    assert table["Parameters"]["has_encrypted_data"] == "false"
    assert (storage["InputFormat"], storage["OutputFormat"]) == ("in.Format", "out.Format")
    assert storage["SerdeInfo"]["Parameters"] == {"ignore.malformed.json": "true"}


def test_a_location_is_stored_without_the_slash_at_its_end(aws: Athena) -> None:
    aws.create("t", "id string")
    aws.put("t/a.parquet", parquet({"id": ["a"]}))
    aws.put("t2/b.parquet", parquet({"id": ["not t's"]}))
    aws.finish(f"CREATE EXTERNAL TABLE whole (id string) STORED AS PARQUET LOCATION 's3://{aws.bucket}/'")

    tables = aws.glue.get_tables(DatabaseName=aws.database)["TableList"]
    stored = {each["Name"]: each["StorageDescriptor"] for each in tables}
    assert stored["t"]["Location"] == f"s3://{aws.bucket}/t"
    assert stored["whole"]["Location"] == f"s3://{aws.bucket}/"
    assert aws.query("SELECT id FROM t") == [("a",)]


def test_a_bucketed_table_is_stored_shown_and_read(aws: Athena) -> None:
    aws.create("t", "id string, n int", stored="CLUSTERED BY (id, `N`) INTO 5 BUCKETS STORED AS PARQUET")
    aws.put("t/a.parquet", parquet({"id": ["a"], "n": pa.array([1], pa.int32())}))
    stored = aws.glue.get_table(DatabaseName=aws.database, Name="t")["Table"]["StorageDescriptor"]

    assert (stored["BucketColumns"], stored["NumberOfBuckets"]) == (["id", "n"], 5)
    assert aws.query("SELECT id, n FROM t") == [("a", "1")]
    shown = "\n".join(line or "" for line in aws.lines("SHOW CREATE TABLE t"))
    aws.finish("DROP TABLE t")
    aws.finish(shown)
    assert aws.glue.get_table(DatabaseName=aws.database, Name="t")["Table"]["StorageDescriptor"] == stored


def test_show_create_table_makes_the_same_table_again(aws: Athena) -> None:
    aws.create("t", "id string COMMENT 'it\\'s', `order` array<int>", partitioned=True, more="TBLPROPERTIES ('a'='b')")
    before = aws.glue.get_table(DatabaseName=aws.database, Name="t")["Table"]
    statement = "\n".join(line or "" for line in aws.lines("SHOW CREATE TABLE t"))
    aws.finish("DROP TABLE t")
    aws.finish(statement)
    after = aws.glue.get_table(DatabaseName=aws.database, Name="t")["Table"]

    for key in ("StorageDescriptor", "PartitionKeys", "Parameters"):
        assert after[key] == before[key]


def test_tables_are_shown_and_dropped(aws: Athena) -> None:
    aws.create("first", "id string COMMENT 'key', n int", partitioned=True)
    aws.create("second", "id string")

    assert aws.lines("SHOW TABLES") == ["first", "second"]
    assert aws.lines(f"SHOW TABLES IN {aws.database} 'fir*'") == ["first"]

    aws.finish("DROP TABLE second")
    aws.finish("DROP TABLE IF EXISTS second")
    assert aws.lines("SHOW TABLES") == ["first"]


def test_a_table_is_altered_in_place(aws: Athena) -> None:
    location = aws.create("t", "id string", partitioned=True)
    aws.put("moved/p.parquet", parquet({"id": ["a"], "later": [1]}))
    aws.finish("ALTER TABLE t ADD COLUMNS (later bigint COMMENT 'new', s struct<a:int>)")
    aws.finish("ALTER TABLE t SET TBLPROPERTIES ('k'='v')")
    aws.finish("ALTER TABLE t ADD PARTITION (snapshot_timestamp='x') LOCATION 's3://nowhere/'")
    aws.finish(f"ALTER TABLE t PARTITION (snapshot_timestamp='x') SET LOCATION 's3://{aws.bucket}/moved/'")

    assert aws.query("SELECT * FROM t") == [("a", "1", None, "x")]
    assert aws.lines("SHOW TBLPROPERTIES t('k')") == ["v"]
    aws.finish(f"ALTER TABLE t SET LOCATION '{location}elsewhere/'")
    stored = aws.glue.get_table(DatabaseName=aws.database, Name="t")["Table"]
    assert stored["StorageDescriptor"]["Location"] == f"{location}elsewhere/"
    assert stored["PartitionKeys"][0]["Name"] == "snapshot_timestamp"


def test_partitions_are_added_shown_and_dropped(aws: Athena) -> None:
    location = aws.create("t", "id string", partitioned=True)
    aws.finish(
        f"ALTER TABLE t ADD PARTITION (snapshot_timestamp = '2026-11-24T00:00') LOCATION '{location}one/' "
        "PARTITION (snapshot_timestamp = '2026-11-23T00:00')"
    )
    again = "PARTITION (snapshot_timestamp = '2026-11-24T00:00')"

    assert aws.lines("SHOW PARTITIONS t") == [
        "snapshot_timestamp=2026-11-23T00%3A00",
        "snapshot_timestamp=2026-11-24T00%3A00",
    ]
    stored = aws.glue.get_partition(DatabaseName=aws.database, TableName="t", PartitionValues=["2026-11-23T00:00"])[
        "Partition"
    ]
    assert stored["StorageDescriptor"]["Location"] == f"{location}snapshot_timestamp=2026-11-23T00%3A00"
    assert "Partition already exists" in aws.reason(f"ALTER TABLE t ADD {again}")
    aws.finish(f"ALTER TABLE t ADD IF NOT EXISTS {again}")
    aws.finish(f"ALTER TABLE t DROP {again}, PARTITION (snapshot_timestamp = '2026-11-23T00:00')")
    aws.finish(f"ALTER TABLE t DROP IF EXISTS {again}")
    assert "Partition not found" in aws.reason(f"ALTER TABLE t DROP {again}")
    assert aws.lines("SHOW PARTITIONS t") == []


def test_msck_repair_finds_folders_and_keeps_them_as_they_are(aws: Athena) -> None:
    location = aws.create("t", "id string", partitioned=True)
    aws.put("t/snapshot_timestamp=2026-11-24T00%3A00/p.parquet", parquet({"id": ["a"]}))
    aws.put("t/not a partition/p.parquet", parquet({"id": ["b"]}))

    assert aws.lines("MSCK REPAIR TABLE t") == [
        "Partitions not in metastore:\tt:snapshot_timestamp=2026-11-24T00%3A00",
        "Repair: Added partition to metastore t:snapshot_timestamp=2026-11-24T00%3A00",
    ]
    stored = aws.glue.get_partitions(DatabaseName=aws.database, TableName="t")["Partitions"]
    assert [partition["Values"] for partition in stored] == [["2026-11-24T00:00"]]
    assert stored[0]["StorageDescriptor"]["Location"] == f"{location}snapshot_timestamp=2026-11-24T00%3A00"
    assert aws.query("SELECT * FROM t") == [("a", "2026-11-24T00:00")]
    assert aws.lines("MSCK REPAIR TABLE t") == []


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DROP TABLE nope", "FAILED: SemanticException [Error 10001]: Table not found nope"),
        ("DESCRIBE nope", "FAILED: SemanticException [Error 10001]: Table not found nope"),
        ("MSCK REPAIR TABLE nope", "FAILED: SemanticException [Error 10001]: Table not found nope"),
        ("SHOW TABLES IN nope", "FAILED: SemanticException [Error 10072]: Database does not exist: nope"),
        ("CREATE EXTERNAL TABLE t (id string)", "FAILED: Execution Error, return code 1 from"),
        ("CREATE EXTERNAL TABLE t (id nonsense) LOCATION 's3://b/'", "FAILED: ParseException"),
        ("CREATE EXTERNAL TABLE t id", "SYNTAX_ERROR: line 1:25: mismatched input 'id'. Expecting: '('"),
        ("CREATE EXTERNAL TABLE t (id string", "SYNTAX_ERROR: line 1:35: mismatched input '<EOF>'"),
        ("ALTER TABLE known ADD PARTITION (other='x')", "FAILED: SemanticException [Error 10098]"),
        ("ALTER TABLE known FROBNICATE", "SYNTAX_ERROR: line 1:19: mismatched input 'FROBNICATE'"),
        (
            "CREATE EXTERNAL TABLE t (id int) CLUSTERED BY (x) INTO 2 BUCKETS LOCATION 's3://b/'",
            "FAILED: SemanticException [Error 10002]",
        ),
        ("CREATE EXTERNAL TABLE t (id int) CLUSTERED BY (id) INTO 0 BUCKETS", "SYNTAX_ERROR: line 1:57"),
        ("CREATE EXTERNAL TABLE known (id string) LOCATION 's3://b/'", "FAILED: Execution Error"),
        ("DROP TABLE known nonsense", "SYNTAX_ERROR: line 1:18"),
    ],
)
def test_wrong_ddl_fails_in_hives_words(aws: Athena, sql: str, reason: str) -> None:
    aws.create("known", "id string", partitioned=True)

    assert aws.reason(sql).startswith(reason.format(db=aws.database))
    assert aws.lines("SHOW TABLES") == ["known"]
