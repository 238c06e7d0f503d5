"""A published table in another format: the same rows, a switch that can be cut off, and a chain that goes on."""

import io
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.aws.s3 import SnapshotStore
from ddb_assets.aws.source import source_named
from ddb_assets.chain.latest_view import create_view
from ddb_assets.code_location import Chain
from ddb_assets.commands.rewrite import rewrite_chain
from ddb_assets.errors import UserError
from ddb_assets.model.table import TableSpec
from ddb_assets.rewrite import Outcome, Rewriting, rewriting
from ddb_assets.rewrite import published as published_module
from ddb_snapshot import formats, job, storage
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.items import canonical, to_items
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.storage import S3Path
from tests.conftest import LocalAws, Project, failure
from tests.trino_views import SHOWN, written_by_trino

DATABASE, BUCKET = "dynamodb_exports", "dynamodb-exports"
OLD, NEW = "2026-11-20T00:00", "2026-11-21T00:00"
DIGITS = "12345678901234567890.123456789012345678"
BYTES = b64encode(b"\x00\xff,\n").decode()

FIRST: list[dict[str, Any]] = [
    {
        "id": {"S": "1"},
        "n": {"N": "1"},
        "Big": {"N": DIGITS},
        "Huge": {"N": "9.9E+125"},
        "blob": {"B": BYTES},
        "Map": {"M": {"a": {"S": 'x, "y"\n\\N'}, "deep": {"M": {"bytes": {"B": BYTES}}}}},
        "list": {"L": [{"N": "1.5"}, {"NULL": True}, {"N": "2"}]},
        "set": {"NS": ["1", "2"]},
        "gone": {"NULL": True},
    },
    {"id": {"S": "2"}, "n": {"N": "2"}, "ok": {"BOOL": False}, "text": {"S": ""}},
]
SECOND: list[dict[str, Any]] = [
    {"id": {"S": "3"}, "n": {"S": "three"}, "Added": {"B": BYTES}, "text": {"S": "a, b"}, "Odd": {"S": "\\N\n\r"}},
    {"id": {"S": "4"}, "Map": {"M": {"a": {"S": "z"}, "later": {"L": [{"M": {"k": {"N": DIGITS}}}]}}}},
]
SCALARS = "id, n, n__string, big, huge, ok, text"


class InProcess:
    """The job's tasks, one after another, in this process."""

    parallel = 1

    def fold(self, function: Any, inputs: Sequence[Any], add: Any, zero: Any, seen: Any) -> Any:
        for one in inputs:
            zero = add(zero, function(one, False))
            seen(zero)
        return zero


class Silent:
    """A Progress and a Watcher that keep what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        self.said.append(message)

    def report(self, metadata: Any) -> None: ...
    def planned(self, partitions: int, rows: int) -> None: ...
    def read(self, rows: int, read_bytes: int) -> None: ...
    def finished(self) -> None: ...


@pytest.fixture(autouse=True)
def clients_of_this_endpoint(local_aws: LocalAws) -> Iterator[None]:
    storage.client.cache_clear()
    yield
    storage.client.cache_clear()


def prefix_of(table: TableSpec) -> str:
    return f"s3://{BUCKET}/{table.catalog_table}"


def take(table: TableSpec, key: str, output_format: str, attempt: str = "first") -> Manifest:
    """The snapshot of what the table holds now, published and shown."""
    wanted = Arguments(
        table_name=table.table_name, read_percentage=1.0, output_prefix=prefix_of(table), output_format=output_format,
        snapshot_timestamp=key, attempt=attempt, database=DATABASE, catalog_table=table.catalog_table,
    )  # fmt: skip
    taken = job.run(wanted, InProcess, Silent())
    catalog = DataCatalog(connection=Connection())
    catalog.publish(DATABASE, table.catalog_table, f"{prefix_of(table)}/", taken)
    columns = catalog.columns(DATABASE, table.catalog_table)
    Athena(connection=Connection()).run(create_view(table, columns, key), DATABASE)
    return taken


def published(local_aws: LocalAws, name: str, output_format: str = "parquet") -> TableSpec:
    """A table with two published snapshots, the second of which has more columns, and a longer struct."""
    table = TableSpec(name, DATABASE)
    local_aws.put(name, FIRST)
    take(table, OLD, output_format)
    local_aws.put(name, SECOND)
    take(table, NEW, output_format)
    return table


def rewrite(table: TableSpec, output_format: str, watcher: Silent | None = None) -> Outcome:
    return Rewriting(Connection(), table, prefix_of(table), output_format, watcher or Silent()).run()


def partitions(local_aws: LocalAws, table: TableSpec) -> dict[str, Manifest]:
    found = local_aws.client("glue").get_partitions(DatabaseName=DATABASE, TableName=table.catalog_table)["Partitions"]
    store = SnapshotStore(connection=Connection())
    manifests = {one["Values"][0]: store.manifest(one["StorageDescriptor"]["Location"]) for one in found}
    assert all(manifests.values())
    return {key: manifest for key, manifest in manifests.items() if manifest}


def items(local_aws: LocalAws, table: TableSpec) -> dict[str, list[Any]]:
    """Every published item, exactly, from the files."""
    s3 = local_aws.client("s3")
    found: dict[str, list[Any]] = {}
    for key, manifest in partitions(local_aws, table).items():
        found[key] = []
        for file in manifest.files:
            data = storage.read(s3, S3Path.parse(manifest.location) / file.path)
            rows = formats.read(manifest.output_format, io.BytesIO(data), manifest.columns)
            found[key] += [canonical(item) for item in to_items(rows, manifest.columns)]
        found[key].sort(key=lambda item: str(item["id"]))
    return found


def scalars(local_aws: LocalAws, table: TableSpec) -> list[Any]:
    return local_aws.query(
        f"SELECT {SCALARS}, snapshot_timestamp FROM {table.catalog_table} ORDER BY snapshot_timestamp, id"
    )


def shown(local_aws: LocalAws, table: TableSpec) -> list[Any]:
    local_aws.query(f"SELECT * FROM {table.view}")
    return local_aws.query(f"SELECT {SCALARS}, snapshot_timestamp FROM {table.view} ORDER BY id")


@pytest.mark.parametrize("other", ["orc", "avro", "json", "csv"])
def test_there_and_back_every_row_is_the_same(local_aws: LocalAws, other: str) -> None:
    table = published(local_aws, f"There-{other}")
    everything = f"SELECT * FROM {table.catalog_table} ORDER BY snapshot_timestamp, id"
    whole, exact, seen = local_aws.query(everything), items(local_aws, table), shown(local_aws, table)
    rows, old = scalars(local_aws, table), partitions(local_aws, table)

    done = rewrite(table, other)

    assert (done.partitions, done.rows) == (2, 6)
    assert done.old_bytes == sum(manifest.bytes for manifest in old.values())
    assert items(local_aws, table) == exact
    assert scalars(local_aws, table) == rows
    assert shown(local_aws, table) == seen
    now = partitions(local_aws, table)
    assert {manifest.output_format for manifest in now.values()} == {other}
    # Positions agree: the older snapshot has the newest columns by now, and what was captured is still said.
    assert now[OLD].columns == now[NEW].columns == old[NEW].columns
    assert (now[OLD].capture, now[OLD].census) == (old[OLD].capture, old[OLD].census)
    assert now[OLD].rewritten and now[OLD].rewritten.from_attempt == "first"
    assert storage.sizes(local_aws.client("s3"), S3Path.parse(old[OLD].location))

    assert rewrite(table, "parquet").partitions == 2
    assert local_aws.query(everything) == whole
    assert items(local_aws, table) == exact
    assert shown(local_aws, table) == seen

    before = partitions(local_aws, table)
    assert rewrite(table, "parquet") == Outcome("parquet")
    assert partitions(local_aws, table) == before


class Cut(Exception):
    """What a test cuts a run off with."""


@contextmanager
def cut_off(at: int, calls: list[str]) -> Iterator[None]:
    """Every call to S3 or Glue is counted, and the one with that number isn't made."""

    def count(model: Any, **_: Any) -> None:
        calls.append(model.name)
        if len(calls) == at:
            raise Cut(model.name)

    events = [Connection().client(service).meta.events for service in ("s3", "glue")]
    for one in events:
        one.register("before-call.*.*", count)
    try:
        yield
    finally:
        for one in events:
            one.unregister("before-call.*.*", count)


def test_a_run_cut_off_anywhere_is_finished_by_the_next(local_aws: LocalAws) -> None:
    table = published(local_aws, "Cut-Off")
    exact, rows, seen = items(local_aws, table), scalars(local_aws, table), shown(local_aws, table)
    store = SnapshotStore(connection=Connection())
    calls: list[str] = []
    with cut_off(0, calls):
        rewrite(table, "csv")
    switch = calls.index("UpdateTable")
    # The first data file, the second manifest, and each call from the journal's on that changes anything.
    writing = [at for at, call in enumerate(calls) if call in ("PutObject", "UpdateTable", "BatchUpdatePartition")]
    cuts = [writing[0], *writing[3:], len(calls) - calls[::-1].index("DeleteObject") - 1]
    assert [calls[at] for at in cuts] == [*["PutObject"] * 3, "UpdateTable", "BatchUpdatePartition", "DeleteObject"]
    here, there = "csv", "parquet"

    for at in cuts:
        with cut_off(at + 1, []), pytest.raises(Cut, match=calls[at]):
            rewrite(table, there)
        if at < switch:
            # Nothing has changed for a reader.
            store.refuse_during_switch(prefix_of(table))
            assert {manifest.output_format for manifest in partitions(local_aws, table).values()} == {here}
            assert shown(local_aws, table) == seen
        else:
            with pytest.raises(UserError, match=f"ddb-assets rewrite Cut-Off --format {there}"):
                store.refuse_during_switch(prefix_of(table))
            with pytest.raises(UserError, match=f"finish that with `ddb-assets rewrite Cut-Off --format {there}`"):
                rewrite(table, "avro")
        said = Silent()
        assert rewrite(table, there, said).partitions == 2
        assert ("1 of 2 snapshots had been rewritten before" in said.said) == (at == cuts[1])
        assert items(local_aws, table) == exact
        assert shown(local_aws, table) == seen
        here, there = there, here
    assert scalars(local_aws, table) == rows


def test_a_snapshot_published_meanwhile_is_rewritten_too(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    table = published(local_aws, "Meanwhile")
    later, write = "2026-11-22T00:00", rewriting.write_journal

    def publish_first(*arguments: Any) -> bool:
        monkeypatch.setattr(rewriting, "write_journal", write)
        local_aws.put("Meanwhile", [{"id": {"S": "5"}, "New": {"S": "x"}}])
        take(table, later, "parquet")
        return write(*arguments)

    monkeypatch.setattr(rewriting, "write_journal", publish_first)

    assert rewrite(table, "json").partitions == 3
    assert local_aws.query("SELECT id, new FROM snapshots_meanwhile WHERE new IS NOT NULL") == [("5", "x")]
    assert {manifest.output_format for manifest in partitions(local_aws, table).values()} == {"json"}
    assert len(local_aws.query("SELECT * FROM snapshots_meanwhile")) == 11


def test_what_cannot_be_rewritten_is_refused(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="--format xml: not one of parquet, orc, avro, json, csv"):
        rewrite(TableSpec("Nothing-There", DATABASE), "xml")
    with pytest.raises(UserError, match="snapshots_nothing_there: nothing is published"):
        rewrite(TableSpec("Nothing-There", DATABASE), "csv")

    table = published(local_aws, "Damaged")
    before = partitions(local_aws, table)
    with monkeypatch.context() as patch:
        patch.setattr(published_module, "source_manifest", lambda *_: replace(before[OLD], location="s3://b/flat/"))
        with pytest.raises(UserError, match="published by a crawler"):
            rewrite(table, "csv")
    path = S3Path.parse(before[NEW].location) / before[NEW].files[0].path
    data = storage.read(local_aws.client("s3"), path)
    storage.put(local_aws.client("s3"), path, data[:-9])
    with pytest.raises(UserError, match=r"part-00000.parquet can't be read as parquet"):
        rewrite(table, "csv")
    assert partitions(local_aws, table) == before


def test_the_chain_refuses_another_format_and_goes_on_after_the_rewriting(
    local_aws: LocalAws, project: Project
) -> None:
    local_aws.put("Goes-On", FIRST)
    table, csv = project.table("Goes-On"), project.table("Goes-On", output_format="csv")
    take(table, OLD, "parquet")

    refused = project.snapshot(csv, raise_on_error=False)

    # Before a Glue job read the table, and with both ways out.
    assert refused.result.get_failed_step_keys() == {"s3__goes_on_files"}
    said = failure(refused.result)
    assert "published as parquet" in said
    assert "with a `name` of its own" in said
    assert "`ddb-assets rewrite Goes-On --format csv`" in said
    assert "Started Glue job" not in said

    chain = find(csv)
    lines = list(rewrite_chain(chain, "csv", Console(quiet=True)))
    assert lines[0] == "dynamodb_exports.snapshots_goes_on: 1 snapshots, 2 rows, are published as csv now"
    assert " bytes below s3://dynamodb-exports/snapshots_goes_on/" in lines[1]
    assert lines[2:] == ["Now set `output_format: csv` in defs/goes_on/defs.yaml: the chain goes on in that format"]
    again = next(rewrite_chain(chain, "csv", Console(quiet=True)))
    assert again.endswith("published as csv: nothing to rewrite")
    # What is published again is the rewritten attempt, not the one of the old format beside it.
    assert SnapshotStore(connection=Connection()).newest_attempt(
        prefix_of(table), OLD, "csv", source_named(Connection(), table.table_name)
    )

    local_aws.put("Goes-On", SECOND)
    taken = project.snapshot(csv)

    assert taken.result.success
    assert all(taken.checks().values())
    assert [row[0] for row in local_aws.query("SELECT id FROM goes_on ORDER BY id")] == ["1", "2", "3", "4"]
    assert local_aws.query("SELECT count(*) FROM snapshots_goes_on") == [("6",)]


def find(table: TableSpec) -> Chain:
    """The chain as a defs.yaml that still says parquet makes it."""
    facts = {
        "--table_name": table.table_name,
        "view": f"{table.database}.{table.view}",
        "--database": DATABASE,
        "--output_format": "parquet",
        "--output_prefix": prefix_of(table),
    }
    unused: Any = None
    return Chain(unused, unused, facts, str(Path.cwd() / "defs/goes_on/defs.yaml"))


def test_a_view_that_trino_has_made_shows_the_same_snapshot_in_the_new_types(local_aws: LocalAws) -> None:
    table = TableSpec("Rewritten-By-Trino", DATABASE)
    local_aws.put(table.table_name, FIRST)
    take(table, SHOWN, "parquet")
    before = local_aws.query(f"SELECT id, n, snapshot_timestamp FROM {table.view} ORDER BY id")
    written_by_trino(local_aws.client("glue"), table)

    assert rewrite(table, "csv").partitions == 1

    assert local_aws.query(f"SELECT id, n, snapshot_timestamp FROM {table.view} ORDER BY id") == before
    shown = DataCatalog(connection=Connection()).shown_snapshot(DATABASE, table.view, table.catalog_table)
    assert shown == SHOWN


def test_a_view_of_somebody_else_is_seen_before_anything_is_rewritten(local_aws: LocalAws) -> None:
    table = published(local_aws, "Rewritten-Else")
    local_aws.query(
        f"CREATE OR REPLACE VIEW {table.view} AS SELECT id, snapshot_timestamp FROM {table.catalog_table} "
        f"WHERE snapshot_timestamp = '{NEW}' AND id = '1'"
    )
    before = partitions(local_aws, table)

    with pytest.raises(UserError, match="exists and is not a view of the latest snapshot"):
        rewrite(table, "csv")

    assert partitions(local_aws, table) == before
