"""What the manifests of earlier snapshots say of the next: what it can be built on, how fast the table changes."""

from collections.abc import Iterable
from datetime import datetime

from ddb_assets.model.capture import capture_method
from ddb_assets.model.facts import PreviousSnapshot
from ddb_snapshot.manifest import Capture, Manifest
from ddb_snapshot.names import iso_instant, parse_instant


def previous_snapshot(manifests: Iterable[Manifest]) -> PreviousSnapshot | None:
    """The newest of the finished snapshots, which come newest first. Reads no more of them than it needs:
    back to the last that is not incremental.
    """
    newest: Manifest | None = None
    incremental: list[Manifest] = []
    for manifest in manifests:
        newest = newest or manifest
        if not capture_method(manifest.capture.method).needs_previous:
            break
        incremental.append(manifest)
    if newest is None:
        return None
    changed = incremental[0].capture if incremental else None
    first, last = _span(changed) if changed else (None, None)
    return PreviousSnapshot(
        instant=parse_instant(newest.snapshot_timestamp),
        method=capture_method(newest.capture.method).name,
        bytes=newest.bytes,
        changed_bytes=sum(export.billed_bytes for export in changed.exports) if changed and first else None,
        changed_over=last - first if first and last else None,
        since_full=len(incremental),
        table_id=newest.table_id,
    )


def _span(capture: Capture) -> tuple[datetime | None, datetime | None]:
    """The instants between which the capture's incremental exports hold the changes."""
    starts = [export.from_time for export in capture.exports if export.from_time]
    ends = [export.export_time for export in capture.exports]
    if not starts:
        return None, None
    return iso_instant(min(starts)), iso_instant(max(ends))
