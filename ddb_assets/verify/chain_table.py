"""The catalog's table that a name on the command line means: that of the DynamoDB table of just this name.

Names of DynamoDB tables that differ (`My-Table`, `my_table`) may be one name in the catalog, so what is found by its
name there is compared with the table's ARN; else the table is looked for by the ARN.
"""

from collections.abc import Mapping
from typing import Any

from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.source import OtherSource, source_named
from ddb_assets.errors import UserError
from ddb_snapshot.names import catalog_name, snapshots_table
from ddb_snapshot.source_identity import Record, Source


def find_chain_table(catalog: DataCatalog, database: str, name: str) -> Mapping[str, Any]:
    """The catalog's table of a DynamoDB table (its name or ARN), or of the second chain of that `name`.

    Raises:
        OtherSource: the table that would have the name holds the snapshots of another DynamoDB table.
        UserError: there is none, or more than one; says what to name.
    """
    source = source_named(catalog.connection, name)
    catalog_table = snapshots_table(source.name)
    found = catalog.find_table(database, catalog_table)
    if found is not None and _is_meant(found, name, source):
        return found
    own = [table for table in catalog.tables(database) if _holds(table, source)]
    if len(own) == 1:
        return own[0]
    if own:
        names = ", ".join(sorted(table["Name"].removeprefix("snapshots_") for table in own))
        raise UserError(f"{source.arn} has more than one chain in {database}: name one of them: {names}.")
    if found is not None:
        record = _record(found)
        remedy = f"name that table itself, `{record.arn or record.table_name}`, or another database with --database."
        raise OtherSource(f"{database}.{catalog_table}", record, source, remedy)
    raise UserError(
        f"{database}.{catalog_table} is not in the Data Catalog: nothing of {name!r} is published there. "
        "Materialize a snapshot first, or name another database with --database."
    )


def _is_meant(table: Mapping[str, Any], name: str, source: Source) -> bool:
    """Whether the table is the source's, or that of a chain of another DynamoDB table whose own `name` was given.

    The name of a first chain follows from its table's, and is not given: `my_table` is not the table `My-Table`.
    A name that is a DynamoDB table's is that table.
    """
    record = _record(table)
    if not record.table_name or record.is_of(source):
        return True
    given = name == catalog_name(name) and catalog_name(record.table_name) != name
    return given and not source.table_id


def _holds(table: Mapping[str, Any], source: Source) -> bool:
    return bool(table.get("Parameters", {}).get("ddb.output_format")) and _record(table).is_of(source)


def _record(table: Mapping[str, Any]) -> Record:
    return Record.of_parameters(table.get("Parameters", {}))
