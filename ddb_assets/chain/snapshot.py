"""The second link: the files of one snapshot, written by the Glue job from what `capture` has obtained."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg
from pydantic import Field

from ddb_assets.aws.dynamodb import DynamoDB
from ddb_assets.aws.glue_jobs import FinishedRun, GlueJobs, Starter
from ddb_assets.aws.job_runs import ANY_TIME
from ddb_assets.aws.s3 import SnapshotStore, attempt_location
from ddb_assets.aws.table_exports import TableExports
from ddb_assets.catalog import Catalog
from ddb_assets.chain.capture import Capture, Need, Prepared, Services, choose_capture, run_size
from ddb_assets.chain.capture.scan import scan_limits
from ddb_assets.chain.failures import failing_clearly
from ddb_assets.chain.keys import files_key, source_key
from ddb_assets.chain.merged import merged_prefix
from ddb_assets.chain.partitions import backfill_policy, partitions_of
from ddb_assets.chain.publication import publication
from ddb_assets.chain.snapshot_metadata import cost_metadata, snapshot_metadata
from ddb_assets.chain.source import source_metadata
from ddb_assets.errors import UserError
from ddb_assets.model.capture import AUTO, CAPTURE_ARGUMENTS, CHOICES, GROUP_METHODS, METHODS, capture_method
from ddb_assets.model.facts import JobFacts
from ddb_assets.model.table import TableSpec
from ddb_assets.model.words import parse_duration, written_duration
from ddb_assets.settings import load_settings
from ddb_snapshot.allowed import SHARE
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.metadata import metadata as job_metadata
from ddb_snapshot.names import catalog_name
from ddb_snapshot.source_identity import Source

PAYLOAD_KEY = "ddb_assets/payload"
"""The metadata key of the files asset under which the facts of a manual start stand."""


def utc_now() -> datetime:
    """The instant against which a window is judged open."""
    return datetime.now(timezone.utc)


def payload(table: TableSpec) -> dict[str, Any]:
    """What the original gave its state machine, as JSON: the Glue job, its arguments, and the Dagster job.

    Started by hand, the job scans: an export is asked for by Dagster.
    """
    spec = table.capture
    return {
        "job": table.job_name,
        "view": f"{table.database}.{table.view}",
        **({"name": table.name} if _is_given(table) else {}),
        **({"group": table.member_of} if table.member_of else {}),
        "run": table.job.to_json(),
        "capture": {
            "method": spec.method,
            "max_rcu": spec.max_rcu,
            "full_every": spec.full_every,
            "max_lag": _written(spec.max_lag),
        },
        "JobName": load_settings().job_name,
        **_arguments(table),
        **scan_limits(table),
    }


def _is_given(table: TableSpec) -> bool:
    """Whether the chain has a name of its own: a group names each member, most of them as their table."""
    return bool(table.name) and not (table.member_of and table.name == catalog_name(table.table_name))


def _written(length: timedelta | None) -> str | None:
    return None if length is None else written_duration(length)


def snapshot_asset(table: TableSpec) -> dg.AssetsDefinition:
    """The partitioned asset `s3/<table>_files`: one finished attempt for each partition."""
    methods = "|".join(GROUP_METHODS if table.member_of else CHOICES)

    class SnapshotConfig(dg.Config):
        """What one run may decide; the defaults are the table's."""

        read_percentage: float = Field(
            default=table.read_percentage,
            ge=SHARE.least,
            le=SHARE.most,
            description="Share of the table's read capacity to use.",
        )
        capture: str = Field(
            default=table.capture.method, pattern=f"^({methods})$", description=f"How to obtain the items: {methods}."
        )
        max_lag: str | None = Field(
            default=_written(table.capture.max_lag),
            description="How far from the partition's instant a scan's items may be, such as 15m; none: its window.",
        )

    one_back = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    before = dg.AssetDep(files_key(table), partition_mapping=one_back)

    @dg.asset(
        key=files_key(table),
        # The increment is merged into the snapshot before: the graph shows it, and backfills keep the order.
        deps=[source_key(table), *([before] if capture_method(table.capture.method).needs_previous else [])],
        partitions_def=partitions_of(table),
        backfill_policy=backfill_policy(table),
        kinds={"glue", "s3", table.output_format},
        group_name=table.group,
        owners=table.owners,
        tags=table.tags,
        description=f"Files of one snapshot of DynamoDB table {table.table_name}, written by the Glue job.",
        metadata={PAYLOAD_KEY: dg.MetadataValue.json(payload(table))},
    )
    def files(
        context: dg.AssetExecutionContext,
        config: SnapshotConfig,
        ddb_source: DynamoDB,
        ddb_exports: TableExports,
        ddb_glue: GlueJobs,
        ddb_store: SnapshotStore,
        ddb_catalog: dg.ResourceParam[Catalog],
    ) -> dg.MaterializeResult[Any]:
        services = Services(ddb_source, ddb_exports, ddb_store, ddb_catalog, context.log.info)
        with failing_clearly(context, table.table_name, "capturing the snapshot") as step:
            source = ddb_source.describe(table.table_name)
            context.log_event(dg.AssetObservation(asset_key=source_key(table), metadata=source_metadata(source)))
            for key in context.partition_keys:
                _refuse_what_publication_would(table, key, source.source, services)
            job = table.job.of(ddb_glue.size(load_settings().job_name, context.log.info))
            asked = _asked(table, config.read_percentage, config.max_lag)
            for key in context.partition_keys:
                step.partition = key
                need = Need(asked, key, source, config.capture, utc_now, job)
                taken = _Run(context, ddb_glue, need, services, _starter(context, key)).take()
                context.add_asset_metadata(taken, partition_key=key)
        return dg.MaterializeResult()

    return files


def _asked(table: TableSpec, read_percentage: float, max_lag: str | None) -> TableSpec:
    """The table with what the run decides."""
    try:
        length = None if max_lag is None else parse_duration(max_lag)
    except ValueError as error:
        raise UserError(f"{table.table_name}: max_lag in the run's config: {error}.") from None
    return replace(table, read_percentage=read_percentage, capture=replace(table.capture, max_lag=length))


@dataclass(frozen=True)
class _Run:
    """The work on one partition."""

    context: dg.AssetExecutionContext
    glue: GlueJobs
    need: Need
    services: Services
    starter: Starter

    def take(self) -> Mapping[str, Any]:
        """Capture the snapshot; its metadata."""
        runs: list[tuple[FinishedRun, Manifest]] = []
        started = self._started()
        if started is not None:
            prepared = Prepared(started, {"capture_reason": "as in the Glue run that was taken up"})
            # Should that run be stopped meanwhile, another is started.
            size = run_size(self.need, started.get("--capture", METHODS[0]))
        else:
            chosen = choose_capture(self.need, self.services)
            self.services.say(f"{self.need.table.table_name} at {self.need.key}: {chosen.method}, {chosen.reason}")
            beside = self._merged_beside(chosen.beside, chosen.size, runs) if chosen.beside is not None else {}
            prepared = self._prepare(chosen.capture, {"capture_reason": chosen.reason, **beside})
            size = chosen.size
        finished, manifest = self._run(prepared, self._arguments["--output_prefix"], size)
        runs.append((finished, manifest))
        return {
            # What another process has read of the run's messages stands in the manifest too.
            **job_metadata(manifest),
            **finished.metadata,
            **snapshot_metadata(self.need.table, manifest, finished.run.id),
            **cost_metadata(runs, self.need.source.facts(), self.need.job),
            **prepared.metadata,
        }

    def _merged_beside(
        self, increment: Capture, size: JobFacts, runs: list[tuple[FinishedRun, Manifest]]
    ) -> Mapping[str, Any]:
        """Merge the increment that the full export is compared with; should it fail, that export mends the chain."""
        try:
            runs.append(self._run(self._prepare(increment), merged_prefix(self._arguments["--output_prefix"]), size))
        except (dg.Failure, UserError) as error:
            reason = (error.description if isinstance(error, dg.Failure) else None) or str(error)
            self.services.say(f"Nothing to compare the full export with, the increment could not be merged: {reason}")
            return {"not_compared": reason}
        return {}

    @property
    def _arguments(self) -> dict[str, str]:
        return {**_arguments(self.need.table), "--snapshot_timestamp": self.need.key}

    def _started(self) -> dict[str, str] | None:
        """The capture's arguments of a Glue run of this snapshot that is going, or that an earlier execution left."""
        timeout = self.need.table.job.timeout
        earlier = self.glue.earlier(load_settings().job_name, self._arguments, self.starter, self.services.say, timeout)
        if earlier is None:
            return None
        arguments = {name: earlier.arguments[name] for name in CAPTURE_ARGUMENTS if name in earlier.arguments}
        method = capture_method(arguments.get("--capture", METHODS[0]))
        # A chain of increments begins with a full export.
        same = self.need.method in (AUTO, method.name) or capture_method(self.need.method).begins_with == method.name
        limits = scan_limits(self.need.table) if method.reads_table else {}
        return arguments if same and limits.items() <= arguments.items() else None

    def _prepare(self, capture: Capture, metadata: Mapping[str, Any] | None = None) -> Prepared:
        prepared = capture.prepare(self.need, self.services)
        return Prepared(prepared.arguments, {**prepared.metadata, **(metadata or {})}, prepared.before_start)

    def _run(self, prepared: Prepared, output_prefix: str, size: JobFacts) -> tuple[FinishedRun, Manifest]:
        arguments = {**self._arguments, **prepared.arguments, "--output_prefix": output_prefix}
        job_name = load_settings().job_name
        own = self.need.table.job.start_parameters(size)
        finished = self.glue.run(self.context, job_name, arguments, self.starter, prepared.before_start, own)
        location = attempt_location(output_prefix, self.need.key, finished.run.folder)
        manifest = self.services.store.manifest(location)
        if manifest is None:
            raise UserError(
                f"Glue run {finished.run.id} succeeded, but left no manifest at {location}. If the job's script and "
                "library are of another version than ddb-assets, deploy this version's; else take the snapshot again."
            )
        return finished, manifest


def _arguments(table: TableSpec) -> dict[str, str]:
    """The Glue job's arguments that are the same for every snapshot."""
    options = table.changed_column_options
    return {
        "--table_name": table.table_name,
        "--read_percentage": str(table.read_percentage),
        "--output_prefix": publication(table).attempts(load_settings()),
        "--output_format": table.output_format,
        "--database": table.database,
        "--catalog_table": table.catalog_table,
        **({"--column_options": json.dumps(options, sort_keys=True)} if options else {}),
    }


def _refuse_what_publication_would(table: TableSpec, key: str, source: Source, services: Services) -> None:
    """Raises `UserError` before the table is read for a snapshot that can't be published."""
    services.store.require_bucket()
    settings, method = load_settings(), publication(table)
    services.store.refuse_during_switch(method.attempts(settings))
    services.catalog.require_chain(table.database, table.catalog_table, source, table.output_format)
    # Raises for a view that isn't the chain's own.
    services.catalog.shown_snapshot(table.database, table.view, table.catalog_table)
    services.store.require_own(method.attempts(settings), key, source)
    method.require_ready(settings, services.catalog)


def _starter(context: dg.AssetExecutionContext, key: str) -> Starter:
    """This Dagster run in all of its executions, and each of its partitions where it has several."""
    root = context.run.root_run_id or context.run_id
    record = context.instance.get_run_record_by_id(root)
    stem = root.partition("-")[0]
    if len(context.partition_keys) > 1:
        stem = f"{stem}-{''.join(filter(str.isalnum, key))}"
    return Starter(stem, record.create_timestamp if record else ANY_TIME)
