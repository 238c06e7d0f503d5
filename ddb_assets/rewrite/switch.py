"""The switch: the catalog's table and partitions pointed at the rewritten attempts, as a journal says.

First the table, then its partitions from the newest on, a hundred in a call, then the view: what most queries read is
in two formats for two calls only. Each call may be repeated, so a switch that was cut off is finished by running it
again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import CHANGE_TRIES, load_catalog
from ddb_assets.aws.rewrite_journal import Journal
from ddb_assets.catalog import Refused
from ddb_assets.chain.latest_view import replace_view, require_room
from ddb_assets.errors import UserError
from ddb_assets.model.table import StoredTable
from ddb_assets.rewrite.published import PublishedTable, at_once, locations, published_table
from ddb_snapshot import formats
from ddb_snapshot.manifest import read

_PARTITIONS_A_CALL: Final = 100
"""Source: AWS Glue API reference, "BatchUpdatePartition"."""


def switch(connection: Connection, table: StoredTable, journal: Journal) -> int:
    """Carry out the journal; how many partitions were switched by this call.

    A partition that points at neither the old nor the new attempt by now was published or dropped by someone else
    meanwhile, and is left as it is.

    Raises:
        UserError: the catalog refused a partition, or Athena the view. The switch is to be finished later.
    """
    published = _switch_table(connection, table, journal)
    switched = _switch_partitions(connection, table, journal)
    _replace_view(connection, table, published, journal)
    return switched


def require_switchable(
    connection: Connection, table: StoredTable, published: PublishedTable, output_format: str
) -> None:
    """Look before anything is rewritten.

    Raises:
        UserError: something else has the view's name, or the table or the view would be too long for the catalog.
    """
    catalog = load_catalog(connection)
    shown = catalog.shown_snapshot(table.database, table.view, table.catalog_table)
    catalog.require_switchable(published.table, output_format)
    if shown is not None:
        require_room(replace(table, output_format=output_format), published.columns, shown)


def _switch_table(connection: Connection, table: StoredTable, journal: Journal) -> PublishedTable:
    """The table in the new format; what others write into it at the same time is read again, and kept."""
    catalog = load_catalog(connection)
    for _ in range(CHANGE_TRIES):
        published = published_table(connection, table)
        if published.output_format == journal.after:
            return published
        catalog.switch_table(published.table, journal.after)
    raise UserError(
        f"{journal.database}.{journal.catalog_table} was changed by others {CHANGE_TRIES} times while it was being "
        f"switched to {journal.after}: let them end, then finish the switch with `{journal.command()}`."
    )


def _switch_partitions(connection: Connection, table: StoredTable, journal: Journal) -> int:
    catalog, s3 = load_catalog(connection), connection.client("s3")
    now = locations(connection, table)
    waiting = [step for step in reversed(journal.steps) if now.get(step.snapshot_timestamp) == step.source]
    for start in range(0, len(waiting), _PARTITIONS_A_CALL):
        manifests = at_once(lambda step: read(s3, step.target), waiting[start : start + _PARTITIONS_A_CALL])
        _require_updated(journal, catalog.switch_partitions(journal.database, journal.catalog_table, manifests))
    return len(waiting)


def _require_updated(journal: Journal, refused: Sequence[Refused]) -> None:
    if refused:
        raise UserError(
            f"{journal.database}.{journal.catalog_table}: {len(refused)} partitions were not switched to "
            f"{journal.after}; the first is {refused[0].snapshot_timestamp}: {refused[0].reason}. Finish the switch "
            f"with `{journal.command()}`."
        )


def _replace_view(connection: Connection, table: StoredTable, published: PublishedTable, journal: Journal) -> None:
    """Show the same snapshot in the new types. A view whose types stay the same stays as it is."""
    before, after = (formats.catalog_columns(published.columns, name) for name in (journal.before, journal.after))
    if before == after:
        return
    catalog = load_catalog(connection)
    shown = catalog.shown_snapshot(table.database, table.view, table.catalog_table)
    if shown is not None:
        athena = Athena(connection=connection)
        replace_view(replace(table, output_format=journal.after), published.columns, shown, athena, catalog)
