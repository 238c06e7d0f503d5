"""Capture from a full native export: the table as it was at the snapshot's own instant."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from ddb_snapshot import storage, thresholds
from ddb_snapshot.capture.capturing import Captured, Work
from ddb_snapshot.capture.native_export import (
    FULL,
    ExportDamaged,
    ExportFile,
    NativeExport,
    bundles,
    file_blocks,
    read_export,
)
from ddb_snapshot.drafts import Drafted, Drafting, DraftTask, ItemsLost
from ddb_snapshot.manifest import Capture
from ddb_snapshot.names import parse_instant
from ddb_snapshot.progress import Counts
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import BadBlock, TaggedSchema, read_lines
from ddb_snapshot.tasks import Anew

_MOST_BUNDLES: Final = 16_384


@dataclass(frozen=True)
class Bundle:
    """Files that one task reads, and their number."""

    number: int
    files: tuple[ExportFile, ...]


@dataclass(frozen=True)
class BundleTask:
    """What a task must know to read any bundle."""

    drafts: DraftTask
    schema: TaggedSchema


@dataclass(frozen=True)
class Read:
    """How many bundles of files have been read, and what they came to."""

    parts: int = 0
    drafted: Drafted = field(default_factory=Drafted)

    def counts(self) -> Counts:
        return Counts(self.parts, self.drafted.items, self.drafted.raw_bytes)

    @classmethod
    def add(cls, one: "Read", other: "Read") -> "Read":
        """Both together."""
        return cls(one.parts + other.parts, Drafted.add(one.drafted, other.drafted))


def capture(work: Work) -> Captured:
    """Read every file of the export.

    Raises:
        ExportDamaged: the export isn't whole.
        WrongExport: it is another table's, or of another instant.
        ItemsLost: other items were read than its manifest counts in all.
    """
    arguments = work.arguments
    export = read_export(work.s3, S3Path.parse(arguments.exports[0]))
    export.require(work.source, FULL)
    export.require_instant(parse_instant(arguments.snapshot_timestamp))
    tasks = work.start_tasks()
    work.progress.say(
        f"Reading the export of {arguments.table_name} at {export.facts.export_time}: {export.facts.items:,} items in "
        f"{len(export.files):,} files by {tasks.parallel} tasks"
    )
    schema = TaggedSchema.for_columns(work.drafts.published, work.drafts.options.limits())
    todo = bundled(export, tasks.parallel)
    read = work.fold("bundles of files", Anew(draft_bundle, BundleTask(work.drafts, schema)), todo, Read())
    drafted = read.drafted
    if drafted.items != export.facts.items:
        raise ItemsLost(f"{export.facts.location}: {export.facts.items:,} items, but {drafted.items:,} were read.")
    facts = Capture(
        method="export",
        started_at=work.started_at,
        finished_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        items=drafted.items,
        item_bytes=drafted.raw_bytes,
        exports=(export.facts,),
        read_from=export.facts.export_time,
        read_to=export.facts.export_time,
    )
    return Captured(drafted, work.drafts.plan(drafted.census), facts, export.source)


def bundled(export: NativeExport, parallel: int) -> Sequence[Bundle]:
    """The export's files in bundles: one for each task, and more where these would be of more than a gigabyte."""
    wanted = min(max(parallel, -(-export.facts.billed_bytes // thresholds.now().bundle_bytes)), _MOST_BUNDLES)
    return [Bundle(number, files) for number, files in enumerate(bundles(export.files, wanted))]


def draft_bundle(task: BundleTask, bundle: Bundle) -> Read:
    """Read a bundle's files and draft their items."""
    s3 = storage.client("s3", task.drafts.region)
    folder = task.drafts.staging / f"bundle-{bundle.number:05d}/"
    schema = task.schema
    with tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as disk:
        drafting = Drafting(task.drafts, s3, folder, Path(disk))
        for file in bundle.files:
            rows = 0
            for block in file_blocks(s3, file, Path(disk)):
                try:
                    tagged, schema = read_lines(block, schema)
                except BadBlock as error:
                    raise ExportDamaged(file.path, f"it is not a full export's data: {error}", file.export) from error
                rows += tagged.rows
                drafting.write(tagged, len(block))
                drafting.close_if_due()
            require_items(file, rows)
        return Read(1, drafting.finish())


def require_items(file: ExportFile, found: int) -> None:
    """Raises ExportDamaged unless the file had as many items as the manifest says."""
    if found != file.items:
        raise ExportDamaged(
            file.path, f"it has {found:,} items, its export's manifest says {file.items:,}", file.export
        )
