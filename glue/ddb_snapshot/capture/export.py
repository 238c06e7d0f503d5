"""Capture from a full native export: the table as it was at the snapshot's own instant."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ddb_snapshot import storage
from ddb_snapshot.capture.capturing import Captured, Work
from ddb_snapshot.capture.native_export import FULL, ExportFile, NativeExport, bundles, file_blocks, read_export
from ddb_snapshot.drafts import Drafted, Drafting, DraftTask, ItemsLost
from ddb_snapshot.manifest import Capture
from ddb_snapshot.names import parse_instant
from ddb_snapshot.progress import Counts, telling
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema, read_lines
from ddb_snapshot.tasks import Tasks

BUNDLE_BYTES: Final = 1024 * 1024 * 1024
"""Bytes of items, as the export bills them, that one task reads: what gives a file or two of about 128 MB."""

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
    """What has been read: bundles, and what they came to."""

    bundles: int
    drafted: Drafted

    @classmethod
    def add(cls, one: "Read", other: "Read") -> "Read":
        """Both together."""
        return cls(one.bundles + other.bundles, Drafted.add(one.drafted, other.drafted))


def capture(work: Work) -> Captured:
    """Read every file of the export.

    Raises:
        ExportDamaged: the export isn't whole, or isn't the one of this table and instant.
        ItemsLost: a file holds another number of items than the manifest says.
    """
    arguments = work.arguments
    export = read_export(work.s3, S3Path.parse(arguments.exports[0]))
    export.require(arguments.table_name, FULL)
    export.require_instant(parse_instant(arguments.snapshot_timestamp))
    tasks = work.start_tasks()
    work.progress.say(
        f"Reading the export of {arguments.table_name} at {export.facts.export_time}: {export.facts.items:,} items in "
        f"{len(export.files):,} files by {tasks.parallel} tasks"
    )
    drafted = _read(work, export, tasks)
    if drafted.items != export.facts.items:
        raise ItemsLost(f"{export.facts.location}: {export.facts.items:,} items, but {drafted.items:,} were read.")
    facts = Capture(
        method="export",
        started_at=work.started_at,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        items=drafted.items,
        item_bytes=drafted.raw_bytes,
        exports=(export.facts,),
    )
    return Captured(drafted, facts)


def bundled(export: NativeExport, parallel: int) -> Sequence[Bundle]:
    """The export's files in bundles: enough of them for every task, none of more than about a gigabyte."""
    wanted = min(max(2 * parallel, -(-export.facts.billed_bytes // BUNDLE_BYTES)), _MOST_BUNDLES)
    each = max(1, -(-export.facts.items // wanted))
    return [Bundle(number, files) for number, files in enumerate(bundles(export.files, each))]


def draft_bundle(task: BundleTask, bundle: Bundle) -> Drafted:
    """Read a bundle's files and draft their items."""
    s3 = storage.client("s3", task.drafts.region)
    folder = task.drafts.staging / f"bundle-{bundle.number:05d}/"
    schema = task.schema
    with tempfile.TemporaryDirectory(prefix="ddb-snapshot-") as disk:
        drafting = Drafting(task.drafts, s3, folder, Path(disk))
        for file in bundle.files:
            rows = 0
            for block in file_blocks(s3, file, Path(disk)):
                tagged, schema = read_lines(block, schema)
                rows += tagged.rows
                drafting.write(tagged, len(block))
                drafting.close_if_due()
            require_items(file, rows)
        return drafting.finish()


def require_items(file: ExportFile, found: int) -> None:
    """Raises ItemsLost unless the file had as many items as the manifest says."""
    if found != file.items:
        raise ItemsLost(f"{file.path} has {found:,} items, its export's manifest says {file.items:,}.")


def _read(work: Work, export: NativeExport, tasks: Tasks) -> Drafted:
    latest = Read(0, Drafted())

    def seen(total: Read) -> None:
        nonlocal latest
        latest = total

    def counts() -> Counts:
        return Counts(latest.bundles, latest.drafted.items, latest.drafted.raw_bytes)

    todo = bundled(export, tasks.parallel)
    schema = TaggedSchema.for_columns(work.drafts.published, work.drafts.options.limits())
    with telling(work.progress, "bundles of files", len(todo), counts):
        return tasks.fold(_Drafter(BundleTask(work.drafts, schema)), todo, Read.add, latest, seen).drafted


class _Drafter:
    """`draft_bundle` as the tasks call it."""

    def __init__(self, task: BundleTask) -> None:
        self._task = task

    def __call__(self, bundle: Bundle, lost_before: bool) -> Read:
        return Read(1, draft_bundle(self._task, bundle))
