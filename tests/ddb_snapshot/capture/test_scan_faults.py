"""The whole job over HTTP with everything that can go wrong on the way: the items that arrive are those served."""

import io
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from benchmarks.endpoint import BUCKET, Endpoint, Faults, Table, serving
from ddb_snapshot import formats, job, storage, thresholds
from ddb_snapshot.arguments import Arguments
from ddb_snapshot.items import to_items
from ddb_snapshot.manifest import Manifest
from ddb_snapshot.scanning.scanner import ScanFailed
from ddb_snapshot.storage import S3Path
from tests.ddb_snapshot.snapshots import Item, comparable
from tests.properties.history import HereAndNow, Silent

# Three items a page, so that there are many pages; each larger than a block.
ITEMS: list[Item] = [
    {"id": {"S": f"item {number:03d}"}, "n": {"N": str(number)}, "text": {"S": chr(97 + number % 26) * 330_000}}
    for number in range(48)
]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with serving({"Large": Table.of_items(ITEMS)}) as served:
        yield served


@pytest.fixture(autouse=True)
def _at_the_endpoint(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)
    forget_clients()
    with thresholds.changed(block_bytes=100_000):
        yield
    forget_clients()


def forget_clients() -> None:
    storage.client.cache_clear()


def run() -> Manifest:
    arguments = Arguments(
        "Large", 1.0, f"s3://{BUCKET}/snapshots_large", "parquet", "2026-11-24T00:00", uuid.uuid4().hex[:8]
    )
    return job.run(arguments, HereAndNow, Silent())


def read_back(endpoint: Endpoint, snapshot: Manifest) -> list[Item]:
    s3, found = boto3.client("s3", **endpoint.client_options), []
    for file in snapshot.files:
        data = storage.read(s3, S3Path.parse(snapshot.location) / file.path)
        found += to_items(formats.read("parquet", io.BytesIO(data), snapshot.columns), snapshot.columns)
    return sorted(comparable(found), key=lambda item: item["id"])


@pytest.mark.parametrize("kind", ["throttle", "500", "truncated", "garbage", "wrong crc", "no items", "reset"])
def test_every_item_arrives_once_in_spite_of_a_fault(endpoint: Endpoint, kind: str) -> None:
    endpoint.begin_again(Faults(shares={kind: 0.2}))

    snapshot = run()

    seen = endpoint.seen()
    assert seen.answers[kind] > 0
    assert read_back(endpoint, snapshot) == comparable(ITEMS)
    counted = snapshot.capture.throttles if kind == "throttle" else snapshot.capture.retries
    assert counted == (0 if kind == "no items" else seen.answers[kind])


def test_every_item_arrives_once_with_all_faults_together_and_one_in_twenty_throttled(endpoint: Endpoint) -> None:
    others = dict.fromkeys(("500", "truncated", "garbage", "wrong crc", "no items", "reset"), 0.05)
    endpoint.begin_again(Faults(shares={"throttle": 0.05, **others}, seed=7))

    snapshot = run()

    assert read_back(endpoint, snapshot) == comparable(ITEMS)
    assert sum(endpoint.seen().answers.values()) > len(ITEMS) // 3


def test_scan_outlives_its_credentials(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keys come from a process, as with a role: each asking gives others, and those used so far expire in mid-scan."""
    script = tmp_path / "credentials.py"
    script.write_text(
        "import json, uuid\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': 'AKIA' + uuid.uuid4().hex, 'SecretAccessKey': 'secret'}))\n"
    )
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {sys.executable} {script}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    forget_clients()
    endpoint.begin_again(Faults(expired_after=5))

    snapshot = run()

    assert endpoint.seen().answers["expired"] > 0
    assert read_back(endpoint, snapshot) == comparable(ITEMS)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        (Faults(gone_after=4), "'Large'"),
        (Faults(shares={"wrong crc": 1.0}), "CRC32"),
        (Faults(shares={"truncated": 1.0}), "'Large'"),
    ],
)
def test_what_no_retry_mends_fails_clearly_and_leaves_nothing(endpoint: Endpoint, faults: Faults, said: str) -> None:
    s3: Any = boto3.client("s3", **endpoint.client_options)
    before = storage.sizes(s3, S3Path(BUCKET, "snapshots_large/"))
    endpoint.begin_again(faults)

    with pytest.raises(ScanFailed, match=said):
        run()

    assert storage.sizes(s3, S3Path(BUCKET, "snapshots_large/")) == before
