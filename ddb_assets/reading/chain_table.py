"""The catalog's table that a name on the command line means: its chain's, else that of the DynamoDB table of this name.

Names of DynamoDB tables that differ (`My-Table`, `my_table`) may be one name in the catalog, so what is found by its
name there is compared with the table's ARN; else the table is looked for by the ARN.
"""

from collections.abc import Iterator

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import load_catalog
from ddb_assets.aws.source import OtherSource, source_named
from ddb_assets.catalog import Catalog, CatalogTable
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableNames
from ddb_assets.near_names import meant
from ddb_snapshot.names import catalog_name, snapshots_table
from ddb_snapshot.source_identity import Source


def find_chain_table(
    connection: Connection, database: str | None, name: str, chain: TableNames | None = None
) -> CatalogTable:
    """The catalog's table that a name means.

    `chain` is the chain of a defs.yaml that goes by the name. Without one it is a DynamoDB table's exact name or its
    ARN, the `name` of a second chain, or a view with its database (`lake.orders`).

    Raises:
        OtherSource: the table that would have the name holds the snapshots of another DynamoDB table.
        UserError: there is none, or more than one; says what to name.
    """
    catalog = load_catalog(connection)
    if chain is not None:
        source = source_named(connection, chain.table_name)
        return _of_chain(catalog, database or chain.database, name, chain, source)
    wanted = database or connection.settings().database
    source = source_named(connection, name)
    found = catalog.table(wanted, snapshots_table(source.name))
    if found is not None and _is_meant(found, name, source):
        return found
    own = _own(catalog, wanted, source)
    if len(own) == 1:
        return own[0]
    if own:
        names = ", ".join(sorted(_view(table) for table in own))
        raise UserError(f"{source.arn} has more than one chain in {wanted}: name one of them: {names}.")
    if found is not None:
        raise _other(found, source)
    if of_view := _of_view(catalog, name):
        return of_view
    raise _nothing(catalog, wanted, snapshots_table(source.name), name)


def _of_chain(catalog: Catalog, database: str, name: str, chain: TableNames, source: Source) -> CatalogTable:
    """The table that the chain writes, whatever else is called as it is."""
    found = catalog.table(database, chain.catalog_table)
    if found is None:
        raise _nothing(catalog, database, chain.catalog_table, name)
    if found.record.table_name and not found.record.is_of(source):
        raise _other(found, source)
    return found


def _of_view(catalog: Catalog, name: str) -> CatalogTable | None:
    """The table of the snapshots that the view of that name, with its database, shows the newest of."""
    database, _, view = name.rpartition(".")
    return catalog.table(database, snapshots_table(view)) if database and view == catalog_name(view) else None


def _other(table: CatalogTable, source: Source) -> OtherSource:
    record = table.record
    remedy = f"name that table itself, `{record.arn or record.table_name}`, or another database with --database."
    return OtherSource(f"{table.database}.{table.name}", record, source, remedy)


def _nothing(catalog: Catalog, database: str, catalog_table: str, name: str) -> UserError:
    known = [each for table in _ours(catalog, database) for each in (table.record.table_name, _view(table))]
    return UserError(
        f"{database}.{catalog_table} is not in the Data Catalog: nothing of {name!r} is published there."
        f"{meant(name, known)} Materialize a snapshot first, or name another database with --database."
    )


def _is_meant(table: CatalogTable, name: str, source: Source) -> bool:
    """Whether the table is the source's, or that of a chain of another DynamoDB table whose own `name` was given.

    The name of a first chain follows from its table's, and is not given: `my_table` is not the table `My-Table`.
    A name that is a DynamoDB table's is that table.
    """
    record = table.record
    if not record.table_name or record.is_of(source):
        return True
    given = name == catalog_name(name) and catalog_name(record.table_name) != name
    return given and not source.table_id


def _own(catalog: Catalog, database: str, source: Source) -> list[CatalogTable]:
    return [table for table in _ours(catalog, database) if table.record.is_of(source)]


def _ours(catalog: Catalog, database: str) -> Iterator[CatalogTable]:
    """The tables of snapshots."""
    return (table for table in catalog.tables(database) if table.output_format)


def _view(table: CatalogTable) -> str:
    return table.name.removeprefix("snapshots_")
