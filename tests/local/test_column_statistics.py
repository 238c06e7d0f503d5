"""Column statistics as Glue keeps them: of a table, of a partition, gone with either."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conftest import LocalAws

DATABASE = "column_statistics"


def statistics(column: str, nulls: int) -> dict[str, Any]:
    return {
        "ColumnName": column,
        "ColumnType": "bigint",
        "AnalyzedTime": datetime(2026, 1, 2, tzinfo=UTC),
        "StatisticsData": {
            "Type": "LONG",
            "LongColumnStatisticsData": {"NumberOfNulls": nulls, "NumberOfDistinctValues": 1},
        },
    }


@pytest.fixture
def table(local_aws: LocalAws) -> dict[str, str]:
    glue = local_aws.client("glue")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "t", "PartitionKeys": [{"Name": "p"}]})
    return {"DatabaseName": DATABASE, "TableName": "t"}


def test_statistics_are_kept_replaced_and_deleted(local_aws: LocalAws, table: dict[str, str]) -> None:
    glue = local_aws.client("glue")
    glue.create_partition(**table, PartitionInput={"Values": ["1"]})
    of_partition = {**table, "PartitionValues": ["1"]}

    glue.update_column_statistics_for_table(**table, ColumnStatisticsList=[statistics("a", 1), statistics("b", 2)])
    glue.update_column_statistics_for_table(**table, ColumnStatisticsList=[statistics("b", 3)])
    glue.update_column_statistics_for_partition(**of_partition, ColumnStatisticsList=[statistics("a", 9)])
    glue.delete_column_statistics_for_table(**table, ColumnName="a")

    found = glue.get_column_statistics_for_table(**table, ColumnNames=["a", "b"])
    assert found["ColumnStatisticsList"] == [statistics("b", 3)]
    assert [error["ColumnName"] for error in found["Errors"]] == ["a"]
    found = glue.get_column_statistics_for_partition(**of_partition, ColumnNames=["a"])
    assert found["ColumnStatisticsList"] == [statistics("a", 9)]
    glue.delete_column_statistics_for_table(**table, ColumnName="never")
    glue.delete_database(Name=DATABASE)
