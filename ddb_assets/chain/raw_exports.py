"""What becomes of a native export's own files once the snapshot that was made of them is published and verified.

DynamoDB never deletes an export. `keep_exports: false` removes those that a snapshot was made of as soon as it is
verified; a number of days removes, with each snapshot, all of the table's that were asked for longer ago.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.table_exports import Say, TableExports
from ddb_assets.chain.capture.export import destination
from ddb_assets.chain.table import TableSpec
from ddb_snapshot.manifest import Manifest


def remove_raw_exports(
    table: TableSpec,
    keys: Sequence[str],
    exports: TableExports,
    store: SnapshotStore,
    catalog: DataCatalog,
    say: Say,
) -> int:
    """Remove what the table doesn't keep, once the snapshots of `keys` are verified; the number of exports removed."""
    days = table.capture.keep_days
    if days is None:
        return 0
    place = destination(table, table.table_name, store.connection.settings())
    if days:
        removed = exports.remove_older(place, datetime.now(UTC) - timedelta(days=days))
    else:
        captures = [manifest.capture for manifest in _published(table, keys, store, catalog)]
        removed = exports.remove(place, [read.location for capture in captures for read in capture.exports])
    if removed:
        say(f"Removed {removed} exports of {table.table_name} from s3://{place.bucket}/{place.prefix}")
    return removed


def run_partitions(table: TableSpec, run: dg.DagsterRun) -> Sequence[str]:
    """The partitions that a run is of, as a step of no partitions sees them."""
    start, end = (run.tags.get(tag) for tag in (ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG))
    if start is not None and end is not None:
        return table.partitions.get_partition_keys_in_range(dg.PartitionKeyRange(start, end))
    return [key] if (key := run.tags.get(PARTITION_NAME_TAG)) is not None else []


def _published(table: TableSpec, keys: Sequence[str], store: SnapshotStore, catalog: DataCatalog) -> Iterator[Manifest]:
    for key in keys:
        published = catalog.published(table.database, table.catalog_table, key)
        manifest = store.manifest(published.location) if published else None
        if manifest is not None:
            yield manifest
