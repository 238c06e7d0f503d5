"""What the tests of restoring share: snapshots to restore, a restore that keeps what it says, the table after it."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from ddb_assets.aws.connection import Connection
from ddb_assets.restore import Outcome, Restoring
from ddb_snapshot import job
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.items import canonical
from ddb_snapshot.manifest import Manifest
from tests.ddb_snapshot.native_exports import write_full
from tests.ddb_snapshot.snapshots import Item
from tests.properties.history import BUCKET, DATABASE, HereAndNow, History, Silent, Taken, client

KEY = "2026-01-01T00:00"


@dataclass
class Told:
    """A Watcher that keeps the lines."""

    said: list[str] = field(default_factory=list)
    phases: list[tuple[str, int | None, int]] = field(default_factory=list)
    items: int = 0
    lock: Any = field(default_factory=Lock)

    def say(self, message: str) -> None:
        self.said.append(message)

    def began(self, what: str, total: int | None, done: int) -> None:
        self.phases.append((what, total, done))

    def advanced(self, items: int, wcu: float) -> None:
        with self.lock:
            self.items += items


def restore(name: str, to: str, told: Told | None = None, **options: Any) -> Outcome:
    """Restore a snapshot of the tests' database."""
    at = options.pop("at", None)
    return Restoring(Connection(), name, at, to, told or Told(), **{"database": DATABASE, **options}).run()


def new_name() -> str:
    return f"Restored-{uuid.uuid4().hex[:12]}"


def table_items(table_name: str) -> list[Any]:
    """What the table holds, comparable, in no order that means anything."""
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table_name, ConsistentRead=True)
    return in_order([canonical(item) for page in pages for item in page["Items"]])


def in_order(items: Sequence[Any]) -> list[Any]:
    return sorted(items, key=lambda item: repr(item.get("id")))


@contextmanager
def dropped(*table_names: str) -> Iterator[None]:
    """The tables are gone after it, as local AWS holds them all in memory."""
    try:
        yield
    finally:
        for name in table_names:
            drop(name)


def drop(table_name: str) -> None:
    if exists(table_name):
        client("dynamodb").delete_table(TableName=table_name)


def exists(table_name: str) -> bool:
    """Whether there is such a table, among however many."""
    pages = client("dynamodb").get_paginator("list_tables").paginate()
    return any(table_name in page["TableNames"] for page in pages)


def exported(history: History, items: Sequence[Item], files: int = 3) -> tuple[Manifest, str]:
    """A snapshot made of a native export with these items, published; its manifest, and the export's folder."""
    at = datetime.fromisoformat(KEY).replace(tzinfo=UTC)
    folder = write_full(
        client("s3"), BUCKET, history.table_name, items, at, files, prefix=f"{history.catalog_table}/exports/"
    )
    return captured(history, items, capture="export", exports=(folder,)), folder


def captured(history: History, items: Sequence[Item], **capture: Any) -> Manifest:
    """A snapshot of the table as it is, which holds these items, published."""
    prefix = f"s3://{BUCKET}/{history.catalog_table}"
    arguments = Arguments(
        table_name=history.table_name,
        read_percentage=1.0,
        output_prefix=prefix,
        output_format=history.output_format,
        snapshot_timestamp=KEY,
        attempt="only",
        database=DATABASE,
        catalog_table=history.catalog_table,
        **capture,
    )
    manifest = job.run(arguments, HereAndNow, Silent())
    history.catalog.publish(DATABASE, history.catalog_table, f"{prefix}/", manifest)
    history.taken.append(Taken.of(items, manifest))
    return manifest
