"""What becomes of a native export's own files once the snapshot that was made of them is published and verified.

DynamoDB never deletes an export. `keep_exports: false` removes those that a snapshot was made of as soon as it is
verified; a number of days removes, with each snapshot, all of the table's that were asked for longer ago.
"""

from datetime import datetime, timedelta, timezone

from ddb_assets.aws.table_exports import TableExports
from ddb_assets.chain.capture.export import destination
from ddb_assets.model.table import TableSpec
from ddb_snapshot.manifest import Manifest


def remove_raw_exports(table: TableSpec, verified: Manifest, exports: TableExports) -> int:
    """Remove what the table doesn't keep, once a snapshot of it is verified; the number of exports removed."""
    days = table.capture.keep_days
    if days is None:
        return 0
    place = destination(table, table.table_name, exports.connection.settings())
    if days:
        return exports.remove_older(place, datetime.now(timezone.utc) - timedelta(days=days))
    return exports.remove(place, [read.location for read in verified.capture.exports])
