"""The demonstration: Reviews exported twice, then queried, on a local AWS of its own that ends with it."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
from rich.console import Console

from ddb_assets import local_aws
from ddb_assets.aws import aws_resources
from ddb_assets.aws.athena import Athena
from ddb_assets.aws.connection import Connection
from ddb_assets.chain import chain_definitions
from ddb_assets.chain.partitions import open_window
from ddb_assets.commands.query_output import print_table
from ddb_assets.commands.run_job import run_job
from ddb_assets.model.table import TableSpec
from ddb_assets.samples import create, sample_tables
from ddb_snapshot.names import format_instant

_QUERIES = (
    ("All snapshots", "SELECT * FROM snapshots_reviews ORDER BY snapshot_timestamp, reviewid"),
    (
        "Rows in each partition",
        "SELECT snapshot_timestamp, count(*) AS reviews FROM snapshots_reviews GROUP BY 1 ORDER BY 1",
    ),
    ("The latest snapshot", "SELECT * FROM reviews ORDER BY reviewid"),
)
# A run asks for its window within a few seconds of its start; one begun later than this could meet the next window.
_SECONDS_LEFT_TO_START = 10


def run_demo(console: Console) -> None:
    """Start local AWS, create Reviews, run its chain for two windows of a minute each, print what Athena shows."""
    with _local_aws_of_its_own(console):
        reviews = sample_tables()[0]
        create(Connection().client("dynamodb"), reviews)
        console.print(f"Created DynamoDB table {reviews.name} with {len(reviews.items)} items")
        table = minutely(reviews.name, Connection().settings().database, datetime.now(timezone.utc))
        definitions = dg.Definitions.merge(chain_definitions(table), dg.Definitions(resources=aws_resources()))
        job = definitions.resolve_job_def(table.job_name)
        first = ""
        for _ in range(2):
            key = _wait_for_window(console, table, after=first)
            console.rule(f"Snapshot {key}")
            run_job(job, key, dg.DagsterInstance.ephemeral())
            first = key
        athena = Athena(connection=Connection())
        for title, sql in _QUERIES:
            console.rule(title)
            console.print(sql + "\n", style="bold", soft_wrap=True)
            print_table(athena.run(sql), console)
        console.print("\nNext: `make dev` opens Dagster with the sample tables.")


def minutely(name: str, database: str, now: datetime) -> TableSpec:
    """A table with a partition each minute, whose window of now is open whatever the time of day."""
    return TableSpec(name, database, cadence="* * * * *", start=now - timedelta(days=1))


@contextmanager
def _local_aws_of_its_own(console: Console) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="ddb-assets-demo-") as state:
        os.environ["DDB_ASSETS_LOCAL_STATE"] = str(Path(state))
        with console.status("Starting local AWS"):
            local = local_aws.start()
        try:
            os.environ.update(local_aws.environment(local))
            console.print(f"Local AWS is at {local.url}")
            yield
        finally:
            local_aws.stop()


def _wait_for_window(console: Console, table: TableSpec, after: str) -> str:
    """The key of an open window later than `after` with enough time left to start a run; counts down until there is."""
    while True:
        now = datetime.now(timezone.utc)
        window = open_window(table, now)
        key, left = format_instant(window.start), (window.end - now).total_seconds()
        if key > after and left > _SECONDS_LEFT_TO_START:
            return key
        _count_down(console, left)


def _count_down(console: Console, seconds: float) -> None:
    end = time.monotonic() + seconds
    with console.status("") as status:
        while (left := end - time.monotonic()) > 0:
            text = f"The next snapshot's window opens in {left:.0f} s"
            status.update(text)
            if not console.is_terminal and round(left) % 10 == 0:
                console.print(text)
            time.sleep(min(1.0, left))
