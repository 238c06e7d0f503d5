"""The chain's steps on views that a real Trino has made. On earlier versions each of them failed.

They said of Trino's text: "exists and is not a view of the latest snapshot".
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.chain.keys import view_key
from ddb_assets.chain.latest_view import replace_view
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_snapshot import types
from ddb_snapshot.columns import Column
from ddb_snapshot.manifest import Capture, Manifest
from tests.chain.quick_job import QuickJob, quick_job
from tests.chain.shop import Shop, run, run_some, shown
from tests.conftest import LocalAws, Project
from tests.trino_views import SHOWN, written_by_trino

__all__ = ["quick_job"]

LATER = "2020-01-02T00:00"
COLUMNS = (Column("id", "id", types.Text()), Column("n", "n", types.Text()))


@pytest.fixture
def catalog(local_aws: LocalAws) -> DataCatalog:
    return DataCatalog(connection=Connection())


@pytest.fixture
def moved(catalog: DataCatalog) -> Iterator[TableSpec]:
    """A published table, without a view yet."""
    table = TableSpec("Moved-By-Trino", "dynamodb_exports")
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table.table_name}"
    for key in (SHOWN, LATER):
        place = f"s3://dynamodb-exports/{table.catalog_table}/"
        manifest = Manifest(
            table.table_name, key, "a", "parquet", f"{place}{key}/", (), 0, 0, COLUMNS,
            Capture("scan", "2026-11-20T00:00:00", "2026-11-20T00:00:01", 0, 0), table_arn=arn, table_id="1",
        )  # fmt: skip
        catalog.publish(table.database, table.catalog_table, place, manifest)
    yield table
    for name in (table.view, table.catalog_table):
        with suppress(catalog.connection.client("glue").exceptions.EntityNotFoundException):
            catalog.connection.client("glue").delete_table(DatabaseName=table.database, Name=name)


def shows(catalog: DataCatalog, table: TableSpec) -> str | None:
    return catalog.shown_snapshot(table.database, table.view, table.catalog_table)


def test_trinos_view_is_moved_and_dropped(local_aws: LocalAws, catalog: DataCatalog, moved: TableSpec) -> None:
    written_by_trino(local_aws.client("glue"), moved)
    assert shows(catalog, moved) == SHOWN

    replace_view(moved, COLUMNS, LATER, Athena(connection=Connection()), catalog)

    assert shows(catalog, moved) == LATER
    written_by_trino(local_aws.client("glue"), moved)
    catalog.drop_view(moved.database, moved.view, moved.catalog_table)
    assert shows(catalog, moved) is None


def test_trinos_view_is_read_by_local_athena(local_aws: LocalAws, moved: TableSpec) -> None:
    written_by_trino(local_aws.client("glue"), moved)

    assert local_aws.query(f"SELECT count(*), max(id) FROM {moved.view}", moved.database) == [("0", None)]


def test_a_first_view_that_trino_makes_at_the_same_time_is_replaced(
    local_aws: LocalAws, catalog: DataCatalog, moved: TableSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_statement, refused = Athena.run, []

    def late(athena: Athena, sql: str, database: str | None = None) -> Any:
        if not refused:
            written_by_trino(local_aws.client("glue"), moved)
        try:
            return run_statement(athena, sql if refused else sql.replace(" OR REPLACE", ""), database)
        except UserError as error:
            refused.append(str(error))
            raise

    monkeypatch.setattr(Athena, "run", late)

    replace_view(moved, COLUMNS, LATER, Athena(connection=Connection()), catalog)

    assert "TABLE_ALREADY_EXISTS" in refused[0]
    assert shows(catalog, moved) == LATER


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, snapshot_timestamp FROM {table} WHERE snapshot_timestamp = '{key}' AND id = '1'",
        "SELECT id, snapshot_timestamp FROM {table} s WHERE s.snapshot_timestamp = '{key}'",
        "SELECT count(*) AS n FROM {table} WHERE snapshot_timestamp = '{key}'",
        "SELECT * FROM {other} WHERE snapshot_timestamp = '{key}'",
    ],
)
def test_somebodys_own_view_is_left_as_it_is(
    local_aws: LocalAws, catalog: DataCatalog, moved: TableSpec, sql: str
) -> None:
    """Each ends with a condition of ours, or nearly; the last is of another table."""
    other = f"{moved.catalog_table}_copy"
    glue = local_aws.client("glue")
    entry = glue.get_table(DatabaseName=moved.database, Name=moved.catalog_table)["Table"]
    kept = {name: entry[name] for name in ("StorageDescriptor", "PartitionKeys", "TableType")}
    glue.create_table(DatabaseName=moved.database, TableInput={"Name": other, **kept})
    written = sql.format(table=moved.catalog_table, other=other, key=SHOWN)
    local_aws.query(f"CREATE VIEW {moved.view} AS {written}", moved.database)
    before = glue.get_table(DatabaseName=moved.database, Name=moved.view)["Table"]
    try:
        for touch in (
            lambda: replace_view(moved, COLUMNS, LATER, Athena(connection=Connection()), catalog),
            lambda: catalog.drop_view(moved.database, moved.view, moved.catalog_table),
        ):
            with pytest.raises(UserError, match="exists and is not a view of the latest snapshot"):
                touch()
        assert glue.get_table(DatabaseName=moved.database, Name=moved.view)["Table"] == before
    finally:
        glue.delete_table(DatabaseName=moved.database, Name=other)


def test_a_groups_views_that_trino_has_made_move_as_one(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop.open("trinos", hours=3)
    group, hour = shop.spec(), shop.tables["Orders"].key
    assert run(project, group, hour(1)).success
    for member in group.members:
        written_by_trino(local_aws.client("glue"), member)
    assert shown(group) == [SHOWN] * 3
    run_statement, last = Athena.run, group.members[-1].view

    def refuse(athena: Athena, sql: str, database: str | None = None) -> Any:
        if sql.startswith("CREATE") and f'"{last}" AS' in sql and SHOWN not in sql:
            raise UserError("Athena query 1 ended FAILED: INTERNAL_ERROR_QUERY_ENGINE")
        return run_statement(athena, sql, database)

    views = (group.key, *(view_key(member) for member in group.members))
    with monkeypatch.context() as patch:
        patch.setattr(Athena, "run", refuse)
        assert not run_some(project, group, None, *views).success
    assert shown(group) == [SHOWN] * 3

    assert run_some(project, group, None, *views).success
    assert shown(group) == [hour(1)] * 3
