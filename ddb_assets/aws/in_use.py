"""What is in use of the quotas that a capture runs into: native exports under way, runs of the Glue job. Reads only.

Sources: Amazon DynamoDB API reference, "ListExports" (of the account and Region, where no table is named); AWS Glue
API reference, "GetJob" and "GetJobRuns".
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from botocore.exceptions import ClientError

from ddb_assets.aws.connection import Connection
from ddb_assets.aws.job_runs import job_runs, living_since
from ddb_assets.model.facts import JobFacts
from ddb_assets.model.quotas import InUse

# Twenty-five exports a page, those of ninety days: what is under way is among the newest.
_MOST_PAGES: Final = 20


def in_use(connection: Connection, job_name: str, longest: timedelta | None = None) -> tuple[JobFacts, InUse]:
    """The job's size, and what is in use now. What may not be asked is not known, and the reason is given.

    `longest` is the timeout of runs that have more time than the job gives them.
    """
    unknown: list[str] = []
    job, runs, most = JobFacts(), None, None
    exports, export_bytes = None, None
    try:
        job, runs, most = _job(connection.client("glue"), job_name, longest)
    except ClientError as error:
        unknown.append(
            f"the size of Glue job {job_name!r} ({_why(error)}); {job.workers} workers {job.worker_type} are assumed"
        )
    try:
        exports, export_bytes = _exports(connection.client("dynamodb"))
    except ClientError as error:
        unknown.append(f"the exports in progress ({_why(error)})")
    return job, InUse(exports, export_bytes, runs, most, tuple(unknown))


def _job(glue: Any, job_name: str, longest: timedelta | None) -> tuple[JobFacts, int, int]:
    job = glue.get_job(JobName=job_name)["Job"]
    runs = job_runs(glue, job_name, living_since(JobFacts.of(job).timeout, longest, now=datetime.now(timezone.utc)))
    alive = sum(run.alive for run in runs)
    return JobFacts.of(job), alive, job.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)


def _exports(dynamodb: Any) -> tuple[int, int]:
    """How many exports are in progress, and the size of their tables: an incremental export counts as a whole one."""
    under_way = [export["ExportArn"] for export in _summaries(dynamodb) if export["ExportStatus"] == "IN_PROGRESS"]
    sizes = {arn: _table_bytes(dynamodb, arn) for arn in {arn.partition("/export/")[0] for arn in under_way}}
    return len(under_way), sum(sizes[arn.partition("/export/")[0]] for arn in under_way)


def _summaries(dynamodb: Any) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        page = dynamodb.list_exports(**token)
        yield from page["ExportSummaries"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _table_bytes(dynamodb: Any, table_arn: str) -> int:
    """The table's size; nothing for one that is gone while its export goes on."""
    try:
        return int(dynamodb.describe_table(TableName=table_arn.rpartition("/")[2])["Table"].get("TableSizeBytes", 0))
    except dynamodb.exceptions.ResourceNotFoundException:
        return 0


def _why(error: ClientError) -> str:
    return f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}".strip(": ")
