"""A whole chain, with its Glue runs in the environment that the job's GlueVersion names."""

import ast
import time
from typing import Any

import pytest

from ddb_assets import job_package
from tests.chain.history import PastTable, chain, files_metadata, published, same
from tests.conftest import LocalAws, Project, failure
from tests.glue_versions.environments import VERSIONS, pins, python_of

BUCKET = "dynamodb-exports"
DIGITS = "12345678901234567890.123456789012345678"
BYTES = b"\x00\xff,\n"


def deploy(local_aws: LocalAws, version: str) -> str:
    """The project's job, of this version of Glue; its name."""
    python_of(version)
    name, glue = f"snapshot-{version}", local_aws.client("glue")
    package = job_package.upload(local_aws.client("s3"), BUCKET, glue_version=version)
    if name not in glue.list_jobs()["JobNames"]:
        glue.create_job(Name=name, Role="role", **package.definition(), WorkerType="G.1X", NumberOfWorkers=2)
    return name


def fill(table: PastTable) -> None:
    """Every type of DynamoDB, numbers of every kind, and attributes that few items have."""
    table.put(0.1, "1", n={"N": "1"}, Big={"N": DIGITS}, Huge={"N": "9.9E+125"}, blob={"B": BYTES}, ok={"BOOL": True})
    table.put(0.2, "2", n={"N": "2"}, text={"S": 'x, "y"\n\\N'}, gone={"NULL": True}, tags={"SS": ["b", "a"]})
    table.put(0.3, "3", n={"S": "three"}, list={"L": [{"N": "1.5"}, {"NULL": True}, {"S": "é"}]}, ns={"NS": ["1", "2"]})
    table.put(0.4, "4", Map={"M": {"a": {"S": "z"}, "deep": {"M": {"bytes": {"B": BYTES}}}}}, bs={"BS": [BYTES]})
    table.put(1.1, "1", n={"N": "10"}, later={"N": "0.10"})
    table.put(1.2, "5", text={"S": "\u2028📦"}, empty={"L": []}, none={"M": {}})
    table.delete(1.3, "2")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_script_runs_with_what_its_version_has(local_aws: LocalAws, version: str) -> None:
    name, glue = deploy(local_aws, version), local_aws.client("glue")
    script = (
        "import sys, boto3, numpy, pyarrow, pyspark, fastavro, isal, orjson\n"
        "print(sys.prefix)\n"
        "print({'boto3': boto3.__version__, 'numpy': numpy.__version__, 'pyarrow': pyarrow.__version__, "
        "'pyspark': pyspark.__version__})\n"
        "print(fastavro.__file__)"
    )
    local_aws.client("s3").put_object(Bucket=BUCKET, Key="scripts/versions.py", Body=script.encode())
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/scripts/versions.py"}
    defined = glue.get_job(JobName=name)["Job"]
    glue.create_job(
        Name=f"versions-{version}",
        Role="role",
        Command=command,
        GlueVersion=version,
        DefaultArguments=defined["DefaultArguments"],
    )

    run_id = glue.start_job_run(JobName=f"versions-{version}")["JobRunId"]
    while (run := glue.get_job_run(JobName=f"versions-{version}", RunId=run_id)["JobRun"])["JobRunState"] in (
        "STARTING",
        "RUNNING",
    ):
        time.sleep(0.2)

    assert run["JobRunState"] == "SUCCEEDED", run
    logs = local_aws.client("logs").get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run_id)
    prefix, versions, fastavro = [event["message"] for event in logs["events"]]
    assert prefix == str(python_of(version).parents[1])
    assert ast.literal_eval(versions).items() <= pins(version).items()
    # The job has brought it; the environment has none.
    assert not fastavro.startswith(prefix)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_module_that_is_not_in_the_bucket_ends_the_run_by_name(local_aws: LocalAws, version: str) -> None:
    deploy(local_aws, version)
    glue, name = local_aws.client("glue"), f"absent-{version}"
    command = {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/scripts/versions.py"}
    local_aws.client("s3").put_object(Bucket=BUCKET, Key="scripts/versions.py", Body=b"")
    options = {"--additional-python-modules": "no-such-module==1", "--python-modules-installer-option": "--no-index"}
    glue.create_job(Name=name, Role="role", Command=command, GlueVersion=version, DefaultArguments=options)

    run_id = glue.start_job_run(JobName=name)["JobRunId"]
    while (run := glue.get_job_run(JobName=name, RunId=run_id)["JobRun"])["JobRunState"] in ("STARTING", "RUNNING"):
        time.sleep(0.2)

    assert run["JobRunState"] == "FAILED"
    assert f"Job {name}: pip can't install no-such-module==1: ERROR: No matching" in run["ErrorMessage"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("output_format", ["parquet", "orc", "avro", "json"])
def test_a_chain_by_scan(local_aws: LocalAws, project: Project, version: str, output_format: str) -> None:
    project.patch.setenv("DDB_ASSETS_JOB_NAME", deploy(local_aws, version))
    table = PastTable.create(f"Scanned-{output_format}-{version.replace('.', '-')}", 4)
    fill(table)
    spec = table.spec("scan", output_format=output_format)
    now = table.instant(4.1)
    project.patch.setattr("ddb_assets.chain.snapshot.utc_now", lambda: now)

    taken(project, table, spec, 4, "scan")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_chain_of_increments(local_aws: LocalAws, project: Project, version: str) -> None:
    project.patch.setenv("DDB_ASSETS_JOB_NAME", deploy(local_aws, version))
    table = PastTable.create(f"Merged-{version.replace('.', '-')}", 3)
    fill(table)
    spec = table.spec("incremental", output_format="csv")

    taken(project, table, spec, 1, "export")
    taken(project, table, spec, 2, "incremental")


def taken(project: Project, table: PastTable, spec: Any, hour: int, capture: str) -> None:
    """Run the chain for the hour's snapshot, and see that files, catalog and view hold what the table held."""
    key = table.key(hour)
    result = chain(project, spec, key)
    assert result.success, failure(result)
    assert files_metadata(result, spec)["capture"] == capture
    same(table.items(key), published(spec, key))
    shown = project.local_aws.query(f'SELECT id FROM "{spec.view}" ORDER BY 1', spec.database)
    assert [id for (id,) in shown] == sorted(table.items(key))
