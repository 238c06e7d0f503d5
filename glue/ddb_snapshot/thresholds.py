"""The sizes from which the job does a thing in another way.

Each bounds memory, or saves time or requests. None decides what a snapshot holds: whichever way items go, the answer is
the same. `tests/properties/test_all_ways.py` sends the same items every way, so a way with a threshold of its own has
it here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Thresholds:
    """Bytes are bytes, cells are rows times columns."""

    # Reading DynamoDB-JSON (`tagged`).
    block_bytes: int = 32 * 1024**2
    """DynamoDB-JSON that is decoded at a time: what bounds a task's memory."""
    wide_leaves: int = 600
    """Arrays beyond which a table is wide: its items are read as Python objects, for the values they have alone."""
    look_bytes: int = 128 * 1024
    """What is looked at as Python objects where something is new; the rest may be known then."""
    group_bytes: int = 4 * 1024**2
    """What is looked at as Python objects at a time where that can't be helped."""
    wide_group_bytes: int = 32 * 1024**2
    """The same for wide tables, where each attribute costs something for each group."""

    # Rows (`encode`, `items`).
    batch_cells: int = 16_000_000
    """Cells of one batch: bounds the memory of wide tables to some hundred MB."""
    object_rows: int = 20_000
    object_cells: int = 1_000_000
    """Rows and cells that are made into items again at a time, where columns differ too much to be taken over."""
    item_rows: int = 1_000
    """Rows that are Python objects at a time while items are read."""

    # Drafts and files (`drafts`, `files`, `assembly`).
    durable_seconds: float = 300.0
    """A draft is closed after so long at the latest, so that a lost task loses no more than that of its work."""
    file_bytes: int = 128 * 1024**2
    """A data file is closed and the next one begun. Source: Amazon Athena user guide, "Optimize data"."""
    kept_bytes: int = 8 * 1024**2
    """A draft is worth a file of its own from this size on."""
    multipart_bytes: int = 8 * 1024**2
    """An upload is made in parts from this size on, and a download in ranges."""
    copy_bytes: int = 5 * 1024**3
    """A copy inside S3 is made in parts from this size on. Source: Amazon S3 API reference, "CopyObject"."""

    # How a table or an export is shared out to tasks (`capture`).
    segment_bytes: int = 1024**3
    """What one segment of a scan reads: what gives a file or two of about 128 MB."""
    bundle_bytes: int = 1024**3
    """What one task reads of a full export, as the export bills it."""

    # Merging changes (`capture.changes`, `capture.merge`).
    bucket_items: int = 400_000
    bucket_bytes: int = 128 * 1024**2
    """Changes that a task sorts out in memory, as their exports say."""
    part_bytes: int = 512 * 1024**2
    """A bucket that holds more than its exports say, when it is sorted, is drafted in parts of this size."""
    shared_items: int = 10_000
    """So many changes are worth a task of their own: fewer are drafted sooner than another task begins."""
    listed_bytes: int = 32 * 1024**2
    looked_up_bytes: int = 64 * 1024**2
    """Changed keys, and keys that are looked up among them, in memory. A lookup first hashes all changed keys."""

    # Formats.
    parquet_row_group_bytes: int = 64 * 1024**2
    """Bytes in Arrow. Athena reads a row group at a time; tens of megabytes keep its requests large and few."""
    parquet_rows: int = 131_072
    """Rows that are read at a time."""
    parquet_judged_rows: int = 4_000
    parquet_few_values: int = 100
    """A column gets a dictionary if it has fewer values than these in the rows judged, or if half of them repeat."""
    orc_compressed_columns: int = 1_000
    """ORC files with more columns are written without compression."""
    orc_gathered_bytes: int = 32 * 1024**2
    orc_stripe_cells: int = 16_000_000
    """What the writer of such a file gathers at least, and what it takes at most as one stripe."""
    avro_rows: int = 1_000
    text_rows: int = 10_000
    text_cells: int = 1_000_000
    """Rows and cells of Avro, JSON and CSV that are in memory at a time."""


_now = Thresholds()


def now() -> Thresholds:
    """The thresholds that hold in this process."""
    return _now


@contextmanager
def changed(**values: float) -> Iterator[Thresholds]:
    """Others for a while, in all threads of this process."""
    global _now
    before, _now = _now, replace(_now, **values)  # type: ignore[arg-type]
    try:
        yield _now
    finally:
        _now = before
