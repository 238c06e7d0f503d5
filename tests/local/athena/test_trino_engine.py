"""What the engine `trino` makes of statements and of Trino's answers; `tests/trino` runs it against a real one."""

from collections.abc import Mapping
from typing import Any

import pytest

from ddb_assets.local.athena import trino_writes as writes
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import STRING, Array, Decimal, HiveType, Map, Primitive, Struct, Text
from ddb_assets.local.athena.statement import Cursor, Kind, kind
from ddb_assets.local.athena.trino_values import renderer, type_of
from ddb_assets.local.engine_choice import Choice
from ddb_assets.local.errors import LocalAwsError


def creation(sql: str) -> writes.Creation:
    cursor = Cursor(sql)
    cursor.expect("CREATE", "TABLE")
    return writes.creation(cursor)


def unloading(sql: str) -> writes.Creation:
    cursor = Cursor(sql)
    cursor.expect("UNLOAD")
    return writes.unloading(cursor, "unload_1")


def test_create_table_as_has_trinos_properties_and_keeps_the_query_as_it_is() -> None:
    made = creation(
        "CREATE TABLE IF NOT EXISTS \"Db\".t WITH (format = 'Parquet', write_compression = 'snappy',\n"
        " bucket_count = 2,"
        " partitioned_by = ARRAY['a', 'b'], is_external = true, table_type = 'HIVE') AS\n"
        "SELECT \"A'\", 'x\\' /* not ' */ FROM \"t\""
    )

    assert made.at("db", "s3://b/k'/").head(["a", 'b"']) == (
        'CREATE TABLE IF NOT EXISTS awsdatacatalog."db"."t" ("a", "b""") WITH (format = \'Parquet\', bucket_count = 2, '
        "partitioned_by = ARRAY['a', 'b'], external_location = 's3://b/k''/') AS "
    )
    assert made.query == "SELECT \"A'\", 'x\\' /* not ' */ FROM \"t\""
    assert made.start == (3, 1)
    assert made.session_properties() == {"awsdatacatalog.compression_codec": "SNAPPY"}


def test_unload_is_a_table_at_its_place() -> None:
    made = unloading(
        "UNLOAD (SELECT f(')'), \"(\" FROM (SELECT 1))\n TO 's3://b/k/' WITH (format = 'TEXTFILE', field_delimiter='|')"
    )

    assert made.query == "SELECT f(')'), \"(\" FROM (SELECT 1)"
    assert made.location == "s3://b/k/"
    assert "textfile_field_separator = '|'" in made.at("unload_1", "s3://b/k/").head()
    assert made.session_properties() == {}


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("CREATE TABLE t WITH (colour = 'red') AS SELECT 1 AS a", "INVALID_TABLE_PROPERTY"),
        ("CREATE TABLE t WITH (table_type = 'ICEBERG') AS SELECT 1 AS a", "NOT_SUPPORTED"),
        ("CREATE TABLE t (a int)", "NOT_SUPPORTED"),
        ("CREATE TABLE t WITH (format = 'ORC') SELECT 1", "SYNTAX_ERROR"),
    ],
)  # fmt: skip
def test_what_athena_refuses_is_refused(sql: str, name: str) -> None:
    with pytest.raises(QueryError) as refused:
        creation(sql)
    assert refused.value.name == name


def test_an_unknown_compression_is_refused() -> None:
    with pytest.raises(QueryError, match="the compression LZO"):
        creation("CREATE TABLE t WITH (write_compression = 'LZO') AS SELECT 1 AS a").session_properties()


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("CREATE TABLE t AS SELECT 1 AS a", Kind("DDL", "CREATE_TABLE_AS_SELECT")),
        ("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://b/'", Kind("DDL", "CREATE_TABLE")),
        ("INSERT INTO t SELECT 1", Kind("DML", "INSERT")),
        ("UNLOAD (SELECT 1) TO 's3://b/'", Kind("DML", "UNLOAD")),
    ],
)  # fmt: skip
def test_statements_that_write_are_known_by_kind(sql: str, found: Kind) -> None:
    assert kind(sql) == found
    assert found.writes == ("EXTERNAL" not in sql)


def signature(name: str, *arguments: Any) -> Mapping[str, Any]:
    return {"rawType": name, "arguments": [{"kind": "ANY", "value": argument} for argument in arguments]}


def field(name: str | None, of: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"fieldName": {"name": name}, "typeSignature": of} if name else {"typeSignature": of}


@pytest.mark.parametrize(
    ("of", "found", "cell", "text"),
    [
        (signature("varchar", 2_147_483_647), STRING, "x", "x"),
        (signature("varchar", 3), Text("varchar", 3), "x", "x"),
        (signature("decimal", 38, 18), Decimal(38, 18), "1.50", "1.50"),
        (signature("real"), Primitive("float"), 0.1, "0.1"),
        (signature("double"), Primitive("double"), "Infinity", "Infinity"),
        (signature("double"), Primitive("double"), 1e10, "1.0E10"),
        (signature("varbinary"), Primitive("binary"), "AP8=", "00 ff"),
        (signature("timestamp", 0), Primitive("timestamp"), "2026-01-02 03:04:05", "2026-01-02 03:04:05.000"),
        (signature("timestamp", 6), Primitive("timestamp"), "2026-01-02 03:04:05.123456", "2026-01-02 03:04:05.123456"),
        (
            signature("timestamp with time zone", 1),
            Primitive("timestamp with time zone"),
            "2026-01-02 03:04:05.1 Europe/Berlin",
            "2026-01-02 03:04:05.100 Europe/Berlin",
        ),
        (signature("array", signature("boolean")), Array(Primitive("boolean")), [True, None], "[true, null]"),
        (
            signature("map", signature("double"), signature("bigint")),
            Map(Primitive("double"), Primitive("bigint")),
            {"1e10": 2, "0.5": None},
            "{1.0E10=2, 0.5=null}",
        ),
        (
            signature("row", field("a", signature("date")), field(None, signature("integer"))),
            Struct((("a", Primitive("date")), ("field1", Primitive("int")))),
            ["2026-01-02", 1],
            "{a=2026-01-02, field1=1}",
        ),
    ],
)  # fmt: skip
def test_cells_are_shown_as_athena_shows_them(of: Mapping[str, Any], found: HiveType, cell: Any, text: str) -> None:
    assert type_of(of) == found
    assert renderer(found)(cell) == text
    assert renderer(found)(None) is None


def test_an_engine_is_one_of_two() -> None:
    assert Choice("trino", "http://127.0.0.1:8080/").arguments() == [
        "--engine",
        "trino",
        "--trino",
        "http://127.0.0.1:8080",
    ]
    assert Choice().arguments() == ["--engine", "embedded"]
    with pytest.raises(LocalAwsError, match="--engine spark: not one of embedded, trino"):
        Choice("spark")
    with pytest.raises(LocalAwsError, match="give both"):
        Choice("embedded", "/some/folder")
