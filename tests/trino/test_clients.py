"""Clients of Athena that need statements which write: awswrangler and dbt-athena, unchanged, on the engine `trino`."""

import json
import os
import subprocess
from pathlib import Path

import awswrangler
import pandas
import pytest

from tests.trino.conftest import Compared, EngineAws

DBT = Path(os.environ.get("DBT", ".venv/dbt/bin/dbt")).absolute()

PROJECT = {
    "dbt_project.yml": """
name: shop
version: "1.0.0"
profile: shop
model-paths: [models]
""",
    "profiles.yml": """
shop:
  target: local
  outputs:
    local:
      type: athena
      region_name: us-east-1
      s3_staging_dir: s3://dynamodb-exports/dbt-results/
      s3_data_dir: s3://dynamodb-exports/dbt/
      database: awsdatacatalog
      schema: shop
      work_group: ddb-assets
      threads: 2
""",
    "models/schema.yml": """
version: 2
sources:
  - name: engine
    schema: engine
    tables: [{name: sold}]
models:
  - name: orders
    columns: [{name: id, data_tests: [unique, not_null]}]
  - name: totals
    columns: [{name: day, data_tests: [unique]}]
""",
    "models/orders.sql": """
{{ config(materialized="view") }}
SELECT id, amount, day FROM {{ source("engine", "sold") }}
""",
    "models/totals.sql": """
{{ config(materialized="table", format="parquet") }}
SELECT day, sum(amount) AS amount FROM {{ ref("orders") }} GROUP BY day
""",
    "models/days.sql": """
{{ config(materialized="incremental", incremental_strategy="insert_overwrite", partitioned_by=["day"], format="orc") }}
SELECT count(*) AS orders, day FROM {{ ref("orders") }}
{% if is_incremental() %} WHERE day >= (SELECT max(day) FROM {{ this }}) {% endif %}
GROUP BY day
""",
}


@pytest.fixture(scope="module")
def sold(engine_aws: EngineAws) -> None:
    engine_aws.run(
        "CREATE TABLE sold AS SELECT id, CAST(amount AS decimal(10, 2)) AS amount, day FROM "
        "(VALUES (1, 1.5, '2026-01-01'), (2, 2.25, '2026-01-01'), (3, 3, '2026-01-02')) AS t (id, amount, day)"
    )


@pytest.mark.parametrize("approach", ["ctas", "unload", "csv"])
def test_awswrangler_reads_a_query_whichever_way(
    engine_aws: EngineAws, sold: None, compared: Compared, approach: str
) -> None:
    read = awswrangler.athena.read_sql_query(
        f"SELECT id, day{'' if approach == 'csv' else ', ARRAY[id] AS ids'} FROM sold ORDER BY id",
        database="engine",
        workgroup="ddb-assets",
        ctas_approach=approach == "ctas",
        unload_approach=approach == "unload",
        s3_output=f"s3://dynamodb-exports/wrangled/{approach}/",
        boto3_session=engine_aws.session,
    )

    assert isinstance(read, pandas.DataFrame)
    rows = sorted(zip(read["id"], read["day"], strict=True))
    assert rows == [(1, "2026-01-01"), (2, "2026-01-01"), (3, "2026-01-02")]
    assert not [row for row in engine_aws.query("SHOW TABLES") if "temp_table" in str(row[0])]
    compared.add("awswrangler read_sql_query", f"{approach}_approach", "rows", len(rows))


def test_dbt_builds_a_view_a_table_an_incremental_model_and_its_tests(
    engine_aws: EngineAws, sold: None, compared: Compared, tmp_path: Path
) -> None:
    if not DBT.exists():
        pytest.fail(f"There is no {DBT}: run the tests with `make test-trino`, which installs requirements-dbt.txt")
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.lstrip())

    built = dbt_build(engine_aws, tmp_path)
    engine_aws.run("INSERT INTO sold VALUES (4, DECIMAL '4.00', '2026-01-02'), (5, DECIMAL '5.00', '2026-01-03')")
    again = dbt_build(engine_aws, tmp_path)

    assert built == again
    assert sorted(set(again.values())) == ["pass", "success"]
    assert len(again) == 6
    assert engine_aws.query("SELECT day, amount FROM totals ORDER BY day", "shop") == [
        ("2026-01-01", "3.75"), ("2026-01-02", "7.00"), ("2026-01-03", "5.00"),
    ]  # fmt: skip
    assert engine_aws.query("SELECT day, orders FROM days ORDER BY day", "shop") == [
        ("2026-01-01", "2"), ("2026-01-02", "2"), ("2026-01-03", "1"),
    ]  # fmt: skip
    compared.add("dbt build", "dbt-athena", "nodes", len(built) + len(again))


def dbt_build(engine_aws: EngineAws, folder: Path) -> dict[str, str]:
    """The status of each node."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DBT"))}
    done = subprocess.run(
        [DBT, "build", "--profiles-dir", ".", "--no-use-colors"],
        cwd=folder,
        env={**inherited, **engine_aws.environment, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    return {result["unique_id"]: result["status"] for result in results}
