"""What a defs.yaml may say, and what it is told when it says something else."""

import json
import textwrap
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from ddb_assets import aws_resources
from ddb_assets.chain.keys import catalog_key, view_key
from ddb_assets.chain.partitions import backfill_policy, partitions_of
from ddb_assets.chain.snapshot import payload
from ddb_assets.code_location import find_chain
from ddb_assets.components.capture import Capture
from ddb_assets.components.dynamodb_table import DynamoDBTable
from ddb_assets.errors import UserError
from ddb_assets.model.table import CaptureSpec


def test_table_name_is_all_that_is_needed() -> None:
    table = DynamoDBTable(table_name="Reviews").table_spec()

    assert (table.cadence, table.read_percentage, table.output_format) == ("0 0 * * *", 0.25, "parquet")
    assert view_key(table) == dg.AssetKey(["dynamodb_exports", "reviews"])


def test_every_option_reaches_the_chain() -> None:
    table = DynamoDBTable(
        table_name="My-Table",
        cadence="*/15 * * * *",
        start="2026-11-24T12:00",
        read_percentage=1.0,
        output_format="orc",
        database="lake",
        prefix="exports/here",
        catalog="crawler",
        owners=["team:data"],
        tags={"domain": "shop"},
    ).table_spec()
    files = next(spec for spec in _specs(table_name="My-Table", owners=["team:data"], tags={"domain": "shop"}))

    assert partitions_of(table).get_first_partition_key() == "2026-11-24T12:00"
    assert catalog_key(table) == dg.AssetKey(["lake", "snapshots_my_table"])
    assert table.catalog == "crawler"
    assert payload(table)["--output_prefix"] == "s3://dynamodb-exports/exports/here/attempts_my_table"
    assert list(files.owners) == ["team:data"]
    assert files.tags["domain"] == "shop"


def test_column_options_reach_the_job_when_they_are_not_the_defaults() -> None:
    plain = DynamoDBTable(table_name="Reviews").table_spec()
    pinned = DynamoDBTable(table_name="Reviews", columns={"price": "decimal(18,2)"}, nested="json").table_spec()

    assert "--column_options" not in payload(plain)
    assert json.loads(payload(pinned)["--column_options"]) == {"columns": {"price": "decimal(18,2)"}, "nested": "json"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("read_percentage: 0.05", "read_percentage"),
        ("read_percentage: 1.01", "read_percentage"),
        ("output_format: xml", "output_format"),
        ("cadence: every day", "cadence"),
        ("start: yesterday", "start"),
        ("database: Not-Valid", "database"),
        ("read_percent: 0.5", "read_percent"),
        ("columns: {price: money}", "price: 'money' is not a type"),
        ("columns: {price: 'decimal(39,2)'}", "decimal(39,2)"),
        ("columns: {'': bigint}", "a pin names no attribute"),
        ("nested: flat", "nested"),
        ("numbers: float", "numbers"),
        ("catalog: glue", "'glue' is not one of direct, crawler"),
        ("max_depth: 33", "max_depth"),
        ("capture: {method: stream}", "'stream' is not one of auto, scan, export, incremental"),
        ("capture: {methods: scan}", "methods"),
        ("capture: {max_rcu: 0}", "max_rcu"),
        ("capture: {method: export, max_rcu: 5}", "`max_rcu` is a scan's budget"),
        ("capture: {max_lag: soon}", "'soon' is not a length of time, such as 90s, 15m, 2h"),
        ("capture: {max_lag: 15}", "'15' is not a length of time"),
        ("capture: {max_lag: 0s}", "max_lag"),
        ("capture: {max_lag: -5m}", "max_lag"),
        ("capture: {max_lag: [15m]}", "max_lag"),
        ("capture: {method: export, max_lag: 15m}", "`max_lag` limits a scan; `method: export` is true to the second"),
        ("capture: {full_every: 7}", "`full_every` is for `method: incremental`; here it is auto"),
        ("capture: {method: incremental, full_every: 1}", "full_every"),
        ("capture: {bucket_owner: me}", "bucket_owner"),
        ("capture: {keep_exports: 0}", "0 is neither true, false nor a number of days from 1 on"),
        ("capture: {keep_exports: soon}", "'soon' is neither true, false nor a number of days"),
        ("capture: {max_rcu: many}", "max_rcu"),
        ("capture: {export_timeout_minutes: long}", "export_timeout_minutes"),
        ("capture: scan", "capture"),
        ("capture: {export_timeout_minutes: 0}", "export_timeout_minutes"),
        ("backfill: twice", "'twice' is not one of run_per_partition, single_run"),
    ],
)
def test_a_bad_line_is_refused_by_its_key(tmp_path: Path, line: str, said: str) -> None:
    _project(tmp_path, line)

    with pytest.raises(UserError) as refused:
        find_chain("Reviews", tmp_path)
    assert said in str(refused.value)
    assert "defs.yaml" in str(refused.value)


def test_the_capture_block_reaches_the_chain() -> None:
    capture = Capture(
        method="incremental", full_every=24, kms_key="alias/lake", bucket_owner="123456789012", keep_exports=7
    )
    table = DynamoDBTable(table_name="Orders", capture=capture, backfill="single_run").table_spec()

    assert table.capture == CaptureSpec(
        method="incremental", full_every=24, kms_key="alias/lake", bucket_owner="123456789012", keep_days=7
    )
    assert backfill_policy(table) == dg.BackfillPolicy.single_run()
    assert payload(table)["capture"] == {
        "method": "incremental",
        "max_rcu": None,
        "full_every": 24,
        "max_lag": None,
    }
    plain = DynamoDBTable(table_name="Orders").table_spec()
    assert plain.capture == CaptureSpec(method="auto")
    assert backfill_policy(plain) is None


@pytest.mark.parametrize(("keep", "days"), [(True, None), (False, 0), (30, 30)])
def test_exports_are_kept_for_ever_for_days_or_not(keep: bool | int, days: int | None) -> None:
    assert Capture(keep_exports=keep).spec().keep_days == days


@pytest.mark.parametrize(("written", "minutes"), [("15m", 15), ("PT1H30M", 90), ("90m", 90)])
def test_max_lag_reaches_the_chain_and_a_manual_start(written: str, minutes: int) -> None:
    table = DynamoDBTable(table_name="Orders", capture=Capture(max_lag=written)).table_spec()

    assert table.capture.max_lag == timedelta(minutes=minutes)
    assert payload(table)["--max_lag"] == str(60 * minutes)
    assert payload(table)["capture"]["max_lag"] == ("15m" if minutes == 15 else "1h30m")


def test_a_scans_own_budget_reaches_a_manual_start() -> None:
    table = DynamoDBTable(table_name="Orders", capture=Capture(method="scan", max_rcu=50)).table_spec()

    assert payload(table)["--max_rcu"] == "50"


def test_missing_table_name_is_refused(tmp_path: Path) -> None:
    _project(tmp_path, "read_percentage: 0.5", table_name=None)

    with pytest.raises(UserError, match="table_name"):
        find_chain("Reviews", tmp_path)


def _specs(**attributes: object) -> list[dg.AssetSpec]:
    chain = dg.build_defs_for_component(DynamoDBTable(**attributes))
    definitions = dg.Definitions.merge(chain, dg.Definitions(resources=aws_resources()))
    return [spec for spec in definitions.resolve_all_asset_specs() if spec.owners]


def _project(folder: Path, line: str, table_name: str | None = "Reviews") -> None:
    """A Dagster project as `dg` lays one out, with one table."""
    package = f"project_{abs(hash((str(folder), line)))}"
    (folder / "pyproject.toml").write_text(
        f'[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "{package}"\n'
    )
    table = folder / package / "defs" / "reviews"
    table.mkdir(parents=True)
    (folder / package / "__init__.py").touch()
    (folder / package / "defs" / "__init__.py").touch()
    (folder / package / "definitions.py").write_text(
        textwrap.dedent(
            """
            from pathlib import Path
            import dagster as dg
            from ddb_assets import aws_resources

            @dg.definitions
            def defs():
                project = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
                return dg.Definitions.merge(project, dg.Definitions(resources=aws_resources()))
            """
        )
    )
    named = f"  table_name: {table_name}\n" if table_name else ""
    (table / "defs.yaml").write_text(f"type: ddb_assets.DynamoDBTable\nattributes:\n{named}  {line}\n")


def test_two_chains_of_one_table_load_side_by_side(tmp_path: Path) -> None:
    _project(tmp_path, "")
    first = next(tmp_path.rglob("defs.yaml"))
    other = first.parent.parent / "reviews_csv" / "defs.yaml"
    other.parent.mkdir()
    other.write_text(first.read_text() + "  name: reviews_csv\n  output_format: csv\n")

    assert find_chain("Reviews", tmp_path).payload["view"] == "dynamodb_exports.reviews"
    chain = find_chain("reviews_csv", tmp_path)
    assert chain.payload["--catalog_table"] == "snapshots_reviews_csv"
    assert chain.payload["--table_name"] == "Reviews"
    assert chain.payload["--output_prefix"].endswith("/snapshots_reviews_csv")
