"""Local Athena with the engine `trino`: Trino's SQL, and around it what is Athena's own."""

import io

import pyarrow.parquet as pq
import pytest

from ddb_assets.local.athena.ddl.create_table import ICEBERG
from tests.trino.conftest import Compared, EngineAws


def results(aws: EngineAws, folder: str) -> list[str]:
    found = aws.client("s3").list_objects_v2(Bucket="dynamodb-exports", Prefix=folder).get("Contents", [])
    return [f"s3://dynamodb-exports/{entry['Key']}" for entry in found]


def test_values_are_shown_and_described_as_athena_does(engine_aws: EngineAws) -> None:
    cells = {
        "CAST(1 AS tinyint)": ("1", "tinyint"),
        "1e0 / 3": ("0.3333333333333333", "double"),
        "1e10": ("1.0E10", "double"),
        "nan()": ("NaN", "double"),
        "REAL '0.1'": ("0.1", "float"),
        "true": ("true", "boolean"),
        "DECIMAL '1.50'": ("1.50", "decimal"),
        "'a\"b'": ('a"b', "varchar"),
        "CAST('x' AS char(3))": ("x  ", "char"),
        "X'00ff'": ("00 ff", "varbinary"),
        "DATE '2020-01-02'": ("2020-01-02", "date"),
        "TIMESTAMP '2020-01-02 03:04:05'": ("2020-01-02 03:04:05.000", "timestamp"),
        "TIMESTAMP '2020-01-02 03:04:05.123456'": ("2020-01-02 03:04:05.123456", "timestamp"),
        "TIMESTAMP '2020-01-02 03:04:05.1 Europe/Berlin'": (
            "2020-01-02 03:04:05.100 Europe/Berlin",
            "timestamp with time zone",
        ),
        "INTERVAL '3' DAY": ("3 00:00:00.000", "interval day to second"),
        "INTERVAL '3' MONTH": ("0-3", "interval year to month"),
        "JSON '{\"a\": [1, null]}'": ('{"a":[1,null]}', "json"),
        "ARRAY[1, NULL]": ("[1, null]", "array"),
        "MAP(ARRAY[1e0], ARRAY['x'])": ("{1.0=x}", "map"),
        "MAP(ARRAY[true, NULL IS NOT NULL], ARRAY[X'01', NULL])": ("{false=null, true=01}", "map"),
        "CAST(ROW(1, 'x') AS ROW(a int, b varchar))": ("{a=1, b=x}", "row"),
        "ROW(1, ARRAY[DATE '2020-01-02'])": ("{field0=1, field1=[2020-01-02]}", "row"),
        "NULL": (None, "unknown"),
    }
    execution = engine_aws.run("SELECT " + ", ".join(cells))

    found = engine_aws.client("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
    types = [column["Type"] for column in found["ResultSetMetadata"]["ColumnInfo"]]
    texts = [cell.get("VarCharValue") for cell in found["Rows"][1]["Data"]]
    shown = dict(zip(cells, zip(texts, types, strict=True), strict=True))
    # A map's entries have no order.
    shown = {sql: (text.replace("{true=01, false=null}", "{false=null, true=01}") if text else text, kind)
             for sql, (text, kind) in shown.items()}  # fmt: skip
    assert shown == cells


def test_the_result_lies_in_s3_as_csv_and_the_statistics_say_what_was_read(engine_aws: EngineAws) -> None:
    engine_aws.run("CREATE TABLE told AS SELECT 'a\"b' AS x, 1 AS y UNION ALL SELECT NULL, 2")
    execution = engine_aws.run("SELECT x, y FROM told ORDER BY y")

    assert engine_aws.lines(execution["ResultConfiguration"]["OutputLocation"]) == ['"x","y"', '"a""b","1"', ',"2"']
    assert execution["Statistics"]["DataScannedInBytes"] > 0
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")


@pytest.mark.parametrize("form", ["PARQUET", "ORC", "AVRO", "JSON", "TEXTFILE"])
def test_tables_of_every_form_are_made_added_to_and_unloaded(
    engine_aws: EngineAws, compared: Compared, form: str
) -> None:
    name = f"made_{form.lower()}"
    made = engine_aws.run(
        f"CREATE TABLE {name} WITH (format = '{form}', partitioned_by = ARRAY['p'], write_compression = 'GZIP') AS "
        "SELECT id, text, p FROM (VALUES (1, 'a', 'x:y'), (2, NULL, 'z')) AS t (id, text, p)"
    )
    added = engine_aws.run(f"INSERT INTO {name} VALUES (3, 'c', 'z'), (4, 'd', 'new')")
    rows = [("1", "a", "x:y"), ("2", None, "z"), ("3", "c", "z"), ("4", "d", "new")]

    assert engine_aws.query(f"SELECT * FROM {name} ORDER BY id") == rows
    assert engine_aws.query(f"SHOW PARTITIONS {name}") == [("p=new",), ("p=x%3Ay",), ("p=z",)]
    location = made["ResultConfiguration"]["OutputLocation"]
    assert location.endswith(f"/tables/{made['QueryExecutionId']}")
    manifests = [one["Statistics"]["DataManifestLocation"] for one in (made, added)]
    files = [file for manifest in manifests for file in engine_aws.lines(manifest)]
    assert manifests[0] == f"{location}-manifest.csv"
    assert sorted(files) == sorted(row[0] or "" for row in engine_aws.query(f'SELECT DISTINCT "$path" FROM {name}'))
    count = engine_aws.client("athena").get_query_results(QueryExecutionId=added["QueryExecutionId"])["UpdateCount"]
    assert count == 2

    place = f"s3://dynamodb-exports/unloaded/{name}/"
    unloaded = engine_aws.run(
        f"UNLOAD (SELECT id, text FROM {name} WHERE p <> ')') TO '{place}' WITH (format='{form}')"
    )
    assert engine_aws.lines(unloaded["Statistics"]["DataManifestLocation"]) == results(engine_aws, f"unloaded/{name}/")
    assert "unload" not in "".join(row[0] or "" for row in engine_aws.query("SHOW DATABASES"))
    assert "HIVE_PATH_ALREADY_EXISTS" in engine_aws.reason(
        f"UNLOAD (SELECT 1 AS x) TO '{place}' WITH (format='{form}')"
    )
    compared.add("statements that write", "local Athena by Trino", "rows", 4 + count + 4)


def test_what_is_unloaded_needs_no_names(engine_aws: EngineAws) -> None:
    place = "s3://dynamodb-exports/unloaded/nameless/"
    engine_aws.run(f"UNLOAD (SELECT 'x', count(*) FROM (VALUES 1, 2)) TO '{place}' WITH (format = 'PARQUET')")

    (file,) = results(engine_aws, "unloaded/nameless/")
    bucket, _, key = file.removeprefix("s3://").partition("/")
    body = engine_aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert pq.read_table(io.BytesIO(body)).to_pylist() == [{"_col0": "x", "_col1": 2}]


def test_hives_statements_are_ours(engine_aws: EngineAws) -> None:
    engine_aws.client("s3").put_object(Bucket="dynamodb-exports", Key="hive/day=a%3Ab/f.csv", Body=b"k1,1\nk2,2\n")
    engine_aws.run(
        "CREATE EXTERNAL TABLE hive (k string, v int) PARTITIONED BY (day string) ROW FORMAT DELIMITED FIELDS "
        "TERMINATED BY ',' LOCATION 's3://dynamodb-exports/hive/'"
    )
    engine_aws.run("MSCK REPAIR TABLE hive")
    engine_aws.run("ALTER TABLE hive ADD PARTITION (day = 'c') LOCATION 's3://dynamodb-exports/hive/day=a%3Ab/'")

    assert engine_aws.query("SHOW PARTITIONS hive") == [("day=a%3Ab",), ("day=c",)]
    assert engine_aws.query("SELECT * FROM `hive`".replace("`", "") + " ORDER BY day, k") == [
        ("k1", "1", "a:b"), ("k2", "2", "a:b"), ("k1", "1", "c"), ("k2", "2", "c"),
    ]  # fmt: skip
    assert engine_aws.query("SELECT sum(v) FROM hive WHERE day = ?", ExecutionParameters=["'c'"]) == [("3",)]
    assert ("hive",) in engine_aws.query("SHOW TABLES")
    assert engine_aws.query("DESCRIBE hive")[0][0].split() == ["k", "string"]  # type: ignore[union-attr]


def test_views_are_trinos(engine_aws: EngineAws) -> None:
    engine_aws.run("CREATE TABLE seen AS SELECT 1 AS a, 'x' AS b")
    engine_aws.run("CREATE VIEW shows AS SELECT * FROM seen")
    assert "already exists" in engine_aws.reason("CREATE VIEW shows AS SELECT a FROM seen")
    engine_aws.run("CREATE OR REPLACE VIEW shows AS SELECT b FROM seen")

    assert engine_aws.query("SELECT * FROM shows") == [("x",)]
    assert ("shows",) in engine_aws.query("SHOW VIEWS")
    engine_aws.run("DROP VIEW shows")
    assert "TABLE_NOT_FOUND" in engine_aws.reason("SELECT * FROM shows")


@pytest.mark.parametrize(
    ("sql", "parameters", "reason"),
    [
        ("SELECT nope", [], "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("SELECT 1,\n nope", ["1"], "INVALID_PARAMETER_USAGE"),
        ("SELECT ?,\n nope", ["1"], "COLUMN_NOT_FOUND: line 2:2: Column 'nope' cannot be resolved"),
        ("SELECT nope, ?", ["1"], "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("CREATE TABLE x WITH (format='ORC') AS SELECT nope AS a", [], "COLUMN_NOT_FOUND: line 1:46: "),
        ("CREATE TABLE x AS SELECT ? AS b,\n nope AS a", ["1"], "COLUMN_NOT_FOUND: line 2:2: "),
        ("UNLOAD (SELECT nope) TO 's3://dynamodb-exports/u/' WITH (format='ORC')", [], "COLUMN_NOT_FOUND: line 1:16: "),
        ("UNLOAD (SELECT 1 AS a) TO 's3://dynamodb-exports/u/'", [], "SYNTAX_ERROR"),
        ("CREATE TABLE x WITH (nope = 1) AS SELECT 1 AS a", [], "INVALID_TABLE_PROPERTY"),
        ("CREATE TABLE x WITH (table_type = 'ICEBERG') AS SELECT 1 AS a", [], "NOT_SUPPORTED"),
        ("CREATE TABLE x (a int)", [], f"NOT_SUPPORTED: The local Athena does not run {ICEBERG}"),
        ("DELETE FROM x", [], "NOT_SUPPORTED: The local Athena does not run DELETE statements"),
        ("DROP CATALOG awsdatacatalog", [], "NOT_SUPPORTED: The local Athena does not run DROP statements"),
        ("SELECT 1 / 0", [], "DIVISION_BY_ZERO: Division by zero"),
    ],
)  # fmt: skip
def test_errors_are_trinos_at_their_place_in_what_was_sent(
    engine_aws: EngineAws, sql: str, parameters: list[str], reason: str
) -> None:
    more = {"ExecutionParameters": parameters} if parameters else {}
    found = engine_aws.reason(sql, **more)
    assert found.startswith(reason)
    assert "--engine trino" not in found


def test_a_query_that_is_stopped_ends_in_trino_too(engine_aws: EngineAws) -> None:
    athena = engine_aws.client("athena")
    numbers = "UNNEST(sequence(1, 10000))"
    sql = f"SELECT count(*) FROM {numbers} a(x), {numbers} b(y), {numbers} c(z) WHERE x * y * z = -1"
    query_id = athena.start_query_execution(QueryString=sql, WorkGroup="ddb-assets")["QueryExecutionId"]
    running = (
        "SELECT count(*) FROM system.runtime.queries WHERE state NOT IN ('FINISHED', 'FAILED') AND query LIKE '%x * y%'"
        " AND query NOT LIKE '%runtime%'"
    )
    while engine_aws.query(running) == [("0",)]:
        pass

    athena.stop_query_execution(QueryExecutionId=query_id)

    while engine_aws.query(running) != [("0",)]:
        pass
    state = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"]
    assert state == "CANCELLED"


def test_a_statement_may_end_with_a_semicolon(engine_aws: EngineAws) -> None:
    assert engine_aws.query("SELECT 1 ; \n") == [("1",)]
    engine_aws.run("CREATE TABLE ended AS SELECT 1 AS one;")
    assert engine_aws.query("SELECT one FROM ended;") == [("1",)]
