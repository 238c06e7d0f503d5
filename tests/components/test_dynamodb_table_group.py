"""What a group's defs.yaml may say, and what it is told when it says something else."""

import textwrap
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from ddb_assets.aws import aws_resources
from ddb_assets.chain.capture.export import destination
from ddb_assets.chain.group import group_definitions
from ddb_assets.chain.keys import catalog_key, files_key, source_key, view_key
from ddb_assets.chain.publication import publication
from ddb_assets.code_location import Group, NoChain, find_chain, find_runnable
from ddb_assets.components.capture import Capture
from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup
from ddb_assets.errors import UserError
from ddb_assets.settings import Settings

SHOP = "name: shop\ntables: [Customers, Orders]"


def load(folder: Path, attributes: str, *others: str) -> Path:
    """A Dagster project as `dg` lays one out, with one group; `others` are tables with chains of their own."""
    package = f"project_{abs(hash((str(folder), attributes)))}"
    (folder / "pyproject.toml").write_text(
        f'[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "{package}"\n'
    )
    defs = folder / package / "defs"
    (defs / "shop").mkdir(parents=True)
    (folder / package / "__init__.py").touch()
    (defs / "__init__.py").touch()
    (folder / package / "definitions.py").write_text(
        textwrap.dedent(
            """
            from pathlib import Path
            import dagster as dg
            from ddb_assets import aws_resources

            @dg.definitions
            def defs():
                project = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
                return dg.Definitions.merge(project, dg.Definitions(resources=aws_resources()))
            """
        )
    )
    (defs / "shop" / "defs.yaml").write_text(
        f"type: ddb_assets.DynamoDBTableGroup\nattributes:\n{textwrap.indent(attributes, '  ')}\n"
    )
    for table in others:
        (defs / table.lower()).mkdir()
        (defs / table.lower() / "defs.yaml").write_text(
            f"type: ddb_assets.DynamoDBTable\nattributes:\n  table_name: {table}\n"
        )
    return folder


def test_a_group_loads_beside_the_tables_own_chains_and_is_found_by_its_name(tmp_path: Path) -> None:
    load(tmp_path, f"{SHOP}\ncadence: '0 * * * *'\nstart: '2026-11-01T00:00'", "Orders")

    group = find_runnable("shop", tmp_path)

    assert isinstance(group, Group)
    assert group.views == ["shop.customers", "shop.orders"]
    assert group.job.name == "snapshot_group_shop"
    assert group.open_partition(datetime(2026, 11, 24, 12, 30, tzinfo=UTC)) == "2026-11-24T12:00"
    own = find_chain("Orders", tmp_path)
    assert own.payload["view"] == "dynamodb_exports.orders"
    assert find_runnable("Orders", tmp_path).views == ["dynamodb_exports.orders"]
    with pytest.raises(NoChain, match=r"Tables there: Orders; groups: shop\."):
        find_chain("Customers", tmp_path)


def test_members_have_places_of_their_own() -> None:
    group = DynamoDBTableGroup(
        name="shop", tables=["Customers", "Orders"], prefix="/lake/", capture=Capture(keep_exports=3)
    ).group_spec()
    orders = group.members[1]

    assert group.key == dg.AssetKey(["shop", "shop"])
    assert files_key(orders) == dg.AssetKey(["s3", "shop_orders_files"])
    assert catalog_key(orders) == dg.AssetKey(["shop", "snapshots_orders"])
    assert view_key(orders) == dg.AssetKey(["shop", "orders"])
    assert source_key(orders) == dg.AssetKey(["dynamodb", "Orders"])
    assert (orders.capture.method, orders.capture.keep_days) == ("export", 3)
    assert publication(orders).attempts(Settings(bucket="b-1")) == "s3://b-1/lake/shop/snapshots_orders"
    assert destination(orders, "Orders", Settings(bucket="b-1")).prefix == "lake/exports/Orders"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("capture: {method: scan}", "a scan reads a table as it is while it reads"),
        ("capture: {method: incremental}", "captured by native exports alone, here `method` is incremental"),
        ("capture: {max_rcu: 5}", "a group's exports read no capacity"),
        ("capture: {max_lag: 15m}", "a group's exports are true to the second"),
        ("capture: {keep_exports: -1}", "-1 is neither true, false nor a number of days"),
        ("cadence: hourly", "cadence"),
        ("view_prefix: 'A b'", "view_prefix"),
        ("member: Orders", "member"),
        ("names: {Lines: lines}", "attributes.names.Lines: 'Lines' is none of the group's tables, which are Customers"),
        ("names: {Orders: Or-ders}", "attributes.names.Orders: 'Or-ders' is no view's name"),
        ("output_format: xml", "output_format"),
    ],
)
def test_a_bad_line_is_refused_by_its_key(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        find_runnable("shop", load(tmp_path, f"{SHOP}\n{line}"))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ("name: Shop\ntables: [Customers, Orders]", "name"),
        ("name: shop\ntables: [Customers]", "a group has two tables or more"),
        ("name: shop\ntables: [Orders, Orders]", "'Orders' is listed twice"),
        ("name: shop\ntables: [Orders, 'no table']", "'no table' is no table's name"),
        ("name: shop\ntables: [Order-Lines, Order_Lines]", "would both be shop.order_lines in the Data Catalog"),
        ("name: shop\ntables: [Orders, Shop]", "would both be shop.shop in the Data Catalog"),
    ],
)
def test_names_that_can_not_be_are_refused(tmp_path: Path, attributes: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        find_runnable("shop", load(tmp_path, attributes))
    assert said in str(refused.value)


def test_a_members_view_may_have_a_name_of_its_own() -> None:
    group = DynamoDBTableGroup(name="shop", tables=["Aaa", "aaa"], names={"aaa": "small"}, database="lake").group_spec()

    assert [member.view for member in group.members] == ["shop_aaa", "shop_small"]
    assert group.members[1].catalog_table == "snapshots_shop_small"
    assert group.members[1].table_name == "aaa"


def test_a_run_cannot_make_a_member_scan() -> None:
    group = DynamoDBTableGroup(name="shop", tables=["Customers", "Orders"]).group_spec()
    definitions = dg.Definitions.merge(group_definitions(group), dg.Definitions(resources=aws_resources()))
    config = {"ops": {"s3__shop_orders_files": {"config": {"capture": "scan"}}}}

    result = definitions.resolve_job_def(group.job_name).execute_in_process(
        partition_key="2026-11-01T00:00",
        run_config=config,
        asset_selection=[files_key(group.members[1])],
        raise_on_error=False,
    )

    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "String should match pattern '^(export)$'" in str(failed.step_failure_data.error)
