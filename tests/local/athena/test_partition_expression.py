"""What the catalog is asked of a query's conditions: never less than they need, and the answer is the same."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.local import partition_filters
from ddb_assets.local.athena import query
from ddb_assets.local.athena.catalog import Column
from ddb_assets.local.athena.errors import QueryError
from ddb_assets.local.athena.hive_types import Primitive
from ddb_assets.local.athena.partition_expression import any_of, expression
from ddb_assets.local.athena.scan import Progress
from ddb_assets.local.athena.session import Session, open_session
from tests.local.athena.conftest import Athena, parquet

COLUMNS = (Column("day", Primitive("string")), Column("n", Primitive("int")), Column("in", Primitive("string")))
NAMES = {"r0c1": 0, "r0c2": 1, "r0c3": 2}


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ("r0c1 = '2026-11-24T00:00'", "day = '2026-11-24T00:00'"),
        ("(r0c1 >= 'a' AND r0c1 < 'b')", "(day >= 'a' AND day < 'b')"),
        ("r0c1 IN ('a', 'b')", "day IN ('a', 'b')"),
        ("r0c1 BETWEEN 'a' AND 'b'", "(day >= 'a' AND day <= 'b')"),
        ("r0c1 = 'a' OR r0c1 = 'b'", "(day = 'a' OR day = 'b')"),
        ("r0c1 = 'a' AND r0c2 = 1", "(day = 'a')"),
        ("r0c1 = 'a' OR r0c2 = 1", None),
        ("r0c2 = 1", None),
        ("r0c3 = 'a'", None),
        ("r0c1 = 'it''s'", None),
        ("r0c1 = 'a\\b'", None),
        ("r0c1 = ''", None),
        ("r0c1 = 'é'", None),
        ("r0c1 <> 'a'", None),
        ("NOT r0c1 = 'a'", None),
        ("r0c1 IS NULL", None),
        ("substr(r0c1, 1, 1) = 'a'", None),
        ("r0c1 = r0c3", None),
        ("'a' = r0c1", None),
    ],
)
def test_only_what_the_catalog_reads_alike_is_asked(condition: str, asked: str | None) -> None:
    assert expression([sqlglot.parse_one(condition, read="duckdb")], COLUMNS, NAMES) == asked


def test_a_table_read_in_two_places_is_asked_for_both() -> None:
    assert any_of(["day = 'a'", "day = 'b'"]) == "(day = 'a') OR (day = 'b')"
    assert any_of(["day = 'a'", "day = 'a'"]) == "day = 'a'"
    assert any_of(["day = 'a'", None]) is None
    assert any_of([f"day = '{number:0500}'" for number in range(9)]) is None


VALUES = {
    "string": [" a", "a", "b", "2026-11-24T00:00", "a'b", "a\\tb", "A", "é", "10", "9", "__HIVE_DEFAULT_PARTITION__"],
    "varchar(2)": ["a", "ab", "abc", "b", "__HIVE_DEFAULT_PARTITION__"],
    "char(3)": ["a", "ab", "abc", "__HIVE_DEFAULT_PARTITION__"],
    "tinyint": ["1", "01", "-5", "9", "10", "300", "__HIVE_DEFAULT_PARTITION__"],
    "int": ["1", "01", "-5", "9", "10", "x", "__HIVE_DEFAULT_PARTITION__"],
    "bigint": ["1", " 1", "9", "10", "__HIVE_DEFAULT_PARTITION__"],
    "decimal(5,2)": ["1", "1.0", "1.00", "9.5", "10", "__HIVE_DEFAULT_PARTITION__"],
    "double": ["1", "1.0", "1e1", "10", "__HIVE_DEFAULT_PARTITION__"],
    "boolean": ["true", "TRUE", "false", "__HIVE_DEFAULT_PARTITION__"],
    "date": ["2026-11-24", "2026-11-25", "__HIVE_DEFAULT_PARTITION__"],
    "timestamp": ["2026-11-24 00:00:00", "2026-11-24 00:00:00.5", "2026-11-24T00:00:00", "__HIVE_DEFAULT_PARTITION__"],
}
LITERALS = {
    **dict.fromkeys(("tinyint", "int", "bigint", "boolean"), "{}"),
    **dict.fromkeys(("string", "varchar(2)"), "'{}'"),
    "char(3)": "CAST('{}' AS char(3))",
    "decimal(5,2)": "DECIMAL '{}'",
    "double": "DOUBLE '{}'",
    "date": "DATE '{}'",
    "timestamp": "TIMESTAMP '{}'",
}


@st.composite
def conditions(draw: st.DrawFn, kind: str) -> str:
    def literal() -> str:
        value = draw(st.sampled_from([one for one in VALUES[kind] if not one.startswith("__") and one != "x"]))
        return LITERALS[kind].format(value.replace("'", "''"))

    form = draw(st.sampled_from(["compare", "in", "between", "and", "or", "null", "not"]))
    if form in ("and", "or"):
        return f"({draw(conditions(kind))} {form} {draw(conditions(kind))})"
    if form == "not":
        return f"NOT {draw(conditions(kind))}"
    if form == "compare":
        return f"p {draw(st.sampled_from(['=', '<', '<=', '>', '>=', '<>']))} {literal()}"
    if form == "in":
        return f"p IN ({literal()}, {literal()})"
    return "p IS NULL" if form == "null" else f"p BETWEEN {literal()} AND {literal()}"


SELECTS = ("SELECT p, count(*) FROM t WHERE {} GROUP BY p", "SELECT DISTINCT p FROM t WHERE {}",
           "SELECT count(DISTINCT p), max(p) FROM t WHERE {}", "SELECT n, p FROM t WHERE {} AND n > 0",
           "WITH w AS (SELECT * FROM t) SELECT a.n FROM w a JOIN w b ON a.n = b.n WHERE a.{0} AND b.n > 0")  # fmt: skip


class Tables:
    """A table for each type, with a partition for each value; one of three has a row, one an empty file, one none."""

    def __init__(self, aws: Athena, endpoint: str) -> None:
        self.aws, self.endpoint = aws, endpoint
        self.names: dict[str, str] = {}
        for kind, values in VALUES.items():
            name = f"t{uuid4().hex[:8]}"
            self.names[kind] = name
            aws.create(name, "n int", more="")
            table = aws.glue.get_table(DatabaseName=aws.database, Name=name)["Table"]
            storage = table["StorageDescriptor"]
            aws.glue.delete_table(DatabaseName=aws.database, Name=name)
            keys = [{"Name": "p", "Type": kind}]
            described = {"Name": name, "StorageDescriptor": storage, "PartitionKeys": keys, "Parameters": {}}
            aws.glue.create_table(DatabaseName=aws.database, TableInput=described)
            for number, value in enumerate(values):
                folder = f"{name}/{number}"
                rows = {"n": [number, number + 1] if number % 3 != 1 else []}
                if number % 3 != 2 or kind == "boolean":
                    aws.put(f"{folder}/part.parquet", parquet(rows))
                partition = {
                    "Values": [value],
                    "StorageDescriptor": {**storage, "Location": f"{table_folder(aws, folder)}"},
                }
                aws.glue.create_partition(DatabaseName=aws.database, TableName=name, PartitionInput=partition)

    def answer(self, sql: str, narrows: bool) -> list[Any] | str:
        session: Session = open_session(self.endpoint, "us-east-1", self.aws.database, Progress())
        try:
            return sorted(map(repr, query.run(sql, (), replace(session, narrows=narrows)).rows))
        except QueryError as error:
            return error.name


def table_folder(aws: Athena, folder: str) -> str:
    return f"s3://{aws.bucket}/{folder}/"


@pytest.fixture(scope="module")
def tables(clients: list[Any], endpoint: str) -> Iterator[Tables]:
    partition_filters.install()
    yield Tables(Athena(*clients), endpoint)


@given(st.data())
def test_the_answer_is_the_same_whether_the_catalog_is_asked_with_an_expression(
    tables: Tables, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(sorted(VALUES)), label="type")
    sql = data.draw(st.sampled_from(SELECTS)).format(data.draw(conditions(kind), label="condition"))
    sql = sql.replace(" t ", f" {tables.names[kind]} ").replace(" t)", f" {tables.names[kind]})")

    assert tables.answer(sql, narrows=True) == tables.answer(sql, narrows=False)
