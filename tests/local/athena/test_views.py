"""Views: stored as Athena stores them, read in their own schema, stale when their columns move."""

import base64
import json

from tests.local.athena.conftest import Athena, parquet


def test_a_view_is_stored_with_the_types_of_its_query(aws: Athena) -> None:
    aws.create("t", "id string, price decimal(38,18), raw binary, s struct<a:int>, f float", partitioned=True)
    sql = "SELECT *, count(*) OVER () AS c FROM t WHERE snapshot_timestamp = '2026-11-24T00:00'"
    aws.finish(f'CREATE OR REPLACE VIEW "{aws.database}"."v" AS {sql}')
    stored = aws.glue.get_table(DatabaseName=aws.database, Name="v")["Table"]
    text = stored["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    decoded = json.loads(base64.b64decode(text))

    assert stored["TableType"] == "VIRTUAL_VIEW"
    assert stored["ViewExpandedText"] == "/* Presto View */"
    assert stored["Parameters"]["presto_view"] == "true"
    assert [(c["Name"], c["Type"]) for c in stored["StorageDescriptor"]["Columns"]] == [
        ("id", "string"),
        ("price", "decimal(38,18)"),
        ("raw", "binary"),
        ("s", "struct<a:int>"),
        ("f", "float"),
        ("snapshot_timestamp", "string"),
        ("c", "bigint"),
    ]
    assert (decoded["originalSql"], decoded["catalog"], decoded["schema"]) == (sql, "awsdatacatalog", aws.database)
    assert [column["type"] for column in decoded["columns"]] == [
        "varchar",
        "decimal(38,18)",
        "varbinary",
        "row(a integer)",
        "real",
        "varchar",
        "bigint",
    ]


def test_a_views_names_are_those_of_its_own_schema(aws: Athena) -> None:
    aws.create("t", "id string")
    aws.put("t/p.parquet", parquet({"id": ["a\\'b"]}))
    aws.finish("CREATE VIEW inner_view AS SELECT id FROM t WHERE id <> 'trailing backslash \\'")
    aws.finish("CREATE VIEW outer_view AS SELECT id AS name FROM inner_view")
    elsewhere = {"QueryExecutionContext": {"Database": "elsewhere"}}

    assert aws.query(f"SELECT v.name FROM {aws.database}.outer_view AS v", **elsewhere) == [("a\\'b",)]


def test_replacing_a_view_changes_what_it_shows(aws: Athena) -> None:
    aws.finish("CREATE VIEW v AS SELECT 1 AS x")
    assert "View already exists" in aws.reason("CREATE VIEW v AS SELECT 2 AS x")

    aws.finish("CREATE OR REPLACE VIEW v AS SELECT 'two' AS y")
    assert aws.query("SELECT * FROM v") == [("two",)]
    assert aws.lines("SHOW VIEWS") == ["v"]
    assert aws.lines("SHOW CREATE VIEW v") == [f'CREATE VIEW "{aws.database}"."v" AS', "SELECT 'two' AS y"]


def test_a_star_view_is_stale_after_a_column_is_added(aws: Athena) -> None:
    aws.create("t", "id string")
    aws.finish("CREATE VIEW listed AS SELECT id FROM t")
    aws.finish("CREATE VIEW starred AS SELECT * FROM t")
    aws.finish("ALTER TABLE t ADD COLUMNS (later int)")

    assert aws.query("SELECT * FROM listed") == []
    assert aws.reason("SELECT * FROM starred").startswith(
        f"VIEW_IS_STALE: line 1:15: View 'awsdatacatalog.{aws.database}.starred' is stale or in invalid state: "
    )


def test_a_view_of_what_is_not_there_is_refused(aws: Athena) -> None:
    assert aws.reason("CREATE VIEW v AS SELECT * FROM nope").startswith("TABLE_NOT_FOUND")
    assert aws.reason("CREATE VIEW v AS SELECT 1").startswith("MISSING_COLUMN_NAME")
    assert aws.lines("SHOW TABLES") == []


def test_a_dropped_view_is_gone_and_a_table_is_no_view(aws: Athena) -> None:
    aws.create("t", "id string")
    aws.finish("CREATE VIEW v AS SELECT id FROM t")
    aws.finish("DROP VIEW v")
    aws.finish("DROP VIEW IF EXISTS v")

    assert aws.reason("DROP VIEW v").startswith("TABLE_NOT_FOUND")
    assert aws.reason("DROP VIEW t").startswith("TABLE_NOT_FOUND")
    assert aws.lines("SHOW TABLES") == ["t"]
