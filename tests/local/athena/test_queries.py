"""Names, references and errors of queries."""

import pytest

from tests.local.athena.conftest import Athena, parquet


@pytest.fixture
def shop(aws: Athena) -> Athena:
    aws.create("items", "id string, `order` string, n int", partitioned=True)
    for day in ("2026-11-23T00:00", "2026-11-24T00:00"):
        folder = aws.add_partition("items", day)
        aws.put(f"{folder}/p.parquet", parquet({"id": ["a", "b"], "order": ["x", None], "n": [1, 2]}))
    return aws


def test_select_star_gives_the_partition_column_last(shop: Athena) -> None:
    assert shop.query("SELECT * FROM items ORDER BY snapshot_timestamp, id LIMIT 1") == [
        ("a", "x", "1", "2026-11-23T00:00")
    ]


def test_partition_values_are_text(shop: Athena) -> None:
    assert shop.lines("SELECT max(snapshot_timestamp) FROM items") == ["2026-11-24T00:00"]
    assert shop.query("SELECT snapshot_timestamp, count(*) FROM items GROUP BY 1 ORDER BY 1") == [
        ("2026-11-23T00:00", "2"),
        ("2026-11-24T00:00", "2"),
    ]


def test_tables_may_be_named_in_full_and_in_quotes(shop: Athena) -> None:
    for name in (f'"awsdatacatalog"."{shop.database}"."items"', f"AwsDataCatalog.{shop.database}.ITEMS"):
        assert shop.lines(f"SELECT count(*) FROM {name}") == ["4"]
    other = {"QueryExecutionContext": {"Database": "elsewhere"}}
    full = f'"{shop.database}"."items"'
    assert shop.query(f'SELECT DISTINCT {full}."order" FROM {full} WHERE n = 1', **other) == [("x",)]


def test_only_the_columns_that_a_query_mentions_need_be_there(shop: Athena) -> None:
    assert (
        shop.query("SELECT t.* FROM items AS t JOIN (SELECT 'a' AS id) AS only_a USING (id) WHERE n = 1 LIMIT 1") != []
    )
    assert shop.query("SELECT count(*), count(1) FROM items") == [("4", "4")]
    assert shop.query('SELECT count("ORDER") FROM items AS "order"') == [("2",)]


def test_a_with_query_hides_the_table_of_its_name(shop: Athena) -> None:
    assert shop.query("WITH items AS (SELECT id FROM items WHERE n = 1) SELECT DISTINCT id FROM items") == [("a",)]


def test_joins_unions_and_subqueries_run(shop: Athena) -> None:
    assert shop.query(
        "SELECT i.id, j.c FROM items AS i JOIN (SELECT id, count(*) AS c FROM items GROUP BY id) AS j ON i.id = j.id "
        "WHERE i.snapshot_timestamp = (SELECT max(snapshot_timestamp) FROM items) "
        "UNION ALL SELECT 'z', 0 ORDER BY 1"
    ) == [("a", "2"), ("b", "2"), ("z", "0")]


def test_the_hidden_path_column_shows_the_exact_key(shop: Athena) -> None:
    assert shop.query("SELECT \"$path\", * FROM items WHERE snapshot_timestamp > '2026-11-23T00:00' AND n = 1") == [
        (
            f"s3://{shop.bucket}/items/snapshot_timestamp=2026-11-24T00%3A00/p.parquet",
            "a",
            "x",
            "1",
            "2026-11-24T00:00",
        )
    ]


def test_the_catalog_can_be_queried(shop: Athena) -> None:
    assert shop.query('SELECT * FROM "items$partitions" ORDER BY 1') == [("2026-11-23T00:00",), ("2026-11-24T00:00",)]
    assert shop.query(
        "SELECT column_name, data_type, extra_info FROM information_schema.columns "
        f"WHERE table_schema = '{shop.database}' AND table_name = 'items' ORDER BY ordinal_position"
    ) == [
        ("id", "varchar", None),
        ("order", "varchar", None),
        ("n", "integer", None),
        ("snapshot_timestamp", "varchar", "partition key"),
    ]
    assert (shop.database,) in shop.query("SELECT schema_name FROM information_schema.schemata")


def test_unnest_spreads_arrays_and_maps(aws: Athena) -> None:
    assert aws.query("SELECT x, i FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS u(x, i) ORDER BY i") == [
        ("a", "1"),
        ("b", "2"),
    ]
    assert aws.query("SELECT k, v FROM (SELECT MAP(ARRAY['k'], ARRAY[1]) AS m) CROSS JOIN UNNEST(m) AS u(k, v)") == [
        ("k", "1")
    ]


def test_integers_divide_to_integers(aws: Athena) -> None:
    assert aws.query("SELECT 7 / 2, -7 / 2, 7 / 2e0, TRY(1 / 0)") == [("3", "-3", "3.5", None)]


def test_unicode_and_reserved_words_are_names(aws: Athena) -> None:
    assert aws.query('SELECT "select", "größe 😀" FROM (VALUES (1, 2)) AS "table" ("select", "größe 😀")') == [
        ("1", "2")
    ]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT *  FROM nope", "TABLE_NOT_FOUND: line 1:16: Table 'awsdatacatalog.{db}.nope' does not exist"),
        ("SELECT * FROM nodb.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nodb' does not exist"),
        ("SELECT id,\n  nope FROM items", "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved"),
        ("SELECT i.nope FROM items AS i", "COLUMN_NOT_FOUND: line 1:8: Column 'i.nope' cannot be resolved"),
        ("SELECT nofunction(id) FROM items", "FUNCTION_NOT_FOUND: line 1:8: Function 'nofunction' not registered"),
        ("SELECT id FROM items WHERE id = 5", "TYPE_MISMATCH: line 1:31: Cannot apply operator: varchar = integer"),
        (
            "SELECT id FROM items WHERE n IN ('1')",
            "TYPE_MISMATCH: line 1:34: IN value and list items must be the same type or coercible to a common type.",
        ),
        ("SELECT id, count(*) FROM items", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'id' must be an aggregate"),
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST('a' AS integer)", "INVALID_CAST_ARGUMENT: "),
        ("SELEC 1", "SYNTAX_ERROR: line 1:1: mismatched input 'SELEC'"),
        ("hello", "SYNTAX_ERROR: line 1:1: mismatched input 'hello'"),
        ("SELECT 1; SELECT 2", "SYNTAX_ERROR: Only one sql statement is allowed."),
        ("INSERT INTO items SELECT 1", "NOT_SUPPORTED: "),
        ("CREATE TABLE made AS SELECT 1 AS x", "NOT_SUPPORTED: "),
        ("UNLOAD (SELECT 1) TO 's3://b/' WITH (format = 'PARQUET')", "NOT_SUPPORTED: "),
        ("SELECT * FROM read_csv('/etc/passwd')", ""),
    ],
)
def test_a_wrong_query_fails_in_athenas_words(shop: Athena, sql: str, reason: str) -> None:
    found = shop.reason(sql)

    assert found.startswith(reason.format(db=shop.database))
    assert not any(internal in found for internal in ("Traceback", "__scan", "object at 0x", "r0c"))


def test_explain_is_refused_for_the_plan_would_be_another_engines(shop: Athena) -> None:
    found = shop.reason("EXPLAIN SELECT id FROM items")

    assert found.startswith("NOT_SUPPORTED")
    assert "EXPLAIN" in found and "--engine trino" in found
