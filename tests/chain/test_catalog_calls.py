"""What a snapshot asks of the Glue catalog: as much with thousands of partitions as with ten."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from ddb_assets.aws import aws_resources
from ddb_assets.aws.connection import Connection
from ddb_assets.chain import chain_definitions
from ddb_assets.chain.partitions import open_window
from ddb_assets.model.table import DEFAULT_START, TableSpec
from ddb_snapshot.names import format_instant, parse_instant
from tests.chain.history import PastTable, chain
from tests.chain.quick_job import QuickJob, quick_job
from tests.conftest import LocalAws, Project

__all__ = ["quick_job"]

FEW, MANY = 10, 3_000
RECOVERY = timedelta(hours=72)
AROUND = timedelta(days=35)
"""Within which a crawler's publication names attempts that others have left without."""


@dataclass
class Asked:
    """The calls, and how many partitions they were answered with."""

    calls: Counter[str] = field(default_factory=Counter)
    partitions: int = 0


@contextmanager
def recorded() -> Iterator[Asked]:
    """What the chain asks of Glue meanwhile, the job's own question for the table's columns included."""
    asked, events = Asked(), Connection().client("glue").meta.events

    def answered(model: Any, parsed: dict[str, Any], **_: Any) -> None:
        asked.calls[model.name] += 1
        asked.partitions += len(parsed.get("Partitions", ()))

    events.register("after-call.glue", answered)
    try:
        yield asked
    finally:
        events.unregister("after-call.glue", answered)


def add_partitions(local_aws: LocalAws, table: TableSpec, key: str, count: int) -> None:
    """Publish the attempt at a snapshot under the hours before it, too."""
    glue, address = local_aws.client("glue"), {"DatabaseName": table.database, "TableName": table.catalog_table}
    one = glue.get_partition(**address, PartitionValues=[key])["Partition"]
    instant = parse_instant(key)
    values = [format_instant(instant - timedelta(hours=back)) for back in range(1, count)]
    for start in range(0, len(values), 100):
        entries = [
            {"Values": [value], "StorageDescriptor": one["StorageDescriptor"], "Parameters": one["Parameters"]}
            for value in values[start : start + 100]
        ]
        assert not glue.batch_create_partition(**address, PartitionInputList=entries).get("Errors")


# A crawl of so many takes local AWS a minute or two.
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("method", "catalog", "start", "many"),
    [
        ("scan", "direct", None, MANY),
        ("incremental", "direct", DEFAULT_START, MANY),
        ("auto", "direct", DEFAULT_START, MANY),
        ("export", "crawler", DEFAULT_START, MANY // 2),
    ],
)
def test_a_snapshot_asks_the_catalog_as_much_of_ten_partitions_as_of_thousands(
    local_aws: LocalAws, project: Project, quick_job: QuickJob, method: str, catalog: str, start: Any, many: int
) -> None:
    def asked_among(partitions: int) -> Asked:
        now = RECOVERY // timedelta(hours=1)
        table = PastTable.create(f"Among-{partitions}-{method}-{catalog}", now)
        table.put(1, "a")
        spec = table.spec(method, catalog=catalog, **({} if start is None else {"start": start}))
        # A scan can only fill the window that is open: what came before it is exported.
        assert chain(project, spec, table.key(now - 1), **({"capture": "export"} if method == "scan" else {})).success
        add_partitions(local_aws, spec, table.key(now - 1), partitions)
        with recorded() as asked:
            assert chain(project, spec, table.key(now)).success
        return asked

    small, large = asked_among(FEW), asked_among(many)

    # How often a crawl is asked whether it has ended depends on the time that it takes.
    del small.calls["GetCrawler"], large.calls["GetCrawler"]
    assert large.calls <= small.calls
    # Each span has a length of its own, whatever lies before it.
    spans = 4 * RECOVERY + (AROUND if catalog == "crawler" else timedelta())
    assert large.partitions - small.partitions <= spans // timedelta(hours=1)
    assert small.calls["GetPartitions"] <= 20


def test_what_is_the_same_for_all_tables_of_a_run_is_asked_once(
    local_aws: LocalAws, project: Project, quick_job: QuickJob
) -> None:
    """Work group, database, bucket and job: none of them is asked for again with each table."""
    tables = [project.table(f"Together-{number}") for number in range(5)]
    for table in tables:
        local_aws.put(table.table_name, [{"id": {"S": "1"}}])
    definitions = dg.Definitions.merge(
        *(chain_definitions(table) for table in tables),
        dg.Definitions(
            resources=aws_resources(),
            jobs=[dg.define_asset_job("together", "*", executor_def=dg.in_process_executor)],
        ),
    )
    key = format_instant(open_window(tables[0], datetime.now(UTC)).start)
    buckets: Counter[str] = Counter()
    s3 = Connection().client("s3").meta.events

    def answered(model: Any, **_: Any) -> None:
        buckets[model.name] += 1

    s3.register("after-call.s3.HeadBucket", answered)
    try:
        with recorded() as asked:
            result = definitions.resolve_job_def("together").execute_in_process(
                partition_key=key, instance=project.instance
            )
    finally:
        s3.unregister("after-call.s3.HeadBucket", answered)

    assert result.success
    assert asked.calls["CreatePartition"] == len(tables)
    assert asked.calls["GetJob"] == 1
    assert asked.calls["GetDatabase"] == 0
    # The Glue job's own code asks for the bucket too, by a client of its own.
    assert buckets == {"HeadBucket": 1}
