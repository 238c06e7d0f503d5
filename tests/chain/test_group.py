"""A group's tables are of one instant, and its views move together or not at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.chain import row_counts
from ddb_assets.chain.group import group_definitions, moving
from ddb_assets.chain.keys import catalog_key, files_key, view_key
from ddb_assets.chain.latest_view import create_view
from ddb_assets.chain.partitions import open_window
from ddb_assets.errors import UserError
from ddb_snapshot.names import format_instant
from tests.chain.history import chain
from tests.chain.quick_job import QuickJob, quick_job
from tests.chain.shop import TABLES, Shop, orphans, run, run_some, shown
from tests.conftest import LocalAws, Project, failure

__all__ = ["quick_job"]


@pytest.mark.timeout(600)
def test_a_join_over_a_group_holds_what_the_tables_hold_at_every_instant_and_over_scans_it_does_not(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    shop = Shop.open("shop")
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    shop.sell_before(minute - timedelta(seconds=25), min(minute + timedelta(seconds=5), datetime.now(UTC)))
    group = shop.spec(cadence="* * * * *")
    with shop.selling():
        result = run(project, group, format_instant(minute))
        for name in TABLES:
            plain = shop.tables[name].spec("scan")
            taken = chain(project, plain, format_instant(open_window(plain, datetime.now(UTC)).start))
            assert taken.success, failure(taken)

    assert result.success, failure(result)
    views = {name: f"shop_{name.lower().replace('-', '_')}" for name in TABLES}
    assert set(shown(group)) == {format_instant(minute)}
    assert int(local_aws.query(f'SELECT count(*) FROM "{views["Orders"]}"', "shop")[0][0] or 0) > 10
    assert orphans(local_aws, "shop", views) == 0
    assert orphans(local_aws, "dynamodb_exports", views) > 0


def test_the_group_shows_its_instant_and_each_members_rows(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    shop = Shop.open("told")
    for _ in range(3):
        shop.sell()
    group = shop.spec(cadence="* * * * *")
    instant = shop.tables["Orders"].begun

    result = run(project, group, format_instant(instant))

    assert result.success, failure(result)
    events = {event.asset_key: event.materialization for event in result.get_asset_materialization_events()}
    told = events[group.key].metadata
    assert told["snapshot_timestamp"].value == format_instant(instant)
    assert told["seconds_apart"].value == 0
    rows = {record.data["view"]: record.data for record in told["members"].value.records}
    assert rows["told.told_orders"]["rows"] == 0
    assert rows["told.told_orders"]["actual_instant"].startswith(f"{instant:%Y-%m-%dT%H:%M:%S}")
    assert set(events) >= {view_key(member) for member in group.members}
    checks = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
    assert checks["views_show_one_instant"]
    assert checks["exports_are_of_one_instant"]


def test_all_members_exports_are_asked_for_before_the_first_is_read(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    shop = Shop.open("ahead")
    asked: list[int] = []

    def count() -> None:
        dynamodb = Connection().client("dynamodb")
        arns = [table.arn for table in shop.tables.values()]
        asked.append(sum(len(dynamodb.list_exports(TableArn=arn)["ExportSummaries"]) for arn in arns))

    quick_job.afterwards["export"] = count

    assert run(project, shop.spec(), shop.tables["Orders"].key(1)).success
    assert asked == [3]
    assert len(quick_job.runs) == 3


def test_a_member_without_recovery_stops_the_group_before_anything_is_asked_for(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    shop = Shop.open("lame")
    shop.tables["Order-Lines"].recover(False)

    result = run(project, shop.spec(), shop.tables["Orders"].key(1))

    assert "Lame-Order-Lines: no snapshot of" in failure(result)
    assert "point-in-time recovery is off" in failure(result)
    assert "--table-name Lame-Order-Lines" in failure(result)
    assert quick_job.runs == []
    arn = shop.tables["Customers"].arn
    assert Connection().client("dynamodb").list_exports(TableArn=arn)["ExportSummaries"] == []


def test_views_stay_while_a_member_has_not_published_and_never_move_backward(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    shop = Shop.open("late", hours=4)
    group, hour = shop.spec(), shop.tables["Orders"].key
    assert run(project, group, hour(2)).success
    assert run(project, group, hour(1)).success
    assert shown(group) == [hour(2)] * 3

    member, views = group.members[0], [view_key(member) for member in group.members]
    assert run_some(project, group, hour(3), files_key(member), catalog_key(member)).success
    assert run_some(project, group, None, group.key, *views).success
    assert shown(group) == [hour(2)] * 3

    assert run(project, group, hour(3)).success
    assert shown(group) == [hour(3)] * 3


def test_a_member_that_fails_its_check_keeps_all_views_where_they_are(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop.open("wrong", hours=3)
    group, hour = shop.spec(), shop.tables["Orders"].key
    assert run(project, group, hour(1)).success
    count, last = row_counts._count, group.members[-1]
    monkeypatch.setattr(row_counts, "_count", lambda athena, table, one: count(athena, table, one) + (table == last))

    assert not run(project, group, hour(2)).success
    assert shown(group) == [hour(1)] * 3

    # Nor does the last step alone, as one may click it.
    result = run_some(project, group, None, group.key, *(view_key(member) for member in group.members))
    assert f"of {last.view} at {hour(2)} Athena counts 1 rows, its manifest says 0: no view was moved" in failure(
        result
    )
    assert shown(group) == [hour(1)] * 3


@pytest.mark.parametrize("before", [True, False])
def test_a_view_that_cannot_be_moved_takes_the_others_back(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    shop = Shop.open(f"torn{int(before)}", hours=3)
    group, hour = shop.spec(), shop.tables["Orders"].key
    if before:
        assert run(project, group, hour(1)).success
    run_statement, last = Athena.run, group.members[-1].view

    def refuse(athena: Athena, sql: str, database: str | None = None) -> Any:
        if sql.startswith("CREATE") and f'"{last}" AS' in sql and hour(2) in sql:
            raise UserError("Athena query 1 ended FAILED: INTERNAL_ERROR_QUERY_ENGINE")
        return run_statement(athena, sql, database)

    with monkeypatch.context() as patch:
        patch.setattr(Athena, "run", refuse)
        result = run(project, group, hour(2))

    assert not result.success
    said = failure(result)
    assert f"{last} could not be moved to {hour(2)}" in said
    assert "INTERNAL_ERROR_QUERY_ENGINE" in said
    assert "all of them are as they were" in said
    assert shown(group) == [hour(1) if before else None] * 3
    assert run(project, group, hour(2)).success
    assert shown(group) == [hour(2)] * 3


def test_views_that_a_crash_has_left_apart_are_brought_together(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    shop = Shop.open("apart", hours=3)
    group, hour = shop.spec(), shop.tables["Orders"].key
    assert run(project, group, hour(1)).success
    assert run(project, group, hour(2)).success
    member = group.members[1]
    columns = DataCatalog(connection=Connection()).columns(group.database, member.catalog_table)
    Athena(connection=Connection()).run(create_view(member, columns, hour(1)), group.database)
    assert shown(group) == [hour(2), hour(1), hour(2)]

    assert run(project, group, hour(1)).success

    assert shown(group) == [hour(2)] * 3


def test_a_run_that_another_has_overtaken_does_not_take_the_views_back(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the slow run counts the older instant's rows, the other publishes the newer one and moves the views."""
    shop = Shop.open("raced", hours=3)
    group, hour = shop.spec(), shop.tables["Orders"].key
    verified = moving._verified

    def slow(*arguments: Any) -> Any:
        monkeypatch.undo()
        assert run(project, group, hour(2)).success
        return verified(*arguments)

    monkeypatch.setattr(moving, "_verified", slow)

    assert run(project, group, hour(1)).success

    assert shown(group) == [hour(2)] * 3


def test_a_table_keeps_its_own_chain_beside_the_group_and_the_export_is_shared(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    shop = Shop.open("both", hours=3)
    group, orders = shop.spec(), shop.tables["Orders"]
    own = orders.spec("export")
    merged = dg.Definitions.merge(project.definitions(own), group_definitions(group))

    assert merged.resolve_asset_graph().get(files_key(own)).group_name != group.dagster_group
    assert chain(project, own, orders.key(1)).success
    assert run(project, group, orders.key(1)).success

    exports = Connection().client("dynamodb").list_exports(TableArn=orders.arn)["ExportSummaries"]
    assert len(exports) == 1
    assert local_aws.query("SELECT count(*) FROM both_orders", "both") == [("0",)]
    assert local_aws.query("SELECT count(*) FROM both_orders", "dynamodb_exports") == [("0",)]


def test_a_shared_database_gets_a_prefix(local_aws: LocalAws, project: Project, quick_job: QuickJob) -> None:
    shop = Shop.open("pref", hours=2)
    group = shop.spec(database="dynamodb_exports")

    assert run(project, group, shop.tables["Orders"].key(1)).success
    assert group.key == dg.AssetKey(["dynamodb_exports", "pref"])
    assert local_aws.query("SELECT count(*) FROM pref_pref_orders", "dynamodb_exports") == [("0",)]
