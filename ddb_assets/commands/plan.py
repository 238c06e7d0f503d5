"""`ddb-assets plan`: read what AWS says of a table, its history and the quotas, and make the plan of one snapshot.

Nothing is written and no export is asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dagster as dg

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import load_catalog
from ddb_assets.aws.dynamodb import DynamoDB, SourceTable
from ddb_assets.aws.in_use import in_use
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.catalog import newest_first
from ddb_assets.chain.partitions import not_begun, partitions_of, window_open_at
from ddb_assets.code_location import Chain, NoChain, find_chain
from ddb_assets.commands.plan_output import PLAN_FORMS, write_plan
from ddb_assets.commands.run_job import no_partition
from ddb_assets.commands.terminal import ERR, OUT
from ddb_assets.errors import UserError
from ddb_assets.model.facts import CaptureOptions, Wanted
from ddb_assets.model.run_wishes import RunWishes
from ddb_assets.model.table import TableNames, TableSpec
from ddb_assets.model.words import parse_duration
from ddb_assets.planning import Plan, load_prices, make_plan, previous_snapshot
from ddb_assets.settings import Settings
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import format_instant, parse_instant
from ddb_snapshot.source_identity import Source, require_name

_UNPLANNED = "No defs.yaml names the table: planned with the defaults, a snapshot each midnight UTC."


def show_plan(name: str, at: str | None, form: str, folder: Path) -> None:
    """Make the plan of the snapshot `at`, by default of the open window, and write it in `form`.

    Raises:
        UserError: there is no such form, table or partition, or no capture would end in time.
    """
    if form not in PLAN_FORMS:
        raise UserError(f"--format {form}: not one of {', '.join(PLAN_FORMS)}")
    with ERR.status("Asking AWS about the table"):
        planned = plan_table(name, at, folder)
    write_plan(planned, form, OUT)
    if not planned.ends_in_time:
        raise UserError(planned.refusal)


def plan_table(name: str, at: str | None, folder: Path) -> Plan:
    """The plan of the snapshot `at` (default: of the window that is open) of a table, or of a second chain of it.

    A table that no defs.yaml names is planned with the defaults.

    Raises:
        UserError: there is no such table or partition, or the file of prices can't be used.
    """
    connection = Connection()
    prices = load_prices(connection.settings().prices)
    chain = _find(name, folder, connection.settings())
    source = _describe(connection, chain)
    wanted = wanted_snapshot(chain, at, datetime.now(timezone.utc))
    job, used = in_use(connection, chain.job_name, chain.wishes.timeout)
    previous = previous_snapshot(_manifests_before(connection, chain.table, source.source, wanted))
    plan = make_plan(source.facts(), wanted, previous, chain.options, chain.wishes.of(job), used, prices)
    return plan if chain.defined else replace(plan, notes=(_UNPLANNED, *plan.notes))


def wanted_snapshot(chain: "PlannedChain", at: str | None, now: datetime) -> Wanted:
    """The snapshot of a partition.

    Raises:
        UserError: there is no such partition.
    """
    with dg.partition_loading_context(effective_dt=now):
        window = window_open_at(chain.partitions, now)
        if window is None:
            raise not_begun(chain.table.table_name, chain.partitions)
        newest = format_instant(window.start)
        key = at or newest
        found = _window(chain.partitions, key)
        if found is None:
            raise no_partition(chain.table.table_name, key, chain.partitions)
    return Wanted(found.start.astimezone(timezone.utc), found.end - found.start, key == newest, now)


def _window(partitions: dg.TimeWindowPartitionsDefinition, key: str) -> dg.TimeWindow | None:
    """The window that begins at the key's instant, or None. Dagster takes any instant inside a window for its key."""
    try:
        parse_instant(key)
    except ValueError:
        return None
    if not partitions.has_partition_key(key):
        return None
    window = partitions.time_window_for_partition_key(key)
    return window if format_instant(window.start) == key else None


@dataclass(frozen=True)
class PlannedChain:
    """What of a chain a plan needs; `defined` tells one of a defs.yaml from the defaults."""

    table: TableNames
    partitions: dg.TimeWindowPartitionsDefinition
    options: CaptureOptions
    wishes: RunWishes
    job_name: str
    defined: bool
    unknown: NoChain | None = None
    """That no defs.yaml has the name, and which is near to it."""


def _describe(connection: Connection, chain: PlannedChain) -> SourceTable:
    try:
        return DynamoDB(connection=connection).describe(chain.table.table_name)
    except UserError as error:
        if chain.unknown is None:
            raise
        raise UserError(f"{error} {chain.unknown}") from None


def _find(name: str, folder: Path, settings: Settings) -> PlannedChain:
    try:
        chain = find_chain(name, folder)
    except NoChain as unknown:
        _require_name(name)
        table = TableSpec(name, settings.database)
        return PlannedChain(
            table, partitions_of(table), CaptureOptions(), RunWishes(), settings.job_name, False, unknown
        )
    wishes = RunWishes.from_json(chain.payload.get("run", {}))
    return PlannedChain(chain.table, chain.partitions, capture_options(chain), wishes, chain.payload["JobName"], True)


def _require_name(name: str) -> None:
    try:
        require_name(name)
    except ValueError as error:
        raise UserError(f"{error}.") from None


def capture_options(chain: Chain) -> CaptureOptions:
    """The `capture` options of a chain, from the facts that stand on its files asset."""
    said: Mapping[str, Any] = chain.payload.get("capture", {})
    known = {field: said[field] for field in ("method", "max_rcu", "full_every") if said.get(field) is not None}
    lag = said.get("max_lag")
    max_lag = None if lag is None else parse_duration(lag)
    return CaptureOptions(**known, max_lag=max_lag, read_percentage=float(chain.payload["--read_percentage"]))


def _manifests_before(connection: Connection, table: TableNames, source: Source, wanted: Wanted) -> Iterator[Manifest]:
    """The manifests of the source's published snapshots before the wanted one, newest first."""
    catalog, store = load_catalog(connection), SnapshotStore(connection=connection)
    for one in newest_first(catalog, table.database, table.catalog_table, format_instant(wanted.instant)):
        manifest = store.manifest(one.location)
        if manifest is not None and manifest.record.is_of(source):
            yield manifest
