"""Making what the account of local AWS holds from its start, as it is described."""

from typing import Any

from ddb_assets.local.description import Account, GlueJob, Workgroup

ACCOUNT = "123456789012"
"""The account's number, which is moto's."""


def set_up(client: Any, account: Account) -> None:
    """Make buckets, objects, databases, work groups and jobs. `client` gives a boto3 client for a service's name."""
    for bucket in account.buckets:
        client("s3").create_bucket(Bucket=bucket, **_placed(account.region))
    for address, content in account.objects.items():
        bucket, _, key = address.removeprefix("s3://").partition("/")
        client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    # Clients that are told no database ask for this one (PyAthena's `connect`).
    for name, description in {"default": "Default database", **account.databases}.items():
        client("glue").create_database(DatabaseInput={"Name": name, "Description": description})
    for workgroup in account.workgroups:
        client("athena").create_work_group(**_described_workgroup(workgroup))
    for job in account.jobs:
        client("glue").create_job(**_described_job(job))


def _placed(region: str) -> dict[str, Any]:
    """Amazon S3 API reference, "CreateBucket": us-east-1 is what is meant where no place is named, and is not named."""
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _described_workgroup(workgroup: Workgroup) -> dict[str, Any]:
    return {
        "Name": workgroup.name,
        "Description": workgroup.description,
        "Configuration": {"ResultConfiguration": {"OutputLocation": workgroup.results}},
    }


def _described_job(job: GlueJob) -> dict[str, Any]:
    return {
        "Name": job.name,
        "Description": job.description,
        "Role": f"arn:aws:iam::{ACCOUNT}:role/{job.name}",
        "Command": {"Name": "glueetl", "ScriptLocation": job.script, "PythonVersion": "3"},
        "GlueVersion": job.glue_version,
        "DefaultArguments": dict(job.arguments),
        "ExecutionProperty": {"MaxConcurrentRuns": job.concurrent_runs},
        "WorkerType": "G.1X",
        "NumberOfWorkers": job.workers,
        "Timeout": job.timeout_minutes,
    }
