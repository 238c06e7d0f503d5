"""What the API tells of an execution: states, places, pages, refusals."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.athena.conftest import Athena, parquet

ENDLESS = (
    "SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) "
    "CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE x * y * z % 7 = 3"
)


def refusal(call, **parameters) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    return str(refused.value.response["Error"]["Message"])


def allowed(minutes: int) -> dict[str, Any]:
    return {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": minutes}}


def reused(execution: dict[str, Any]) -> bool:
    return bool(execution["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"])


def test_a_finished_query_tells_what_it_did(aws: Athena) -> None:
    execution = aws.finish("SELECT 1 AS one")

    assert execution["Query"] == "SELECT 1 AS one"
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")
    assert execution["ResultConfiguration"]["OutputLocation"] == f"{aws.output}{execution['QueryExecutionId']}.csv"
    assert execution["QueryExecutionContext"] == {"Database": aws.database}
    assert execution["Status"]["CompletionDateTime"] >= execution["Status"]["SubmissionDateTime"]
    assert execution["Statistics"]["DataScannedInBytes"] == 0
    assert all(
        execution["Statistics"][f"{part}InMillis"] > 0
        for part in ("EngineExecutionTime", "QueryQueueTime", "TotalExecutionTime")
    )
    assert execution["WorkGroup"] == "primary"
    assert execution["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"


@pytest.mark.parametrize(
    ("sql", "kind", "extension"),
    [("SHOW TABLES", "UTILITY", "txt"), ("CREATE DATABASE IF NOT EXISTS x", "DDL", "txt"), ("VALUES 1", "DML", "csv")],
)
def test_the_kind_of_statement_decides_the_result_file(aws: Athena, sql: str, kind: str, extension: str) -> None:
    execution = aws.finish(sql)

    assert execution["StatementType"] == kind
    assert execution["ResultConfiguration"]["OutputLocation"].endswith(f"{execution['QueryExecutionId']}.{extension}")


def test_a_stopped_query_is_cancelled_and_really_ends(aws: Athena) -> None:
    query_id = aws.start(ENDLESS)
    aws.athena.stop_query_execution(QueryExecutionId=query_id)

    assert aws.wait(query_id)["Status"]["State"] == "CANCELLED"
    # Eight run at once: if the stopped ones went on, the ninth would wait for them.
    for _ in range(9):
        aws.athena.stop_query_execution(QueryExecutionId=aws.start(ENDLESS))
    assert aws.query("SELECT 1") == [("1",)]


def test_stopping_an_ended_query_changes_nothing(aws: Athena) -> None:
    query_id = aws.finish("SELECT 1")["QueryExecutionId"]
    aws.athena.stop_query_execution(QueryExecutionId=query_id)

    assert aws.execution(query_id)["Status"]["State"] == "SUCCEEDED"


def test_results_wait_for_success(aws: Athena) -> None:
    running = aws.start(ENDLESS)
    failed = aws.start("SELECT 1/0")
    aws.wait(failed)

    assert refusal(aws.athena.get_query_results, QueryExecutionId=running).startswith(
        "Query has not yet finished. Current state: "
    )
    assert refusal(aws.athena.get_query_results, QueryExecutionId=failed) == (
        "Query did not finish successfully. Final query state: FAILED"
    )
    aws.athena.stop_query_execution(QueryExecutionId=running)


def test_a_failed_query_says_why_twice(aws: Athena) -> None:
    status = aws.wait(aws.start("SELECT nope"))["Status"]

    assert status["State"] == "FAILED"
    assert status["StateChangeReason"] == "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
    assert (status["AthenaError"]["ErrorCategory"], status["AthenaError"]["Retryable"]) == (2, False)
    assert status["AthenaError"]["ErrorType"] == 1000


def test_unknown_ids_and_work_groups_are_refused(aws: Athena) -> None:
    assert refusal(aws.athena.get_query_execution, QueryExecutionId="nope") == "QueryExecution nope was not found"
    assert refusal(aws.start, sql="SELECT 1", WorkGroup="nope") == "WorkGroup nope is not found."


def test_an_output_location_must_come_from_somewhere(aws: Athena) -> None:
    assert refusal(aws.start, sql="SELECT 1", ResultConfiguration={}).startswith("No output location provided.")


def test_a_missing_output_bucket_fails_the_query(aws: Athena) -> None:
    missing = {"OutputLocation": f"s3://missing-{uuid.uuid4().hex}/"}

    assert "NoSuchBucket" in aws.reason("SELECT 1", ResultConfiguration=missing)


def test_an_enforcing_work_group_decides_the_output_location(aws: Athena) -> None:
    for name, enforced in (("strict", True), ("lenient", False)):
        aws.athena.create_work_group(
            Name=f"{name}_{aws.database}",
            Configuration={
                "ResultConfiguration": {"OutputLocation": f"s3://{aws.bucket}/{name}"},
                "EnforceWorkGroupConfiguration": enforced,
            },
        )

    strict = aws.finish("SELECT 1", WorkGroup=f"strict_{aws.database}")
    lenient = aws.finish("SELECT 1", WorkGroup=f"lenient_{aws.database}")
    default = aws.finish("SELECT 1", WorkGroup=f"lenient_{aws.database}", ResultConfiguration={})

    assert strict["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{aws.bucket}/strict/")
    assert lenient["ResultConfiguration"]["OutputLocation"].startswith(aws.output)
    assert default["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{aws.bucket}/lenient/")


def test_a_request_token_starts_one_query(aws: Athena) -> None:
    token = uuid.uuid4().hex
    first = aws.start("SELECT 1", ClientRequestToken=token)

    assert aws.start("SELECT 1", ClientRequestToken=token) == first
    assert "Idempotent" in refusal(aws.start, sql="SELECT 2", ClientRequestToken=token)


def test_a_result_is_reused_where_the_query_allows_it(aws: Athena) -> None:
    where = aws.create("items", "n int")
    aws.put("items/a.parquet", parquet({"n": [1]}))
    first = aws.finish("SELECT n FROM items", ResultReuseConfiguration=allowed(5))
    aws.put("items/b.parquet", parquet({"n": [2]}))
    again = aws.finish("SELECT n FROM items", ResultReuseConfiguration=allowed(5))

    assert not reused(first)
    assert first["Statistics"]["DataScannedInBytes"] > 0
    assert again["QueryExecutionId"] != first["QueryExecutionId"]
    assert reused(again)
    assert again["Statistics"]["DataScannedInBytes"] == 0
    assert again["ResultReuseConfiguration"] == allowed(5)
    assert again["ResultConfiguration"] == first["ResultConfiguration"]
    results = aws.athena.get_query_results(QueryExecutionId=again["QueryExecutionId"])
    assert [row["Data"][0]["VarCharValue"] for row in results["ResultSet"]["Rows"]] == ["n", "1"]
    assert sorted(aws.query(f"SELECT n FROM items -- {where}", ResultReuseConfiguration=allowed(5))) == [("1",), ("2",)]


def test_a_result_is_not_reused_in_another_place_nor_when_it_is_too_old_or_gone(aws: Athena) -> None:
    first = aws.finish("SELECT 1 AS one")
    elsewhere = {"OutputLocation": f"{aws.output}elsewhere/"}
    others: list[dict[str, Any]] = [
        {}, {"ResultReuseConfiguration": allowed(0)},
        {"ResultReuseConfiguration": allowed(5), "ResultConfiguration": elsewhere},
        {"ResultReuseConfiguration": allowed(5), "QueryExecutionContext": {"Database": "default"}},
    ]  # fmt: skip
    for other in others:
        assert not reused(aws.finish("SELECT 1 AS one", **other))

    key = first["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{aws.bucket}/")
    for listed in aws.s3.list_objects_v2(Bucket=aws.bucket)["Contents"]:
        if listed["Key"].startswith(key.rpartition("/")[0]):
            aws.s3.delete_object(Bucket=aws.bucket, Key=listed["Key"])
    assert not reused(aws.finish("SELECT 1 AS one", ResultReuseConfiguration=allowed(5)))


def test_an_age_beyond_a_week_is_refused(aws: Athena) -> None:
    assert "MaxAgeInMinutes" in refusal(aws.start, sql="SELECT 1", ResultReuseConfiguration=allowed(10_081))


def test_results_come_in_pages_with_one_header(aws: Athena) -> None:
    query_id = aws.finish("SELECT n FROM UNNEST(sequence(1, 2500)) AS s(n) ORDER BY n")["QueryExecutionId"]
    pages = list(aws.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id))
    values = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]

    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    assert values == ["n", *map(str, range(1, 2501))]
    assert "MaxResults" in refusal(aws.athena.get_query_results, QueryExecutionId=query_id, MaxResults=1001)


def test_parameters_fill_placeholders_by_parsing(aws: Athena) -> None:
    rows = aws.query("SELECT ? AS a, '?' AS b, ? AS c", ExecutionParameters=["'it''s ?'", "7"])

    assert rows == [("it's ?", "?", "7")]
    assert aws.query(
        "WITH w AS (SELECT ? AS x) SELECT x, ? FROM w WHERE x < ? LIMIT ?", ExecutionParameters=["1", "2", "3", "4"]
    ) == [("1", "2")]
    assert "INVALID_PARAMETER_USAGE" in aws.reason("SELECT ?", ExecutionParameters=["1", "2"])


def test_executions_are_listed_newest_first_and_described_in_batches(aws: Athena) -> None:
    group = f"group_{aws.database}"
    aws.athena.create_work_group(Name=group)
    ids = [aws.finish(f"SELECT {n}", WorkGroup=group)["QueryExecutionId"] for n in (1, 2, 3)]
    first = aws.athena.list_query_executions(WorkGroup=group, MaxResults=2)
    rest = aws.athena.list_query_executions(WorkGroup=group, NextToken=first["NextToken"])
    batch = aws.athena.batch_get_query_execution(QueryExecutionIds=[ids[0], "nope"])

    assert first["QueryExecutionIds"] + rest["QueryExecutionIds"] == ids[::-1]
    assert [found["Query"] for found in batch["QueryExecutions"]] == ["SELECT 1"]
    assert batch["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"] == "nope"


def test_the_catalog_is_told_by_athenas_own_calls(aws: Athena) -> None:
    aws.create("items", "id string, n varchar(5)", "COMMENT 'all of them' STORED AS PARQUET", partitioned=True)
    catalog = {"CatalogName": "AwsDataCatalog", "DatabaseName": aws.database}
    table = aws.athena.get_table_metadata(**catalog, TableName="items")["TableMetadata"]
    assert [(c["Name"], c["Type"]) for c in table["Columns"]] == [("id", "string"), ("n", "varchar(5)")]
    assert [c["Name"] for c in table["PartitionKeys"]] == ["snapshot_timestamp"]
    parameters = table["Parameters"]
    assert (parameters["comment"], parameters["location"]) == ("all of them", f"s3://{aws.bucket}/items")
    assert parameters["outputformat"] == "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
    listed = aws.athena.list_table_metadata(**catalog)["TableMetadataList"]
    assert [each["Name"] for each in listed] == ["items"]
    assert aws.athena.get_data_catalog(Name="AwsDataCatalog")["DataCatalog"]["Type"] == "GLUE"
    assert [c["CatalogName"] for c in aws.athena.list_data_catalogs()["DataCatalogsSummary"]] == ["AwsDataCatalog"]
    with pytest.raises(aws.athena.exceptions.MetadataException):
        aws.athena.get_table_metadata(**catalog, TableName="nope")


def test_tables_are_listed_in_pages_and_by_a_regular_expression(aws: Athena) -> None:
    for name in ("items", "orders", "other"):
        aws.create(name, "id string")
    catalog = {"CatalogName": "AwsDataCatalog", "DatabaseName": aws.database}
    pages = aws.athena.get_paginator("list_table_metadata").paginate(**catalog, PaginationConfig={"PageSize": 2})
    assert [[each["Name"] for each in page["TableMetadataList"]] for page in pages] == [["items", "orders"], ["other"]]
    listed = aws.athena.list_table_metadata(**catalog, Expression="o.*")["TableMetadataList"]
    assert [each["Name"] for each in listed] == ["orders", "other"]
    for wrong in ({"Expression": "*"}, {"Expression": "("}, {"NextToken": "zz"}, {"MaxResults": 51}):
        with pytest.raises(aws.athena.exceptions.InvalidRequestException):
            aws.athena.list_table_metadata(**catalog, **wrong)


def test_a_database_may_stand_in_backticks(aws: Athena) -> None:
    aws.create("items", "id string, n varchar(5)")
    execution = aws.finish("SELECT n FROM items", QueryExecutionContext={"Database": f"`{aws.database}`"})
    results = aws.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    column = results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"][0]
    assert (column["Type"], column["Precision"]) == ("varchar", 5)
