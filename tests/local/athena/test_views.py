"""Views: stored as Athena stores them, read in their own schema, stale when their columns move."""

import base64
import json
from typing import Any

import pytest

from ddb_assets.local.athena import dialect, formatted, trino_types, view_text
from tests.local.athena.conftest import Athena, parquet
from tests.trino_views import recorded

# Trino's text of these is another. What is stored of each is what was sent, or means the same.
_AS_SENT = (
    " JOIN ", "TABLESAMPLE", "CASE ", "WITH x AS", "n * 2", "INTERVAL", "EXISTS", "VALUES (", "transform(",
    "array_agg(", "OFFSET", "FETCH", "INTERSECT", "date_trunc", "(SELECT id FROM t)", "IS DISTINCT", "nullif",
    "GROUPING SETS",
)  # fmt: skip
_MEANS_THE_SAME = ("NULLS LAST", "TABLE t")


@pytest.mark.parametrize("view", recorded("ours", "same", "else", "any"))
def test_a_views_text_is_what_trino_stores(view: dict[str, Any]) -> None:
    sent = view["sent"].partition(" AS ")[2]
    trinos = json.loads(view["table"]["ViewOriginalText"])["originalSql"]

    stored = formatted.formatted(sent, dialect.parse(sent))

    if any(words in sent for words in _AS_SENT):
        assert stored == sent
    elif not any(words in sent for words in _MEANS_THE_SAME):
        assert stored == trinos


@pytest.mark.parametrize("view", recorded("ours"))
def test_a_views_entry_is_what_trino_stores(view: dict[str, Any]) -> None:
    """But for what Trino says of itself."""
    entry, sent = view["table"], view["sent"].partition(" AS ")[2]
    trinos = json.loads(entry["ViewOriginalText"])
    columns = [(column["name"], trino_types.from_trino(column["type"])) for column in trinos["columns"]]

    text = formatted.formatted(sent, dialect.parse(sent))
    stored = view_text.describe(entry["Name"], text, view["schema"], columns)

    encoded = str(stored.pop("ViewOriginalText")).removeprefix("/* Presto View: ").removesuffix(" */")
    decoded = json.loads(base64.b64decode(encoded))
    assert (decoded, list(decoded)) == ({**trinos, "owner": view_text.OWNER}, list(trinos))
    assert stored.pop("Parameters") == {
        name: value for name, value in entry["Parameters"].items() if not name.startswith("trino_")
    }
    assert stored == {**{name: entry[name] for name in stored}, "Owner": view_text.OWNER}


def test_a_view_that_trino_made_is_read(aws: Athena) -> None:
    """Its owner, its types' spelling and its one column in the catalog are Trino's."""
    aws.create("t", "id string, s struct<a:int>")
    aws.put("t/p.parquet", parquet({"id": ["x"], "s": [{"a": 1}]}))
    aws.finish("CREATE VIEW v AS SELECT id, s, 'two' AS y FROM t")
    ours = aws.glue.get_table(DatabaseName=aws.database, Name="v")["Table"]
    stored = json.loads(base64.b64decode(ours["ViewOriginalText"].removeprefix("/* Presto View: ")[:-3]))
    stored["columns"] = [
        {"name": "id", "type": "varchar"}, {"name": "s", "type": 'row("a" integer)'},
        {"name": "y", "type": "varchar(3)"},
    ]  # fmt: skip
    text = base64.b64encode(json.dumps(stored).encode()).decode()
    entry = {name: ours[name] for name in ("Name", "Owner", "TableType", "Parameters", "StorageDescriptor")}
    aws.glue.update_table(
        DatabaseName=aws.database, TableInput={**entry, "ViewOriginalText": f"/* Presto View: {text} */"}
    )

    assert aws.query("SELECT * FROM v") == [("x", "{a=1}", "two")]
    assert [line.split() for line in aws.lines("SHOW COLUMNS IN v")] == [["id"], ["s"], ["y"]]
    assert [line.split() for line in aws.lines("DESCRIBE v")] == [
        ["id", "string"], ["s", "struct<a:int>"], ["y", "varchar(3)"],
    ]  # fmt: skip
    assert aws.query(
        f"SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = '{aws.database}' "
        "AND table_name = 'v' ORDER BY ordinal_position"
    ) == [("id", "varchar"), ("s", "row(a integer)"), ("y", "varchar(3)")]


def test_a_view_is_stored_with_the_types_of_its_query(aws: Athena) -> None:
    aws.create("t", "id string, price decimal(38,18), raw binary, s struct<a:int>, f float", partitioned=True)
    sql = "SELECT *, count(*) OVER () AS c FROM t WHERE snapshot_timestamp = '2026-11-24T00:00'"
    aws.finish(f'CREATE OR REPLACE VIEW "{aws.database}"."v" AS {sql}')
    stored = aws.glue.get_table(DatabaseName=aws.database, Name="v")["Table"]
    text = stored["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    decoded = json.loads(base64.b64decode(text))

    assert decoded["originalSql"] == (
        "SELECT\n  *\n, count(*) OVER () c\nFROM\n  t\nWHERE (snapshot_timestamp = '2026-11-24T00:00')\n"
    )
    assert [column["type"] for column in decoded["columns"]] == [
        "varchar",
        "decimal(38,18)",
        "varbinary",
        'row("a" integer)',
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
    assert aws.lines("SHOW CREATE VIEW v") == [f"CREATE VIEW {aws.database}.v AS", "SELECT 'two' y"]
    aws.finish("""CREATE VIEW "select" AS SELECT 1 x""")
    assert aws.lines('SHOW CREATE VIEW "select"')[0] == f'CREATE VIEW {aws.database}."select" AS'


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
