"""The original architecture, row by row (the numbers are those of its table in docs/original.md)."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ddb_assets.chain.keys import catalog_key, files_key, source_key, view_key
from ddb_assets.chain.partitions import partitions_of
from ddb_assets.chain.snapshot import PAYLOAD_KEY
from ddb_assets.verify import verify
from ddb_snapshot.formats import OUTPUT_FORMATS
from ddb_snapshot.items import canonical
from ddb_snapshot.names import format_instant
from tests.chain.history import PastTable
from tests.chain.shop import TABLES, Shop, orphans
from tests.chain.shop import run as run_group
from tests.conftest import LocalAws, Project, failure

REVIEWS = [
    {"id": {"S": "1"}, "User": {"S": "Tristan"}, "Rating": {"N": "5"}},
    {"id": {"S": "2"}, "User": {"S": "Adeline"}, "Rating": {"N": "4.5"}, "Comment": {"S": "ambiguous"}},
]

ALL_TYPES: dict[str, Any] = {
    "id": {"S": "3"},
    "text": {"S": 'comma, "quote"\n\\N 📦'},
    "empty": {"S": ""},
    "digits": {"N": "12345678901234567890.123456789012345678"},
    "huge": {"N": "9.9" + "9" * 36 + "E+125"},
    "bytes": {"B": b"\x00\xff"},
    "no bytes": {"B": b""},
    "true": {"BOOL": True},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", ""]},
    "numbers": {"NS": ["-1", "0.5"]},
    "binaries": {"BS": [b"\x01", b""]},
    "list": {"L": [{"NULL": True}, {"N": "1"}, {"S": "mixed"}, {"L": []}, {"M": {}}]},
    "map": {"M": {"a.b": {"NULL": True}, "deep": {"M": {"er": {"L": [{"M": {"est": {"B": b"\x7f"}}}]}}}}},
}


def test_row_1_one_job_over_the_chain_with_metadata_for_each_step(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Row1", REVIEWS)
    snapshot = project.snapshot("Row1")

    table = snapshot.table
    assert snapshot.result.success
    assert snapshot.metadata(files_key(table))["dagster/partition_row_count"] == 2
    assert snapshot.metadata(catalog_key(table))["dagster/partition_row_count"] == 2
    assert snapshot.metadata(view_key(table))["snapshot_timestamp"] == snapshot.key
    assert snapshot.checks() == {
        "rows_match_manifest": True,
        "shows_newest_snapshot": True,
        "newest_snapshot_is_fresh": True,
        "missing_partitions_still_recoverable": True,
    }
    graph = project.definitions(table).resolve_asset_graph()
    assert graph.get(view_key(table)).parent_keys == {catalog_key(table)}
    assert graph.get(catalog_key(table)).parent_keys == {files_key(table)}
    assert graph.get(files_key(table)).parent_keys == {source_key(table)}


def test_row_2_schedule_is_stopped_at_first_and_runs_the_window_that_opens(project: Project) -> None:
    table = project.table("Row2", read_percentage=0.5)
    definitions = project.definitions(table)
    schedule = definitions.resolve_schedule_def(f"{table.job_name}_schedule")
    tick = dg.build_schedule_context(
        scheduled_execution_time=partitions_of(table).start.replace(month=3),
        repository_def=definitions.get_repository_def(),
    )

    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    requests = schedule.evaluate_tick(tick).run_requests or []
    assert [request.partition_key for request in requests] == ["2026-03-01T00:00"]
    config = definitions.resolve_job_def(table.job_name).partitioned_config
    assert config is not None
    assert config.get_run_config_for_partition_key("2026-03-01T00:00") == {
        "ops": {"s3__row2_files": {"config": {"read_percentage": 0.5, "capture": "auto"}}}
    }


@pytest.mark.parametrize("percentage", [0.0999, 1.01, 0, -1])
def test_row_2_launchpad_configuration_is_validated(project: Project, percentage: float) -> None:
    config = {"ops": {"s3__row2_files": {"config": {"read_percentage": percentage}}}}
    snapshot = project.snapshot("Row2", raise_on_error=False, run_config=config)

    assert not snapshot.result.success
    failure = next(event for event in snapshot.result.all_events if event.is_step_failure)
    assert "read_percentage" in str(failure.step_failure_data.error)


def test_row_3_a_snapshot_is_started_by_hand_from_the_payload(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Row3", REVIEWS)
    files = next(
        spec
        for spec in project.definitions(project.table("Row3")).resolve_all_asset_specs()
        if PAYLOAD_KEY in spec.metadata
    )
    facts = files.metadata[PAYLOAD_KEY].value
    arguments = {name: value for name, value in facts.items() if name.startswith("--")}
    glue = local_aws.client("glue")

    run_id = glue.start_job_run(JobName=facts["JobName"], Arguments=arguments)["JobRunId"]

    assert _end(glue, facts["JobName"], run_id)["JobRunState"] == "SUCCEEDED"


def test_row_3_command_line_takes_a_snapshot(local_aws: LocalAws) -> None:
    subprocess.run([_command(), "seed"], check=True, capture_output=True)

    done = subprocess.run([_command(), "snapshot", "Reviews"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "dynamodb_exports.reviews" in done.stdout
    counted = subprocess.run(
        [_command(), "query", "SELECT count(*) AS n FROM reviews", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(counted.stdout) == [{"n": "2"}]


def test_row_4_the_job_takes_the_originals_four_arguments_alone(local_aws: LocalAws) -> None:
    local_aws.put("Row4", REVIEWS)
    glue, s3 = local_aws.client("glue"), local_aws.client("s3")
    arguments = {
        "--table_name": "Row4",
        "--read_percentage": "0.25",
        "--output_prefix": "s3://dynamodb-exports/by-hand/row4",
        "--output_format": "parquet",
    }
    run_id = glue.start_job_run(JobName="ddb-assets-snapshot", Arguments=arguments)["JobRunId"]

    assert _end(glue, "ddb-assets-snapshot", run_id)["JobRunState"] == "SUCCEEDED"
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="dynamodb-exports", Prefix="by-hand/row4/")["Contents"]]
    assert sum(key.endswith("/_manifest.json") for key in keys) == 1
    assert not [key for key in keys if "_staging" in key]


@pytest.mark.parametrize("percentage", ["0.09", "1.5", "0", "nan", "a quarter"])
def test_row_5_read_percentage_outside_its_range_is_refused(local_aws: LocalAws, percentage: str) -> None:
    arguments = {
        "--table_name": "Row5",
        "--read_percentage": percentage,
        "--output_prefix": "s3://dynamodb-exports/by-hand/row5",
        "--output_format": "parquet",
    }
    glue = local_aws.client("glue")
    run_id = glue.start_job_run(JobName="ddb-assets-snapshot", Arguments=arguments)["JobRunId"]
    run = _end(glue, "ddb-assets-snapshot", run_id)

    assert run["JobRunState"] == "FAILED"
    assert "read_percentage" in run["ErrorMessage"]
    assert "0.1" in run["ErrorMessage"]


def test_row_6_an_on_demand_table_is_scanned_within_an_absolute_budget(local_aws: LocalAws, project: Project) -> None:
    table = PastTable.create("Row6Budget", 1, recovery=False)
    table.put(0.5, "1", User={"S": "Tristan"})
    spec = table.spec("scan", capture={"max_rcu": 50})

    taken = project.snapshot(spec)

    assert taken.result.success
    told = taken.metadata(files_key(spec))
    assert (told["capture"], told["target_rcu"]) == ("scan", 50)
    assert verify("Row6Budget").equal


def test_row_6_an_on_demand_table_is_exported_without_reading_it(local_aws: LocalAws, project: Project) -> None:
    table = PastTable.create("Row6Export", 1)
    table.put(0.5, "1", User={"S": "Tristan"})
    spec = table.spec("export")

    taken = project.snapshot(spec)

    assert taken.result.success
    told = taken.metadata(files_key(spec))
    assert (told["capture"], told["consumed_rcu"], told["export_items"]) == ("export", 0, 1)
    assert verify("Row6Export").equal


@pytest.mark.parametrize("output_format", OUTPUT_FORMATS)
def test_row_7_each_output_format_is_readable_from_athena_beside_the_others(
    local_aws: LocalAws, project: Project, output_format: str
) -> None:
    """One chain for each table and format, as the original's stacks: all five of one table, told apart by name."""
    nested = {"M": {"a": {"N": "0." + "1" * 18}, "l": {"L": [{"S": "x"}, {"S": "y"}]}}}
    local_aws.put("Row7", [*REVIEWS, {"id": {"S": "3"}, "User": {"S": 'comma, "quote"\n'}, "nested": nested}])
    name = f"row7_{output_format}"

    project.snapshot(project.table("Row7", name=name, output_format=output_format))

    assert local_aws.query(f"SELECT id, user FROM {name} ORDER BY id")[:2] == [("1", "Tristan"), ("2", "Adeline")]
    assert local_aws.query(f"SELECT sum(rating), count(nested) FROM snapshots_{name}") == [
        ("9.500000000000000000", "1")
    ]
    assert verify(name).equal
    assert source_key(project.table("Row7", name=name)) == source_key(project.table("Row7"))


def test_row_8_every_attribute_becomes_a_column_however_sparse(local_aws: LocalAws, project: Project) -> None:
    """One that one item in thousands has, one for each of a hundred items. What is always NULL waits for a type."""
    items: list[dict[str, Any]] = [{"id": {"S": f"{number:05d}"}, "n": {"N": str(number)}} for number in range(1500)]
    items[1234]["Once-Only"] = {"S": "found"}
    items[1499]["last"] = {"M": {"of": {"N": "1"}}}
    items[0]["nothing"] = {"NULL": True}
    for number in range(100):
        items[number * 7][f"own_{number}"] = {"N": str(number)}
    local_aws.put("Row8", items)
    taken = project.snapshot("Row8")

    assert local_aws.query("SELECT id, once_only FROM row8 WHERE once_only IS NOT NULL") == [("01234", "found")]
    assert local_aws.query("SELECT id, last.of FROM row8 WHERE last IS NOT NULL") == [("01499", "1")]
    assert local_aws.query("SELECT count(*), sum(n) FROM row8") == [("1500", str(sum(range(1500))))]
    owned = ", ".join(f"max(own_{number})" for number in range(100))
    assert local_aws.query(f"SELECT {owned} FROM row8") == [tuple(str(number) for number in range(100))]
    attributes = {name for item in items for name in item}
    assert taken.metadata(files_key(taken.table))["dagster/column_schema"].columns[0].name == "id"
    assert len(taken.metadata(files_key(taken.table))["dagster/column_schema"].columns) == len(attributes)
    assert local_aws.query("SELECT count_if(contains(ddb_nulls, '/nothing')) FROM row8") == [("1",)]


def test_row_9_partition_value_keeps_its_colon_and_the_path_escapes_it(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Row9", REVIEWS)
    snapshot = project.snapshot("Row9")
    partition = local_aws.client("glue").get_partition(
        DatabaseName="dynamodb_exports", TableName="snapshots_row9", PartitionValues=[snapshot.key]
    )["Partition"]

    assert snapshot.key.count(":") == 1
    folder = f"s3://dynamodb-exports/snapshots_row9/snapshot_timestamp={snapshot.key.replace(':', '%3A')}/"
    assert partition["StorageDescriptor"]["Location"].startswith(folder)
    assert local_aws.query("SHOW PARTITIONS snapshots_row9")[0][0] is not None


def test_row_10_schema_and_partitions_are_published_directly_by_default(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Row10", REVIEWS)
    snapshot = project.snapshot("Row10")

    glue = local_aws.client("glue")
    table = glue.get_table(DatabaseName="dynamodb_exports", Name="snapshots_row10")["Table"]
    assert snapshot.table.catalog == "direct"
    assert "UPDATED_BY_CRAWLER" not in table["Parameters"]
    assert not [name for name in glue.list_crawlers()["CrawlerNames"] if name.endswith("snapshots_row10")]


@pytest.mark.parametrize("output_format", ["parquet", "csv"])
def test_row_10_crawler_adds_and_updates_schema_and_partitions_as_an_option(
    local_aws: LocalAws, project: Project, output_format: str
) -> None:
    """A format that says its columns, and one of which a crawler guesses them; all five in test_crawler_publication."""
    source, name = f"Row10-{output_format}", f"row10_crawled_{output_format}"
    table = project.table(source, name=name, catalog="crawler", output_format=output_format)
    local_aws.put(source, REVIEWS)
    first = project.snapshot(table, days_ago=1)
    local_aws.put(source, [{"id": {"S": "3"}, "Rating": {"S": "five"}}])
    second = project.snapshot(table)

    assert first.metadata(catalog_key(table))["tables_created"] == 1
    told = second.metadata(catalog_key(table))
    assert told["crawler"] == f"ddb-assets-dynamodb_exports-snapshots_{name}"
    assert (told["tables_updated"], told["partitions_added"], told["columns_added"]) == (1, 1, ["rating__string"])
    assert told["partition_found_by_crawler"] is True
    assert set(second.checks().values()) == {True}
    crawler = local_aws.client("glue").get_crawler(Name=told["crawler"])["Crawler"]
    assert (crawler["State"], crawler["LastCrawl"]["Status"]) == ("READY", "SUCCEEDED")
    partition = local_aws.client("glue").get_partition(
        DatabaseName="dynamodb_exports", TableName=f"snapshots_{name}", PartitionValues=[second.key]
    )["Partition"]
    folder = f"s3://dynamodb-exports/snapshots_{name}/snapshot_timestamp={second.key.replace(':', '%3A')}/"
    assert partition["StorageDescriptor"]["Location"] == folder
    assert local_aws.query(f"SELECT count(*) FROM snapshots_{name}") == [("5",)]
    assert local_aws.query(f"SELECT id, user, rating__string FROM {name} ORDER BY id") == [
        ("1", "Tristan", None),
        ("2", "Adeline", None),
        ("3", None, "five"),
    ]


def test_row_11_names_are_lowercase_with_underscores(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Row-11-Table", REVIEWS)
    project.snapshot("Row-11-Table")

    tables = {row[0] for row in local_aws.query("SHOW TABLES")}
    assert {"snapshots_row_11_table", "row_11_table"} <= tables
    glue = local_aws.client("glue")
    kinds = {
        name: glue.get_table(DatabaseName="dynamodb_exports", Name=name)["Table"]["TableType"]
        for name in ("snapshots_row_11_table", "row_11_table")
    }
    assert kinds == {"snapshots_row_11_table": "EXTERNAL_TABLE", "row_11_table": "VIRTUAL_VIEW"}
    shown = local_aws.query("SELECT id, rating FROM row_11_table ORDER BY id")
    assert shown == [("1", "5.000000000000000000"), ("2", "4.500000000000000000")]


def test_row_12_view_shows_only_the_latest_snapshot(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Row12", REVIEWS)
    first, second = project.snapshot("Row12", days_ago=1), project.snapshot("Row12")

    assert local_aws.query("SELECT count(*) FROM snapshots_row12") == [("4",)]
    assert local_aws.query("SELECT DISTINCT snapshot_timestamp FROM row12") == [(second.key,)]
    assert first.key < second.key


def test_row_12_view_never_moves_backward(local_aws: LocalAws, project: Project) -> None:
    local_aws.put("Row12Back", REVIEWS)
    newest, older = project.snapshot("Row12Back"), project.snapshot("Row12Back", days_ago=2)

    assert older.result.success
    assert older.metadata(view_key(older.table))["moved"] is False
    assert local_aws.query("SELECT DISTINCT snapshot_timestamp FROM row12back") == [(newest.key,)]


@pytest.mark.timeout(400)
def test_row_13_tables_of_a_group_are_consistent_with_each_other(local_aws: LocalAws, project: Project) -> None:
    """Every order has its customer, every line its order, while all of them are being written."""
    shop = Shop.open("row13")
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    shop.sell_before(minute - timedelta(seconds=25), minute)
    group = shop.spec(cadence="* * * * *")
    with shop.selling():
        result = run_group(project, group, format_instant(minute))

    assert result.success, failure(result)
    views = {name: f"row13_{name.lower().replace('-', '_')}" for name in TABLES}
    assert orphans(local_aws, "row13", views) == 0
    instants = {
        row for view in views.values() for row in local_aws.query(f"SELECT snapshot_timestamp FROM {view}", "row13")
    }
    assert instants == {(format_instant(minute),)}


@pytest.mark.first
@pytest.mark.timeout(200)
def test_row_16_demonstration_counts_four_rows_in_two_partitions_and_two_in_the_view() -> None:
    """The demo runs on a local AWS of its own, as it does for a newcomer."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DDB_ASSETS_"))}

    done = subprocess.run([_command(), "demo"], capture_output=True, text=True, check=False, env=environment)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "SELECT * FROM snapshots_reviews" in done.stdout
    counts = [line for line in done.stdout.splitlines() if "rows," in line]
    assert [line.split(" rows")[0].strip() for line in counts] == ["4", "2", "2"]


def test_row_17_any_snapshot_is_restored_into_a_table_and_verified_by_count(
    local_aws: LocalAws, project: Project
) -> None:
    """The catastrophe: a developer empties the table, and then deletes it."""
    local_aws.put("Row17", [*REVIEWS, ALL_TYPES])
    good = project.snapshot("Row17", days_ago=1)
    dynamodb = local_aws.client("dynamodb")
    original = {item["id"]["S"]: canonical(item) for item in dynamodb.scan(TableName="Row17")["Items"]}
    for item in (*REVIEWS, ALL_TYPES):
        dynamodb.delete_item(TableName="Row17", Key={"id": item["id"]})
    emptied = project.snapshot("Row17")
    dynamodb.delete_table(TableName="Row17")

    def restore(key: str, to: str) -> "subprocess.CompletedProcess[str]":
        command = [_command(), "restore", "Row17", "--at", key, "--to", to]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    restored, empty = restore(good.key, "Row17"), restore(emptied.key, "Row17-Emptied")

    assert restored.returncode == 0, restored.stderr
    assert "3 items written with 3 write units; 3 items, all equal to the snapshot's" in restored.stdout
    found = {item["id"]["S"]: canonical(item) for item in dynamodb.scan(TableName="Row17")["Items"]}
    assert found == original
    assert "0 items, all equal to the snapshot's" in empty.stdout
    assert dynamodb.scan(TableName="Row17-Emptied")["Count"] == 0


def _end(glue: Any, job_name: str, run_id: str) -> Any:
    while (run := glue.get_job_run(JobName=job_name, RunId=run_id)["JobRun"])["JobRunState"] in ("STARTING", "RUNNING"):
        time.sleep(0.1)
    return run


def _command() -> str:
    return str(Path(sys.executable).with_name("ddb-assets"))
