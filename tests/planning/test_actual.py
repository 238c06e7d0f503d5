"""What a finished snapshot has cost, from what it used."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddb_assets.model.facts import JobFacts
from ddb_assets.planning import ExportUsed, Used, actual_cost
from ddb_snapshot.manifest import Capture, DataFile, ExportRead, Manifest
from tests.planning.cases import JOB, VIRGINIA, table

GIB = 1024**3


def parts(used: Used, on_demand: bool = True, job: JobFacts = JOB) -> dict[str, float]:
    return {part.name: part.dollars for part in actual_cost(used, table(on_demand=on_demand), job, VIRGINIA).parts}


def test_a_scan_costs_the_units_that_dynamodb_counted() -> None:
    assert parts(Used(rcu=2_000_000))["reads"] == pytest.approx(0.25)
    assert parts(Used(rcu=2_000_000), on_demand=False)["reads"] == 0


def test_exports_cost_what_their_manifests_bill_and_incremental_ones_ten_megabytes_at_least() -> None:
    assert parts(Used(exports=(ExportUsed("FULL_EXPORT", 5 * GIB),)))["export"] == pytest.approx(0.5)
    assert parts(Used(exports=(ExportUsed("INCREMENTAL_EXPORT", 1000),)))["export"] == pytest.approx(0.1 * 10 / 1024)


def test_glue_is_billed_for_the_run_or_by_the_dpu_seconds_that_it_says() -> None:
    assert parts(Used(execution=timedelta(minutes=30)))["Glue"] == pytest.approx(0.44)
    assert parts(Used(execution=timedelta(seconds=5)))["Glue"] == pytest.approx(0.44 * 2 / 60)
    assert parts(Used(execution=timedelta(minutes=30), dpu_seconds=1800))["Glue"] == pytest.approx(0.22)
    assert parts(Used(execution=timedelta(minutes=30)), job=JobFacts("G.4X", 4))["Glue"] == pytest.approx(0.44 * 8)


def test_the_cost_says_that_it_is_an_estimate_and_of_when() -> None:
    cost = actual_cost(Used(rcu=2_000_000, bytes=10 * GIB, files=80), table(), JOB, VIRGINIA)

    assert cost.summary().startswith("$0.27 (estimate from us-east-1's list prices of 2025-09-09): reads $0.25, ")
    assert cost.storage_month == pytest.approx(0.23)
    assert cost.to_json()["estimate_from"] == "list prices of us-east-1, 2025-09-09"


def test_what_was_used_is_what_manifest_and_run_say() -> None:
    read = ExportRead("s3://lake/x/", "arn", "FULL_EXPORT", None, "2026-11-24T00:00:00+00:00", 10, 5 * GIB)
    capture = Capture("export", "2026-11-24T00:00:10+00:00", "2026-11-24T00:09:00+00:00", 10, 1000, exports=(read,))
    files = (DataFile("part-00000.parquet", 10, 500), DataFile("part-00001.parquet", 0, 100))
    snapshot = Manifest("Orders", "2026-11-24T00:00", "a-1", "orc", "s3://lake/o/", files, 10, 600, (), capture)

    assert Used.of(snapshot, timedelta(seconds=90)) == Used(
        exports=(ExportUsed("FULL_EXPORT", 5 * GIB),), execution=timedelta(seconds=90), bytes=600, files=2
    )


@pytest.mark.parametrize(
    ("described", "dpus"),
    [
        ({"WorkerType": "G.2X", "NumberOfWorkers": 3, "MaxCapacity": 6.0}, 6),
        ({"MaxCapacity": 10.0}, 10),
        ({}, 2),
    ],
)
def test_a_runs_size_is_that_of_the_glue_api(described: dict[str, Any], dpus: float) -> None:
    assert JobFacts.of(described).dpus == dpus


@given(
    st.builds(
        Used,
        rcu=st.floats(0, 1e12),
        exports=st.lists(
            st.builds(ExportUsed, st.sampled_from(["FULL_EXPORT", "INCREMENTAL_EXPORT"]), st.integers(0, 10**15)),
            max_size=5,
        ).map(tuple),
        execution=st.timedeltas(timedelta(0), timedelta(days=2)),
        dpu_seconds=st.none() | st.floats(0, 1e9),
        bytes=st.integers(0, 10**15),
        files=st.integers(0, 10**6),
    ),
    st.floats(0, 1e12),
)
def test_using_more_never_costs_less(used: Used, more: float) -> None:
    less = actual_cost(used, table(), JOB, VIRGINIA)
    assert all(part.dollars >= 0 for part in less.parts)
    assert actual_cost(replace(used, rcu=used.rcu + more), table(), JOB, VIRGINIA).total >= less.total
