"""Sample tables with a past: what a person backfills from, minutes after installing."""

import dataclasses
import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ddb_assets import sample_history, sample_past
from ddb_assets.local import process
from ddb_assets.samples import SampleTable, sample_tables
from tests.conftest import LocalAws
from tests.local.exported import Table, ago
from tests.test_cli import refused, run

DAY = timedelta(hours=24)


@pytest.fixture
def orders() -> SampleTable:
    return next(table for table in sample_tables() if table.name == "Customer-Orders")


def key_of(item: sample_history.Item) -> str:
    return json.dumps([item["customer-id"], item["ordered_at"]])


def statuses(items: Iterable[sample_history.Item]) -> dict[str, str]:
    return {key_of(item): item["status"]["S"] for item in items}


def test_a_day_has_arrivals_changes_and_deletions(orders: SampleTable) -> None:
    first = {key_of(item): item for item in sample_history.first_items(orders)}
    items, seen = dict(first), set(first)
    for step in sample_history.steps(orders, DAY):
        keys = [key_of(item) for item in (*step.puts, *step.deletes)]
        assert len(keys) == len(set(keys))
        assert timedelta(0) < step.after < DAY
        items |= {key_of(item): item for item in step.puts}
        seen |= items.keys()
        for key in step.deletes:
            assert items.pop(key_of(key))["status"] == {"S": "returned"}

    assert seen == {key_of(item) for item in orders.items}
    assert first.keys() - items.keys()
    assert Counter(items[key]["status"] != first[key]["status"] for key in first.keys() & items.keys())[True] > 100


def test_the_past_is_the_same_on_every_machine(orders: SampleTable) -> None:
    assert list(sample_history.steps(orders, DAY)) == list(sample_history.steps(orders, DAY))


def test_the_table_can_be_had_at_each_hour(local_aws: LocalAws, orders: SampleTable) -> None:
    few = dataclasses.replace(orders, name="Past-Orders", items=orders.items[:300])
    begun, now = ago(hours=3, minutes=5), datetime.now(UTC)
    table = Table(local_aws, few.name)

    assert sample_past.create_with_past(table.client, few, begun, now)
    assert not sample_past.create_with_past(table.client, few, begun, now)
    assert sample_past.earliest(table.client, few.name) == begun

    expected = {key_of(item): item for item in sample_history.first_items(few)}
    steps = list(sample_history.steps(few, now - begun))
    for hour in range(4):
        for step in steps:
            if timedelta(hours=hour - 1) <= step.after < timedelta(hours=hour):
                expected |= {key_of(item): item for item in step.puts}
                for key in step.deletes:
                    del expected[key_of(key)]
        items = table.export(ExportTime=begun + timedelta(hours=hour)).items()
        assert statuses(items) == statuses(expected.values())


def test_seed_gives_the_sample_tables_a_past(local_aws: LocalAws, tmp_path: Path) -> None:
    own = {"DDB_ASSETS_LOCAL_STATE": str(tmp_path), "AWS_ENDPOINT_URL": ""}
    try:
        done = run("seed", "--history", "1", **own)
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DDB_ASSETS_LOCAL_STATE", str(tmp_path))
            process.stop()

    assert done.returncode == 0, done
    assert "Customer-Orders: created with a past since 20" in done.stdout


class _NotLocalAws(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert self.headers["X-Amz-Target"] == "DynamoDB_20120810.ListTables", "nothing may be written"
        body = b'{"TableNames": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def other_endpoint() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _NotLocalAws) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_no_past_is_written_to_anything_but_local_aws(local_aws: LocalAws, other_endpoint: str) -> None:
    said = refused("seed", "--history", "2", AWS_ENDPOINT_URL=other_endpoint)

    assert f"{other_endpoint} is not local AWS, and only local AWS can be given a past" in said
