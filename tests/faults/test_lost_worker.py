"""A Python worker that is killed costs its task a try, not the job; the next goes on from the last draft (L2)."""

import json
import time
from typing import Any

from ddb_snapshot.names import snapshots_table
from tests.conftest import LocalAws
from tests.faults.calls import Operation
from tests.faults.processes import python_workers
from tests.faults.proxy import Fault, Proxy, Rule

BUCKET, TABLE, ITEMS = "dynamodb-exports", "Lost-Worker", 60
SCAN, STATE = Operation("dynamodb", "Scan", by="job"), Operation("s3", "PutObject", "state", by="job")
# Each page is a block, each block a draft, each draft a state to go on from; else these are megabytes and minutes.
OFTEN = """
from ddb_snapshot import thresholds

held = thresholds.changed(durable_seconds=0.0, block_bytes=1)
held.__enter__()
"""


def start(local_aws: LocalAws) -> str:
    """Start the job with a module that every Python process of it imports first; the run's id."""
    local_aws.client("s3").put_object(Bucket=BUCKET, Key="often/sitecustomize.py", Body=OFTEN.encode())
    glue = local_aws.client("glue")
    job = glue.get_job(JobName="ddb-assets-snapshot")["Job"]
    library = job["DefaultArguments"]["--extra-py-files"]
    arguments = {
        "--table_name": TABLE,
        "--read_percentage": "1.0",
        "--max_rcu": "20",
        "--output_prefix": f"s3://{BUCKET}/{snapshots_table(TABLE)}",
        "--output_format": "parquet",
        "--snapshot_timestamp": "2026-11-24T00:00",
        "--attempt": "lost-1",
        "--extra-py-files": f"{library},s3://{BUCKET}/often/sitecustomize.py",
    }
    return str(glue.start_job_run(JobName="ddb-assets-snapshot", Arguments=arguments)["JobRunId"])


def scans(proxy: Proxy) -> list[dict[str, Any]]:
    return [json.loads(body) for operation, body in list(proxy.bodies) if operation == SCAN]


def test_a_task_goes_on_from_its_last_draft_when_its_worker_is_killed(local_aws: LocalAws, proxy: Proxy) -> None:
    local_aws.put(TABLE, [{"id": {"S": f"{number:03d}"}, "text": {"S": "x" * 20_000}} for number in range(ITEMS)])
    killed: list[int] = []

    def kill() -> None:
        for worker in python_workers():
            worker.kill()
            killed.append(worker.pid)

    # The worker dies while the third state is written: two are there to go on from.
    proxy.begin(Rule(STATE, 2, Fault.KILLED, kill=kill))
    run_id, glue = start(local_aws), local_aws.client("glue")
    while (run := glue.get_job_run(JobName="ddb-assets-snapshot", RunId=run_id)["JobRun"])["JobRunState"] in (
        "STARTING",
        "RUNNING",
    ):
        time.sleep(0.2)

    assert killed, run.get("ErrorMessage")
    assert run["JobRunState"] == "SUCCEEDED", run
    manifest = json.loads(
        local_aws.client("s3")
        .get_object(
            Bucket=BUCKET,
            Key=f"{snapshots_table(TABLE)}/snapshot_timestamp=2026-11-24T00%3A00/lost-1-{run_id}/_manifest.json",
        )["Body"]
        .read()
    )
    assert manifest["row_count"] == ITEMS
    again = [scan for scan in scans(proxy) if "ExclusiveStartKey" not in scan]
    segments = {scan["Segment"] for scan in scans(proxy)}
    assert len(again) < 2 * len(segments), "every segment was read again from its beginning"
