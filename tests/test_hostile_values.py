"""Names and values that mean something to SQL, HTML, Markdown, a terminal or a path: refused, or shown as text."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from rich.console import Console
from sqlglot import exp

from ddb_assets import cli
from ddb_assets.aws.athena import QueryResult, ResultColumn
from ddb_assets.chain.census_metadata import census_table
from ddb_assets.chain.column_metadata import column_schema
from ddb_assets.chain.keys import files_key
from ddb_assets.chain.latest_view import create_view
from ddb_assets.commands import terminal
from ddb_assets.commands.query_output import print_table, write_result
from ddb_assets.commands.restore_progress import Lines
from ddb_assets.components.dynamodb_table import DynamoDBTable
from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings
from ddb_snapshot.census import Census, PathFacts
from ddb_snapshot.compare import Difference
from ddb_snapshot.names import column_name
from ddb_snapshot.shown import one_line, visible
from tests.conftest import LocalAws, Project
from tests.ddb_snapshot.test_shown import obeyed
from tests.hostile import TEXTS, attribute_names, texts
from tests.profiles import cases
from tests.test_cli import run

NAMES = sorted(set(TEXTS) - {"id"})
"""Names of attributes, each at most 255 bytes."""


class TestNamesInDefsYaml:
    """What a defs.yaml says becomes names in AWS, in Dagster and in S3."""

    @given(texts())
    def test_a_table_name_is_refused_or_harmless(self, text: str) -> None:
        with refused_or(lambda: DynamoDBTable(table_name=text).table_spec()) as spec:
            if spec:
                assert re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", spec.table_name)
                assert re.fullmatch(r"[a-z0-9_]+", spec.view)

    @given(texts(), st.sampled_from(["name", "database"]))
    def test_name_and_database_are_refused_or_harmless(self, text: str, option: str) -> None:
        with refused_or(lambda: DynamoDBTable(table_name="Orders", **{option: text}).table_spec()) as spec:
            if spec:
                assert re.fullmatch(r"[a-z0-9_]+", f"{spec.view}{spec.database}")

    @given(texts())
    def test_a_prefix_is_refused_or_harmless(self, text: str) -> None:
        table = refused_or(lambda: DynamoDBTable(table_name="Orders", prefix=text).table_spec().prefix)
        group = refused_or(lambda: DynamoDBTableGroup(name="shop", tables=["Aaa", "Bbb"], prefix=text).prefix)
        setting = refused_or(lambda: Settings(prefix=text).prefix)
        for made in (table, group, setting):
            with made as prefix:
                if prefix and prefix.strip("/"):
                    parts = prefix.strip("/").split("/")
                    assert all(re.fullmatch(r"[A-Za-z0-9_.=-]+", part) and part.strip(".") for part in parts)

    @pytest.mark.parametrize("prefix", ["", "/", "raw", "/lake/", "a/b.c/env=prod", "2024"])
    def test_a_plain_prefix_is_taken(self, prefix: str) -> None:
        assert DynamoDBTable(table_name="Orders", prefix=prefix).table_spec().prefix == prefix

    @pytest.mark.parametrize("prefix", ["..", "a/../b", "a//b", "./a", "a b", "a'b", "{{ env.X }}", "a\nb", "a\n", "é"])
    def test_another_prefix_is_refused_with_what_to_write(self, prefix: str) -> None:
        with pytest.raises(ValidationError, match="can't be a part of a key prefix: write letters, digits"):
            DynamoDBTable(table_name="Orders", prefix=prefix)

    @pytest.mark.parametrize("bucket", ["../x", "a b c", "a/b/c", "Bucket", "a'--", "{{ env.X }}"])
    def test_a_bucket_is_a_buckets_name(self, bucket: str) -> None:
        with pytest.raises(ValidationError):
            Settings(bucket=bucket)


@contextmanager
def refused_or(make: Any) -> Iterator[Any]:
    """What is made, or None when it is refused with the reason."""
    try:
        made = make()
    except ValidationError as refused:
        assert refused.errors()[0]["msg"]
        made = None
    yield made


class TestOnATerminal:
    """What commands print."""

    @given(st.lists(texts() | st.none(), min_size=1, max_size=4), texts())
    def test_cells_and_names_of_a_table(self, cells: list[str | None], name: str) -> None:
        result = QueryResult("1", (ResultColumn(name, "varchar"),), tuple((cell,) for cell in cells), 0)

        shown = printed(lambda console: print_table(result, console))

        assert obeyed(shown) <= {"\n"}
        for text in [name, *(cell for cell in cells if cell is not None)]:
            if "\t" not in text and "\n" not in text:
                assert visible(text).strip() in shown

    @given(texts())
    def test_json_of_a_query(self, text: str) -> None:
        result = QueryResult("1", (ResultColumn(text, "varchar"),), ((text,),), 0)
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout", out)
            write_result(result, "json", Console())

        assert obeyed(out.getvalue()) <= {"\n"}
        assert json.loads(out.getvalue()) == [{text: text}]

    @given(texts(), texts(), texts())
    def test_differences_that_verify_lists(self, key: str, attribute: str, value: str) -> None:
        difference = str(Difference("different", key, attribute, value, value))

        shown = printed(lambda console: terminal.say(difference, console))

        assert shown == visible(difference).replace("\t", " ") + "\n"

    @given(texts())
    def test_what_a_restore_tells(self, text: str) -> None:
        assert printed(lambda console: Lines(console).say(text)) == visible(text).replace("\t", " ") + "\n"

    @given(texts())
    def test_an_error(self, text: str) -> None:
        def fail() -> None:
            raise UserError(text)

        def attempt(console: Console) -> None:
            with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit):
                patch.setattr(cli, "app", fail)
                patch.setattr(cli, "ERR", console)
                cli.main()

        assert printed(attempt) == f"Error: {visible(text)}\n".replace("\t", " ")


def printed(show: Any) -> str:
    """What comes out, with a space for a tab."""
    out = io.StringIO()
    show(Console(file=out, width=10_000, tab_size=1))
    return out.getvalue()


class TestInDagster:
    """What its UI takes for Markdown, and what for text."""

    @given(st.dictionaries(attribute_names(), st.none(), min_size=1, max_size=5))
    def test_paths_of_the_census_are_text(self, names: dict[str, None]) -> None:
        facts = {name: PathFacts(counts={"S": 1}) for name in names}

        table = census_table(Census(rows=1, attributes=facts))

        assert [record.data["path"] for record in table.records] == [one_line(name) for name in sorted(names)]


class TestInSql:
    """What Athena is asked."""

    @settings(max_examples=cases(60))
    @given(texts())
    def test_a_literal_and_a_name_come_back_as_they_are(self, local_aws: LocalAws, text: str) -> None:
        literal, name = exp.Literal.string(text), exp.to_identifier(text, quoted=True)
        sql = exp.select(exp.alias_(literal, name, quoted=True)).sql(dialect="trino")

        assert local_aws.query(sql) == [(text,)]

    @given(attribute_names())
    def test_a_column_of_the_view_has_a_safe_name(self, attribute: str) -> None:
        assert re.fullmatch(r"[a-z_][a-z0-9_]*", column_name(attribute))


HOSTILE_ITEM = {"id": {"S": "1"}} | {name: {"S": name} for name in NAMES}
NESTED_ITEM = {"id": {"S": "2"}, "m": {"M": {name: {"M": {name: {"S": name}}} for name in NAMES}}}


def test_hostile_names_and_values_go_the_whole_way(project: Project, local_aws: LocalAws, tmp_path: Path) -> None:
    """Table, job, files, catalog, view, query, verify, plan: the values come back, and nothing else has happened."""
    local_aws.put("Hostile", [HOSTILE_ITEM, NESTED_ITEM])
    databases = [database["Name"] for database in local_aws.client("glue").get_databases()["DatabaseList"]]

    snapshot = project.snapshot("Hostile")

    assert snapshot.result.success and all(snapshot.checks().values())
    schema = snapshot.metadata(files_key(snapshot.table))["dagster/column_schema"]
    said = [column.description or "" for column in schema.columns]
    assert len(said) == len(NAMES) + 2
    assert not any(obeyed(description) for description in said)
    assert all(re.fullmatch(r"Attribute (`+).*\1", description) for description in said)
    (row,) = local_aws.query("SELECT * FROM hostile WHERE id = '1'")
    assert {cell for cell in row if cell is not None} >= set(NAMES)
    assert [database["Name"] for database in local_aws.client("glue").get_databases()["DatabaseList"]] == databases

    for command in (
        ["query", "SELECT * FROM hostile"],
        ["query", "SELECT * FROM hostile", "--format", "json"],
        ["plan", "Hostile"],
        ["verify", "Hostile"],
    ):
        done = run(*command)
        assert done.returncode == 0, done
        assert obeyed(done.stdout) <= {"\n", "\t"}

    changed = {name: {"S": f"{name} changed"} for name in NAMES}
    local_aws.client("dynamodb").put_item(TableName="Hostile", Item={"id": {"S": "1"}, **changed})
    done = run("verify", "Hostile", "--show", "200")
    assert done.returncode == 1
    assert obeyed(done.stdout + done.stderr) <= {"\n"}
    assert "1 different" in done.stdout


def test_the_views_ddl_is_of_safe_names() -> None:
    spec = DynamoDBTable(table_name="Orders", database="lake").table_spec()

    assert "'" not in create_view(spec, (), "2026-11-24T00:00").replace("'2026-11-24T00:00'", "")


def test_a_schemas_descriptions_are_text() -> None:
    assert dg.TableSchema(columns=[]) == column_schema((), "parquet", partitioned=False)
