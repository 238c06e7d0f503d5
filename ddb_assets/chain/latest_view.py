"""The last link: the view of the latest snapshot, one per table, moved forward only.

A query on the view reads one partition, because the instant is a literal in its WHERE clause.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from sqlglot import exp

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.catalog_limits import LIMITS
from ddb_assets.aws.source import source_named
from ddb_assets.aws.stored_view import stored_bytes
from ddb_assets.catalog import Catalog, Published, newest
from ddb_assets.chain.column_metadata import column_lineage, column_schema
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.keys import catalog_key, view_key
from ddb_assets.chain.partitions import backfill_policy, longest_gap
from ddb_assets.errors import UserError
from ddb_assets.model.table import StoredTable, TableSpec
from ddb_snapshot import formats
from ddb_snapshot.columns import Column
from ddb_snapshot.names import PARTITION_COLUMN


def latest_view_asset(table: TableSpec) -> dg.AssetsDefinition:
    """The asset `<database>/<table>`: the Athena view of the newest published snapshot."""

    @dg.asset(
        key=view_key(table),
        deps=[catalog_key(table)],
        backfill_policy=backfill_policy(table),
        kinds={"athena", "view"},
        group_name=table.group,
        owners=table.owners,
        tags=table.tags,
        description=f"Latest snapshot of DynamoDB table {table.table_name}.",
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=2 * longest_gap(table)),
    )
    def latest_view(
        context: dg.AssetExecutionContext, ddb_athena: Athena, ddb_catalog: dg.ResourceParam[Catalog]
    ) -> dg.MaterializeResult[Any]:
        with failing_clearly(context, table.table_name, "moving the view"):
            source = source_named(ddb_athena.connection, table.table_name)
            ddb_catalog.require_chain(table.database, table.catalog_table, source)
            shown = ddb_catalog.shown_snapshot(table.database, table.view, table.catalog_table)
            last, moved = _newest(table, ddb_catalog, shown), False
            while True:
                columns = ddb_catalog.columns(table.database, table.catalog_table)
                shown = ddb_catalog.shown_snapshot(table.database, table.view, table.catalog_table)
                if shown is None or last.snapshot_timestamp >= shown:
                    moved = moved or shown is None or last.snapshot_timestamp > shown
                    replace_view(table, columns, last.snapshot_timestamp, ddb_athena, ddb_catalog)
                # Another run may have published a newer one meanwhile, and moved the view there before this one did.
                created, last = last, _newest(table, ddb_catalog, last.snapshot_timestamp)
                if last.snapshot_timestamp <= created.snapshot_timestamp:
                    break
        return dg.MaterializeResult(
            metadata={
                "dagster/table_name": f"{table.database}.{table.view}",
                "dagster/row_count": int(last.parameters["ddb.row_count"]),
                "dagster/column_schema": column_schema(columns, table.output_format, partitioned=True),
                "dagster/column_lineage": column_lineage(columns, catalog_key(table), by_attribute=False),
                "dagster/uri": last.location,
                "snapshot_timestamp": last.snapshot_timestamp,
                "moved": moved,
            }
        )

    return latest_view


def _newest(table: TableSpec, catalog: Catalog, since: str | None) -> Published:
    found = newest(catalog, table.database, table.catalog_table, since)
    if found is None:
        raise UserError(
            f"{table.database}.{table.catalog_table} has no published snapshot: materialize "
            f"{catalog_key(table).to_user_string()} first."
        )
    return found


def replace_view(
    table: StoredTable, columns: Sequence[Column], snapshot_timestamp: str, athena: Athena, catalog: Catalog
) -> None:
    """Make the view show one snapshot, whether it is there or not.

    `CREATE OR REPLACE VIEW` looks for the view and then creates it: where two runs create it at once, one is told that
    it exists already (Trino: TABLE_ALREADY_EXISTS). It does by then, and is replaced.

    Raises:
        UserError: it would be too long for the catalog, or Athena could not create or replace it.
    """
    require_room(table, columns, snapshot_timestamp)
    before = catalog.shown_snapshot(table.database, table.view, table.catalog_table)
    ddl = create_view(table, columns, snapshot_timestamp)
    try:
        athena.run(ddl, database=table.database)
    except UserError:
        if before is not None or catalog.shown_snapshot(table.database, table.view, table.catalog_table) is None:
            raise
        athena.run(ddl, database=table.database)


@dataclass(frozen=True)
class ViewLimits:
    """How long a view may be, in bytes."""

    statement: int = 262_144
    """Source: Athena user guide, "Service Quotas" (query string length)."""
    stored: int = LIMITS.view_text


def create_view(
    table: StoredTable, columns: Sequence[Column], snapshot_timestamp: str, limits: ViewLimits | None = None
) -> str:
    """The DDL that makes the view show one snapshot.

    Columns are listed, so that a column published later does not make the view stale before it is replaced. Only a list
    that makes the statement or the stored text too long becomes `*`. Both show the same columns and rows.
    """
    limits = limits or ViewLimits()
    listed = _query(table, columns, snapshot_timestamp)
    ddl = _create(table, listed)
    if len(ddl.encode()) <= limits.statement and _stored_bytes(table, columns, listed) <= limits.stored:
        return ddl
    return _create(table, _query(table, None, snapshot_timestamp))


def require_room(
    table: StoredTable, columns: Sequence[Column], snapshot_timestamp: str, limits: ViewLimits | None = None
) -> None:
    """Raises `UserError` when the catalog can't hold the view: the columns and their types stand in its text."""
    limits = limits or ViewLimits()
    stored = _stored_bytes(table, columns, _query(table, None, snapshot_timestamp))
    if stored > limits.stored:
        raise UserError(
            f"{table.database}.{table.view}: with {len(columns)} columns the view's text would have up to {stored:,} "
            f"bytes, and the Glue Data Catalog takes {limits.stored:,} (ViewOriginalText). No view was changed. Query "
            f"{table.database}.{table.catalog_table} WHERE {PARTITION_COLUMN} = '{snapshot_timestamp}' instead."
        )


def _query(table: StoredTable, columns: Sequence[Column] | None, snapshot_timestamp: str) -> str:
    """The view's query, with all columns as `*` where none are given."""
    partition = exp.column(PARTITION_COLUMN, quoted=True)
    listed = [exp.column(column.name, quoted=True) for column in columns or ()]
    selected: list[exp.Expression] = [exp.Star()] if columns is None else [*listed, partition.copy()]
    # Without copies: thousands of columns would be copied for each clause.
    query = exp.Select(expressions=selected).from_(
        exp.table_(table.catalog_table, db=table.database, quoted=True), copy=False
    )
    sql: str = query.where(partition.eq(exp.Literal.string(snapshot_timestamp)), copy=False).sql(dialect="trino")
    return sql


def _create(table: StoredTable, query: str) -> str:
    view = exp.table_(table.view, db=table.database, quoted=True)
    return f"CREATE OR REPLACE VIEW {view.sql(dialect='trino')} AS {query}"


def _stored_bytes(table: StoredTable, columns: Sequence[Column], query: str) -> int:
    shown = [*formats.catalog_columns(columns, table.output_format), (PARTITION_COLUMN, "string")]
    return stored_bytes(table.database, query, shown)
