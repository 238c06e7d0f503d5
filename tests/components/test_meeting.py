"""Names that meet are refused when the project loads: all of them at once, with files, tables and what to set."""

import textwrap
from pathlib import Path

import dagster as dg
import pytest

from ddb_assets.code_location import find_chain, find_runnable
from ddb_assets.components.dynamodb_table import DynamoDBTable
from ddb_assets.errors import UserError
from tests.components import yaml_project
from tests.components.yaml_project import group, table

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
            "Names meet: table Orders.v1 (a/defs.yaml:1) and table orders_v1 (b/defs.yaml:1) would both be "
            "dynamodb_exports.orders_v1 in the Data Catalog. In one of them set `name` (such as `name: orders_v1_2`).",
            id="two tables of one catalog name",
        ),
        pytest.param(
            {"a": ORDERS, "b": ORDERS},
            "table Orders (a/defs.yaml:1) and table Orders (b/defs.yaml:1) would both be dynamodb_exports.orders in",
            id="one table twice",
        ),
        pytest.param(
            {"a": ORDERS, "b": table("table_name: Orders\ndatabase: lake")},
            "table Orders (a/defs.yaml:1) and table Orders (b/defs.yaml:1) would both be asset s3/orders_files",
            id="one name in two databases",
        ),
        pytest.param(
            {"a": ORDERS, "b": table("table_name: snapshots-Orders")},
            "table Orders (a/defs.yaml:1) and table snapshots-Orders (b/defs.yaml:1) would both be "
            "dynamodb_exports.snapshots_orders in",
            id="a view and another's snapshots",
        ),
        pytest.param(
            {"a": table("table_name: Orders\ndatabase: shop"), "b": group("name: shop\ntables: [Orders, Lines]")},
            "table Orders (a/defs.yaml:1) and table Orders of group shop (b/defs.yaml:1) would both be shop.orders in "
            "the Data Catalog. In one of them set `name` (such as `name: orders_2`) or set the group's `view_prefix` "
            "or `name`.",
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
            {"a": f"{ORDERS}---\n{ORDERS}"},
            "table Orders (a/defs.yaml:1) and table Orders (a/defs.yaml:5) would both be",
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
    assert "table A.bA.b (a/defs.yaml:1) and table A-bA-b (b/defs.yaml:1) and table A_bA_b (c/defs.yaml:1)" in lines[0]
    assert "would all be" in lines[0]
    assert "table OtherOther (d/defs.yaml:1) and table otherother (e/defs.yaml:1)" in lines[1]


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

    with pytest.raises(UserError, match=r"table Orders \(.*\) and table orders \(made in Python\) would both be"):
        find_chain("Orders", tmp_path)


def test_a_component_that_is_built_alone_meets_nothing() -> None:
    assert dg.build_defs_for_component(DynamoDBTable(table_name="Orders")).assets


def test_names_that_the_catalog_has_no_room_for_are_cut_and_stay_apart(tmp_path: Path) -> None:
    names = [LONG + "a", LONG + "b"]
    files = {name[-1]: table(f"table_name: {name}\ncatalog: crawler") for name in names}
    yaml_project.write(tmp_path, {**files, "g": group(f"name: shop\ntables: [{', '.join(names)}]")})

    tables = [find_chain(name, tmp_path).payload["--catalog_table"] for name in names]

    assert {len(name) for name in tables} == {255}
    assert len(set(tables)) == 2
