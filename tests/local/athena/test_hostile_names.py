"""Names and values that mean something to SQL, on local AWS: they are names and values, or the statement is refused."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile import texts
from tests.local.athena.conftest import Athena, QueryFailed, parquet
from tests.profiles import cases


def column_names() -> st.SearchStrategy[str]:
    """The Data Catalog's names are in lower case; a new line can't be in one (Glue API, single-line string pattern)."""
    return texts().map(lambda text: text.lower()[:200]).filter(lambda text: text.isprintable() and text.strip() == text)


@settings(max_examples=cases(40))
@given(name=column_names(), value=texts())
def test_a_column_of_any_name_is_read(clients: list[Any], name: str, value: str) -> None:
    """As a table that somebody made through Glue's API."""
    aws = Athena(*clients)
    location = aws.put("hostile/data.parquet", parquet({name: [value]})).removesuffix("data.parquet")
    aws.glue.create_table(
        DatabaseName=aws.database,
        TableInput={
            "Name": "hostile",
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": "string"}],
                "Location": location,
                "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
            },
        },
    )
    quoted = name.replace('"', '""')
    literal = value.replace("'", "''")
    try:
        assert aws.query("SELECT * FROM hostile") == [(value,)]
        assert aws.query(f'SELECT "{quoted}" FROM hostile WHERE "{quoted}" = \'{literal}\'') == [(value,)]
        aws.finish(f'CREATE OR REPLACE VIEW shown AS SELECT "{quoted}" AS "{quoted}" FROM hostile')
        assert aws.query("SELECT * FROM shown") == [(value,)]
    finally:
        aws.glue.delete_table(DatabaseName=aws.database, Name="hostile")
    assert [t["Name"] for t in aws.glue.get_tables(DatabaseName=aws.database)["TableList"]] in ([], ["shown"])


@settings(max_examples=cases(40))
@given(name=column_names(), comment=texts())
def test_ddl_makes_what_is_written_and_no_more(clients: list[Any], name: str, comment: str) -> None:
    aws = Athena(*clients)
    quoted = name.replace("`", "``")
    said = comment.replace("\\", "\\\\").replace("'", "\\'")
    before = [database["Name"] for database in aws.glue.get_databases()["DatabaseList"]]
    try:
        aws.finish(
            f"CREATE EXTERNAL TABLE hostile (`{quoted}` string COMMENT '{said}') STORED AS PARQUET "
            f"LOCATION 's3://{aws.bucket}/ddl/'"
        )
    except QueryFailed:
        # Refused with a reason: then there is nothing.
        assert "hostile" not in [t["Name"] for t in aws.glue.get_tables(DatabaseName=aws.database)["TableList"]]
    else:
        (column,) = aws.glue.get_table(DatabaseName=aws.database, Name="hostile")["Table"]["StorageDescriptor"][
            "Columns"
        ]
        assert (column["Name"], column.get("Comment", "")) == (name, comment)
        aws.finish("DROP TABLE hostile")
    assert [database["Name"] for database in aws.glue.get_databases()["DatabaseList"]] == before
