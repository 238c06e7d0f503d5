"""What the next snapshot can be built on, as the manifests of earlier ones tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ddb_assets.planning import previous_snapshot
from ddb_snapshot.manifest import Capture, DataFile, ExportRead, Manifest


def manifest(day: int, method: str, *exports: ExportRead) -> Manifest:
    capture = Capture(method, "2026-11-20T00:00:00+00:00", "2026-11-20T00:05:00+00:00", 10, 1000, exports=exports)
    files, instant = (DataFile("part-00000.parquet", 10, 500),), f"2026-11-{day:02d}T00:00"
    return Manifest("Orders", instant, "a-1", "parquet", "s3://lake/orders/", files, 10, 500, (), capture)


def changes(start: datetime, end: datetime, billed: int) -> ExportRead:
    return ExportRead("s3://b/x/", "arn", "INCREMENTAL_EXPORT", start.isoformat(), end.isoformat(), 3, billed)


def test_without_snapshots_there_is_nothing_to_build_on() -> None:
    assert previous_snapshot([]) is None


def test_the_newest_counts_and_its_exports_measure_how_fast_the_table_changes() -> None:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    windows = [changes(start + timedelta(days=day), start + timedelta(days=day + 1), 700) for day in (0, 1)]

    found = previous_snapshot([manifest(22, "incremental", *windows), manifest(20, "export")])

    assert found is not None
    assert (found.instant, found.method, found.bytes) == (datetime(2026, 11, 22, tzinfo=UTC), "incremental", 500)
    assert (found.changed_bytes, found.changed_over) == (1400, timedelta(days=2))
    assert found.since_full == 1
    assert found.exact


def test_no_more_manifests_are_read_than_back_to_the_last_full_export() -> None:
    read = []

    def newest_first() -> Iterator[Manifest]:
        for day, method in ((22, "incremental"), (21, "incremental"), (20, "export"), (19, "incremental")):
            read.append(day)
            yield manifest(day, method)

    found = previous_snapshot(newest_first())

    assert found is not None and found.since_full == 2
    assert read == [22, 21, 20]


def test_a_scan_or_a_method_of_a_later_version_is_nothing_to_build_on() -> None:
    for method in ("scan", "telepathy"):
        found = previous_snapshot([manifest(22, method)])
        assert found is not None and not found.exact
