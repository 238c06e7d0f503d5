"""The catalog's table when others write it at the same time: nobody's columns, parameters or comments are lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.glue_calls import GlueCalls
from ddb_assets.aws.glue_tables import GlueTable, GlueTables
from ddb_assets.chain.latest_view import create_view, replace_view
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_snapshot import types
from ddb_snapshot.columns import Column
from ddb_snapshot.columns.column import NULLS
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.manifest import Capture, Manifest
from tests.conftest import LocalAws

DATABASE = "races"
TIMES = 20
AT_ONCE = 4
CAPTURE = Capture("scan", "2026-11-20T00:00:00", "2026-11-20T00:00:01", 0, 0)
ID = Column("id", "id", types.Text())


def attempt(table: str, key: str, *names: str, output_format: str = "parquet") -> Manifest:
    """A finished attempt with these columns beside the key."""
    columns = (ID, *(Column(name, name, types.Text()) for name in names))
    location = f"s3://dynamodb-exports/races/{table}/{key}/"
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"
    return Manifest(
        table, key, "a", output_format, location, (), 0, 0, columns, CAPTURE, table_arn=arn, table_id="the-first"
    )


def at_once(work: Callable[[int], Any], times: int = AT_ONCE) -> list[Any]:
    """What each call returned, all begun together."""
    ready = Barrier(times)

    def begin(number: int) -> Any:
        ready.wait()
        return work(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(begin, range(times)))


@pytest.fixture
def catalog(local_aws: LocalAws) -> DataCatalog:
    return DataCatalog(connection=Connection())


def described(catalog: DataCatalog, table: str) -> dict[str, Any]:
    found: dict[str, Any] = catalog.connection.client("glue").get_table(DatabaseName=DATABASE, Name=table)["Table"]
    return found


def column_names(catalog: DataCatalog, table: str) -> set[str]:
    return {column["Name"] for column in described(catalog, table)["StorageDescriptor"]["Columns"]}


def publish(catalog: DataCatalog, table: str, manifest: Manifest) -> Any:
    return catalog.publish(DATABASE, table, f"s3://dynamodb-exports/races/{table}/", manifest)


@pytest.mark.parametrize("output_format", ["parquet", "orc"])
def test_columns_that_are_added_at_the_same_time_are_all_there(catalog: DataCatalog, output_format: str) -> None:
    """The first of them create the table, and the database, at the same time too."""
    for time in range(TIMES):
        table = f"columns_{output_format}_{time}"

        def add(number: int, table: str = table) -> None:
            key = f"2026-11-2{number}T00:00"
            publish(catalog, table, attempt(table, key, f"of_{number}", output_format=output_format))

        at_once(add)

        assert column_names(catalog, table) == {"id", *(f"of_{number}" for number in range(AT_ONCE))}
        assert len(list(catalog.snapshots(DATABASE, table))) == AT_ONCE


@pytest.mark.parametrize("output_format", ["csv", "json", "avro"])
def test_where_columns_are_read_by_position_all_but_one_are_told_to_plan_again(
    catalog: DataCatalog, output_format: str
) -> None:
    table = f"places_{output_format}"

    def add(number: int) -> str:
        try:
            key = f"2026-11-2{number}T00:00"
            publish(catalog, table, attempt(table, key, f"of_{number}", output_format=output_format))
        except UserError as error:
            return str(error)
        return ""

    said = at_once(add)

    assert said.count("") == 1
    assert all("materialize the partition again. Nothing was published" in message for message in said if message)
    assert column_names(catalog, table) == {"id", f"of_{said.index('')}"}
    assert len(list(catalog.snapshots(DATABASE, table))) == 1


class Meddler:
    """Calls back when the catalog's table has been read, before it is written: once."""

    def __init__(self, catalog: DataCatalog, patch: pytest.MonkeyPatch, meddle: Callable[[], None]) -> None:
        read = GlueTables.find
        waiting = [meddle]

        def find(tables: GlueTables, database: str, table: str) -> GlueTable | None:
            found = read(tables, database, table)
            if waiting:
                waiting.pop()()
            return found

        patch.setattr(GlueTables, "find", find)


def edit(table: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Somebody's edit, as the console makes it."""
    glue = Connection().client("glue")
    found = glue.get_table(DatabaseName=DATABASE, Name=table)["Table"]
    names = ("Name", "Description", "Owner", "TableType", "PartitionKeys", "StorageDescriptor", "Parameters")
    wanted = {name: found[name] for name in names if name in found}
    change(wanted)
    glue.update_table(DatabaseName=DATABASE, TableInput=wanted)


def annotate(table: dict[str, Any]) -> None:
    """Parameters, comments, an owner and a column that the chain knows nothing of."""
    table |= {"Description": "Ask Ann", "Owner": "ann"}
    table["Parameters"]["team"] = "orders"
    table["StorageDescriptor"]["Columns"][0]["Comment"] = "The key"
    table["StorageDescriptor"]["SerdeInfo"]["Parameters"]["ignore.malformed"] = "true"
    table["StorageDescriptor"]["Columns"].append({"Name": "note", "Type": "string", "Comment": "Ann's"})


@pytest.mark.parametrize("when", ["before", "between"])
@pytest.mark.parametrize("output_format", ["parquet", "orc"])
def test_somebodys_edit_of_the_table_is_kept(
    catalog: DataCatalog, monkeypatch: pytest.MonkeyPatch, when: str, output_format: str
) -> None:
    for time in range(TIMES):
        table = f"edited_{when}_{output_format}_{time}"
        publish(catalog, table, attempt(table, "2026-11-20T00:00", output_format=output_format))
        with monkeypatch.context() as patch:
            if when == "before":
                edit(table, annotate)
            else:
                Meddler(catalog, patch, lambda table=table: edit(table, annotate))  # type: ignore[misc]
            publish(catalog, table, attempt(table, "2026-11-21T00:00", "more", output_format=output_format))

        found = described(catalog, table)
        columns = {column["Name"]: column for column in found["StorageDescriptor"]["Columns"]}
        assert (found["Description"], found["Owner"]) == ("Ask Ann", "ann")
        assert found["Parameters"]["team"] == "orders"
        assert found["Parameters"]["ddb.output_format"] == output_format
        assert columns["id"]["Comment"] == "The key"
        assert columns["note"] == {"Name": "note", "Type": "string", "Comment": "Ann's"}
        assert found["StorageDescriptor"]["SerdeInfo"]["Parameters"]["ignore.malformed"] == "true"
        assert columns["more"]["Parameters"]["ddb.attribute"] == "more"


def test_a_name_that_was_kept_for_an_attribute_is_forgotten_once_it_is_a_columns(catalog: DataCatalog) -> None:
    """What the column of NULLs kept must not stay beside what it keeps now, or the table would never be as wanted."""
    table = "given_away"
    kept = replace(attempt(table, "2026-11-20T00:00"), columns=(ID, replace(NULLS, reserved={"/price": "price"})))
    price = Column("price", "price", types.Number64())
    typed = replace(attempt(table, "2026-11-21T00:00"), columns=(ID, NULLS, price))

    publish(catalog, table, kept)
    publish(catalog, table, typed)

    nulls, found = catalog.columns(DATABASE, table)[1:]
    assert (found, nulls.reserved) == (price, {})


def test_a_table_that_never_rests_is_told(catalog: DataCatalog, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "restless"
    publish(catalog, table, attempt(table, "2026-11-20T00:00"))
    monkeypatch.setattr("ddb_assets.aws.data_catalog.CHANGE_PAUSE_SECONDS", 0.0)
    read = GlueTables.find

    def find(tables: GlueTables, database: str, name: str) -> GlueTable | None:
        found = read(tables, database, name)
        edit(table, lambda wanted: wanted["Parameters"].update(n=str(len(wanted["Parameters"]))))
        return found

    monkeypatch.setattr(GlueTables, "find", find)

    with pytest.raises(UserError, match=r"races\.restless was changed by others 30 times"):
        publish(catalog, table, attempt(table, "2026-11-21T00:00", "more"))

    assert len(list(catalog.snapshots(DATABASE, table))) == 1


def test_an_update_whose_answer_was_lost_is_seen_to_have_happened(
    catalog: DataCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore repeats the call, and Glue refuses the version that it has changed itself."""
    table = "lost"
    publish(catalog, table, attempt(table, "2026-11-20T00:00"))
    update = GlueTables.update

    def twice(tables: GlueTables, *given: Any) -> bool:
        assert update(tables, *given)
        return update(tables, *given)

    monkeypatch.setattr(GlueTables, "update", twice)

    publish(catalog, table, attempt(table, "2026-11-21T00:00", "more"))

    assert column_names(catalog, table) == {"id", "more"}


@pytest.fixture
def shown(catalog: DataCatalog) -> Iterator[TableSpec]:
    table = TableSpec("Shown", DATABASE)
    publish(catalog, table.catalog_table, attempt(table.catalog_table, "2026-11-20T00:00"))
    yield table
    with suppress(UserError):
        catalog.drop_view(DATABASE, table.view, table.catalog_table)


def test_two_first_views_at_once_both_succeed(catalog: DataCatalog, shown: TableSpec) -> None:
    athena = Athena(connection=Connection())
    for _ in range(TIMES):
        catalog.drop_view(DATABASE, shown.view, shown.catalog_table)
        at_once(lambda _: replace_view(shown, (ID,), "2026-11-20T00:00", athena, catalog))
        assert catalog.shown_snapshot(DATABASE, shown.view, shown.catalog_table) == "2026-11-20T00:00"


def test_a_view_that_appears_between_is_replaced(
    catalog: DataCatalog, shown: TableSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    athena, run = Athena(connection=Connection()), Athena.run
    refused: list[str] = []

    def late(athena: Athena, sql: str, database: str | None = None) -> Any:
        if not refused:
            refused.append("View already exists")
            run(athena, create_view(shown, (ID,), "2026-11-19T00:00"), database)
            raise UserError("Athena query ended FAILED: TABLE_ALREADY_EXISTS: line 1:1: View already exists")
        return run(athena, sql, database)

    monkeypatch.setattr(Athena, "run", late)

    replace_view(shown, (ID,), "2026-11-20T00:00", athena, catalog)

    assert catalog.shown_snapshot(DATABASE, shown.view, shown.catalog_table) == "2026-11-20T00:00"


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_local_glue_refuses_an_update_of_a_version_gone_by(catalog: DataCatalog, output_format: str) -> None:
    """As AWS does: see `ddb_assets.local.data_catalog`."""
    table = f"versions_{output_format}"
    publish(catalog, table, attempt(table, "2026-11-20T00:00", output_format=output_format))
    stale = described(catalog, table)
    edit(table, lambda wanted: wanted["Parameters"].update(team="orders"))
    glue = Connection().client("glue")
    table_input = {name: stale[name] for name in ("Name", "StorageDescriptor", "PartitionKeys", "Parameters")}

    with pytest.raises(glue.exceptions.ConcurrentModificationException):
        glue.update_table(DatabaseName=DATABASE, TableInput=table_input, VersionId=stale["VersionId"])

    assert described(catalog, table)["Parameters"]["team"] == "orders"
    glue.update_table(DatabaseName=DATABASE, TableInput=table_input, VersionId=described(catalog, table)["VersionId"])
    assert "team" not in described(catalog, table)["Parameters"]


def test_local_glue_refuses_a_name_of_more_than_255_characters(catalog: DataCatalog) -> None:
    GlueTables(GlueCalls(Connection())).create_database(DATABASE)
    glue = Connection().client("glue")

    with pytest.raises(glue.exceptions.ClientError, match="less than or equal to 255"):
        glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "n" * 256})
