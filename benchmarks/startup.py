"""What a run costs before the first item: a two-item table, by the Glue job as it is, on local AWS.

The job's own script is imported by one that notes when what began and ended (`startup_job`).
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from benchmarks import startup_job
from ddb_assets import job_package
from ddb_assets.settings import Settings

ROUNDS = 3
_TABLE = "TwoItems"
_LOOK_SECONDS = 0.02
_IMPORTS_SHOWN = 8


@dataclass(frozen=True)
class Span:
    """Something that the run did, in seconds from StartJobRun; spans overlap where the job does two things at once."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class StartUp:
    """The median run: seconds from StartJobRun to SUCCEEDED, what it did meanwhile, and its dearest imports."""

    seconds: float
    spans: tuple[Span, ...]
    imports: Mapping[str, float]


def measure(rounds: int = ROUNDS) -> StartUp:
    """Run the job so many times, after a first that isn't counted."""
    with local_aws() as client:
        job_name = _deploy(client)
        runs = [_run(client, job_name) for _ in range(rounds + 1)][1:]
    runs.sort(key=lambda run: run[0])
    seconds, spans = runs[len(runs) // 2]
    return StartUp(seconds, spans, _imports())


@contextmanager
def local_aws() -> Iterator[Any]:
    """Local AWS of its own, and a function that gives clients."""
    from ddb_assets import local_aws

    with tempfile.TemporaryDirectory(prefix="ddb-bench-") as state:
        before = os.environ.get("DDB_ASSETS_LOCAL_STATE")
        os.environ["DDB_ASSETS_LOCAL_STATE"] = state
        try:
            running = local_aws.start()
            environment = local_aws.environment(running)
            session = boto3.Session(
                environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], None, environment["AWS_REGION"]
            )
            yield lambda service: session.client(service, endpoint_url=running.url)
        finally:
            local_aws.stop()
            del os.environ["DDB_ASSETS_LOCAL_STATE"]
            if before is not None:
                os.environ["DDB_ASSETS_LOCAL_STATE"] = before


def _deploy(client: Any) -> str:
    """A table of two items, and the job with the noting script in front."""
    dynamodb, s3, glue, bucket = client("dynamodb"), client("s3"), client("glue"), Settings.model_construct().bucket
    dynamodb.create_table(
        TableName=_TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(2):
        dynamodb.put_item(TableName=_TABLE, Item={"id": {"S": f"item {number}"}, "n": {"N": str(number)}})
    package = job_package.upload(s3, bucket)
    noting = Path(startup_job.__file__)
    s3.put_object(Bucket=bucket, Key=noting.name, Body=noting.read_bytes())
    glue.create_job(
        Name="startup",
        Role="role",
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/{noting.name}"},
        DefaultArguments={
            "--extra-py-files": f"{package.library},{package.script}",
            "--table_name": _TABLE,
            "--read_percentage": "1.0",
            "--output_prefix": f"s3://{bucket}/startup",
            "--output_format": "parquet",
        },
    )
    return "startup"


def _run(client: Any, job_name: str) -> tuple[float, tuple[Span, ...]]:
    glue, began = client("glue"), time.time()
    run_id = glue.start_job_run(JobName=job_name)["JobRunId"]
    while (run := glue.get_job_run(JobName=job_name, RunId=run_id)["JobRun"])["JobRunState"] in ("STARTING", "RUNNING"):
        time.sleep(_LOOK_SECONDS)
    ended = time.time()
    if run["JobRunState"] != "SUCCEEDED":
        raise RuntimeError(f"the run ended {run['JobRunState']}: {run.get('ErrorMessage')}")
    events = client("logs").get_log_events(logGroupName="/aws-glue/jobs/output", logStreamName=run_id)["events"]
    (noted,) = [
        event["message"].removeprefix(startup_job.MARK)
        for event in events
        if event["message"].startswith(startup_job.MARK)
    ]
    spans = [Span(name, start - began, end - began) for name, start, end in json.loads(noted)]
    spans.insert(0, Span("local AWS fetches the script and starts Python", 0.0, spans[0].start))
    spans.append(Span("Python and the JVM end, local AWS notices", spans[-1].end, ended - began))
    return ended - began, tuple(spans)


def _imports() -> dict[str, float]:
    """Seconds that the script's dearest packages take to import, each without those imported before it."""
    times: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        said = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", "import snapshot_job"],
            cwd=job_package.job_script().parent,
            capture_output=True,
            text=True,
            check=True,
        ).stderr
        for package, seconds in _by_package(said).items():
            times.setdefault(package, []).append(seconds)
    medians = {package: statistics.median(found) for package, found in times.items()}
    return dict(sorted(medians.items(), key=lambda entry: -entry[1])[:_IMPORTS_SHOWN])


def _by_package(said: str) -> dict[str, float]:
    """The modules' own seconds by top-level package. A line is `import time: self | cumulative | name`, in µs."""
    found: dict[str, float] = {}
    for line in said.splitlines():
        own, _, name = line.removeprefix("import time:").partition("|")
        if own.strip().isdigit():
            package = name.rpartition("|")[2].strip().partition(".")[0]
            found[package] = found.get(package, 0.0) + int(own) / 1e6
    return found
