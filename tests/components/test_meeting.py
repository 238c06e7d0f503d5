"""Names that meet are refused when the project loads: all of them at once, with files, tables and what to set."""

import json
import re
import tempfile
import textwrap
from pathlib import Path

import dagster as dg
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ddb_assets.code_location import find_chain, find_runnable
from ddb_assets.components.chain_component import ChainComponent
from ddb_assets.components.dynamodb_table import DynamoDBTable
from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup
from ddb_assets.components.meeting import meetings
from ddb_assets.errors import UserError
from tests.components import yaml_project
from tests.components.yaml_project import group, table
from tests.profiles import cases

ORDERS = table("table_name: Orders")
LONG = "x" * 246


def refused(folder: Path, files: dict[str, str]) -> list[str]:
    """What is said of the project, with the files' names shortened; a line for each thing."""
    defs = yaml_project.write(folder, files)
    with pytest.raises(UserError) as error:
        find_runnable("Orders", folder)
    _, said = str(error.value).split("don't load: ", 1)
    return said.replace(f"{defs}/", "").splitlines()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param(
            {"a": table("table_name: Orders.v1"), "b": table("table_name: orders_v1")},
            "Names meet: table Orders.v1 in database dynamodb_exports (a/defs.yaml:1) and table orders_v1 in database "
            "dynamodb_exports (b/defs.yaml:1) would both be dynamodb_exports.orders_v1 in the Data Catalog. In one of "
            "them set `name` (such as `name: orders_v1_2`).",
            id="two tables of one catalog name",
        ),
        pytest.param(
            {"a": ORDERS, "b": ORDERS},
            "would both be dynamodb_exports.orders in the Data Catalog. In one of them set `name` (such as "
            "`name: orders_2`).",
            id="one table twice",
        ),
        pytest.param(
            {"a": ORDERS, "b": table("table_name: Orders\ndatabase: lake")},
            "Names meet: table Orders in database dynamodb_exports (a/defs.yaml:1) and table Orders in database lake "
            "(b/defs.yaml:1) would both be asset s3/orders_files (a name serves one chain, also in another database). "
            "In one of them set `name` (such as `name: orders_2`).",
            id="one name in two databases",
        ),
        pytest.param(
            {"a": ORDERS, "b": table("table_name: snapshots-Orders")},
            "would both be dynamodb_exports.snapshots_orders in the Data Catalog. In one of them set `name` (such as "
            "`name: orders_2` or `name: snapshots_orders_2`).",
            id="a view and another's snapshots",
        ),
        pytest.param(
            {"a": table("table_name: Orders\ndatabase: shop"), "b": group("name: shop\ntables: [Orders, Lines]")},
            "Names meet: table Orders in database shop (a/defs.yaml:1) and table Orders of group shop in database shop "
            "(b/defs.yaml:1) would both be shop.orders in the Data Catalog. In one of them set `name` (such as "
            "`name: orders_2`) or set the group's `names` (such as `names: {Orders: orders_2}`) or its `view_prefix`.",
            id="a chain and a group's member",
        ),
        pytest.param(
            {"a": table("table_name: Shop-Orders"), "b": group("name: shop\ntables: [Orders, Lines]")},
            "would both be asset s3/shop_orders_files",
            id="a chain and a group's member in different databases",
        ),
        pytest.param(
            {"a": table("table_name: Shop\ndatabase: shop"), "b": group("name: shop\ntables: [Orders, Lines]")},
            "would both be shop.shop in the Data Catalog",
            id="a chain and a group",
        ),
        pytest.param(
            {"a": table("table_name: Group-Shop"), "b": group("name: shop\ntables: [Orders, Lines]")},
            "would both be job snapshot_group_shop",
            id="a chain's job and a group's",
        ),
        pytest.param(
            {"a": table("table_name: Orders\nprefix: shop/"), "b": group("name: shop\ntables: [Orders, Lines]")},
            "would both be the files below s3://dynamodb-exports/shop/snapshots_orders/",
            id="one folder in the bucket",
        ),
        pytest.param(
            {
                "a": ORDERS,
                "b": group("name: g\ntables: [Orders, Lines]"),
                "c": group("name: g\ntables: [Orders, Pays]"),
            },
            "group g (b/defs.yaml:1) and group g (c/defs.yaml:1) would both be g.g in the Data Catalog",
            id="two groups",
        ),
        pytest.param(
            {"g": group("name: shop\ntables: [Aaa, aaa]")},
            "Names meet: table Aaa of group shop in database shop (g/defs.yaml:1) and table aaa of group shop in "
            "database shop (g/defs.yaml:1) would both be shop.aaa in the Data Catalog. In one of them set the group's "
            "`names` (such as `names: {Aaa: aaa_2}` or `names: {aaa: aaa_2}`).",
            id="two members of one group",
        ),
        pytest.param(
            {"g": group("name: shop\ntables: [Orders, Shop]")},
            "would both be shop.shop in the Data Catalog. In one of them set the group's `name` (such as "
            "`name: shop_2`) or set the group's `names` (such as `names: {Shop: shop_2}`).",
            id="a group and its member",
        ),
        pytest.param(
            {"a": f"{ORDERS}---\n{ORDERS}"},
            "table Orders in database dynamodb_exports (a/defs.yaml:1) and table Orders in database dynamodb_exports "
            "(a/defs.yaml:5) would both be",
            id="two documents of one file",
        ),
    ],
)
def test_names_that_meet_are_named_with_files_tables_and_remedy(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    (line,) = refused(tmp_path, files)
    assert said in line


def test_all_that_meet_are_said_at_once(tmp_path: Path) -> None:
    names = {"a": "A.b", "b": "A-b", "c": "A_b", "d": "Other", "e": "other", "f": "Alone"}
    lines = refused(tmp_path, {folder: table(f"table_name: {name * 2}") for folder, name in names.items()})

    assert len(lines) == 2
    assert lines[0] == (
        "Names meet: table A.bA.b in database dynamodb_exports (a/defs.yaml:1) and table A-bA-b in database "
        "dynamodb_exports (b/defs.yaml:1) and table A_bA_b in database dynamodb_exports (c/defs.yaml:1) would all be "
        "dynamodb_exports.a_ba_b in the Data Catalog. In all but one of them set `name`, such as `name: a_ba_b_2` "
        "(b/defs.yaml:1), `name: a_ba_b_3` (c/defs.yaml:1)."
    )
    assert "table OtherOther in database dynamodb_exports (d/defs.yaml:1) and table otherother in" in lines[1]


def test_what_is_told_apart_by_name_loads(tmp_path: Path) -> None:
    yaml_project.write(
        tmp_path,
        {
            "a": table("table_name: Orders.v1"),
            "b": table("table_name: orders_v1\nname: orders_v1_small"),
            "c": table("table_name: Orders\ndatabase: one"),
            "d": table("table_name: Orders\ndatabase: two\nname: orders_two"),
            "e": group("name: shop\ntables: [Orders, Lines]"),
        },
    )

    assert find_chain("Orders.v1", tmp_path).payload["view"] == "dynamodb_exports.orders_v1"
    assert find_chain("orders_two", tmp_path).payload["view"] == "two.orders_two"


def test_chains_that_python_makes_are_looked_at_too(tmp_path: Path) -> None:
    defs = yaml_project.write(tmp_path, {"a": ORDERS})
    (defs / "more.py").write_text(
        textwrap.dedent(
            """
            import dagster as dg
            from ddb_assets import DynamoDBTable

            @dg.component_instance
            def load(context: dg.ComponentLoadContext) -> DynamoDBTable:
                return DynamoDBTable(table_name="orders")
            """
        )
    )

    with pytest.raises(UserError, match=r"table Orders .*\) and table orders .*\(made in Python\) would both be"):
        find_chain("Orders", tmp_path)


def test_a_component_that_is_built_alone_meets_nothing_but_itself() -> None:
    assert dg.build_defs_for_component(DynamoDBTable(table_name="Orders")).assets
    with pytest.raises(UserError, match=r"table Aaa of group shop .*\(made in Python\) and table aaa of group shop"):
        dg.build_defs_for_component(DynamoDBTableGroup(name="shop", tables=["Aaa", "aaa"]))


NAMES = st.sampled_from(["Orders", "orders", "Or-ders", "Or_ders", "2024", "20-24", "20_24", "orders_2", "x" * 255])
PLACES = st.sampled_from(["", "\ndatabase: lake", "\nprefix: lake"])
CHAINS = st.builds(lambda name, line: table(f"table_name: '{name}'{line}"), NAMES, PLACES)
GROUPS = st.builds(
    lambda name, tables, line: group(f"name: {name}\ntables: {json.dumps(tables)}{line}"),
    st.sampled_from(["shop", "lake", "orders"]),
    st.lists(NAMES, min_size=2, max_size=4, unique=True),
    st.sampled_from(["", "\ndatabase: lake", "\ndatabase: lake\nview_prefix: ''"]),
)


@settings(max_examples=cases(40))
@given(st.lists(CHAINS | GROUPS, min_size=1, max_size=5), st.data())
def test_each_remedy_that_is_offered_helps(files: list[str], data: st.DataObject) -> None:
    """One that is offered is written where it is offered, again and again, until nothing meets."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        defs = yaml_project.write(Path(folder), {f"f{at}": text for at, text in enumerate(files)})
        for _ in range(2 * sum(text.count("'") + text.count('"') + 1 for text in files)):
            chains = yaml_project.tree(Path(folder)).get_all_components(ChainComponent)
            line = next(meetings([(chain.place, chain.claims()) for chain in chains]), None)
            if line is None:
                return
            write(data.draw(st.sampled_from(offered(line))), defs)
        raise AssertionError(f"no end of meetings: {line}")


def offered(line: str) -> list[tuple[Path, str]]:
    """The lines that a message offers, each with the file that it is for."""
    met = re.findall(r"(group|table) (\S+)( of group)?.*? \((\S+):\d+\)", line)
    if "would all be" in line:
        return [(Path(file), text) for text, file in re.findall(r"`([^`]+: [^`]+)` \((\S+):\d+\)", line)[:1]]
    found = []
    for of_group, lines in re.findall(r"set (the group's )?`names?` \(such as ([^)]*)\)", line):
        for text in re.findall("`([^`]+)`", lines):
            for kind, name, member, file in met:
                wanted = "member" if text.startswith("names") else "group" if of_group else "table"
                is_it = "member" if member else kind
                if wanted == is_it and (wanted != "member" or text.startswith(f"names: {{{name}: ")):
                    found.append((Path(file), text))
    assert found, line
    return found


def write(remedy: tuple[Path, str], defs: Path) -> None:
    file, line = remedy
    assert file.is_relative_to(defs)
    document = yaml.load(file.read_text(), yaml.BaseLoader)
    key, value = next(iter(yaml.load(line, yaml.BaseLoader).items()))
    attributes = document["attributes"]
    attributes[key] = {**attributes.get(key, {}), **value} if isinstance(value, dict) else value
    file.write_text(json.dumps(document))


def test_names_that_the_catalog_has_no_room_for_are_cut_and_stay_apart(tmp_path: Path) -> None:
    names = [LONG + "a", LONG + "b"]
    files = {name[-1]: table(f"table_name: {name}\ncatalog: crawler") for name in names}
    yaml_project.write(tmp_path, {**files, "g": group(f"name: shop\ntables: [{', '.join(names)}]")})

    tables = [find_chain(name, tmp_path).payload["--catalog_table"] for name in names]

    assert {len(name) for name in tables} == {255}
    assert len(set(tables)) == 2
