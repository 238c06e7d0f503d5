"""Local AWS for a project that has nothing of this one: its own names, its own job, an account that it describes."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ddb_assets.local import LocalAwsError, description
from ddb_assets.local.description import Account, GlueJob, Workgroup

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "local-aws.md"

JOB = """
import sys
from urllib.parse import urlparse
import boto3, io
import pyarrow as pa, pyarrow.parquet as pq

target = urlparse(sys.argv[sys.argv.index("--target") + 1])
file = io.BytesIO()
pq.write_table(pa.table({"product": ["tea", "salt"], "sold": [7, 5]}), file)
boto3.client("s3").put_object(Bucket=target.netloc, Key=target.path.lstrip("/") + "1.parquet", Body=file.getvalue())
"""

USE = """
import json, sys, time
import boto3

glue, athena = boto3.client("glue"), boto3.client("athena")
try:
    run = glue.start_job_run(JobName="totals")["JobRunId"]
    while (job := glue.get_job_run(JobName="totals", RunId=run)["JobRun"])["JobRunState"] in ("STARTING", "RUNNING"):
        time.sleep(0.1)
    rows = []
    for sql in (
        "CREATE EXTERNAL TABLE totals (product string, sold bigint) STORED AS PARQUET LOCATION 's3://acme-lake/totals/'",
        "SELECT product, sold FROM totals ORDER BY sold",
    ):
        query = athena.start_query_execution(
            QueryString=sql, WorkGroup="analysts", QueryExecutionContext={"Database": "sales"}
        )["QueryExecutionId"]
        while (state := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in (
            "QUEUED",
            "RUNNING",
        ):
            time.sleep(0.1)
        assert state["State"] == "SUCCEEDED", state
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    print(json.dumps({
        "job": [job["JobRunState"], job.get("ErrorMessage")],
        "rows": [[cell["VarCharValue"] for cell in row["Data"]] for row in rows],
        "regions": [glue.meta.region_name, athena.meta.region_name],
        "buckets": [one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"]],
        "databases": [one["Name"] for one in glue.get_databases()["DatabaseList"]],
        "modules": [name for name in sys.modules if name.startswith(("ddb_", "dagster"))],
    }))
finally:
    local.stop()
"""


def test_another_project_runs_its_job_and_queries_what_it_wrote(tmp_path: Path) -> None:
    (shown,) = re.findall(r"<!-- A test runs this. -->\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "totals.py").write_text(JOB)

    done = _python("-c", shown + USE, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["job"][0] == "SUCCEEDED", found
    assert found["rows"] == [["product", "sold"], ["salt", "5"], ["tea", "7"]]
    assert found["regions"] == ["eu-west-1", "eu-west-1"]
    assert (found["buckets"], sorted(found["databases"])) == (["acme-lake"], ["default", "sales"])
    others = [name for name in found["modules"] if name != "ddb_assets" and not name.startswith("ddb_assets.local")]
    assert others == []


def test_what_is_described_is_read_as_it_was_written(tmp_path: Path) -> None:
    account = Account(
        "eu-west-1",
        ("a", "b"),
        {"s3://a/text": b"text", "s3://b/bytes": bytes(range(256))},
        {"sales": "What is sold", "empty": ""},
        (Workgroup("analysts", "s3://a/results/"),),
        (GlueJob("totals", "s3://a/text", {"--a": "b"}, "Adds up", "5.1", 3, 4, 5),),
    )

    assert description.read(description.write(tmp_path, account)) == account
    assert description.read(description.write(tmp_path, Account())) == Account()
    assert description.read(description.write(tmp_path, replace(account, objects={}))) == replace(account, objects={})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "Invalid JSON"),
        ('{"bucket": "a"}', "bucket"),
        ('{"buckets": "a"}', "buckets"),
        ('{"jobs": [{"name": "totals"}]}', "jobs.0.script"),
        ('{"jobs": [{"name": "totals", "script": "s3://a/b", "scrpt": ""}]}', "scrpt"),
        ('{"objects": {"s3://a/b": "missing.py"}}', "missing.py can't be read"),
    ],
)
def test_a_file_that_describes_no_account_is_named_with_the_place(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "account.json"
    file.write_text(text)

    with pytest.raises(LocalAwsError, match=re.escape(told)) as refused:
        description.read(file)
    assert str(tmp_path) in str(refused.value)


def test_a_description_that_is_not_there_ends_the_server_with_its_path(tmp_path: Path) -> None:
    done = _python("-m", "ddb_assets.local", "--account", str(tmp_path / "none.json"), folder=tmp_path)

    assert done.returncode == 1
    assert "none.json can't be read" in done.stderr


def _python(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DDB_ASSETS_"))}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**inherited, "DDB_ASSETS_LOCAL_STATE": str(folder / "state")},
        capture_output=True,
        text=True,
        check=False,
    )
