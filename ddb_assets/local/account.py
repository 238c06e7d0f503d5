"""What the account of local AWS holds from its start: what a deployment would have made in a real one.

The names are those of the default settings.
"""

from typing import Any

from ddb_assets.aws import job_package
from ddb_assets.settings import Settings

REGION = "us-east-1"
ACCOUNT = "123456789012"

# So that a few tables go side by side; 1 unless a job says more (AWS Glue API reference, "ExecutionProperty").
_MAX_CONCURRENT_RUNS = 3
_TIMEOUT_MINUTES = 480


def set_up(client: Any) -> None:
    """Make bucket, database, workgroup and job. `client` gives a boto3 client for a service's name."""
    names = Settings.model_construct()
    client("s3").create_bucket(Bucket=names.bucket)
    client("glue").create_database(
        DatabaseInput={"Name": names.database, "Description": "Snapshots of DynamoDB tables, and views of the latest"}
    )
    # Clients that are told no database ask for this one (PyAthena's `connect`).
    client("glue").create_database(DatabaseInput={"Name": "default", "Description": "Default database"})
    client("athena").create_work_group(
        Name=names.workgroup,
        Description="Queries of ddb-assets",
        Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{names.bucket}/athena-results/"}},
    )
    package = job_package.upload(client("s3"), names.bucket)
    client("glue").create_job(
        Name=names.job_name,
        Description="One snapshot of one DynamoDB table",
        Role=f"arn:aws:iam::{ACCOUNT}:role/ddb-assets-snapshot",
        **package.definition(),
        ExecutionProperty={"MaxConcurrentRuns": _MAX_CONCURRENT_RUNS},
        WorkerType="G.1X",
        NumberOfWorkers=2,
        Timeout=_TIMEOUT_MINUTES,
    )
