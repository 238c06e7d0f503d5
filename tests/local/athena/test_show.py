"""SHOW COLUMNS, DESCRIBE and SHOW PARTITIONS, as Athena prints what the catalog has.

Padding, blank cells and types are those of real answers: PyAthena's tests of SHOW COLUMNS and SHOW PARTITIONS, and the
DESCRIBE in aws-sdk-pandas' tests (`ddl/printed.py` names them).
"""

from typing import Any

import pytest

from tests.local.athena.conftest import Athena

HIVE_FAILED = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
BLANK = "\t \t "
HEADING = "# col_name            \tdata_type           \tcomment             "


def answered(aws: Athena, sql: str) -> tuple[list[Any], list[list[str | None]], str]:
    """The result's columns and rows, and its file."""
    execution = aws.finish(sql)
    bucket, _, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    assert key.endswith(".txt")
    result = aws.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
    rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in result["Rows"]]
    return (
        result["ResultSetMetadata"]["ColumnInfo"],
        rows,
        aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(),
    )


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SHOW COLUMNS IN t", ["field"]),
        ("SHOW PARTITIONS t", ["partition"]),
        ("DESCRIBE t", ["col_name", "data_type", "comment"]),
        ("SHOW TABLES", ["tab_name"]),
        ("SHOW DATABASES", ["database_name"]),
        ("SHOW CREATE TABLE t", ["createtab_stmt"]),
        ("SHOW TBLPROPERTIES t", ["prpt_name", "prpt_value"]),
    ],
)
def test_columns_of_hives_statements_are_strings_and_the_first_row_is_no_header(
    aws: Athena, sql: str, columns: list[str]
) -> None:
    aws.create("t", "id string", partitioned=True)
    aws.add_partition("t", "x")
    info, rows, file = answered(aws, sql)

    assert [column["Name"] for column in info] == columns
    assert {(c["Type"], c["Precision"], c["Scale"], c["Nullable"]) for c in info} == {("string", 0, 0, "UNKNOWN")}
    assert rows[0] != columns
    assert all(len(row) == 1 for row in rows)
    assert file == "".join(f"{row[0]}\n" for row in rows)


def test_show_columns_pads_to_twenty_and_has_partition_columns_last(aws: Athena) -> None:
    aws.create("t", "number_of_rows int, tpep_dropoff_datetime string", partitioned=True)
    columns = ["number_of_rows      ", "tpep_dropoff_datetime", "snapshot_timestamp  "]

    assert aws.lines("SHOW COLUMNS IN t") == columns
    assert aws.lines("SHOW COLUMNS FROM T") == columns
    assert aws.lines(f"SHOW COLUMNS FROM t IN {aws.database}") == columns
    assert aws.lines(f"SHOW COLUMNS IN `{aws.database}`.`T`") == columns
    assert aws.lines(f"show columns in `t` from `{aws.database.upper()}`") == columns


def test_describe_has_three_padded_cells_a_row_and_partition_columns_twice(aws: Athena) -> None:
    aws.create("t", "iint8 tinyint, iint16 smallint COMMENT 'a smaller int, from the deserializer'", partitioned=True)

    expected = [
        "iint8               \ttinyint             \t                    ",
        "iint16              \tsmallint            \ta smaller int, from the deserializer",
        "snapshot_timestamp  \tstring              \t                    ",
        BLANK,
        "# Partition Information" + BLANK,
        HEADING,
        BLANK,
        "snapshot_timestamp  \tstring              \t                    ",
    ]
    assert aws.lines("DESCRIBE t") == expected
    assert aws.lines(f"desc `{aws.database.upper()}`.`T`") == expected


def test_a_comment_of_many_lines_is_described_on_many_lines(aws: Athena) -> None:
    aws.create("t", "id string COMMENT 'first\\nsecond\\n', n array<struct<first:string,second:int>>")

    assert aws.lines("DESCRIBE t") == [
        "id                  \tstring              \tfirst               ",
        "                    \t                    \tsecond",
        "n                   \tarray<struct<first:string,second:int>>\t                    ",
    ]


def test_describe_formatted_tells_table_and_storage(aws: Athena) -> None:
    location = aws.create("t", "id string", partitioned=True, more="TBLPROPERTIES ('note'='say \"hi\"')")
    lines = aws.lines("DESCRIBE FORMATTED t")

    assert lines[:2] == [HEADING, BLANK]
    assert f"Location:           \t{location.rstrip('/'):20}\t " in lines
    assert "# Storage Information" + BLANK in lines
    assert "InputFormat:        \torg.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat\t " in lines
    assert '\tnote                \tsay \\"hi\\"          ' in lines
    assert not any("Location:" in (line or "") for line in _view_of(aws, "t"))


def _view_of(aws: Athena, table: str) -> list[str | None]:
    aws.finish(f"CREATE VIEW v AS SELECT * FROM {table}")
    lines = aws.lines("DESCRIBE FORMATTED v")
    assert "# View Information" + BLANK in lines
    return lines


@pytest.mark.parametrize(
    "sql", ["DESCRIBE EXTENDED t", "DESCRIBE t id", "DESCRIBE t PARTITION (snapshot_timestamp = 'x')"]
)
def test_what_describe_cannot_tell_is_refused(aws: Athena, sql: str) -> None:
    aws.create("t", "id string", partitioned=True)

    assert aws.reason(sql).startswith("NOT_SUPPORTED: The local Athena does not run DESCRIBE ")


def test_show_partitions_has_a_name_a_row_without_padding(aws: Athena) -> None:
    aws.finish(
        f"CREATE EXTERNAL TABLE t (id string) PARTITIONED BY (`Day` string, n int) LOCATION 's3://{aws.bucket}/t/'"
    )
    for day, n in (("2026-11-24", 2), ("2026-11-24", 1), ("a b/ü:", 3)):
        aws.finish(f"ALTER TABLE t ADD PARTITION (day = '{day}', n = {n})")

    names = ["day=2026-11-24/n=1", "day=2026-11-24/n=2", "day=a b%2Fü%3A/n=3"]
    assert aws.lines("SHOW PARTITIONS t") == names
    assert aws.lines(f"SHOW PARTITIONS `{aws.database.upper()}`.`T`") == names


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SHOW PARTITIONS plain", f"{HIVE_FAILED} Table plain is not a partitioned table"),
        ("SHOW PARTITIONS `{db}`.V", f"{HIVE_FAILED} Table {{db}}.v is not a partitioned table"),
        ("SHOW PARTITIONS nope", "FAILED: SemanticException [Error 10001]: Table not found nope"),
        ("SHOW PARTITIONS {db}.nope", "FAILED: SemanticException [Error 10001]: Table not found {db}.nope"),
        ("show partitions AwsDataCatalog.Futures.account",
         "FAILED: ParseException line 1:38 missing EOF at '.' near 'Futures'"),
        ("SHOW COLUMNS IN nope", "FAILED: SemanticException [Error 10001]: Table not found nope"),
        ("SHOW COLUMNS IN nope IN {db}", "FAILED: SemanticException [Error 10001]: Table not found {db}.nope"),
        ("DESCRIBE TABLE plain", "FAILED: SemanticException [Error 10001]: Table not found table"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_shown_fails_in_hives_words(aws: Athena, sql: str, reason: str) -> None:
    aws.create("plain", "id string")
    aws.finish("CREATE VIEW v AS SELECT * FROM plain")

    assert aws.reason(sql.format(db=aws.database)) == reason.format(db=aws.database)
