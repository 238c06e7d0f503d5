"""One run: a table is captured, its columns planned from all of its items, its files made, and then its manifest.

    check      the table and the bucket exist; this run isn't finished yet; what it left before is removed
    capture    tasks read the items (`capture`) and draft them as typed files, with a census (`drafts`)
    plan       the merged census and the columns published before give this snapshot's columns
    assemble   drafts with these columns are the snapshot's files, the others are written again (`assembly`)
    finish     counts agree, the manifest is written, staging is removed

Whatever fails on the way leaves no manifest, and so no attempt. A run writes into its own folders and deletes from no
others (`names.attempt_folder`): another run of the same attempt may be alive, however lost it is thought.
"""

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from ddb_snapshot import manifest, storage
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.assembly import FilesTask, assemble
from ddb_snapshot.capture import Captured, Work, capture_method
from ddb_snapshot.catalog import GlueCatalog, published_columns
from ddb_snapshot.census import Census
from ddb_snapshot.columns import ColumnOptions, require_pins_known
from ddb_snapshot.described_table import describe, key_types
from ddb_snapshot.drafts import DraftTask, ItemsLost
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.names import partition_folder
from ddb_snapshot.progress import Progress
from ddb_snapshot.source_identity import Source
from ddb_snapshot.storage import S3Path
from ddb_snapshot.table_definition import table_definition
from ddb_snapshot.tasks import Tasks


def run(arguments: Arguments, start_tasks: Callable[[], Tasks], progress: Progress) -> Manifest:
    """Take the snapshot, or report the one that this run has taken before.

    Raises:
        TableMissing, TableNotReadable, storage.BucketMissing: what is to be read or written isn't there.
        ScanFailed, ExportDamaged, WrongExport, ItemsLost: the items could not be had in full. Nothing can be published
            then.
        OtherSource: the catalog's table, or the attempt that changes are to be merged with, is of another table.
        UnknownPin: a pinned attribute is in no item and no published column.
    """
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    region = storage.region()
    s3 = storage.client("s3", region)
    table = describe(storage.client("dynamodb", region), arguments.table_name, region)
    source = Source.described(table)
    output = S3Path.parse(arguments.output_prefix)
    storage.require_bucket(s3, output.bucket)
    location = output / f"{partition_folder(arguments.snapshot_timestamp)}/{arguments.attempt}/"
    staging = output / f"_staging/{arguments.attempt}/"
    with contextlib.suppress(manifest.ManifestMissing):
        finished = manifest.read(s3, str(location))
        progress.say(f"This run has finished before: {location} holds {finished.row_count:,} rows")
        return finished
    try:
        storage.delete_below(s3, staging)
        storage.delete_below(s3, location)
        drafts = DraftTask(
            region=region,
            staging=staging,
            output_format=arguments.output_format,
            published=published_columns(
                GlueCatalog(storage.client("glue", region)),
                arguments.database,
                arguments.catalog_table,
                arguments.output_format,
                source,
            ),
            options=ColumnOptions.from_json(arguments.column_options),
            keys=key_types(table),
        )
        captured = capture_method(arguments.capture)(Work(arguments, table, drafts, s3, start_tasks, progress, started))
        result = _finished(arguments, table, captured, drafts, location, start_tasks(), progress)
    except BaseException:
        # Nothing reads these without a manifest; what can't be removed now is swept by a later run of the table.
        with contextlib.suppress(Exception):
            storage.delete_below(s3, staging)
            storage.delete_below(s3, location)
        raise
    # From here on the files stay: the manifest may be written whatever the answer says.
    manifest.write(s3, result)
    storage.delete_below(s3, staging)
    files = f"{len(result.files)} file{'s' if len(result.files) > 1 else ''}"
    progress.say(f"Wrote {result.row_count:,} rows, {result.bytes / 1e6:,.1f} MB, {files} to {location}")
    return result


def _finished(
    arguments: Arguments,
    table: Mapping[str, Any],
    captured: Captured,
    drafts: DraftTask,
    location: S3Path,
    tasks: Tasks,
    progress: Progress,
) -> Manifest:
    """The manifest of the files made of what was captured."""
    census = captured.drafted.census or Census(limits=drafts.options.limits())
    columns = captured.columns
    require_pins_known(columns, drafts.options, captured.facts.items)
    progress.say(f"{len(columns)} columns from {captured.facts.items:,} items; writing {arguments.output_format}")
    task = FilesTask(drafts.region, location, arguments.output_format, columns)
    files = assemble(task, captured.drafted, tasks)
    rows = sum(file.rows for file in files)
    if rows != captured.facts.items:
        raise ItemsLost(f"{captured.facts.items:,} items were captured, but {rows:,} rows were written.")
    return Manifest(
        table_name=arguments.table_name,
        snapshot_timestamp=arguments.snapshot_timestamp,
        attempt=arguments.attempt,
        output_format=arguments.output_format,
        location=str(location),
        files=files,
        row_count=rows,
        bytes=sum(file.bytes for file in files),
        columns=columns,
        capture=captured.facts,
        census=census.to_json(),
        source=table_definition(table),
        run_id=arguments.run_id,
        table_arn=captured.source.arn,
        table_id=captured.source.table_id,
    )
