"""Text in a defs.yaml is what is written, and whatever is refused is named with file, line, key, and what to write."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from ddb_assets.components.attributes import ComponentAttributes
from ddb_assets.components.dynamodb_table import DynamoDBTable
from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup
from ddb_assets.components.kinds import Block, Kind, List, Text, TextMap, Value
from ddb_assets.errors import UserError
from tests.components import yaml_project

LOOKS_LIKE = [
    *("2024", "210987654321", "012345678901", "0x10", "0o17", "1_000", "1e3", "1.50", ".5", "+1", "1:30", ".inf"),
    *("yes", "No", "on", "true", "null", "~", "None", "nan", "2024-01-01", "2024-01-01T00:00:00Z", "=", "<<", "-"),
    *("[]", "{}", "(1,2)", "''", '""', "#", ":", "%", "@", "!", "&", "*", "|", ">", "{a}", "`a`"),
    *("<b>x</b>", "**x**", "a;b", "../x"),
]

TEXTS = st.one_of(
    st.sampled_from([*LOOKS_LIKE, "", " ", "\n", "a\r\nb", "# not a comment", "key: value", "line\n"]),
    st.from_regex(r"[0-9._:+-]{1,12}", fullmatch=True),
    st.text(max_size=30),
).filter(lambda text: not any(mark in text for mark in ("{{", "{%", "{#")))

PLAIN = [text for text in LOOKS_LIKE if text[0] not in "~=<-[{'\"#:%@!&*|>`" and text != "null"]

VALUES: dict[type, dict[str, Any]] = {
    DynamoDBTable: {"table_name": "Reviews"},
    DynamoDBTableGroup: {"name": "shop", "tables": ["Customers", "Orders"]},
}


@dataclass(frozen=True)
class Project:
    folder: Path
    file: Path

    def load(self, cls: type[ComponentAttributes], attributes: str) -> Any:
        """The component of a defs.yaml, as Dagster loads it; raises what the person is told."""
        self.file.write_text(f"type: ddb_assets.{cls.__name__}\n{attributes}", encoding="utf-8")
        try:
            (component,) = yaml_project.tree(self.folder).get_all_components(cls)
        except Exception as error:
            cause: BaseException = error
            while cause.__cause__ is not None:
                cause = cause.__cause__
            raise cause from None
        return component

    def read(self, cls: type[ComponentAttributes], path: tuple[Any, ...], text: str, style: str) -> None:
        """Write `text` to one attribute, load, and see that it is that, or was refused by exactly that."""
        attributes = yaml.safe_load(yaml.safe_dump(VALUES[cls]))
        place: Any = attributes
        for part, following in pairwise(path):
            if isinstance(place, list):
                place[part:] = [place[part] if part < len(place) else ({} if isinstance(following, str) else [])]
            else:
                place.setdefault(part, [None] * (following + 1) if isinstance(following, int) else {})
            place = place[part]
        place[path[-1]] = text
        dumped = quoted({"attributes": attributes}, style)
        try:
            found = self.load(cls, dumped)
        except UserError as error:
            (line,) = str(error).splitlines()
            assert line.startswith(f"{self.file}:")
            assert f": attributes.{path[0]}" in line
            # A name of the path's can be wrong too, as that of a group's table.
            assert repr(text) in line or repr(path[-1]) in line
            return
        for part in path:
            found = found[part] if isinstance(found, list | dict) else getattr(found, part)
        assert found == text


def quoted(attributes: Any, style: str) -> str:
    """YAML in which every text is quoted. The dumper itself loses a few characters of a single-quoted one."""
    dumped: str = yaml.dump(attributes, default_style=style, allow_unicode=True)
    assume(yaml.safe_load(dumped) == attributes)
    return dumped


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("yaml")
    defs = yaml_project.write(folder, {"one": ""})
    sys.path.insert(0, str(folder))
    yield Project(folder, defs / "one" / "defs.yaml")
    sys.path.remove(str(folder))


def text_attributes(cls: type[ComponentAttributes]) -> list[tuple[Any, ...]]:
    def paths(kind: Kind, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        match kind:
            case Text():
                yield path
            case List(of):
                yield from paths(of, (*path, 0))
            case TextMap():
                yield (*path, "some")
            case Block(block):
                for name in block.model_fields:
                    yield from paths(kind.kind_of(name), (*path, name))
            case Value():
                return

    return list(paths(Block(cls), ()))


EVERY = [(cls, path) for cls in VALUES for path in text_attributes(cls)]


def test_what_is_text_is_found_by_its_annotation_alone() -> None:
    names = {".".join(map(str, path)) for cls, path in EVERY if cls is DynamoDBTable}

    assert {"table_name", "name", "database", "prefix", "owners.0", "tags.some", "columns.some", "start"} <= names
    assert {"capture.kms_key", "capture.bucket_owner", "capture.method", "cadence"} <= names
    assert not {"read_percentage", "max_depth", "capture.max_rcu", "capture.keep_exports"} & names


@given(TEXTS, st.sampled_from(EVERY), st.sampled_from(["'", '"']))
def test_any_quoted_text_comes_back_as_itself(
    loaded: Project, text: str, attribute: tuple[type[ComponentAttributes], tuple[Any, ...]], style: str
) -> None:
    loaded.read(*attribute, text, style)


TAG = st.one_of(st.sampled_from(LOOKS_LIKE), st.from_regex(r"[0-9._-]{1,9}", fullmatch=True)).filter(
    re.compile(r"[A-Za-z0-9_.-]{1,63}").fullmatch
)


@given(st.dictionaries(TEXTS, st.just("string")), st.dictionaries(TAG, TAG), st.sampled_from(["'", '"']))
def test_any_quoted_names_and_values_come_back(
    loaded: Project, columns: dict[str, str], tags: dict[str, str], style: str
) -> None:
    columns.pop("", None)
    attributes = {"attributes": {"table_name": "Reviews", "columns": columns, "tags": tags}}

    table = loaded.load(DynamoDBTable, quoted(attributes, style))

    assert (table.columns, table.tags) == (columns, tags)


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_not_quoted_is_taken_as_it_stands(loaded: Project, text: str) -> None:
    lines = f"owners:\n  - team:{text}\n  columns:\n    {text}: string\n  capture:\n    kms_key: {text}\n"

    table = loaded.load(DynamoDBTable, f"attributes:\n  table_name: Reviews\n  {lines}")

    assert (list(table.owners), table.columns) == ([f"team:{text}"], {text: "string"})
    assert table.capture.kms_key == text


def test_anchors_merged_keys_and_several_documents_are_read_as_they_are_written(loaded: Project) -> None:
    first = "attributes:\n  <<: {table_name: 2024}\n  prefix: &p 007\n  tags: {a: *p}\n"
    second = "---\ntype: ddb_assets.DynamoDBTable\nattributes: {table_name: 0x10}\n"
    loaded.file.write_text(f"type: ddb_assets.DynamoDBTable\n{first}{second}")

    tables = yaml_project.tree(loaded.folder).get_all_components(DynamoDBTable)

    assert [(table.table_name, table.prefix, table.tags) for table in tables] == [
        ("2024", "007", {"a": "007"}),
        ("0x10", None, {}),
    ]


def test_templates_give_text_where_text_is_meant_and_numbers_elsewhere(
    loaded: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCOUNT", "210987654321")
    table = loaded.load(
        DynamoDBTable,
        """
attributes:
  table_name: "{{ env.ACCOUNT }}"
  prefix: "{{ env.NOT_SET_ANYWHERE }}"
  cadence: "{{ '0 * * * *' }}"
  max_depth: "{{ 2 + 3 }}"
  capture: {bucket_owner: "{{ env.ACCOUNT }}", max_rcu: "{{ 10 }}", kms_key: "{% raw %}{{ x }}{% endraw %}"}
  tags: {account: "a-{{ env.ACCOUNT }}"}
""",
    )

    assert (table.table_name, table.prefix, table.cadence) == ("210987654321", None, "0 * * * *")
    assert (table.capture.bucket_owner, table.capture.max_rcu, table.max_depth) == ("210987654321", 10, 5)
    assert (table.tags, table.capture.kms_key) == ({"account": "a-210987654321"}, "{{ x }}")


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ("table_name:", "table_name", "is empty"),
        ("table_name: a b", "table_name", "'a b' is no table's name: 3 to 255 letters"),
        (
            "table_name: arn:aws-cn:dynamodb:cn-north-1:210987654321:table/Orders",
            "table_name",
            "table/Orders' is a table's ARN: write its name, 'Orders'. It is looked for in the account and Region of "
            "the credentials, so those must be of account 210987654321 and Region cn-north-1",
        ),
        ('database: "{{"', "database", "'{{' is no template that can be rendered"),
        ('prefix: "{{ nope }}"', "prefix", "'nope' is undefined"),
        ('prefix: "a{{ env.NOT_SET_ANYWHERE }}"', "prefix", "a part of the template"),
        ('max_depth: "{{ nope }}"', "max_depth", "'nope' not found"),
        ("max_depth: 100", "max_depth", "100: input should be less than or equal to 32. Maps and lists nested deeper"),
        ("read_percent: 0.3", "read_percent", "there is no such key. Is `read_percentage` meant?"),
        ("capture: scan", "capture", "'scan' is not a block: write its keys below it"),
        ("tags: {a: {b: c}}", "tags.a", "{'b': 'c'} is not a text: write one, in quotes"),
        ("tags: {a: ~}", "tags.a", "is empty"),
        ("tags: [a]", "tags", "['a'] does not give names to values"),
        ("owners: team:a", "owners", "'team:a' is not a list: write each member in a line, behind a dash"),
        ("prefix: !!int '5'", "prefix", "5 is not a text: write one, in quotes"),
        ("job: {workers: 1}", "job.workers", "1"),
        ("job: {worker_type: G.3X}", "job.worker_type", "'G.3X' is not one of G.1X, G.2X"),
        ("job: {timeout: 8}", "job.timeout", "'8' is not a length of time"),
        ("job: {timeout: 90s}", "job.timeout", "'90s' is not a timeout of Glue: whole minutes, and less than 7 days"),
        ("job: {timeout: 7d}", "job.timeout", "'7d' is not a timeout of Glue"),
        ("job: {worker: 3}", "job.worker", "there is no such key. Is `workers` meant?"),
        ("capture: {bucket_owner: 12}", "capture.bucket_owner", "'12' does not match ^[0-9]{12}$"),
    ],
)
def test_what_is_refused_is_named_with_file_line_and_key(loaded: Project, line: str, key: str, said: str) -> None:
    table = "" if line.startswith("table_name") else "  table_name: Reviews\n"
    with pytest.raises(UserError) as refused:
        loaded.load(DynamoDBTable, f"attributes:\n{table}  {line}\n")

    number = 3 if line.startswith("table_name") else 4
    assert str(refused.value).startswith(f"{loaded.file}:{number}: attributes.{key}: ")
    assert said in str(refused.value)


def test_everything_that_is_wrong_is_said_at_once_in_the_files_order(loaded: Project) -> None:
    with pytest.raises(UserError) as refused:
        loaded.load(DynamoDBTable, 'attributes:\n  max_depth: 99\n  prefix: "{{"\n  numbers: float\n')

    lines = [line.removeprefix(f"{loaded.file}:").split(": ")[:2] for line in str(refused.value).splitlines()]
    assert lines == [
        ["2", "attributes.table_name"],
        ["3", "attributes.max_depth"],
        ["4", "attributes.prefix"],
        ["5", "attributes.numbers"],
    ]


def test_a_file_without_attributes_is_told_what_it_lacks(loaded: Project) -> None:
    with pytest.raises(UserError, match=r"attributes\.table_name: is missing"):
        loaded.load(DynamoDBTable, "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("cadence: 0 0 31 2 *", "'0 0 31 2 *' is a cron expression that never comes"),
        ("cadence: 0 0 30,31 2 *", "'0 0 30,31 2 *' is a cron expression that never comes"),
        ("cadence: 0 0 31 4,6 *", "'0 0 31 4,6 *' is a cron expression that never comes"),
        ("cadence: 0 0 * * * *", "'0 0 * * * *' is not a cron expression of five fields"),
        ("start: 9999-12-31", "'9999-12-31' is not in the years 1970 to 2199"),
        ("start: 0001-01-01", "'0001-01-01' is not in the years 1970 to 2199"),
        ("owners: [nobody]", "'nobody' is neither an e-mail address nor a team, such as team:data"),
        ("tags: {a b c: x}", "'a b c' is not a tag's name"),
        ("tags: {a: x y}", "'x y' is no tag's value"),
        (f"name: a{'b' * 128}", "does not match"),
    ],
)
def test_values_that_dagster_would_stumble_over_are_refused_by_key(loaded: Project, line: str, said: str) -> None:
    for cls in VALUES:
        values = yaml.safe_dump({name: value for name, value in VALUES[cls].items() if not line.startswith(name)})
        with pytest.raises(UserError) as refused:
            loaded.load(cls, "attributes:\n" + "".join(f"  {one}\n" for one in (line, *values.splitlines())))

        assert str(refused.value).startswith(f"{loaded.file}:3: attributes.{line.partition(':')[0]}")
        assert said in str(refused.value)


@pytest.mark.parametrize("cadence", ["0 0 29 2 *", "@daily", "0 0 31 * *", "0 0 1 2 *"])
def test_what_comes_seldom_is_a_cadence(loaded: Project, cadence: str) -> None:
    table = loaded.load(DynamoDBTable, f"attributes: {{table_name: Reviews, cadence: '{cadence}'}}\n")

    assert table.cadence == cadence
