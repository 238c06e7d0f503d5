"""The keys of a chain's assets, which Dagster's graph shows by their last parts: so those differ."""

import dagster as dg

from ddb_assets.model.table import TableNames, TableSpec


def source_key(table: TableNames) -> dg.AssetKey:
    """The DynamoDB table."""
    return dg.AssetKey(["dynamodb", table.table_name])


def files_key(table: TableSpec) -> dg.AssetKey:
    """The snapshots' files."""
    group = f"{table.member_of}_" if table.member_of else ""
    return dg.AssetKey(["s3", f"{group}{table.view}_files"])


def catalog_key(table: TableNames) -> dg.AssetKey:
    """The table in the Data Catalog."""
    return dg.AssetKey([table.database, table.catalog_table])


def view_key(table: TableNames) -> dg.AssetKey:
    """The view of the latest snapshot."""
    return dg.AssetKey([table.database, table.view])
