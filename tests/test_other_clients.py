"""What others do with this package: plain boto3 against local AWS, and a Dagster project of their own."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.conftest import LocalAws

PLAIN_BOTO3 = """
import boto3, csv, sys, time
assert "ddb_assets" not in sys.modules

dynamodb, glue, athena, s3 = (boto3.client(name) for name in ("dynamodb", "glue", "athena", "s3"))
dynamodb.create_table(
    TableName="Plain", BillingMode="PAY_PER_REQUEST",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
)
for number in range(3):
    dynamodb.put_item(TableName="Plain", Item={"id": {"S": str(number)}, "price": {"N": f"{number}.5"}})

prefix = "s3://dynamodb-exports/plain"
run = glue.start_job_run(JobName="ddb-assets-snapshot", Arguments={
    "--table_name": "Plain", "--read_percentage": "0.5", "--output_prefix": prefix, "--output_format": "parquet",
    "--snapshot_timestamp": "2026-11-24T10:00", "--attempt": "a1",
})["JobRunId"]
while (state := glue.get_job_run(JobName="ddb-assets-snapshot", RunId=run)["JobRun"])["JobRunState"] in (
    "STARTING", "RUNNING"
):
    time.sleep(0.2)
assert state["JobRunState"] == "SUCCEEDED", state

def athena_run(sql):
    query = athena.start_query_execution(
        QueryString=sql, WorkGroup="ddb-assets", QueryExecutionContext={"Database": "plain_boto3"}
    )["QueryExecutionId"]
    while (found := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"])["Status"]["State"] in (
        "QUEUED", "RUNNING"
    ):
        time.sleep(0.05)
    assert found["Status"]["State"] == "SUCCEEDED", (sql, found["Status"])
    return found

athena_run("CREATE DATABASE plain_boto3")
athena_run(f'''CREATE EXTERNAL TABLE snapshots_plain (id string, price decimal(38,18))
    PARTITIONED BY (snapshot_timestamp string) STORED AS PARQUET LOCATION '{prefix}/' ''')
athena_run(f'''ALTER TABLE snapshots_plain ADD PARTITION (snapshot_timestamp = '2026-11-24T10:00')
    LOCATION '{prefix}/snapshot_timestamp=2026-11-24T10%3A00/a1-{run}/' ''')
athena_run("CREATE OR REPLACE VIEW plain AS "
           "SELECT * FROM snapshots_plain WHERE snapshot_timestamp = '2026-11-24T10:00'")
done = athena_run("SELECT count(*) AS items, sum(price) AS total FROM plain")
bucket, _, key = done["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
print(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(), end="")
"""


def test_plain_boto3_runs_the_job_the_ddl_and_the_queries(local_aws: LocalAws, tmp_path: Path) -> None:
    ddb_assets = Path(sys.executable).with_name("ddb-assets")
    (tmp_path / "plain.py").write_text(PLAIN_BOTO3)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    done = subprocess.run(
        ["bash", "-c", f'eval "$({ddb_assets} local env)" && {sys.executable} plain.py'],
        cwd=tmp_path,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == '"items","total"\n"3","4.500000000000000000"\n'


def test_another_dagster_project_runs_the_chain_for_its_own_table(local_aws: LocalAws, tmp_path: Path) -> None:
    """A folder with a defs.yaml and two lines of this package; nothing else of it."""
    files = {
        "pyproject.toml": """
            [tool.dagster]
            module_name = "shop.definitions"
            """,
        "shop/__init__.py": "",
        "shop/definitions.py": """
            from pathlib import Path

            import dagster as dg
            from ddb_assets import aws_resources


            @dg.definitions
            def defs() -> dg.Definitions:
                loaded = dg.load_from_defs_folder(project_root=Path(__file__).parent.parent)
                return dg.Definitions.merge(loaded, dg.Definitions(resources=aws_resources()))
            """,
        "shop/defs/carts/defs.yaml": """
            type: ddb_assets.DynamoDBTable

            attributes:
              table_name: Carts
            """,
    }
    files["pyproject.toml"] += """
            [tool.dg]
            directory_type = "project"

            [tool.dg.project]
            root_module = "shop"
            """
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    local_aws.put("Carts", [{"id": {"S": "1"}, "Total": {"N": "12.30"}}])
    ddb_assets = str(Path(sys.executable).with_name("ddb-assets"))

    done = subprocess.run([ddb_assets, "snapshot", "Carts"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert local_aws.query("SELECT id, total FROM carts") == [("1", "12.300000000000000000")]


def test_loading_definitions_makes_no_aws_call(tmp_path: Path) -> None:
    """The definitions load where no endpoint, no credentials and no local AWS can be reached."""
    state = tmp_path / "a-file"
    state.write_text("a state folder can't be made here")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DDB_ASSETS_"))}
    script = (
        "import json, warnings; warnings.simplefilter('ignore')\n"
        "from ddb_assets.definitions import defs\n"
        "from dagster._core.definitions.reconstruct import repository_def_from_target_def\n"
        "repository = repository_def_from_target_def(defs)\n"
        "print(json.dumps(sorted(repository.job_names)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "DDB_ASSETS_LOCAL_STATE": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert {"snapshot_reviews", "snapshot_customer_orders"} <= set(json.loads(done.stdout))
