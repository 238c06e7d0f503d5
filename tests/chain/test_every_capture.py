"""Every way of capture, with Spark, over tables that hold little or nothing and windows in which nothing happens.

Most cases call the job's code in this process, with its tasks in a real Spark: what Spark does with no tasks, or with
one, is what they are about. At the end are those that run the Glue job itself. All are read through Athena.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from importlib.resources import files
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner
from dagster._cli import create_dagster_cli

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.data_catalog import DataCatalog
from ddb_assets.chain.publication import publication
from ddb_assets.components.dynamodb_table_group import DynamoDBTableGroup
from ddb_assets.model.table import TableSpec
from ddb_assets.settings import load_settings
from ddb_snapshot import storage
from ddb_snapshot.names import partition_folder
from ddb_snapshot.scanning.read_span import ReadLimit
from ddb_snapshot.storage import S3Path
from tests.chain.history import PastTable, chain, files_metadata, published, same
from tests.chain.quick_job import QuickJob, quick_job, spark, spark_job
from tests.chain.shop import run as run_group
from tests.chain.test_backfill import assets, code_location
from tests.conftest import LocalAws, Project, failure

__all__ = ["quick_job", "spark", "spark_job"]

# Every way in both ways of publication, and every format in one of them at least.
WAYS = [
    ("scan", "direct", "avro"),
    ("scan", "crawler", "json"),
    ("export", "direct", "orc"),
    ("export", "crawler", "parquet"),
    ("incremental", "direct", "csv"),
    ("incremental", "crawler", "orc"),
]


def number(n: int) -> Mapping[str, Any]:
    return {"N": str(n)}


@dataclass(frozen=True)
class Young:
    """A table that is empty for two hours, and holds one item from then on."""

    aws: LocalAws
    project: Project
    table: PastTable
    spec: TableSpec

    @classmethod
    def of(cls, aws: LocalAws, project: Project, name: str, way: str, **options: Any) -> "Young":
        table = PastTable.create(name, 6)
        return cls(aws, project, table, table.spec(way, **options))

    def fill(self) -> None:
        self.table.put(2.5, "only", n=number(7), tags={"L": [{"S": "a"}]}, nothing={"NULL": True})

    def run(self, hour: int) -> dg.ExecuteInProcessResult:
        """Run the chain for the hour's snapshot."""
        # To a scan it is the hour itself.
        now = self.table.instant(hour + 0.1) if scanned(self.spec) else datetime.now(UTC)
        self.project.patch.setattr("ddb_assets.chain.snapshot.utc_now", lambda: now)
        return chain(self.project, self.spec, self.table.key(hour))

    def take(self, hour: int) -> Mapping[str, Any]:
        """Take and publish a snapshot, see that it and the view hold what the table held; its metadata."""
        key, spec = self.table.key(hour), self.spec
        result = self.run(hour)
        assert result.success, failure(result)
        same(self.table.items(key), published(spec, key))
        assert self.rows() == self.shown() == len(self.table.items(key))
        told = files_metadata(result, spec)
        assert told["dagster/partition_row_count"] == self.rows()
        partition = DataCatalog(connection=Connection()).published(spec.database, spec.catalog_table, key)
        assert partition is not None
        said = [partition.parameters[f"ddb.{name}"] for name in ("read_from", "read_to")]
        assert said == [told["read_from"], told["read_to"]]
        if not scanned(spec):
            assert said == [self.table.instant(hour).isoformat()] * 2
        checks = {one.check_name: one.passed for one in result.get_asset_check_evaluations()}
        assert checks["rows_match_manifest"] and checks["shows_newest_snapshot"]
        return told

    def rows(self) -> int:
        """Rows of the newest snapshot."""
        newest = f"(SELECT max(snapshot_timestamp) FROM {self.spec.catalog_table})"
        return self._count(f"{self.spec.catalog_table} WHERE snapshot_timestamp = {newest}")

    def shown(self) -> int:
        """Rows of the view."""
        return self._count(self.spec.view)

    def finished(self, hour: int) -> int:
        """How many attempts at the hour's snapshot have a manifest."""
        attempts = publication(self.spec).attempts(load_settings())
        folder = S3Path.parse(f"{attempts}/{partition_folder(self.table.key(hour))}/")
        return sum(key.endswith("_manifest.json") for key in storage.sizes(self.aws.client("s3"), folder))

    def _count(self, rows: str) -> int:
        return int(self.aws.query(f"SELECT count(*) FROM {rows}")[0][0] or 0)


@pytest.mark.parametrize(("way", "catalog", "output_format"), WAYS)
def test_an_empty_table_then_one_item(
    local_aws: LocalAws, project: Project, spark_job: QuickJob, way: str, catalog: str, output_format: str
) -> None:
    name = f"Young-{way}-{catalog}-{output_format}"
    young = Young.of(local_aws, project, name, way, catalog=catalog, output_format=output_format)
    hours = (1, 2, 3, 4) if way == "incremental" else (2, 3)
    told = {}

    for hour in hours:
        if hour == 3:
            young.fill()
        told[hour] = young.take(hour)

    assert spark_job.methods() == ["export" if way == "incremental" else way, *[way] * (len(hours) - 1)]
    assert {one["files"] for one in told.values()} == {1}
    if way == "incremental":
        # Nothing changed in the second and in the fourth hour.
        assert [(told[hour]["upserts"], told[hour]["deletes"]) for hour in (2, 3, 4)] == [(0, 0), (1, 0), (0, 0)]


@pytest.mark.parametrize(
    ("way", "catalog", "reason"),
    [
        ("scan", "direct", "ReadTooLate"),
        ("export", "crawler", "ExportDamaged"),
        ("incremental", "direct", "ExportDamaged"),
    ],
)
def test_a_task_that_fails_leaves_no_manifest_and_the_view_where_it_was(
    local_aws: LocalAws,
    project: Project,
    spark_job: QuickJob,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    catalog: str,
    reason: str,
) -> None:
    young = Young.of(local_aws, project, f"Failing-{way}-{catalog}", way, catalog=catalog)
    young.fill()
    young.take(3)
    young.table.put(3.5, "more", n=number(8))
    spark_job.beforehand[way] = lambda arguments: spoil(local_aws, arguments)
    with monkeypatch.context() as patch:
        # To the driver there is time yet: it is a task, in another process, that is too late.
        patch.setattr(ReadLimit, "require", lambda *_: None)
        failed = young.run(4)

    assert f"TaskFailed: {reason}" in failure(failed)
    assert young.finished(4) == 0
    assert local_aws.query(f"SELECT DISTINCT snapshot_timestamp FROM {young.spec.view}") == [(young.table.key(3),)]
    assert young.shown() == 1
    young.take(4)


@pytest.mark.parametrize("way", ["export", "incremental"])
@pytest.mark.parametrize("listed", ["no file", "files of no bytes"])
def test_an_export_of_nothing(
    local_aws: LocalAws, project: Project, spark_job: QuickJob, way: str, listed: str
) -> None:
    young = Young.of(local_aws, project, f"Nothing-{way}-{listed.replace(' ', '-')}", way)
    if way == "incremental":
        young.fill()
        young.take(3)
    hour = 4 if way == "incremental" else 1
    spark_job.beforehand[way] = lambda arguments: list_nothing(local_aws, arguments, listed)

    told = young.take(hour)

    assert told["export_items"] == 0
    assert spark_job.beforehand == {}


def test_auto_takes_the_increment_of_a_quiet_hour(
    local_aws: LocalAws, project: Project, spark_job: QuickJob, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    young = Young.of(local_aws, project, "Quiet-Auto", "auto")
    young.fill()
    monkeypatch.setenv("DDB_ASSETS_PRICES", str(prices(tmp_path, export_gb=1e9, incremental_export_gb=0)))

    told = [young.take(hour) for hour in (3, 4)]

    assert spark_job.methods() == ["export", "incremental"]
    assert (told[1]["upserts"], told[1]["deletes"]) == (0, 0)


def test_full_every_compares_the_increment_of_a_quiet_hour(
    local_aws: LocalAws, project: Project, spark_job: QuickJob
) -> None:
    young = Young.of(local_aws, project, "Quiet-Full", "incremental", capture={"full_every": 2})
    young.fill()
    young.take(3)
    young.take(4)

    result = young.run(5)

    assert result.success, failure(result)
    assert spark_job.methods() == ["export", "incremental", "incremental", "export"]
    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "merged_equals_full"]
    assert check.passed
    assert (check.metadata["compared"].value, check.metadata["items"].value) == (True, 1)


def test_a_group_of_an_empty_table_and_one_of_one_item(
    local_aws: LocalAws, project: Project, spark_job: QuickJob
) -> None:
    empty, filled = PastTable.create("Quiet-Empty", 3), PastTable.create("Quiet-Filled", 3)
    filled.put(0.5, "only", n=number(7))
    attributes = {"cadence": "0 * * * *", "start": f"{empty.begun:%Y-%m-%dT%H:%M}"}
    group = DynamoDBTableGroup(name="quiet", tables=[empty.name, filled.name], **attributes).group_spec()

    for hour in (1, 2):
        result = run_group(project, group, empty.key(hour))

        assert result.success, failure(result)
        assert local_aws.query("SELECT count(*) FROM quiet_empty", "quiet") == [("0",)]
        assert local_aws.query("SELECT snapshot_timestamp, n FROM quiet_filled", "quiet") == [(empty.key(hour), "7")]
    assert spark_job.methods() == ["export"] * 4


@pytest.mark.timeout(400)
def test_the_glue_job_over_a_range_in_which_nothing_changes(local_aws: LocalAws, tmp_path: Path) -> None:
    """An export of one item, then an increment of nothing, in one run."""
    table = PastTable.create("Quiet-Range", 4)
    table.put(0.5, "only", n=number(7))
    spec = table.spec("incremental")
    module = code_location(tmp_path, table, "capture: {method: incremental}\nbackfill: single_run")
    selected = ",".join(key.to_user_string() for key in assets(spec))
    partitions = f"{table.key(1)}...{table.key(2)}"
    command = ["asset", "materialize", "-f", str(module), "--select", selected, "--partition-range", partitions]

    done = CliRunner().invoke(create_dagster_cli(), command)

    assert done.exit_code == 0, done.output
    assert "0 items written, 0 deletes" in done.output
    rows = local_aws.query(f"SELECT snapshot_timestamp, id, n FROM {spec.catalog_table} ORDER BY 1")
    assert rows == [(table.key(hour), "only", "7") for hour in (1, 2)]


@pytest.mark.timeout(400)
def test_the_glue_job_scans_an_empty_table(local_aws: LocalAws, project: Project) -> None:
    young = Young.of(local_aws, project, "Quiet-Scan", "scan")

    assert young.take(1)["capture"] == "scan"


def scanned(spec: TableSpec) -> bool:
    return spec.capture.method == "scan"


def spoil(aws: LocalAws, arguments: dict[str, str]) -> None:
    """Other bytes in the place of each of the exports' files; a scan is given a time that is over."""
    s3 = aws.client("s3")
    if arguments.get("--capture", "scan") == "scan":
        arguments["--max_lag"] = "1"
    for folder in json.loads(arguments.get("--exports", "[]")):
        place = S3Path.parse(folder)
        for line in storage.read(s3, place / "manifest-files.json").splitlines():
            storage.put(s3, S3Path(place.bucket, json.loads(line)["dataFileS3Key"]), b"spoilt")


def list_nothing(aws: LocalAws, arguments: Mapping[str, str], listed: str) -> None:
    """Exports of no items whose manifests list no file, or only such as have no bytes at all."""
    s3 = aws.client("s3")
    for folder in json.loads(arguments["--exports"]):
        place = S3Path.parse(folder)
        files = [json.loads(line) for line in storage.read(s3, place / "manifest-files.json").splitlines()]
        for file in files:
            storage.put(s3, S3Path(place.bucket, file["dataFileS3Key"]), b"")
        lines = [json.dumps({**file, "md5Checksum": checksum(b"")}) for file in files]
        body = b"" if listed == "no file" else "\n".join(lines).encode()
        storage.put(s3, place / "manifest-files.json", body)
        storage.put(s3, place / "manifest-files.md5", checksum(body).encode())


def checksum(body: bytes) -> str:
    return b64encode(md5(body, usedforsecurity=False).digest()).decode()


def prices(folder: Path, **changed: float) -> Path:
    """A file of prices in which some are other than AWS's."""
    packaged = json.loads(files("ddb_assets.planning").joinpath("prices.json").read_text())
    packaged["regions"] = {"us-east-1": {**packaged["regions"]["us-east-1"], **changed}}
    path = folder / "prices.json"
    path.write_text(json.dumps(packaged))
    return path
