"""Views: Trino shows what ours show; it may create and replace them, and our chain moves them on."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.chain.latest_view import create_view, replace_view
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_snapshot.columns import Column
from ddb_snapshot.formats import OUTPUT_FORMATS
from tests.chain.quick_job import QuickJob, quick_job
from tests.chain.shop import Shop, run, shown
from tests.conftest import LocalAws, Project, failure
from tests.rewrite.test_rewrite import DATABASE, NEW, OLD, clients_of_this_endpoint, published, rewrite
from tests.trino.conftest import Compared, Trino

__all__ = ["clients_of_this_endpoint", "quick_job"]

BY = "local Athena = Trino"


def compare(local_aws: LocalAws, trino: Trino, compared: Compared, database: str, view: str) -> int:
    """The view's rows by both, and how many there are."""
    rows = sorted(trino.query(f'SELECT * FROM "{view}"', database), key=repr)
    assert rows == sorted(local_aws.query(f'SELECT * FROM "{view}"', database), key=repr)
    compared.add("views", BY, "rows", len(rows))
    return len(rows)


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_a_view_shows_the_newest_snapshot_also_after_its_files_were_rewritten(
    local_aws: LocalAws, trino: Trino, compared: Compared, output_format: str
) -> None:
    table = published(local_aws, f"Seen-By-Trino-{output_format}", output_format)
    found = trino.query(f'SELECT DISTINCT snapshot_timestamp FROM "{table.view}"', DATABASE)
    assert found == [(NEW,)]
    rows = compare(local_aws, trino, compared, DATABASE, table.view)

    rewrite(table, "avro" if output_format == "parquet" else "parquet")

    assert compare(local_aws, trino, compared, DATABASE, table.view) == rows > 0


def test_the_chain_moves_a_view_on_that_trino_replaced_and_one_that_it_made(
    local_aws: LocalAws, trino: Trino, compared: Compared, project: Project, quick_job: QuickJob
) -> None:
    table = TableSpec("Moved-By-Trino", "dynamodb_exports")
    local_aws.put("Moved-By-Trino", [{"id": {"S": "1"}, "total": {"N": "1.5"}}])
    first = project.snapshot(table, days_ago=2)
    ours = create_view(
        table, DataCatalog(connection=Connection()).columns(table.database, table.catalog_table), first.key
    )

    trino.query(ours)
    assert trino.query(f'SELECT DISTINCT snapshot_timestamp FROM "{table.view}"', table.database) == [(first.key,)]
    local_aws.put("Moved-By-Trino", [{"id": {"S": "2"}, "more": {"S": "x"}}])
    second = project.snapshot(table, days_ago=1)
    assert second.result.success
    assert compare(local_aws, trino, compared, table.database, table.view) == 2

    trino.query(f'DROP VIEW "{table.view}"', table.database)
    trino.query(ours.replace("CREATE OR REPLACE", "CREATE"))
    third = project.snapshot(table)
    assert third.result.success
    assert trino.query(f'SELECT DISTINCT snapshot_timestamp FROM "{table.view}"', table.database) == [(third.key,)]
    assert compare(local_aws, trino, compared, table.database, table.view) == 2


def test_a_view_that_trino_made_is_kept_by_a_rewrite_and_dropped(
    local_aws: LocalAws, trino: Trino, compared: Compared
) -> None:
    table = published(local_aws, "Made-By-Trino", "parquet")
    catalog, columns = made_by_trino(trino, table)

    rewrite(table, "orc")

    assert catalog.shown_snapshot(table.database, table.view, table.catalog_table) == NEW
    assert compare(local_aws, trino, compared, table.database, table.view) > 0
    trino.query(create_view(table, columns, NEW))
    catalog.drop_view(table.database, table.view, table.catalog_table)
    assert trino.query(f"SHOW TABLES LIKE '{table.view}'", table.database) == []


def test_a_first_view_that_trino_makes_meanwhile_is_moved_on(
    local_aws: LocalAws, trino: Trino, compared: Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = published(local_aws, "Raced-By-Trino", "parquet")
    catalog, columns = made_by_trino(trino, table)
    trino.query(f'DROP VIEW "{table.view}"', table.database)
    run_statement, refused = Athena.run, []

    def late(athena: Athena, sql: str, database: str | None = None) -> Any:
        """Athena takes the view's first statement when Trino has just made it at an older snapshot."""
        first = not refused
        if first:
            trino.query(create_view(table, columns, OLD))
        try:
            return run_statement(athena, sql.replace(" OR REPLACE", "") if first else sql, database)
        except UserError as error:
            refused.append(str(error))
            raise

    with monkeypatch.context() as patch:
        patch.setattr(Athena, "run", late)
        replace_view(table, columns, NEW, Athena(connection=Connection()), catalog)

    assert "TABLE_ALREADY_EXISTS" in refused[0]
    assert trino.query(f'SELECT DISTINCT snapshot_timestamp FROM "{table.view}"', table.database) == [(NEW,)]
    assert compare(local_aws, trino, compared, table.database, table.view) > 0


def made_by_trino(trino: Trino, table: TableSpec) -> tuple[DataCatalog, Sequence[Column]]:
    """Trino makes the view of the newest snapshot in place of ours; the table's columns beside the catalog."""
    catalog = DataCatalog(connection=Connection())
    columns = catalog.columns(table.database, table.catalog_table)
    trino.query(f'DROP VIEW "{table.view}"', table.database)
    trino.query(create_view(table, columns, NEW).replace("CREATE OR REPLACE", "CREATE"))
    return catalog, columns


def test_a_groups_views_are_read_equal_and_move_on_after_trino_replaced_one(
    local_aws: LocalAws, trino: Trino, compared: Compared, project: Project, quick_job: QuickJob
) -> None:
    shop = Shop.open("trinos", hours=3)
    opened = shop.tables["Orders"].begun + timedelta(minutes=1)
    shop.sell_before(opened, opened + timedelta(seconds=5))
    group, hour = shop.spec(), shop.tables["Orders"].key
    result = run(project, group, hour(1))
    assert result.success, failure(result)
    for member in group.members:
        assert compare(local_aws, trino, compared, group.database, member.view) > 0

    member = group.members[0]
    columns = DataCatalog(connection=Connection()).columns(member.database, member.catalog_table)
    trino.query(create_view(member, columns, hour(1)))
    result = run(project, group, hour(2))
    assert result.success, failure(result)
    assert shown(group) == [hour(2)] * 3
    for member in group.members:
        compare(local_aws, trino, compared, group.database, member.view)
