"""How values look: in pages, in their types, in the CSV."""

import pytest

from tests.local.athena.conftest import Athena


@pytest.mark.parametrize(
    ("expression", "shown", "kind"),
    [
        ("'text'", "text", "varchar"),
        ("''", "", "varchar"),
        ("42", "42", "integer"),
        ("CAST(42 AS bigint)", "42", "bigint"),
        ("CAST(1 AS double)", "1.0", "double"),
        ("1e10", "1.0E10", "double"),
        ("1e7", "1.0E7", "double"),
        ("123456.789e0", "123456.789", "double"),
        ("0.001e0", "0.001", "double"),
        ("0.0001e0", "1.0E-4", "double"),
        ("-2.5e0", "-2.5", "double"),
        ("CAST(0.1 AS real)", "0.1", "float"),
        ("true", "true", "boolean"),
        ("CAST('1.50' AS decimal(38,18))", "1.500000000000000000", "decimal"),
        ("DECIMAL '12345678901234567890123456789012345678'", "12345678901234567890123456789012345678", "decimal"),
        ("DATE '2026-11-24'", "2026-11-24", "date"),
        ("TIMESTAMP '2026-11-24 00:00:00'", "2026-11-24 00:00:00.000", "timestamp"),
        ("X'68656c'", "68 65 6c", "varbinary"),
        ("ARRAY[1, NULL]", "[1, null]", "array"),
        ("ARRAY['a', 'b']", "[a, b]", "array"),
        ("CAST(ROW(1, 'b') AS ROW(x integer, y varchar))", "{x=1, y=b}", "row"),
        ("ROW(1, 2)", "{field0=1, field1=2}", "row"),
        ("MAP(ARRAY['k'], ARRAY[1])", "{k=1}", "map"),
        ("date_trunc('month', DATE '2026-11-24')", "2026-11-01", "date"),
        ("DATE '2026-11-24' + INTERVAL '1' DAY", "2026-11-25", "date"),
        ("CAST(NULL AS varchar)", None, "varchar"),
    ],
)
def test_values_are_printed_and_typed_as_athena_does(
    aws: Athena, expression: str, shown: str | None, kind: str
) -> None:
    query_id = aws.finish(f"SELECT {expression} AS x")["QueryExecutionId"]
    result = aws.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]

    assert result["Rows"][1]["Data"] == [{} if shown is None else {"VarCharValue": shown}]
    assert result["ResultSetMetadata"]["ColumnInfo"][0]["Type"] == kind


def test_column_info_has_precision_and_scale(aws: Athena) -> None:
    query_id = aws.finish("SELECT CAST(1 AS decimal(38,18)) AS price")["QueryExecutionId"]
    answer = aws.athena.get_query_results(QueryExecutionId=query_id)

    assert answer["UpdateCount"] == 0
    assert answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"] == [
        {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": "price",
            "Label": "price",
            "Type": "decimal",
            "Precision": 38,
            "Scale": 18,
            "Nullable": "UNKNOWN",
            "CaseSensitive": False,
        }
    ]


def test_a_time_has_the_precision_of_a_timestamp(aws: Athena) -> None:
    query_id = aws.finish("SELECT CAST(TIMESTAMP '2017-01-01 01:02:03' AS time) AS t")["QueryExecutionId"]
    info = aws.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]

    assert (info[0]["Type"], info[0]["Precision"], info[0]["Scale"]) == ("time", 3, 0)


def test_expressions_without_a_name_are_numbered(aws: Athena) -> None:
    query_id = aws.finish("SELECT count(*), 'x' AS named, max(n) FROM (VALUES 1) AS t(n)")["QueryExecutionId"]
    result = aws.athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]

    assert [cell["VarCharValue"] for cell in result["Rows"][0]["Data"]] == ["_col0", "named", "_col2"]


def test_the_csv_quotes_every_value_but_null(aws: Athena) -> None:
    sql = "SELECT 'say \"hi\"' AS \"a\"\"b\", CAST(NULL AS varchar) AS n, '' AS empty, 'line\nbreak, 😀' AS s, 5 AS i"
    location = aws.finish(sql)["ResultConfiguration"]["OutputLocation"]
    bucket, _, key = location.removeprefix("s3://").partition("/")

    body = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert body == '"a""b","n","empty","s","i"\n"say ""hi""",,"","line\nbreak, 😀","5"\n'


def test_the_text_result_of_show_has_no_header(aws: Athena) -> None:
    aws.create("first", "id string")
    execution = aws.finish("SHOW TABLES")
    bucket, _, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    result = aws.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]

    assert aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"first\n"
    assert result["Rows"] == [{"Data": [{"VarCharValue": "first"}]}]
