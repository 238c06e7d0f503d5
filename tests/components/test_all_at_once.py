"""A project's mistakes are told together: what can't be read, what is refused, the names that meet."""

import subprocess
import sys
from pathlib import Path

import pytest

from ddb_assets.code_location import find_chain
from ddb_assets.components.unreadable import unreadable
from ddb_assets.errors import UserError
from tests.components import yaml_project
from tests.components.yaml_project import group, table

ORDERS = table("table_name: Orders")


def refused(folder: Path, files: dict[str, str]) -> list[str]:
    """What is said of the project, with the files' names shortened; a line for each thing."""
    defs = yaml_project.write(folder, files)
    with pytest.raises(UserError) as error:
        find_chain("Orders", folder)
    _, said = str(error.value).split("don't load: ", 1)
    return said.replace(f"{defs}/", "").splitlines()


def test_what_is_refused_in_several_files_and_what_meets_is_told_in_one_message(tmp_path: Path) -> None:
    lines = refused(
        tmp_path,
        {
            "a": table("table_name: Orders\ncadance: '0 * * * *'\nprefix: a//b"),
            "b": ORDERS,
            "c": group("name: shop\ntables: [Orders]"),
            "d": f"{table('table_name: orders')}---\n{table('table_name: o')}",
            "e": "type: ddb_assets.DynamoDBTable\n",
        },
    )

    starts = [
        "a/defs.yaml:4: attributes.cadance: there is no such key. Is `cadence` meant?",
        "a/defs.yaml:5: attributes.prefix: ",
        "c/defs.yaml:4: attributes.tables: a group has two tables or more",
        "d/defs.yaml:7: attributes.table_name: 'o' is no table's name",
        "e/defs.yaml:1: attributes.table_name: is missing",
        "Names meet: table Orders in database dynamodb_exports (b/defs.yaml:1) and table orders in database",
    ]
    assert len(lines) == len(starts)
    assert all(line.startswith(start) for line, start in zip(lines, starts, strict=True)), lines


def test_what_python_makes_wrongly_is_told_with_the_rest(tmp_path: Path) -> None:
    files = {"a": table("table_name: o")}
    defs = yaml_project.write(tmp_path, files)
    (defs / "more.py").write_text(
        "import dagster as dg\nfrom ddb_assets import DynamoDBTable\n\n"
        "@dg.component_instance\ndef load(context: dg.ComponentLoadContext) -> DynamoDBTable:\n"
        "    return DynamoDBTable(table_name='no table')\n"
    )

    with pytest.raises(UserError, match=r"'o' is no table's name[^\n]*\n.*more\.py: ValidationError: .*no table"):
        find_chain("Orders", tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            table("table_name: *Orders"),
            "a/defs.yaml:3: attributes.table_name: `*Orders` stands for a value that is marked with `&Orders` further "
            "up, and none is: where the text is meant, write it in quotes, '*Orders'",
        ),
        (
            "type: ddb_assets.DynamoDBTable\nattributes: &all\n  table_name: Orders\n  capture: *all\n",
            "a/defs.yaml:2: attributes: an alias here (`*name`) stands for a block that it is in itself: write out",
        ),
        (table("table_name: [Orders"), "a/defs.yaml:3: attributes.table_name: this can't be read as YAML (while"),
        (table("table_name: 'Orders\nname: x"), "a/defs.yaml:3: attributes.table_name: this can't be read as YAML"),
        (
            table("table_name: Orders\n\ttags: {}"),
            "a/defs.yaml:4: attributes.tags: this can't be read as YAML (while scanning for the next token: found "
            "character '\\t' that cannot start any token). Text that holds `: ` or ` #`, or begins with one of * & ! % "
            "@ ` [ ] { } | > ? , goes in quotes",
        ),
        (
            table("table_name: {{ env.X }}"),
            "a/defs.yaml:3: attributes.table_name: a template goes in quotes, as in",
        ),
        (table("tags: !x y"), "a/defs.yaml:3: attributes.tags: `!x` is a tag that is not known here: leave it out"),
        (table("table_name: Ord\0rs"), "a/defs.yaml:3: attributes.table_name: character 0x0 can't be in YAML"),
        ("", "a/defs.yaml: is empty: write `type: ddb_assets.DynamoDBTable`, and below it `attributes:`"),
        ("- Orders\n", "a/defs.yaml:1: ['Orders'] is not a block"),
        (
            ORDERS.replace("attributes", "attribute"),
            "a/defs.yaml:2: attribute: there is no such key. Is `attributes` meant?",
        ),
        (
            ORDERS.replace("Table", "Tables"),
            "a/defs.yaml:1: type: 'ddb_assets.DynamoDBTables' is no component: write ddb_assets.DynamoDBTable or "
            "ddb_assets.DynamoDBTableGroup",
        ),
        (ORDERS.replace("type", "kind"), "a/defs.yaml:1: type: is missing"),
    ],
)
def test_what_can_not_be_read_is_told_with_file_line_key_and_what_to_write(
    tmp_path: Path, text: str, said: str
) -> None:
    lines = refused(tmp_path, {"a": text, "b": table("table_name: *B")})

    assert lines[0].startswith(said), lines
    assert lines[-1].startswith("b/defs.yaml:3: attributes.table_name: `*B` stands for a value")


def test_what_is_not_text_at_all_is_told(tmp_path: Path) -> None:
    (tmp_path / "defs.yaml").write_bytes(b"type: \xff\n")
    assert [*unreadable(tmp_path)] == [
        f"{tmp_path / 'defs.yaml'}: is not UTF-8 (invalid start byte at byte 6): save it as UTF-8"
    ]


def test_what_can_be_read_is_not_told(tmp_path: Path) -> None:
    yaml_project.write(tmp_path, {"a": ORDERS, "b": f"{ORDERS}---\n{ORDERS}", "c": table("tags: &t {a: b}\nnames: *t")})
    assert not [*unreadable(tmp_path)]


def test_the_command_tells_all_of_it(tmp_path: Path) -> None:
    yaml_project.write(tmp_path, {"a": table("table_name: o"), "b": table("table_name: Orders\nnamed: x")})

    command = [str(Path(sys.executable).with_name("ddb-assets")), "payload", "Orders"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "a/defs.yaml:3: attributes.table_name: 'o' is no table's name" in ended.stderr
    assert "b/defs.yaml:4: attributes.named: there is no such key" in ended.stderr
