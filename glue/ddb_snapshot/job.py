"""One run: a table is captured, its columns planned from all of its items, its files written, and then its manifest.

    check      the table and the bucket exist; this attempt isn't finished yet; its leftovers are removed
    capture    tasks read segments inside the read budget and stage raw pages, with a census (`pieces`)
    plan       the merged census and the columns published before give this snapshot's columns
    write      tasks turn staged pages into files (`files`)
    finish     counts agree, the manifest is written, staging is removed

Whatever fails on the way leaves no manifest, and so no attempt.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from ddb_snapshot import files, formats, manifest, storage
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.census import Census
from ddb_snapshot.columns import Column, ColumnOptions, plan
from ddb_snapshot.files import FilesTask, write_group
from ddb_snapshot.manifest import Capture, DataFile, Manifest
from ddb_snapshot.names import partition_folder
from ddb_snapshot.pieces import ItemsLost, Segment, SegmentTask, stage_segment
from ddb_snapshot.progress import Counts, Progress, telling
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema
from ddb_snapshot.tasks import Tasks
from ddb_snapshot.throttle import Budget, budget

_SEGMENT_BYTES: Final = 256 * 1024 * 1024
_MOST_SEGMENTS: Final = 4096


class TableMissing(LookupError):
    """There is no such DynamoDB table."""


class TableNotReadable(RuntimeError):
    """The table exists, but can't be scanned in its present state."""


@dataclass(frozen=True)
class Captured:
    """What the finished segments have come to, together."""

    segments: int
    read: Segment

    @classmethod
    def add(cls, one: "Captured", other: "Captured") -> "Captured":
        """Both together."""
        return cls(one.segments + other.segments, Segment.add(one.read, other.read))


def run(arguments: Arguments, start_tasks: Callable[[], Tasks], progress: Progress) -> Manifest:
    """Take the snapshot, or report the one that this attempt has taken before.

    Raises:
        TableMissing, TableNotReadable, storage.BucketMissing: what is to be read or written isn't there.
        ScanFailed, ItemsLost: the table could not be read in full. Nothing can be published then.
    """
    started = datetime.now(UTC)
    region = storage.region()
    s3 = storage.client("s3", region)
    table = describe(storage.client("dynamodb", region), arguments.table_name, region)
    output = S3Path.parse(arguments.output_prefix)
    storage.require_bucket(s3, output.bucket)
    location = output / f"{partition_folder(arguments.snapshot_timestamp)}/{arguments.attempt}/"
    staging = output / f"_staging/{arguments.attempt}/"
    with contextlib.suppress(manifest.ManifestMissing):
        finished = manifest.read(s3, str(location))
        progress.say(f"Attempt {arguments.attempt} has finished before: {location} holds {finished.row_count:,} rows")
        return finished
    try:
        storage.delete_below(s3, staging)
        storage.delete_below(s3, location)
        options = ColumnOptions.from_json(arguments.column_options)
        glue = storage.client("glue", region)
        known = known_columns(glue, arguments.database, arguments.catalog_table, arguments.output_format)
        limits = budget(table, arguments.read_percentage)
        tasks = start_tasks()
        segments = SegmentTask(
            table_name=arguments.table_name,
            region=region,
            staging=staging,
            total_segments=segment_count(_bytes(table), tasks.parallel),
            rate=limits.target_rcu / tasks.parallel,
            schema=TaggedSchema.for_columns(known, options.limits()),
            item_rcu=_item_rcu(table),
        )
        progress.say(
            f"Reading {arguments.table_name} in {segments.total_segments} segments by {tasks.parallel} tasks, at most "
            f"{limits.target_rcu:,.0f} RCU/s ({arguments.read_percentage:.0%} of {limits.capacity_rcu:,.0f}, "
            f"{limits.source})"
        )
        captured = capture(segments, tasks, progress)
        census = captured.census or Census(limits=options.limits())
        columns = plan(census, known, options, keys=key_types(table))
        progress.say(f"{len(columns)} columns from {captured.items:,} items; writing {arguments.output_format}")
        schema = TaggedSchema.for_columns(columns, options.limits(), captured.schema)
        written = write(FilesTask(region, location, arguments.output_format, columns, schema), captured, tasks)
        result = Manifest(
            table_name=arguments.table_name,
            snapshot_timestamp=arguments.snapshot_timestamp,
            attempt=arguments.attempt,
            output_format=arguments.output_format,
            location=str(location),
            files=written,
            row_count=sum(file.rows for file in written),
            bytes=sum(file.bytes for file in written),
            columns=columns,
            capture=_capture(arguments, captured, limits, segments.total_segments, started),
            census=census.to_json(),
        )
        manifest.write(s3, result)
    except BaseException:
        # Nothing reads these without a manifest; what can't be removed now is removed by the next run of the attempt.
        with contextlib.suppress(Exception):
            storage.delete_below(s3, staging)
            storage.delete_below(s3, location)
        raise
    storage.delete_below(s3, staging)
    progress.say(f"Wrote {result.row_count:,} rows, {result.bytes / 1e6:,.1f} MB, {len(written)} files to {location}")
    return result


def metadata(snapshot: Manifest) -> dict[str, Any]:
    """What an orchestrator is told of a finished snapshot."""
    return {
        "dagster/row_count": snapshot.row_count,
        "bytes": snapshot.bytes,
        "files": len(snapshot.files),
        "columns": len(snapshot.columns),
        "consumed_rcu": snapshot.capture.consumed_rcu,
        "target_rcu": snapshot.capture.target_rcu,
        "capacity_source": snapshot.capture.capacity_source,
        "retries": snapshot.capture.retries,
        "manifest": snapshot.location + manifest.NAME,
    }


def describe(dynamodb: Any, table_name: str, region: str) -> Mapping[str, Any]:
    """The table, as DescribeTable has it.

    Raises:
        TableMissing: there is none; names Region and account.
        TableNotReadable: it is being created or deleted, or can't be decrypted.
    """
    try:
        table: Mapping[str, Any] = dynamodb.describe_table(TableName=table_name)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "TableNotFoundException"):
            raise
        raise TableMissing(
            f"DynamoDB table {table_name!r} does not exist in Region {region} (account {_account(region)}): "
            "correct --table_name, or run the job where the table is."
        ) from None
    if table.get("TableStatus", "ACTIVE") not in ("ACTIVE", "UPDATING"):
        raise TableNotReadable(
            f"DynamoDB table {table_name!r} in Region {region} is {table['TableStatus']}: it can't be read."
        )
    return table


def segment_count(table_bytes: int, parallel: int) -> int:
    """How many segments to read a table in: two for each task at least, so that a hot one holds up no others."""
    return min(max(2 * parallel, -(-table_bytes // _SEGMENT_BYTES)), max(_MOST_SEGMENTS, 2 * parallel))


def capture(task: SegmentTask, tasks: Tasks, progress: Progress) -> Segment:
    """Read every segment; what they have come to together.

    Raises:
        ItemsLost: not every segment was reported as read.
    """
    latest = Captured(0, Segment())

    def seen(total: Captured) -> None:
        nonlocal latest
        latest = total

    def counts() -> Counts:
        return Counts(latest.segments, latest.read.items, latest.read.raw_bytes)

    with telling(progress, counts, task.total_segments):
        total = tasks.fold(partial(_captured_segment, task), range(task.total_segments), Captured.add, latest, seen)
    if total.segments != task.total_segments:
        raise ItemsLost(f"{total.segments} of {task.total_segments} segments were reported as read.")
    # In the segments' order, so that running a job again gives the same files.
    return replace(total.read, pieces=tuple(sorted(total.read.pieces, key=lambda piece: piece.key)))


def known_columns(glue: Any, database: str | None, catalog_table: str | None, output_format: str) -> tuple[Column, ...]:
    """The columns of the published table, which is the memory that keeps them as they are; none when there is none."""
    if not database or not catalog_table:
        return ()
    try:
        found = glue.get_table(DatabaseName=database, Name=catalog_table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "EntityNotFoundException":
            return ()
        raise
    return formats.columns_from_catalog(found["StorageDescriptor"]["Columns"], output_format)


def key_types(table: Mapping[str, Any]) -> dict[str, str]:
    """The key attributes, partition key first, with their DynamoDB types."""
    types = {definition["AttributeName"]: definition["AttributeType"] for definition in table["AttributeDefinitions"]}
    schema = sorted(table["KeySchema"], key=lambda key: key["KeyType"] != "HASH")
    return {key["AttributeName"]: types[key["AttributeName"]] for key in schema}


def write(task: FilesTask, captured: Segment, tasks: Tasks) -> tuple[DataFile, ...]:
    """Write every group's files.

    Raises:
        ItemsLost: the files hold another number of rows than items were read.
    """
    groups = files.group_pieces(captured.pieces, tasks.parallel)
    none: tuple[DataFile, ...] = ()
    written = tasks.fold(partial(_written_group, task), groups, _add_files, none, lambda _: None)
    rows = sum(file.rows for file in written)
    if rows != captured.items:
        raise ItemsLost(f"{captured.items:,} items were read, but {rows:,} rows were written.")
    return tuple(sorted(written, key=lambda file: file.path))


def _captured_segment(task: SegmentTask, segment: int, lost_before: bool) -> Captured:
    return Captured(1, stage_segment(task, segment, resume=lost_before))


def _written_group(task: FilesTask, group: files.Group, lost_before: bool) -> tuple[DataFile, ...]:
    return write_group(task, group)


def _add_files(one: tuple[DataFile, ...], other: tuple[DataFile, ...]) -> tuple[DataFile, ...]:
    return one + other


def _bytes(table: Mapping[str, Any]) -> int:
    return int(table.get("TableSizeBytes") or 0)


def _item_rcu(table: Mapping[str, Any]) -> float | None:
    """Half a unit for each 4 KB of an average item; DynamoDB renews these counts about every six hours."""
    items = int(table.get("ItemCount") or 0)
    return 0.5 * _bytes(table) / items / 4096 if items and _bytes(table) else None


def _account(region: str) -> str:
    try:
        return str(storage.client("sts", region).get_caller_identity()["Account"])
    except Exception:
        return "unknown"


def _capture(arguments: Arguments, captured: Segment, limits: Budget, segments: int, started: datetime) -> Capture:
    return Capture(
        method="scan",
        started_at=started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        segments=segments,
        items=captured.items,
        item_bytes=captured.raw_bytes,
        consumed_rcu=captured.consumed_rcu,
        target_rcu=limits.target_rcu,
        capacity_rcu=limits.capacity_rcu,
        capacity_source=limits.source,
        read_percentage=arguments.read_percentage,
        retries=captured.retries,
    )
