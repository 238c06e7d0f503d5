"""Every n-th snapshot of a chain of increments is exported in full, and the increment is merged all the same: both must
hold the same items. The full one is published, so a difference is mended as it is found.
"""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from ddb_assets.aws.attempt_items import attempt_items
from ddb_assets.aws.dynamodb import DynamoDB, SourceTable
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.table_exports import TableExports
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.keys import files_key
from ddb_assets.chain.partitions import partitions_of
from ddb_assets.chain.publication import publication
from ddb_assets.chain.raw_exports import remove_raw_exports
from ddb_assets.model.table import TableSpec
from ddb_snapshot.compare import Comparison, compare
from ddb_snapshot.shown import one_line


def merged_prefix(output_prefix: str) -> str:
    """Below the table's snapshots, under a name that neither Athena nor a crawler looks at: it is never published."""
    return f"{output_prefix}/_merged"


def merged_equals_full(table: TableSpec) -> dg.AssetChecksDefinition:
    """The check of the files asset of a table with `full_every`."""

    @dg.asset_check(
        asset=files_key(table),
        partitions_def=partitions_of(table),
        description=(
            f"Every {table.capture.full_every}th snapshot: merged from increments it holds the same items as the full "
            "export of its instant. Of the others there is nothing to compare."
        ),
    )
    def merged_equals_full(
        context: dg.AssetCheckExecutionContext,
        ddb_source: DynamoDB,
        ddb_store: SnapshotStore,
        ddb_exports: TableExports,
    ) -> dg.AssetCheckResult:
        with failing_clearly(context, table.table_name, "comparing the increment with the full export"):
            source = ddb_source.describe(table.table_name)
            found = [_compare(table, key, source, ddb_store, ddb_exports) for key in context.partition_keys]
        compared = [one for one in found if one is not None]
        if not compared:
            return dg.AssetCheckResult(passed=True, metadata={"compared": False})
        # Of a range of partitions: the first that differs, else the last.
        shown = next((one for one in compared if not one.equal), compared[-1])
        return dg.AssetCheckResult(passed=shown.equal, metadata={"compared": True, **shown.metadata()})

    return merged_equals_full


@dataclass(frozen=True)
class _Compared:
    """What was found; where AWS took the two exports at different instants, nothing can be said."""

    snapshot_timestamp: str
    merged: str
    instants: tuple[str, str]
    comparison: Comparison | None

    @property
    def equal(self) -> bool:
        return self.comparison is None or self.comparison.equal

    def metadata(self) -> dict[str, Any]:
        said: dict[str, Any] = {"snapshot_timestamp": self.snapshot_timestamp, "merged_attempt": self.merged}
        if self.comparison is None:
            return said | {"not_comparable": f"AWS took the exports at {' and '.join(self.instants)}"}
        found = self.comparison
        said |= {"items": found.expected, "missing": found.missing, "extra": found.extra, "different": found.different}
        if found.differences:
            # Not Markdown: they hold names and values of items, which are text.
            lines = [dg.TableRecord({"difference": one_line(str(one))}) for one in found.differences]
            said["differences"] = dg.MetadataValue.table(
                lines, dg.TableSchema([dg.TableColumn("difference", "string")])
            )
        return said


def _compare(
    table: TableSpec, key: str, source: SourceTable, store: SnapshotStore, exports: TableExports
) -> _Compared | None:
    """Both attempts at one snapshot, item by item; None where there is no merged one. One that is equal is removed."""
    attempts = publication(table).attempts(store.connection.settings())
    merged = store.newest_attempt(merged_prefix(attempts), key, table.output_format, source.source)
    full = store.newest_attempt(attempts, key, table.output_format, source.source)
    if merged is None or full is None or full.capture.method != "export":
        return None
    s3 = store.connection.client("s3")
    instants = (merged.capture.exports[-1].export_time, full.capture.exports[-1].export_time)
    comparison = None
    if instants[0] == instants[1]:
        comparison = compare(attempt_items(s3, full), attempt_items(s3, merged), source.key_schema)
        if comparison.equal:
            store.delete(merged)
            remove_raw_exports(table, merged, exports)
    return _Compared(key, merged.location, instants, comparison)
