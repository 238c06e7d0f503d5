"""One way to find a chain: by its table, by its `name`, by its view with the database; several are never guessed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ddb_assets.code_location import (
    Ambiguous,
    Chain,
    NoChain,
    find_chain,
    find_payloads,
    find_published_chain,
    find_runnable,
)
from ddb_assets.errors import UserError
from tests.components import yaml_project
from tests.components.yaml_project import group, table

FILES = {
    "own": table("table_name: Orders"),
    "csv": table("table_name: Orders\nname: orders_csv\noutput_format: csv"),
    "numkey": table("table_name: NumKey\nname: numkey"),
    "named": table("table_name: Num-Key\nname: number\ndatabase: lake"),
    "one": table("table_name: Twice\nname: first"),
    "two": table("table_name: Twice\nname: second"),
    "foo": table("table_name: foo\nname: bar"),
    "bar": table("table_name: bar\nname: baz"),
    "shop": group("name: shop\ntables: [Customers, Orders]"),
    "table-shop": table("table_name: Shop\nname: the_shop"),
    "called-shop": table("table_name: Called\nname: shop"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("finding")
    yaml_project.write(where, FILES)
    return where


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("Orders", "dynamodb_exports.orders"),
        ("orders_csv", "dynamodb_exports.orders_csv"),
        ("dynamodb_exports.orders_csv", "dynamodb_exports.orders_csv"),
        ("NumKey", "dynamodb_exports.numkey"),
        ("numkey", "dynamodb_exports.numkey"),
        ("Num-Key", "lake.number"),
        ("number", "lake.number"),
        ("lake.number", "lake.number"),
        ("foo", "dynamodb_exports.bar"),
        ("Shop", "dynamodb_exports.the_shop"),
    ],
)
def test_a_chain_is_found_by_table_by_name_and_by_view(folder: Path, name: str, view: str) -> None:
    for find in (find_chain, find_runnable):
        found = find(name, folder)
        assert isinstance(found, Chain)
        assert found.payload["view"] == view
    assert find_runnable("shop.shop", folder).views == ["shop.customers", "shop.orders"]


@pytest.mark.parametrize(
    ("name", "find", "said"),
    [
        (
            "Twice",
            find_chain,
            ["chain dynamodb_exports.first of table Twice (", "one/defs.yaml) and chain dynamodb_exports.second of",
             "Say which: dynamodb_exports.first or dynamodb_exports.second."],
        ),
        ("bar", find_chain, ["chain dynamodb_exports.bar of table foo (", "chain dynamodb_exports.baz of table bar ("]),
        ("bar", find_published_chain, ["chain dynamodb_exports.bar of table foo ("]),
        ("shop", find_runnable, ["of table Called (", "and group shop.", "dynamodb_exports.shop or shop.shop."]),
    ],
)  # fmt: skip
def test_what_several_go_by_is_refused_naming_all(
    folder: Path, name: str, find: Callable[[str, Path], object], said: list[str]
) -> None:
    with pytest.raises(UserError) as refused:
        find(name, folder)

    assert all(part in str(refused.value) for part in said), refused.value


def test_what_none_goes_by_is_refused_with_those_there_are(folder: Path) -> None:
    with pytest.raises(NoChain, match=r"Tables there: NumKey, Orders, .*number.*; groups: shop\."):
        find_chain("Customers", folder)


@pytest.mark.parametrize(
    ("name", "views"),
    [
        ("Orders", ["dynamodb_exports.orders"]),
        ("dynamodb_exports.orders_csv", ["dynamodb_exports.orders_csv"]),
        ("foo", ["dynamodb_exports.bar"]),
        ("shop.shop", ["shop.customers", "shop.orders"]),
        ("Customers", ["shop.customers"]),
        ("shop.orders", ["shop.orders"]),
    ],
)
def test_what_is_swept_is_found_as_what_is_run_and_a_groups_member_too(
    folder: Path, name: str, views: list[str]
) -> None:
    assert sorted(one["view"] for one in find_payloads(name, folder)) == views


def test_the_view_of_a_chain_without_a_name_may_be_another_tables_name(folder: Path) -> None:
    for find in (find_chain, find_runnable, find_payloads):
        with pytest.raises(NoChain, match=r"names the table 'orders'\. Is `Orders` or"):
            find("orders", folder)
    assert find_published_chain("orders", folder) is None


def test_all_tables_are_swept_without_a_name(folder: Path) -> None:
    assert len(find_payloads(None, folder)) == len(FILES) + 1


@pytest.mark.parametrize("name", ["bar", "Twice", "shop"])
def test_what_is_ambiguous_is_not_swept(folder: Path, name: str) -> None:
    with pytest.raises(Ambiguous, match="Say which"):
        find_payloads(name, folder)
    with pytest.raises(NoChain, match=r"Tables there: Customers, NumKey, Orders, .*; groups: shop\."):
        find_payloads("gone", folder)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Ordres", "Is `Orders` or `orders_csv`"),
        ("NUMKEY", "Is `NumKey` or `numkey` or `Num-Key` or"),
        ("lake.numbers", "Is `lake.number`"),
    ],
)
def test_what_may_be_meant_is_said(folder: Path, name: str, near: str) -> None:
    for find in (find_chain, find_runnable):
        with pytest.raises(NoChain) as refused:
            find(name, folder)
        assert near in str(refused.value)


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("Num-Key", "lake.number"),
        ("lake.number", "lake.number"),
        ("Orders", "dynamodb_exports.orders"),
        ("dynamodb_exports.orders", "dynamodb_exports.orders"),
        ("Customers", "shop.customers"),
        ("shop.orders", "shop.orders"),
    ],
)
def test_a_published_chain_goes_by_the_same_names_and_a_groups_member_too(folder: Path, name: str, view: str) -> None:
    found = find_published_chain(name, folder)
    assert found is not None
    assert f"{found.database}.{found.view}" == view


def test_what_no_defs_yaml_names_is_left_to_the_catalog(folder: Path, tmp_path: Path) -> None:
    assert find_published_chain("gone", folder) is None
    yaml_project.write(tmp_path, {"a": table("table_name: 1")})
    assert find_published_chain("Orders", tmp_path) is None
