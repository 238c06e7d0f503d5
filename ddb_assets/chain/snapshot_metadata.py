"""What Dagster is told of a finished attempt: its size and columns, and how its items were obtained."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from ddb_assets.aws.glue_jobs import FinishedRun
from ddb_assets.chain.census_metadata import census_table
from ddb_assets.chain.column_metadata import column_lineage, column_schema
from ddb_assets.chain.keys import source_key
from ddb_assets.model.facts import JobFacts, TableFacts
from ddb_assets.model.table import TableSpec
from ddb_assets.planning import Used, actual_cost, load_prices
from ddb_assets.settings import load_settings
from ddb_snapshot.census import Census
from ddb_snapshot.manifest import Capture, Manifest
from ddb_snapshot.names import iso_instant, parse_instant


def snapshot_metadata(table: TableSpec, manifest: Manifest, run_id: str) -> Mapping[str, Any]:
    """The metadata of one materialization of the files asset."""
    return {
        "dagster/uri": manifest.location,
        "dagster/partition_row_count": manifest.row_count,
        "dagster/column_schema": column_schema(manifest.columns, manifest.output_format, partitioned=False),
        "dagster/column_lineage": column_lineage(manifest.columns, source_key(table), by_attribute=True),
        "location": dg.MetadataValue.path(manifest.location),
        "attempt": manifest.attempt,
        "files": len(manifest.files),
        "size_bytes": manifest.bytes,
        "census": census_table(Census.from_json(manifest.census)),
        "consumed_rcu": manifest.capture.consumed_rcu,
        "glue_run": run_id,
        "capture": manifest.capture.method,
        **_span(manifest.capture, parse_instant(manifest.snapshot_timestamp)),
        **_exported(manifest.capture, parse_instant(manifest.snapshot_timestamp)),
        **_merged(manifest.capture),
    }


def cost_metadata(runs: Sequence[tuple[FinishedRun, Manifest]], table: TableFacts, job: JobFacts) -> Mapping[str, Any]:
    """What the snapshot has cost in US dollars, by list prices; nothing where the Region has none.

    The last of the runs made the snapshot, one before it what it is compared with. A run that does not say its size has
    the job's.
    """
    prices = load_prices(load_settings().prices).of(table.region)
    if prices is None:
        return {}
    uses = [Used.of(snapshot, timedelta(seconds=done.run.seconds), done.run.dpu_seconds) for done, snapshot in runs]
    sizes = [done.run.size or job for done, _ in runs]
    costs = [actual_cost(used, table, size, prices) for used, size in zip(uses, sizes, strict=True)]
    compared = {"cost_of_comparison": costs[0].summary()} if len(costs) > 1 else {}
    return {"cost_usd": sum(cost.total for cost in costs), "cost": costs[-1].summary(), **compared}


def _span(capture: Capture, requested: datetime) -> dict[str, Any]:
    """Of which instants the items are, and how far from the snapshot's own: numbers, so that Dagster plots them."""
    if capture.read_from is None or capture.read_to is None:
        return {}
    first, last = (iso_instant(end) for end in (capture.read_from, capture.read_to))
    return {
        "read_from": capture.read_from,
        "read_to": capture.read_to,
        "lag_of_first_read_seconds": (first - requested).total_seconds(),
        "lag_of_last_read_seconds": (last - requested).total_seconds(),
    }


def _exported(capture: Capture, requested: datetime) -> dict[str, Any]:
    """The exports that were read. AWS may be off the requested instant by up to a minute: both are kept."""
    if not capture.exports:
        return {}
    actual = iso_instant(capture.exports[-1].export_time)
    return {
        "exports": [export.arn for export in capture.exports],
        "export_items": sum(export.items for export in capture.exports),
        "export_billed_bytes": sum(export.billed_bytes for export in capture.exports),
        "requested_instant": requested.isoformat(),
        "actual_instant": actual.isoformat(),
        "seconds_off": (actual - requested).total_seconds(),
    }


def _merged(capture: Capture) -> dict[str, Any]:
    if capture.previous is None:
        return {}
    return {"previous_attempt": capture.previous, "upserts": capture.upserts, "deletes": capture.deletes}
