"""Exports are kept, or removed once what was made of them is verified, as the table says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ddb_assets.aws.connection import Connection
from tests.chain.history import PastTable, chain, published, same
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project, failure

__all__ = ["quick_job"]


def kept(table: PastTable) -> list[str]:
    """The keys of the table's exports and of what was noted of them."""
    found: Any = Connection().client("s3").list_objects_v2(Bucket="dynamodb-exports", Prefix=f"exports/{table.name}/")
    return [entry["Key"] for entry in found.get("Contents", ())]


@pytest.mark.parametrize(("method", "full_every"), [("export", None), ("incremental", 2)])
def test_exports_that_are_not_kept_are_gone_once_their_snapshot_is_verified(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, method: str, full_every: int | None
) -> None:
    table = PastTable.create(f"Raw-Not-{method}", 3)
    for hour in range(3):
        table.put(hour + 0.5, str(hour))
    spec = table.spec(method, capture={"keep_days": 0, "full_every": full_every})

    for hour in (1, 2, 3):
        result = chain(project, spec, table.key(hour))
        assert result.success, failure(result)
        assert kept(table) == []
    for hour in (1, 2, 3):
        same(table.items(table.key(hour)), published(spec, table.key(hour)))


def test_exports_are_kept_while_their_snapshot_is_not_verified(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = PastTable.create("Raw-Wrong", 2)
    table.put(0.5, "a")
    spec = table.spec("export", capture={"keep_days": 0})
    monkeypatch.setattr("ddb_assets.chain.row_counts._count", lambda *_: 17)

    assert not chain(project, spec, table.key(1)).success

    assert kept(table)


def test_exports_are_kept_for_days_and_removed_with_the_next_snapshot(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = PastTable.create("Raw-Days", 3)
    table.put(0.5, "a")
    spec = table.spec("export", capture={"keep_days": 7})
    assert chain(project, spec, table.key(1)).success
    first = kept(table)
    assert chain(project, spec, table.key(2)).success
    assert set(first) < set(kept(table))

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Later":
            return cls.fromtimestamp(datetime.now(UTC).timestamp(), UTC) + timedelta(days=7, seconds=1)

    monkeypatch.setattr("ddb_assets.chain.raw_exports.datetime", Later)
    assert chain(project, spec, table.key(3)).success

    assert kept(table) == []
