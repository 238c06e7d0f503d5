"""Capture by merging what has changed since the previous snapshot into its files.

    sort       the incremental exports' records, by key, into buckets
    draft      of each item that changed its last state; the keys of all that changed are listed
    merge      the previous attempt's files, without these keys, in the new columns

The columns are planned from the changes: the previous snapshot's values have theirs, which never change. So is the
census, which is that of the items that were written.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone

from ddb_snapshot import manifest
from ddb_snapshot.capture.capturing import Captured, Work
from ddb_snapshot.capture.changes import (
    Changed,
    ChangesTask,
    Sorted,
    bucket_count,
    changed_files,
    draft_bucket,
    sort_changes,
)
from ddb_snapshot.capture.export import Read
from ddb_snapshot.capture.merge import MergeTask, draft_unchanged
from ddb_snapshot.capture.native_export import INCREMENTAL, NativeExport, read_export
from ddb_snapshot.columns import ColumnChanged, check_stable, with_names_of
from ddb_snapshot.drafts import Drafted, DraftTask, Layout
from ddb_snapshot.manifest import Capture, Manifest
from ddb_snapshot.names import iso_instant, parse_instant
from ddb_snapshot.source_identity import OtherSource, refusal
from ddb_snapshot.storage import S3Path
from ddb_snapshot.tagged import TaggedSchema
from ddb_snapshot.tasks import Anew


class ChainBroken(ValueError):
    """The changes don't lead from the previous snapshot to this one."""

    def __init__(self, location: str, reason: str) -> None:
        super().__init__(f"{location}: {reason}. Nothing was published; take this snapshot from a full export.")


def capture(work: Work) -> Captured:
    """Merge the exports' changes into the previous attempt.

    Raises:
        ChainBroken: there is no previous attempt of this table and format, or the exports don't cover the time since.
        OtherSource: the previous attempt is another table's.
        ExportDamaged, ItemsLost: an export or a file of the previous attempt isn't whole.
    """
    arguments = work.arguments
    previous = _previous(work)
    exports = [read_export(work.s3, S3Path.parse(folder)) for folder in arguments.exports]
    for export in exports:
        export.require(work.source, INCREMENTAL)
    _require_one_table(previous, exports)
    _require_unbroken(previous, exports)
    exports[-1].require_instant(parse_instant(arguments.snapshot_timestamp))
    drafts = replace(work.drafts, published=_known(work.drafts, previous))
    changed = _changed(replace(work, drafts=drafts), exports)
    columns = drafts.plan(changed.drafted.census)
    kept = _kept(work, drafts, previous, changed, columns)
    drafted = Drafted.add(changed.drafted, kept)
    upserts, deletes = changed.drafted.items, changed.deletes
    work.progress.say(
        f"{upserts:,} items written, {deletes:,} deletes since {previous.snapshot_timestamp}, "
        f"{kept.items:,} of {previous.row_count:,} unchanged"
    )
    facts = Capture(
        method="incremental",
        started_at=work.started_at,
        finished_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        items=drafted.items,
        item_bytes=drafted.raw_bytes,
        exports=tuple(export.facts for export in exports),
        previous=previous.location,
        upserts=upserts,
        deletes=deletes,
        read_from=exports[-1].facts.export_time,
        read_to=exports[-1].facts.export_time,
    )
    return Captured(drafted, columns, facts, exports[-1].source)


def _previous(work: Work) -> Manifest:
    location = str(work.arguments.previous)
    try:
        found = manifest.read(work.s3, location)
    except manifest.ManifestMissing:
        raise ChainBroken(location, "no attempt has finished there, so there is nothing to merge with") from None
    if not found.record.is_of(work.source):
        remedy = "changes are never merged into it. Take this snapshot from a full export."
        raise OtherSource(refusal(f"The snapshot at {location}", found.record, work.source, remedy))
    if found.output_format != work.arguments.output_format:
        raise ChainBroken(location, f"it is in {found.output_format}, the snapshot is to be in another format")
    return found


def _require_one_table(previous: Manifest, exports: Sequence[NativeExport]) -> None:
    """A table that was deleted and made again under its name has nothing to do with the snapshots of the old one."""
    for export in exports:
        if previous.record.is_replaced_by(export.source):
            raise ChainBroken(
                previous.location,
                f"it is of the table with TableId {previous.table_id}, and {export.facts.location} of the one that was "
                f"made after it under the same name, {export.table_id}",
            )


def _require_unbroken(previous: Manifest, exports: Sequence[NativeExport]) -> None:
    """Each window must begin where the one before ends, the first at the previous snapshot's own instant.

    Later, changes would be missing. Earlier, an item that the previous snapshot has could have come and gone inside the
    window, which leaves no record of it: a scanned snapshot, which is of no one instant, can't be built on for that.
    """
    if not previous.capture.exports:
        raise ChainBroken(
            previous.location, f"it was captured by {previous.capture.method}, and so is of no exact instant"
        )
    reached = iso_instant(previous.capture.exports[-1].export_time)
    for export in exports:
        begins = iso_instant(export.facts.from_time or export.facts.export_time)
        if begins != reached:
            raise ChainBroken(
                export.facts.location,
                f"its changes begin at {begins.isoformat()}, but what comes before ends at {reached.isoformat()}",
            )
        reached = iso_instant(export.facts.export_time)


def _known(drafts: DraftTask, previous: Manifest) -> Layout:
    """The columns that stay: the catalog's, or the previous attempt's where it was not published or knows more."""
    for known, more in ((previous.columns, drafts.published), (drafts.published, previous.columns)):
        try:
            check_stable(known, more)
        except ColumnChanged:
            continue
        return with_names_of(more, known)
    raise ChainBroken(previous.location, "its columns and those of the catalog's table contradict each other")


def _changed(work: Work, exports: Sequence[NativeExport]) -> Changed:
    tasks, say = work.start_tasks(), work.progress.say
    schema = TaggedSchema.for_columns(work.drafts.published, work.drafts.options.limits())
    task = ChangesTask(work.drafts, bucket_count(exports, tasks.parallel), schema)
    files = changed_files(exports, tasks.parallel)
    changes = sum(export.facts.items for export in exports)
    say(f"Reading {changes:,} changes in {len(exports)} incremental exports by {tasks.parallel} tasks")
    stored = tasks.fold(Anew(sort_changes, task), files, Sorted.add, Sorted(), lambda _: None)
    return tasks.fold(Anew(draft_bucket, task), stored.buckets(), Changed.add, Changed(), lambda _: None)


def _kept(work: Work, drafts: DraftTask, previous: Manifest, changed: Changed, columns: Layout) -> Drafted:
    task = MergeTask(
        region=drafts.region,
        staging=drafts.staging,
        previous=S3Path.parse(previous.location),
        output_format=previous.output_format,
        old=previous.columns,
        new=columns,
        key_names=tuple(drafts.keys),
        key_lists=changed.key_lists,
    )
    return work.fold("files merged", Anew(draft_unchanged, task), previous.files, Read()).drafted
