"""A table of random history: at every instant export, increments and a scan at that moment give the same items."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ddb_assets.local import past
from ddb_snapshot.names import format_instant
from tests.conftest import LocalAws
from tests.ddb_snapshot.capture.conftest import BUCKET, Table, in_order
from tests.ddb_snapshot.snapshots import Item, few_names, values
from tests.profiles import NIGHTLY, cases

keys = st.builds(
    lambda pk, sk: {"pk": {"S": pk}, "sk": {"N": sk}},
    st.sampled_from(["a", "b", "1:a", "é"]),
    st.sampled_from(["0", "1", "1.5", "-2"]),
)
bodies = st.dictionaries(few_names, values, max_size=3)
# One write: the item's key, what becomes of it, and how far into its window, in seconds.
puts = st.tuples(keys, st.just("put"), bodies, st.integers(0, 899))
updates = st.tuples(keys, st.just("update"), st.fixed_dictionaries({"a": values}), st.integers(0, 899))
deletes = st.tuples(keys, st.just("delete"), st.just({}), st.integers(0, 899))
writes = st.lists(puts | updates | deletes, max_size=6)
# Between two instants lie a quarter of an hour, the least that an increment spans, or more.
windows = st.lists(st.tuples(writes, st.integers(15, 90)), min_size=2, max_size=4)


@settings(
    max_examples=cases(8),
    deadline=None,
    suppress_health_check=[*HealthCheck],
    phases=tuple(Phase) if NIGHTLY else (Phase.explicit, Phase.reuse, Phase.generate),
)
@given(history=windows)
def test_export_increments_and_scan_give_the_same_items_at_every_instant(
    local_aws: LocalAws, history: list[tuple[list[Any], int]]
) -> None:
    minutes = sum(minutes for _, minutes in history)
    begun = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=minutes + 2)
    table = Table(local_aws, begun)
    recover(table, begun)
    before = begun + timedelta(minutes=1)
    merged = table.snapshot("parquet", format_instant(before), capture="export", exports=(export(table, before),))
    for happened, length in history:
        for key, what, body, second in sorted(happened, key=lambda write: write[3]):
            write(table, key, what, body, before + timedelta(seconds=second))
        instant = before + timedelta(minutes=length)
        at = format_instant(instant)

        scanned = table.items(table.snapshot("parquet", at))
        exported = table.items(table.snapshot("parquet", at, capture="export", exports=(export(table, instant),)))
        merged = table.snapshot(
            "parquet",
            at,
            capture="incremental",
            exports=(export(table, instant, since=before),),
            previous=merged.location,
        )

        assert exported == scanned
        assert table.items(merged) == scanned
        assert scanned == in_order(live(table))
        before = instant


def recover(table: Table, begun: datetime) -> None:
    client = table.aws.client("dynamodb")
    with past.at(client, begun):
        client.update_continuous_backups(
            TableName=table.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )


def write(table: Table, key: Item, what: str, body: Item, instant: datetime) -> None:
    client = table.aws.client("dynamodb")
    with past.at(client, instant):
        if what == "put":
            client.put_item(TableName=table.name, Item={**body, **key})
        elif what == "delete":
            client.delete_item(TableName=table.name, Key=key)
        else:
            client.update_item(
                TableName=table.name,
                Key=key,
                UpdateExpression="SET #a = :a",
                ExpressionAttributeNames={"#a": "a"},
                ExpressionAttributeValues={":a": body["a"]},
            )


def export(table: Table, until: datetime, since: datetime | None = None) -> str:
    """The folder of an export that has ended."""
    client = table.aws.client("dynamodb")
    window: dict[str, Any] = {"ExportTime": until}
    if since is not None:
        spec = {"ExportFromTime": since, "ExportToTime": until, "ExportViewType": "NEW_IMAGE"}
        window = {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": spec}
    arn = client.describe_table(TableName=table.name)["Table"]["TableArn"]
    started = client.export_table_to_point_in_time(TableArn=arn, S3Bucket=BUCKET, S3Prefix=table.name, **window)
    described = started["ExportDescription"]
    while described["ExportStatus"] == "IN_PROGRESS":
        described = client.describe_export(ExportArn=described["ExportArn"])["ExportDescription"]
    assert described["ExportStatus"] == "COMPLETED", described
    return f"s3://{BUCKET}/{described['ExportManifest'].rpartition('/')[0]}/"


def live(table: Table) -> list[Item]:
    found: list[Item] = table.aws.client("dynamodb").scan(TableName=table.name, ConsistentRead=True)["Items"]
    return found
